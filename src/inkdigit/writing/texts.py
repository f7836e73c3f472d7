"""What people write on one line where numbers are wanted: counts, amounts, dates, times, sums, and marks beside them.

In: a random generator. Out: a text of `alphabet.ALPHABET`. Knows nothing of how it looks: a gap says that two things
stand apart, a mark that something stands there that is no number.
"""

import re
from collections.abc import Callable

import numpy as np

from inkdigit.architectures import GAP, MARK

Writer = Callable[[np.random.Generator], str]

LENGTHS = (0.15, 0.17, 0.17, 0.17, 0.13, 0.09, 0.05, 0.04, 0.03)
"""Shares of the numbers of 1 to 9 digits."""

ROUND = 1 / 3
"""Share of the amounts that end in zeros."""


def random_text(random: np.random.Generator) -> str:
    """What stands on one line: mostly one number, sometimes several, and in a sixth of them other marks."""
    kinds, shares = zip(*KINDS, strict=True)
    return kinds[int(random.choice(len(kinds), p=shares))](random)


def number(random: np.random.Generator) -> str:
    """One number with the signs that belong to it, without gaps or marks."""
    kinds, shares = zip(*ONE_NUMBER, strict=True)
    return kinds[int(random.choice(len(kinds), p=shares))](random)


def digits(random: np.random.Generator, *, least: int = 1, most: int = 9) -> str:
    """A run of digits; some end in zeros, some are one digit over and over."""
    share = np.array(LENGTHS[least - 1 : most])
    length = least + int(random.choice(len(share), p=share / share.sum()))
    kind = random.random()
    if kind < 0.04:
        return str(int(random.integers(10))) * length
    if kind < 0.1:  # few different digits, so that each is seen beside itself
        return "".join(str(one) for one in random.choice(random.integers(0, 10, 2), length))
    written = "".join(map(str, random.integers(0, 10, length).tolist()))
    if length > 1 and kind > 1 - 0.25:
        zeros = int(random.integers(1, length))
        written = written[: length - zeros] + "0" * zeros
    return written


def _amount(random: np.random.Generator, most: int = 7) -> str:
    """A number that begins with no zero; a third are round."""
    length = int(random.integers(1, most + 1))
    written = str(int(random.integers(10 ** (length - 1), 10**length)))
    if random.random() < ROUND and length > 1:
        zeros = int(random.integers(1, length))
        written = written[: length - zeros] + "0" * zeros
    return written


def _grouped(random: np.random.Generator) -> str:
    """Thousands set apart by a sign: 31,553 or 1.250.000."""
    sign = str(random.choice([".", ","], p=[0.6, 0.4]))
    written = _amount(random, 8)
    if len(written) < 4:
        written += "000"
    return f"{int(written):,}".replace(",", sign)


def _decimal(random: np.random.Generator) -> str:
    """12.50, 0,5, 1.234,50."""
    point = str(random.choice([".", ","], p=[0.65, 0.35]))
    places = "".join(map(str, random.integers(0, 10, int(random.choice([1, 2, 3], p=[0.35, 0.55, 0.1]))).tolist()))
    places = "00" if random.random() < 0.15 else places
    if random.random() < 0.25:
        whole = _grouped(random).replace(point, "," if point == "." else ".")
    else:
        whole = "0" if random.random() < 0.15 else _amount(random, 5)
    return f"{whole}{point}{places}"


def _negative(random: np.random.Generator) -> str:
    return "-" + (_decimal(random) if random.random() < 0.3 else _amount(random, 5))


def _date(random: np.random.Generator) -> str:
    """Day, month and year in the orders and with the signs that people use."""
    day, month = int(random.integers(1, 32)), int(random.integers(1, 13))
    year = int(random.integers(1850, 2060))
    short = f"{year % 100:02d}" if random.random() < 0.4 else str(year)
    sign = str(random.choice(["/", ".", "-"], p=[0.4, 0.35, 0.25]))
    if random.random() < 0.25:
        return f"{year}{sign}{month:02d}{sign}{day:02d}"
    first, second = (day, month) if random.random() < 0.6 else (month, day)
    padded = random.random() < 0.5
    parts = [f"{one:02d}" if padded else str(one) for one in (first, second)]
    if random.random() < 0.12:
        return sign.join(parts) + (sign if sign == "." else "")
    return sign.join([*parts, short])


