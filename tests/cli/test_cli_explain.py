"""`inkdigit explain` with a recognizer whose reasons are known: what is printed, where, and with which exit code."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from inkdigit.data import mnist
from inkdigit.data.idx import write_images
from inkdigit.reader import Reader
from inkdigit.types import Digits
from linear import Linear, picture_of_bar, upper_weights

Command = Callable[..., Any]  # the fixtures of conftest.py


@pytest.fixture(autouse=True)
def _made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that wants ink in the upper half, and no MNIST."""
    monkeypatch.setattr("inkdigit.reader.load", lambda model=None: Reader(Linear(upper_weights())))
    monkeypatch.setattr(mnist, "available", lambda: False)
    monkeypatch.setattr(mnist, "fetch", lambda **_: pytest.fail("nothing is downloaded"))


@pytest.fixture
def digit(tmp_path: Path) -> Path:
    path = tmp_path / "digit.png"
    Image.fromarray(picture_of_bar()).save(path)
    return path


def test_it_explains_in_the_terminal(inkdigit: Command, digit: Path) -> None:
    outcome = inkdigit("explain", digit)
    assert outcome.code == 0
    assert outcome.out.isascii()
    assert max(map(len, outcome.out.splitlines())) <= 80
    for part in ("what the network saw", "A 7: ", "Next comes 1", "+ for 7"):
        assert part in outcome.out
    assert "nearest training digits are shown too" in outcome.err
    assert "--out" in outcome.err


def test_the_nearest_where_mnist_is(
    inkdigit: Command, digit: Path, made_digits: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "available", lambda: True)
    monkeypatch.setattr(mnist, "load", lambda part: made_digits)
    outcome = inkdigit("explain", digit)
    assert "nearest training digits: label, distance" in outcome.out
    assert "data fetch" not in outcome.err
    [found] = inkdigit("explain", digit, "--json").objects
    assert len(found["nearest"]) == 5


def test_json(inkdigit: Command, digit: Path) -> None:
    outcome = inkdigit("explain", digit, "--json")
    [found] = outcome.objects
    assert (outcome.code, outcome.err) == (0, "")
    assert (found["file"], found["digit"], found["nearest"], found["note"]) == (str(digit), 7, [], None)
    assert np.shape(found["frame"]) == np.shape(found["occlusion"]) == (28, 28)


def test_a_picture_of_it(inkdigit: Command, digit: Path, tmp_path: Path) -> None:
    out = tmp_path / "why.png"
    outcome = inkdigit("explain", digit, "--out", out)
    assert outcome.code == 0
    assert f"wrote {out}" in outcome.err
    assert out.read_bytes().startswith(b"\x89PNG")
    again = inkdigit("explain", digit, "--out", out)
    assert (again.code, "is already there" in again.err, again.out) == (4, True, "")
    assert inkdigit("explain", digit, "--out", out, "--force").code == 0


def test_the_picture_itself_is_never_replaced(inkdigit: Command, digit: Path) -> None:
    before = digit.read_bytes()
    outcome = inkdigit("explain", digit, "--out", digit, "--force")
    assert (outcome.code, digit.read_bytes() == before) == (4, True)
    assert "is the picture itself" in outcome.err


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [("why.jpg", 2, "end its name in .png"), ("no/such/folder/why.png", 4, "cannot write")],
)
def test_outputs_that_cannot_be(
    inkdigit: Command, digit: Path, tmp_path: Path, name: str, code: int, said: str
) -> None:
    outcome = inkdigit("explain", digit, "--out", tmp_path / name)
    assert (outcome.code, said in outcome.err) == (code, True)


def test_blank(inkdigit: Command, tmp_path: Path) -> None:
    path = tmp_path / "white.png"
    Image.fromarray(np.full((40, 40), 255, np.uint8)).save(path)
    outcome = inkdigit("explain", path, "--out", tmp_path / "why.png")
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == f"inkdigit: {path} is blank: there is no ink to explain\n"
    assert not (tmp_path / "why.png").exists()
    as_json = inkdigit("explain", path, "--json")
    [found] = as_json.objects
    assert (found["digit"], found["note"], as_json.err) == (None, "blank", "")


def test_no_picture(inkdigit: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    for name in ("bad.png", "missing.png", "missing.gz#3"):
        outcome = inkdigit("explain", tmp_path / name)
        assert (outcome.code, outcome.out, len(outcome.err.splitlines())) == (3, "", 1), name


def test_one_image_of_a_stack(
    inkdigit: Command, tmp_path: Path, made_digits: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    sure = Linear(upper_weights(), offset=20.0)  # one in doubt looks at the picture in other ways
    monkeypatch.setattr("inkdigit.reader.load", lambda model=None: Reader(sure))
    stack = tmp_path / "x-idx3-ubyte.gz"
    write_images(stack, made_digits.images[:20])
    [found] = inkdigit("explain", f"{stack}#17", "--json").objects
    assert np.allclose(found["frame"], made_digits.ink[17], atol=0.001)
    for name, code, said in ((stack, 2, "x-idx3-ubyte.gz#0"), (f"{stack}#20", 3, "it has 20, from")):
        outcome = inkdigit("explain", name)
        assert (outcome.code, said in outcome.err) == (code, True)


def test_a_name_with_a_number_sign_is_a_file_if_there_is_one(inkdigit: Command, digit: Path) -> None:
    odd = digit.with_name("scan#3")
    odd.write_bytes(digit.read_bytes())
    assert inkdigit("explain", odd).code == 0


def test_the_standard_input(inkdigit: Command, digit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(digit.read_bytes())))
    [found] = inkdigit("explain", "-", "--json").objects
    assert (found["file"], found["digit"]) == ("-", 7)


def test_colours_only_where_the_terminal_has_them(monkeypatch: pytest.MonkeyPatch, capsys: Any, digit: Path) -> None:
    from inkdigit.cli import console, explain
    from inkdigit.explain import explain as explained

    seen = explained(digit, Linear(upper_weights()))
    assert seen is not None
    for terminal, no_colour, coloured in ((True, False, True), (True, True, False), (False, False, False)):
        shown = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        to = Console(
            file=shown, force_terminal=terminal, no_color=no_colour, color_system="truecolor" if terminal else None
        )
        monkeypatch.setattr(console, "results", lambda to=to: to)
        explain._show(seen)
        shown.flush()
        text = shown.buffer.getvalue().decode()
        assert ("▀" in text) == coloured
        assert ("+ for 7" in capsys.readouterr().out) != coloured
