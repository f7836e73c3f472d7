"""`inkdigit export`: a model -> files for other programs, and what was measured of them."""

import contextlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkdigit.cli import console
from inkdigit.cli.console import Json
from inkdigit.cli.options import option
from inkdigit.errors import printable

if TYPE_CHECKING:
    from inkdigit.export import Export
    from inkdigit.export.parity import Parity


def export(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            help="A run directory, cnn or mlp, an .onnx that inkdigit wrote, or anybody's .keras, .h5 or model.json.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[  # noqa: A002  the name of the option
        str, option(None, "NAME", "onnx, tfjs (TensorFlow.js), keras, h5, or site: the page with its models.")
    ] = "onnx",
    out: Annotated[
        Path | None,
        option(None, "PATH", "The file, or for tfjs and site the folder.", show_default="./MODEL.onnx, ..."),
    ] = None,
    quantize: Annotated[
        str | None,
        option(None, "NAME", "Smaller weights: int8 (onnx, tfjs, site), int16 (tfjs, site) or float16 (onnx)."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    json: Json = False,
) -> None:
    """Write a model for other programs, proven to answer as it does.

    Every export is compared with the model on digits that were held out of training,
    and says in its metadata how far they differ. One that disagrees is not written.
    A site needs no MODEL: it has the two that come with inkdigit.

    Examples:
      inkdigit export runs/mlp-128-1 --format tfjs
      inkdigit export cnn --quantize int8
      inkdigit export runs/mlp-512x2-dropout-1 --quantize float16
      inkdigit export notebook.keras --format onnx --out digits.onnx
      inkdigit export --format site --out public
    """
    from inkdigit import export as exporting

    with _busy():
        written = exporting.export(model, format=format, out=out, quantize=quantize, force=force)
    if json:
        console.emit({
            "out": str(written.path), "format": written.format, "quantize": written.quantize,
            "files": [{"name": name, "bytes": size} for name, size in written.sizes.items()],
            "models": [{"name": name} | asdict(parity) for name, parity in written.parity.items()],
        })  # fmt: skip
        return
    for line in summary(written):
        console.result(line)


def summary(written: "Export") -> Iterator[str]:
    """What was written and what was measured, line by line."""
    total = sum(written.sizes.values())
    if written.path.is_dir():
        yield f"wrote   {printable(written.path)}/  {size(total)} in {len(written.sizes)} files"
        wide = max(map(len, written.sizes))
        for name, count in written.sizes.items():
            yield f"          {printable(name):<{wide}}  {size(count):>8}"
    else:
        yield f"wrote   {printable(written.path)}  {size(total)}"
    for name, parity in written.parity.items():
        yield from _measured(name, parity, reduced=written.quantize is not None)


def _measured(name: str, parity: "Parity", *, reduced: bool) -> Iterator[str]:
    digits = f"{parity.images:,} digits ({parity.data})"
    yield (
        f"parity  {printable(name, limit=40)}: the same digit for {parity.same:,} of {digits}; "
        f"probabilities differ by at most {parity.difference:.2g}"
    )
    if reduced:
        lost = 100 * (parity.source_accuracy - parity.accuracy)
        change = f"{lost:.2f} points lost" if lost > 0 else f"{-lost:.2f} points won" if lost < 0 else "nothing lost"
        before, after = 100 * parity.source_accuracy, 100 * parity.accuracy
        yield f"        accuracy {before:.2f} % before, {after:.2f} % after: {change}"


def size(count: int) -> str:
    """Bytes as a person says them.

    >>> size(1_291_300), size(3_134), size(87)
    ('1.29 MB', '3.1 kB', '87 B')
    """
    if count < 1_000:
        return f"{count} B"
    return f"{count / 1e3:.1f} kB" if count < 1_000_000 else f"{count / 1e6:.2f} MB"


@contextlib.contextmanager
def _busy() -> Iterator[None]:
    """Something that moves while the user waits, on a terminal."""
    if not console.on_terminal():
        yield
        return
    with console.remarks().status("exporting"):
        yield