def _time(random: np.random.Generator) -> str:
    hour, minute = int(random.integers(0, 24)), int(random.integers(0, 60))
    sign = ":" if random.random() < 0.8 else "."
    seconds = f"{sign}{int(random.integers(0, 60)):02d}" if random.random() < 0.15 else ""
    return f"{hour}{sign}{minute:02d}{seconds}" if random.random() < 0.5 else f"{hour:02d}{sign}{minute:02d}{seconds}"


def _phone(random: np.random.Generator) -> str:
    """Groups of digits with gaps, minus, slash or points between them."""
    between = str(random.choice([GAP, "-", "/", "."], p=[0.55, 0.3, 0.07, 0.08]))
    groups = [digits(random, least=2, most=4) for _ in range(int(random.integers(2, 5)))]
    return between.join(groups)


def _address(random: np.random.Generator) -> str:
    return ".".join(str(int(random.integers(0, 256))) for _ in range(4))


def _score(random: np.random.Generator) -> str:
    """8/10, 3:2, 1-0, 4/5."""
    sign = str(random.choice(["/", ":", "-"], p=[0.6, 0.25, 0.15]))
    return f"{digits(random, most=3)}{sign}{digits(random, most=3)}"


def _any_signs(random: np.random.Generator) -> str:
    """Digits with signs anywhere, so that none is read from its neighbours alone."""
    written = digits(random, least=2, most=8)
    for _ in range(int(random.integers(1, 3))):
        place = int(random.integers(0, len(written) + 1))
        written = written[:place] + str(random.choice(list(".,-/:"))) + written[place:]
    return written


def _cheque(random: np.random.Generator) -> str:
    """An amount as on a cheque, filled up so that nobody adds a digit."""
    amount = _grouped(random) if random.random() < 0.55 else _amount(random, 6)
    after = ("", "", ".", "-", ".-", ",-", "--", MARK, ":", "/", "-.", ",", ".--", MARK, " -", " --", " .-")
    before = ("", "", "", "", "", "-", "--", MARK, MARK + "-", ".")
    end = after[int(random.integers(len(after)))]
    start = before[int(random.integers(len(before)))]
    return start + amount + end


def _row(random: np.random.Generator) -> str:
    """Several numbers on one line."""
    n = int(random.integers(2, 6))
    if random.random() < 0.5:
        return GAP.join(digits(random, most=3) for _ in range(n))
    return GAP.join(number(random) for _ in range(min(n, 3)))


def _marked(random: np.random.Generator) -> str:
    """A number with another mark close to it: 85%, $45, (25), 7kg, x5."""
    kind = random.random()
    one = number(random)
    if kind < 0.4:
        return one + MARK
    if kind < 0.65:
        return MARK + one
    return MARK + one + MARK


def _sum(random: np.random.Generator) -> str:
    """Numbers with marks between them: 3+4=7, 5 x 7."""
    between = MARK if random.random() < 0.55 else GAP + MARK + GAP
    numbers = [digits(random, most=3) for _ in range(int(random.integers(2, 4)))]
    return (between.join(numbers) + (between if random.random() < 0.15 else "")).strip()


def _beside(random: np.random.Generator) -> str:
    """A number and a word, a tick or a scribble that stands apart."""
    one = number(random)
    kind = random.random()
    if kind < 0.4:
        return one + GAP + MARK
    if kind < 0.8:
        return MARK + GAP + one
    if kind < 0.9:
        return MARK + GAP + one + GAP + MARK
    return one + GAP + MARK + GAP + number(random)


def single_marks(text: str) -> str:
    """One mark for a run of them, as the truth has it.

    >>> single_marks("??5? ? 7")
    '?5? 7'
    """
    return re.sub(r"\?(?: ?\?)+", MARK, text)


ONE_NUMBER: tuple[tuple[Writer, float], ...] = (
    (digits, 0.44), (_amount, 0.1), (_grouped, 0.1), (_decimal, 0.12), (_negative, 0.05), (_date, 0.07), (_time, 0.04),
    (_score, 0.03), (_any_signs, 0.03), (_address, 0.02),
)  # fmt: skip
"""Kinds of one number and their shares."""

KINDS: tuple[tuple[Writer, float], ...] = (
    (number, 0.62), (_cheque, 0.14), (_row, 0.08), (_phone, 0.03), (_marked, 0.06), (_sum, 0.03), (_beside, 0.04),
)  # fmt: skip
"""Kinds of lines and their shares."""
