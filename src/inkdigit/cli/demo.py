"""`inkdigit demo`: from nothing to a trained, measured network and its report."""

from pathlib import Path
from typing import Annotated

import typer

from inkdigit.cli import console
from inkdigit.cli.console import Json
from inkdigit.cli.train import run_training
from inkdigit.errors import InkdigitError
from inkdigit.recipes import RECIPES

NEXT = """
try next
  inkdigit train cnn-small                                  a convolutional network, above 99 %
  inkdigit train --hidden 300,100 --augment affine          a network of your own
  inkdigit runs                                             compare what you have trained
  inkdigit data show                                        look at the digits themselves"""


def demo(
    data: Annotated[
        str | None, typer.Option(help="mnist, strokes, a FOLDER or a FILE.npz.", show_default="mnist if it can be had")
    ] = None,
    run: Annotated[Path | None, typer.Option(help="The run directory.", show_default="runs/mlp-128-N")] = None,
    json: Json = False,
) -> None:
    """Train the classic MNIST network, measure it, and write a report: the whole thing, from nothing.

    Uses MNIST if it is here or can be downloaded, and otherwise digits that inkdigit draws itself.
    """
    result = run_training(RECIPES["mlp-128"], as_json=json, show_end=not json, data=data or _best_data(), run=run)
    if not json:
        print(f"\nIt reads {100 * result.accuracy:.1f} of 100 test digits. Open the report to see where it fails.")
        print(NEXT)


def _best_data() -> str:
    """MNIST, fetched if need be; strokes, with a line that says so, where it cannot be had."""
    from inkdigit.cli.data import fetch_with_progress
    from inkdigit.data import mnist

    if mnist.available():
        return "mnist"
    try:
        fetch_with_progress()
    except InkdigitError as error:
        console.remark(
            f"inkdigit: MNIST cannot be had ({error.what}); using strokes, digits drawn by a program, instead"
        )
        return "strokes"
    return "mnist"
