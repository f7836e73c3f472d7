"""`inkdigit demo`: from nothing to a trained, measured network, its report, and a page that is read."""

import io
from itertools import zip_longest
from pathlib import Path
from typing import Annotated

from inkdigit.cli import console
from inkdigit.cli.console import Json
from inkdigit.cli.options import SOURCES, option
from inkdigit.cli.train import run_training
from inkdigit.errors import CannotWrite, NetworkError
from inkdigit.recipes import RECIPES, change

NEXT = """
Try next:
  inkdigit train cnn-small                          a convolutional network
  inkdigit train --hidden 300,100 --augment affine  a network of your own
  inkdigit runs                                     all you have trained, compared
  inkdigit read page.jpg                            your own handwriting
  inkdigit serve --open                             write digits, and watch the network read them
  inkdigit data show                                the digits themselves"""

SMALL_EPOCHS = 20
"""Of mnist-small, which is so small that five teach too little: 94.9 % of its test images are read right, not 93.4."""

PAGE = "labels"  # of `writing.examples`: a form with printed labels, numbers on rules and a row of boxes


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
    """Train the classic MNIST network, measure it, write a report, and read a page: the whole thing, from nothing.

    Uses MNIST if it is here or can be downloaded (11.6 MB), and otherwise 10,000 of its
    digits, which come along. The page is drawn by a program too, and is read with the model
    that comes with the package: the one just trained has seen no pen but those of its data.

    Example:
      inkdigit demo
    """
    source = data or _best_data()
    recipe = change(RECIPES["mlp-128"], epochs=SMALL_EPOCHS) if source == "mnist-small" else RECIPES["mlp-128"]
    finished = run_training(recipe, as_json=json, data=source, run=run)
    if not json:
        console.result(f"\nIt reads {100 * finished.accuracy:.1f} of 100 new digits. The report shows where it fails.")
        _read_sample(finished.folder / "sample")
        console.remark(NEXT)


def _read_sample(folder: Path) -> None:
    """Draw a page, read it with the shipped model, and print what was written beside what was read."""
    from inkdigit.models import zoo

    if not zoo.path_of(zoo.NAMES[0]).exists():
        console.remark("inkdigit: this installation has no model for reading pages: the sample page is left out")
        return
    from PIL import Image

    from inkdigit.files import make_folder, write_whole
    from inkdigit.present.overlay import overlay
    from inkdigit.present.text import page_lines
    from inkdigit.reader import load
    from inkdigit.writing.examples import draw_document

    sample = draw_document(PAGE)
    [pixels], [lines] = sample.pages, sample.lines
    page = load().read(pixels)
    png = io.BytesIO()
    Image.fromarray(pixels).save(png, "PNG")
    make_folder(folder)
    write_whole(folder / "page.png", png.getvalue())
    write_whole(folder / "overlay.png", overlay(pixels, page))
    console.result("\nA page drawn by a program, read with the model that comes with inkdigit:")
    written = (" ".join(numbers) for numbers in lines)
    for left, right in zip_longest(("written", *written), ("read", *page_lines(page)), fillvalue=""):
        console.result(f"  {left:<14}{right}".rstrip())
    console.result(f"page    {folder / 'page.png'}\noverlay {folder / 'overlay.png'}")


def _best_data() -> str:
    """MNIST, fetched if need be; a part of it, with a line that says so, where it cannot be had."""
    from inkdigit.data import mnist

    if mnist.available():
        return "mnist"
    try:
        with console.progress("MNIST", total=mnist.size_in_bytes()) as advance:
            mnist.fetch(on_progress=advance, on_note=lambda note: None)
    except (NetworkError, CannotWrite):
        console.remark("inkdigit: MNIST is not here and cannot be fetched: using mnist-small, 10,000 of its digits")
        return "mnist-small"
    return "mnist"
