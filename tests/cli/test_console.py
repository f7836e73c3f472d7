import io
import json
import sys

import pytest
from rich.table import Table

from inkdigit.cli import console
from inkdigit.errors import BadInput


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


def ascii_stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="ascii")


def test_an_object_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    console.emit({"name": "é\n", "n": 1})
    assert capsys.readouterr().out == '{"name": "é\\n", "n": 1}\n'


def test_what_is_no_number_is_no_json() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        console.emit({"loss": float("nan")})


def test_json_is_ascii_where_only_ascii_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = ascii_stream()
    monkeypatch.setattr(sys, "stdout", stream)
    console.emit({"name": "é😀"})
    assert json.loads(stream.buffer.getvalue()) == {"name": "é😀"}  # type: ignore[attr-defined]


def test_undecodable_names_are_json_too(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    console.claim_streams()
    console.emit({"name": "a\udcff"})
    assert json.loads(stream.buffer.getvalue()) == {"name": "a\udcff"}


def test_signs_are_spelt_where_only_ascii_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = ascii_stream()
    monkeypatch.setattr(sys, "stdout", stream)
    console.claim_streams()
    console.result("3 × 3 – · é")
    assert stream.buffer.getvalue() == b"3 x 3 - . \\xe9\n"  # type: ignore[attr-defined]


def test_remarks_may_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Broken())
    console.remark("gone")
    console.remarks().print("gone")


@pytest.mark.parametrize("why", ["is empty", "w" * 60, "w" * 300])
def test_of_a_long_error_the_path_is_shortened_and_never_the_reason(why: str) -> None:
    error = BadInput("cannot read", f"/home/{'p' * 300}/scan.png", why, hint="fetch it again")
    line = console.format_error(error)
    assert line.startswith("inkdigit: error: cannot read: /home/ppp")
    assert line.endswith(f"pp/scan.png: {why}; fetch it again")
    assert len(line) <= 200 or len(why) > 100
    assert "\n" not in line


def test_what_a_file_says_of_itself_does_not_fill_the_terminal() -> None:
    assert len(console.format_error(BadInput("cannot read", "a", "w" * 9_000))) <= 2_000


def test_an_error_is_reported_on_both_streams_with_json(capsys: pytest.CaptureFixture[str]) -> None:
    console.report_error(BadInput("cannot read", "a"), as_json=True)
    out, err = capsys.readouterr()
    assert json.loads(out) == {"error": {"code": "bad-input", "message": "cannot read: a"}}
    assert err == "inkdigit: error: cannot read: a\n"


def test_no_bar_where_stderr_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress("MNIST", total=10) as advance:
        advance(10)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("unit", ["bytes", "files"])
def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch, unit: str) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with console.progress("MNIST", total=10, unit=unit) as advance:
        advance(10)
    assert "MNIST" in terminal.getvalue()


def test_no_bar_on_a_dumb_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "dumb")
    assert not console.on_terminal()


def test_no_colour_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    console.remarks().print("[red]x[/red]")
    assert "\x1b[31m" not in terminal.getvalue()


def wide_table() -> Table:
    table = Table("a", "b", box=None)
    table.add_row("x" * 60, "y" * 60)
    return table


def test_a_table_in_a_file_is_never_folded(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert console.fits(wide_table())
    console.print_table(wide_table())
    assert "x" * 60 + "  " + "y" * 60 in capsys.readouterr().out.replace("   ", "  ")


def test_a_table_on_a_terminal_keeps_to_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    assert not console.fits(wide_table())
    console.print_table(wide_table())
    assert max(map(len, terminal.getvalue().splitlines())) <= 80
