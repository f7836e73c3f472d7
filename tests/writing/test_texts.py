"""What people write on a line."""

import re
from datetime import date

import numpy as np

from inkdigit.architectures import ALPHABET
from inkdigit.writing import texts


def some(n: int = 3000) -> list[str]:
    random = np.random.default_rng(0)
    return [texts.random_text(random) for _ in range(n)]


def test_texts_are_of_the_alphabet_and_neither_begin_nor_end_with_a_gap() -> None:
    wrong = [text for text in some() if not set(text) <= set(ALPHABET) or text != text.strip() or "  " in text]
    assert not wrong


def test_all_characters_and_many_kinds_of_number_come_up() -> None:
    written = some()
    assert set("".join(written)) == set(ALPHABET)
    for kind in (r"\d", r"\d{9}", r"\d+\.\d\d", r"\d+,\d\d", r"-\d+", r"\d{1,3}(\.\d{3})+", r"\d\d?:\d\d",
                 r"\d+/\d+", r"\d+ \d+", r"\?\d+", r"\d+\?", r"\d\d?/\d\d?/\d+", r"\d+(\.\d+){3}", r"\d+\?\d+",
                 r"\d+\.-", r"\d+ \?"):  # fmt: skip
        assert any(re.fullmatch(kind, text) for text in written), kind


def test_a_third_of_the_amounts_are_round() -> None:
    random = np.random.default_rng(1)
    amounts = [texts.number(random) for _ in range(4000)]
    whole = [text for text in amounts if re.fullmatch(r"\d{3,7}", text)]
    assert 0.2 < np.mean([text.endswith("0") for text in whole]) < 0.5


def test_a_full_date_exists() -> None:
    random = np.random.default_rng(2)
    full = [text for text in (texts.number(random) for _ in range(3000)) if re.fullmatch(r"\d{4}-\d\d-\d\d", text)]
    assert len(full) > 5
    for text in full:
        year, month, day = map(int, text.split("-"))
        assert date(year, month, min(day, 28))


def test_a_run_of_marks_is_one() -> None:
    assert texts.single_marks("5?? ?7 ? ?") == "5?7 ?"
