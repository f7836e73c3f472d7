import signal

import pytest

from inkdigit import errors
from inkdigit.errors import InkdigitError, Interrupted, printable

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, InkdigitError)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a b", "a b"),
        ("é", "é"),
        ("a\nb\x1b[31m", "a\\nb\\x1b[31m"),
        ("\u202eabc", "\\u202eabc"),
        ("a\udcff", "a\\udcff"),
        ("", ""),
    ],
)
def test_nothing_unprintable_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("limit", [3, 10, 11])
def test_the_middle_of_a_long_text_goes(limit: int) -> None:
    shown = printable("a" * 50 + "z" * 50, limit=limit)
    assert len(shown) <= limit
    assert (shown[0], shown[-1]) == ("a", "z")


def test_an_error_says_what_where_why_and_what_next() -> None:
    error = InkdigitError("cannot read", "a\n.gz", "is empty", hint="fetch it again")
    assert str(error) == "cannot read: a\\n.gz: is empty; fetch it again"
    assert str(InkdigitError("cannot read")) == "cannot read"


def test_a_long_path_leaves_room_for_the_rest() -> None:
    assert len(str(InkdigitError("cannot read", "p" * 500, "is empty"))) < 130


def test_the_exit_codes_are_those_of_the_design() -> None:
    codes = {kind.code: kind.exit_code for kind in KINDS if kind is not Interrupted}
    assert codes == {
        "error": 1, "diverged": 1, "disagreement": 1, "usage": 2, "bad-input": 3, "missing-package": 3,
        "cannot-write": 4, "network": 5, "busy": 6, "partial": 7,
    }  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_its_number_past_128(number: signal.Signals) -> None:
    assert Interrupted("stopped", signal_number=number).exit_code == 128 + number
