import io
import json
import sys

import numpy as np
import pytest

from inkdigit.cli.live import HEADING, JsonListener, LiveTable, format_epoch, layer_table
from inkdigit.recipes import find
from inkdigit.types import Digits, Epoch, LayerRow

LAYERS = (LayerRow("flatten", "Flatten", (784,), 0), LayerRow("digits", "Dense", (10,), 7850))
EPOCH = Epoch(epoch=2, loss=0.25, accuracy=0.93, val_loss=0.3, val_accuracy=0.92, learning_rate=0.001, seconds=1.5)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def digits(n: int, *, name: str = "strokes", synthetic: bool = True) -> Digits:
    images, labels = np.zeros((n, 28, 28), np.uint8), np.zeros(n, np.uint8)
    return Digits(images, labels, name, "train", synthetic=synthetic)


def play(listener: LiveTable) -> None:
    with listener:
        listener.begins(find("mlp-128"), LAYERS, digits(9), digits(3))
        listener.moved(1, 0.5, 0.5, 0.8)
        listener.remark("a [remark]")
        listener.epoch_done(EPOCH)


def test_an_epoch_stands_below_its_heading() -> None:
    row = format_epoch(EPOCH, 5)
    assert row == "   2/5       0.2500   93.00 %     0.3000   92.00 %      1.50"
    assert len(row) == len(HEADING) == 60


def test_a_missing_validation_is_a_dash() -> None:
    assert format_epoch(Epoch(1, 0.5, 1.0, None, None, 0.001, 0.0), 1).count("–") == 2


def test_the_layer_table_counts_the_weights(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    Console(file=sys.stdout, width=80).print(layer_table("mlp [x]", LAYERS))
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "mlp [x]",
        "layer    kind     output  weights",
        "flatten  Flatten     784",
        "digits   Dense        10    7,850",
        "                            7,850",
    ]


def test_plain_lines_where_stderr_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    play(LiveTable())
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[6:] == [
        "9 images of strokes (synthetic), 3 held out to measure; Ctrl-C saves and stops",
        "",
        HEADING,
        "inkdigit: a [remark]",
        format_epoch(EPOCH, 5),
        "",
    ]
    assert "\x1b" not in err


def test_a_bar_moves_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    play(LiveTable())
    shown = terminal.getvalue()
    assert "loss 0.5000  80.00 %" in shown
    assert format_epoch(EPOCH, 5) in shown


def test_lines_only_on_a_dumb_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "dumb")
    play(LiveTable())
    assert "\x1b" not in terminal.getvalue()
    assert "loss 0.5000" not in terminal.getvalue()


def test_json_is_a_line_per_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    with JsonListener() as listener:
        listener.begins(find("mlp-128"), LAYERS, digits(9), None)
        listener.moved(1, 0.5, 0.5, 0.8)
        listener.epoch_done(EPOCH)
        listener.remark("a remark")
    out, err = capsys.readouterr()
    assert [json.loads(line)["epoch"] for line in out.splitlines()] == [2]
    assert err == "inkdigit: a remark\n"
