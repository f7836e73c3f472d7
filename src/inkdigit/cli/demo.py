"""`inkdigit demo`: from nothing to a trained, measured network and its report."""

from pathlib import Path
from typing import Annotated

from inkdigit.cli import console
from inkdigit.cli.console import Json
from inkdigit.cli.options import SOURCES, option
from inkdigit.cli.train import run_training
from inkdigit.errors import CannotWrite, NetworkError
from inkdigit.recipes import RECIPES

NEXT = """
Try next:
  inkdigit train cnn-small                          a convolutional network
  inkdigit train --hidden 300,100 --augment affine  a network of your own
  inkdigit runs                                     all you have trained, compared
  inkdigit data show                                the digits themselves"""


def demo(
    data: Annotated[
        str | None,
        option(None, "SOURCE", SOURCES, show_default="mnist if it can be had"),
    ] = None,
    run: Annotated[
        Path | None, option(None, "DIR", "The run directory.", show_default="runs/mlp-128-1, -2, ...")
    ] = None,
    json: Json = False,
) -> None:
    """Train the classic MNIST network, measure it, and write a report: the whole thing, from nothing.

    Uses MNIST if it is here or can be downloaded (11.6 MB), and otherwise digits that
    inkdigit draws itself.

    Example:
      inkdigit demo
    """
    finished = run_training(RECIPES["mlp-128"], as_json=json, data=data or _best_data(), run=run)
    if not json:
        console.result(f"\nIt reads {100 * finished.accuracy:.1f} of 100 new digits. The report shows where it fails.")
        console.remark(NEXT)


def _best_data() -> str:
    """MNIST, fetched if need be; strokes, with a line that says so, where it cannot be had."""
    from inkdigit.data import mnist

    if mnist.available():
        return "mnist"
    try:
        with console.progress("MNIST", total=mnist.size_in_bytes()) as advance:
            mnist.fetch(on_progress=advance, on_note=lambda note: None)
    except (NetworkError, CannotWrite):
        console.remark("inkdigit: MNIST is not here and cannot be fetched: using strokes, digits drawn by a program")
        return "strokes"
    return "mnist"
