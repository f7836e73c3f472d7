"""What a name says of data: which part, images or labels, of which set; and which digit a folder or a file is for.

In: a name of a file, a folder or an array. Out: what is meant, or nothing. Opens nothing.
"""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from inkdigit.data.labelled import Part

Role = Literal["images", "labels"]

PART_WORDS: dict[str, Part] = {
    "train": "train", "training": "train", "trn": "train",
    "validation": "validation", "val": "validation", "valid": "validation", "dev": "validation",
    "test": "test", "testing": "test", "tst": "test", "t10k": "test",
}  # fmt: skip

ROLE_WORDS: dict[str, Role] = {
    **dict.fromkeys(("images", "image", "imgs", "img", "x", "data", "pixels", "features", "patterns", "inputs"),
                    "images"),
    **dict.fromkeys(("labels", "label", "y", "target", "targets", "classes", "class"), "labels"),
}  # fmt: skip

MEANINGLESS = re.compile(r"idx\d*|ubyte|int|uint8|\d{5}|of", re.ASCII)
"""Words that say how a file is written: "idx3-ubyte", or a piece of many, "00000-of-00001"."""

DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
BEFORE_DIGIT = ("digit", "digits", "class", "label", "number", "num", "no", "cls")

WORD = re.compile(r"[^a-z0-9]+")


class Meaning(NamedTuple):
    """What a name says; "" and None where it says nothing of that kind."""

    group: str
    part: Part | None
    role: Role | None


def meaning_of(name: str) -> Meaning:
    """Read the name of a file without its ending, or of an array.

    >>> meaning_of("emnist-digits-train-images-idx3-ubyte")
    Meaning(group='emnist digits', part='train', role='images')
    >>> meaning_of("t10k-labels.idx1-ubyte"), meaning_of("X_test"), meaning_of("trainY")
    (Meaning(group='', part='test', role='labels'), Meaning(group='', part='test', role='images'), \
Meaning(group='', part='train', role='labels'))
    """
    part: Part | None = None
    role: Role | None = None
    others: list[str] = []
    for word in (piece for whole in WORD.split(name.lower()) for piece in _pieces(whole)):
        if word in PART_WORDS and part is None:
            part = PART_WORDS[word]
        elif word in ROLE_WORDS and role is None:
            role = ROLE_WORDS[word]
        elif word and not MEANINGLESS.fullmatch(word):
            others.append(word)
    return Meaning(" ".join(others), part, role)


def _pieces(word: str) -> tuple[str, ...]:
    """Two words written as one, as "xtrain" and "testlabels", taken apart."""
    if word in PART_WORDS or word in ROLE_WORDS:
        return (word,)
    for part in PART_WORDS:
        for role in (word.removeprefix(part), word.removesuffix(part)):
            if role != word and role in ROLE_WORDS:
                return (part, role)
    return (word,)


def part_of(folder: str) -> Part | None:
    """Which part a folder is for: "Train", "training", "train_images", "val", ...; None for another name.

    >>> part_of("Testing"), part_of("train-images"), part_of("trainer")
    ('test', 'train', None)
    """
    meaning = meaning_of(folder)
    return meaning.part if not meaning.group and meaning.role != "labels" else None


def digit_of(name: str) -> int | None:
    """Which digit a folder, a word or a label stands for: "3", "03", "three", "digit_3", "class3"; None for no digit.

    >>> [digit_of(name) for name in ("3", "Seven", "digit_0", "class-9", "10", "writer3", "")]
    [3, 7, 0, 9, None, None, None]
    """
    words = [word for word in WORD.split(name.strip().lower()) if word]
    if len(words) == 1:
        word = words[0]
        before = next((one for one in BEFORE_DIGIT if word.startswith(one) and word != one), "")
        return _plain_digit(word.removeprefix(before))
    return _plain_digit(words[1]) if len(words) == 2 and words[0] in BEFORE_DIGIT else None


def _plain_digit(word: str) -> int | None:
    if word in DIGIT_WORDS:
        return DIGIT_WORDS.index(word)
    return int(word) if re.fullmatch("0?[0-9]", word, re.ASCII) else None


def digits_of_files(stems: Sequence[str]) -> list[int | None] | str:
    """Which digit each file of a folder shows, where its name says so: "3_17", "img-0042-3".

    Args:
        stems: Names without ending.

    Returns:
        A digit or None for each; or, where every name could be read in two ways, one of them.

    >>> digits_of_files(["3_17", "7_18", "notes"]), digits_of_files(["scan01-3", "scan02-9"])
    ([3, 7, None], [3, 9])
    >>> digits_of_files(["3_7", "4_8"])
    '3_7'
    """
    words = [[word for word in WORD.split(stem.lower()) if word] for stem in stems]
    first, last = ([_digit_at(one, place) for one in words] for place in (0, -1))
    if first == last:
        return first
    counts = [sum(digit is not None for digit in found) for found in (first, last)]
    if min(counts) >= 0.9 * len(stems):
        return next(stem for stem, one, other in zip(stems, first, last, strict=True) if one != other)
    return first if counts[0] >= counts[1] else last


def _digit_at(words: list[str], place: Literal[0, -1]) -> int | None:
    """The digit that stands first or last; "digit" and its like may stand before it."""
    if not words:
        return None
    if place == 0 and words[0] in BEFORE_DIGIT and len(words) > 1:
        return _one_digit(words[1])
    return _one_digit(words[place])


def _one_digit(word: str) -> int | None:
    """A counter such as 07 is no digit here."""
    return None if re.fullmatch("0[0-9]", word, re.ASCII) else digit_of(word)
