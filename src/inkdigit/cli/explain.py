"""`inkdigit explain`: a picture of one digit -> why it is read as it is."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from inkdigit.cli import console
from inkdigit.cli.console import Json
from inkdigit.cli.options import option
from inkdigit.errors import CannotWrite, UsageError, printable

if TYPE_CHECKING:
    from inkdigit.explain import Explanation
    from inkdigit.models.model import Model
    from inkdigit.pictures.picture import Picture
    from inkdigit.types import Digits

NARROWEST = 29  # columns; the map with its legend has as many


def explain(
    picture: Annotated[
        str,
        typer.Argument(
            metavar="PICTURE",
            help="A picture of one digit, x.gz#17 for an image of an IDX or .npz file, scan.pdf#2 for a page, or - for "
            "the standard input.",
            show_default=False,
        ),
    ],
    model: Annotated[
        str | None,
        option(
            None,
            "MODEL",
            "A shipped model, a run directory, or anybody's .onnx, .keras, .h5 or model.json file.",
            show_default="cnn",
        ),
    ] = None,
    out: Annotated[Path | None, option(None, "FILE", "Draw the explanation as a PNG file as well.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace that file if there is one.")] = False,
    json: Json = False,
) -> None:
    """Show why a digit is read as it is: what the network saw, and which ink decided.

    Ink is hidden patch by patch, and the network asked again each time: what its answer
    needs speaks for it, what it gains without speaks against. Where MNIST is on this
    machine, the training digits most like the picture are shown too.

    Examples:
      inkdigit explain digit.png
      inkdigit explain digit.png --out why.png
      inkdigit explain t10k-images-idx3-ubyte.gz#17 --model runs/mlp-128-1
    """
    from inkdigit.explain import explain as explained
    from inkdigit.reader import load

    if out is not None:
        _check_out(out, picture, force=force)
    given = _one_picture(picture)
    recognizer = cast("Model", load(model).recognizer)  # a Reader may hold others, one that was loaded does not
    explanation = explained(given, recognizer, training=_training())
    if json:
        from inkdigit.explain.words import record

        console.emit(record(picture, explanation))
    if explanation is None:
        if not json:
            console.remark(f"inkdigit: {printable(picture)} is blank: there is no ink to explain")
        return
    if not json:
        _show(explanation)
    if out is not None:
        _write(explanation, out, name=picture)
    elif not json:
        console.remark("\nTo have it as a picture, add --out FILE.png")


def _check_out(out: Path, picture: str, *, force: bool) -> None:
    """Refuse before any work what would fail after it, or destroy the picture itself."""
    if out.suffix.lower() != ".png":
        raise UsageError("cannot draw", "--out", f"got {out}", hint="the picture is a PNG file: end its name in .png")
    if not out.exists():
        return
    if Path(picture).exists() and os.path.samefile(picture, out):  # noqa: PTH121 (a picture may have any name)
        raise CannotWrite("cannot write", out, "is the picture itself", hint="choose another name")
    if not force:
        raise CannotWrite("cannot write", out, "is already there", hint="choose another name, or add --force")


def _one_picture(named: str) -> "Picture":
    """The one picture that was named, decoded.

    Raises:
        UsageError: It names many.
        BadInput: It cannot be read.
    """
    from inkdigit.cli.pictures import found

    source = found(named)
    if len(source) > 1:
        raise UsageError("expected one picture", named, f"holds {len(source):,}", hint=f"try {source.names[0]}")
    return source.load(0)


def _training() -> "Digits | None":
    """MNIST's training images where they are at hand; nothing is downloaded."""
    from inkdigit.data import mnist

    return mnist.load("train") if mnist.available() else None


def _show(explanation: "Explanation") -> None:
    """Print it in colours where the terminal has them, else in signs."""
    from inkdigit.explain import terminal

    to = console.results()
    coloured = to.is_terminal and to.color_system is not None and not to.no_color and "utf" in to.encoding.lower()
    width = max(NARROWEST, to.width) if sys.stdout.isatty() else 80
    lines = terminal.lines(explanation, coloured=coloured, width=width)
    for line in lines:
        if coloured:
            to.print(line, soft_wrap=True)
        else:
            console.result(line.plain.rstrip())
    if not explanation.nearest:
        console.remark(
            '\nWith MNIST on this machine ("inkdigit data fetch"), the nearest training digits are shown too.'
        )
    if explanation.note:
        console.remark(f"inkdigit: {explanation.note}")


def _write(explanation: "Explanation", out: Path, *, name: str) -> None:
    from inkdigit.explain.picture import draw
    from inkdigit.files import write_whole

    write_whole(out, draw(explanation, name=name))
    console.remark(f"\nwrote {printable(out)}")
