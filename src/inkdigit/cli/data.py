"""`inkdigit data`: bring MNIST onto this machine, and look at any data set."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from inkdigit.cli import console
from inkdigit.cli.options import SOURCES, whole_option
from inkdigit.errors import CannotWrite, UsageError, printable

if TYPE_CHECKING:
    from inkdigit.types import Digits

app = typer.Typer(help="Download MNIST, and look at the images of any data set.", no_args_is_help=True)


@app.command()
def fetch(as_json: console.Json = False) -> None:
    """Bring the four MNIST files (11.6 MB) onto this machine, and say where they are.

    They come from public mirrors, are compared with their known SHA-256, and
    are kept in $XDG_CACHE_HOME/inkdigit/mnist, or ~/.cache/inkdigit/mnist.
    Where they are already, nothing is downloaded.

    Without a network, place the files in a folder called mnist yourself, and
    set INKDIGIT_DATA_DIR to the folder above it: that is looked in first.
    """
    from inkdigit.data import mnist

    with console.progress("MNIST", total=mnist.size_in_bytes()) as advance:
        folder = mnist.fetch(on_progress=advance, on_note=lambda note: console.remark(f"inkdigit: {note}"))
    files = [remote for pair in mnist.FILES.values() for remote in pair]
    if as_json:
        facts = [{"name": remote.name, "bytes": remote.size, "sha256": remote.sha256} for remote in files]
        console.emit({"folder": str(folder), "files": facts})
        return
    console.result(f"MNIST is in {printable(folder)}")


@app.command()
def show(
    source: Annotated[
        str,
        typer.Argument(help=SOURCES),
    ] = "mnist",
    part: Annotated[
        Literal["train", "validation", "test"],
        typer.Option(help="Which part. Look at the train part as long as you like; the test part is for the end."),
    ] = "train",
    out: Annotated[Path | None, typer.Option(help="Write a sheet of samples, a row per digit, as PNG.")] = None,
    count: Annotated[int, whole_option(None, "Samples of each digit on the sheet, 1 to 100.")] = 10,
    seed: Annotated[int, whole_option(None, "Chooses the samples; another number, others.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace the sheet if there is one.")] = False,
    as_json: console.Json = False,
) -> None:
    """Look at a data set: how many images of each digit, and what they look like.

    Images are 28x28 grey levels, 0 for paper and 255 for ink. The SHA-256 is
    that of the images and their labels: two runs with the same one have
    learned from the same data.
    """
    from inkdigit.data import source as sources

    _check("--count", count, least=1, most=100)
    _check("--seed", seed, least=0, most=2**63 - 1)
    if out is not None and out.exists() and not force:
        raise CannotWrite("cannot write", out, "is already there", hint="choose another name, or add --force")
    digits = sources.load(source, part=part)
    if out is not None:
        _write_sheet(digits, out, count=count, seed=seed)
    if as_json:
        console.emit(_facts(digits, out))
        return
    for line in _lines(digits, seed=seed):
        console.result(line)
    if out is not None:
        console.result(f"wrote {printable(out)}")


def bring_mnist() -> None:
    """Download MNIST, with a bar, unless it is here; Ctrl-C is heard at once, and nothing half-fetched stays.

    Raises:
        NetworkError: No mirror gives it.
        CannotWrite: The cache cannot be written to.
    """
    from inkdigit.data import mnist

    if mnist.available():
        return
    with console.progress("MNIST", total=mnist.size_in_bytes()) as advance:
        mnist.fetch(on_progress=advance, on_note=lambda note: console.remark(f"inkdigit: {note}"))


def _check(option: str, value: int, *, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UsageError("value out of range", option, f"got {value}", hint=f"give a number from {least} to {most:,}")


def _write_sheet(digits: "Digits", out: Path, *, count: int, seed: int) -> None:
    import io

    from inkdigit.data.gallery import draw_grid
    from inkdigit.files import write_whole

    png = io.BytesIO()
    draw_grid(digits, count=count, seed=seed).save(png, "PNG")
    write_whole(out, png.getvalue())


def _counts(digits: "Digits") -> list[int]:
    return [int((digits.labels == digit).sum()) for digit in range(max(10, int(digits.labels.max()) + 1))]


def _facts(digits: "Digits", out: Path | None) -> dict[str, object]:
    return {
        "data": digits.name,
        "part": digits.part,
        "n": len(digits),
        "shape": list(digits.images.shape),
        "counts": _counts(digits),
        "sha256": digits.sha256,
        "synthetic": digits.synthetic,
        "out": str(out) if out is not None else None,
    }


def _lines(digits: "Digits", *, seed: int) -> list[str]:
    """What a person reads: the title, the counts, the digest and a few images."""
    from inkdigit.data import gallery

    halves = gallery.HALVES if "utf" in (sys.stdout.encoding or "").lower() else gallery.ASCII_HALVES
    counts = "  ".join(f"{gallery.SIGNS[digit]}: {n:,}" for digit, n in enumerate(_counts(digits)))
    images = gallery.text_grid(digits, width=console.columns(), seed=seed, halves=halves)
    return [gallery.title(digits), f"sha256 {digits.sha256}", counts, "", *images]
