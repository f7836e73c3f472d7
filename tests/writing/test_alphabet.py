"""The characters of a line."""

from inkdigit.writing.alphabet import ALPHABET, GAP, MARK, SIGNS


def test_the_alphabet_is_the_digits_the_signs_the_gap_and_the_mark() -> None:
    assert "".join(map(str, range(10))) + SIGNS + GAP + MARK == ALPHABET
    assert len(set(ALPHABET)) == len(ALPHABET)
