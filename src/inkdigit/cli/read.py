"""`inkdigit read`: pictures of handwriting -> numbers."""

import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkdigit.cli import console
from inkdigit.cli.console import Json
from inkdigit.cli.options import number, option
from inkdigit.errors import BadInput, UsageError, printable

if TYPE_CHECKING:
    from inkdigit.pictures.sources import Source
    from inkdigit.types import Page, Reading

    Answer = Page | Reading

FAILED, SOME_FAILED = 3, 7

Show = Callable[[str, "Answer"], None]
"""Prints one answer under the name of its picture."""


Pictures = Annotated[
    list[str],
    typer.Argument(
        metavar="PICTURE",
        help="Picture files ("
        "PNG, JPEG, WebP, BMP, GIF, TIFF, HEIC, AVIF, JPEG 2000, PDF, SVG, PPM, PCX, ICO, PSD, SGI, QOI, TGA), "
        "scan.pdf#2 for one page, folders, .zip and .tar archives of them, an IDX, .npz or .csv file of images, "
        "or - for the standard input.",
        show_default=False,
    ),
]
Csv = Annotated[
    bool,
    typer.Option(
        "--csv",
        help="Print a table with a row per number; of one table of pixels, read with "
        "--single, what Kaggle takes: ImageId,Label.",
    ),
]
Table = Annotated[
    bool, typer.Option("--table", help="Print the table that stands on each page as CSV, its empty cells kept.")
]
# As text: of a number Typer would load pydantic, half of the time of reading one picture.
Threshold = Annotated[
    str | None,
    option(None, "X", "What is less sure than this, 0 to 1, is in doubt.", "--threshold", show_default="0.8"),
]
Overlay = Annotated[
    Path | None, option(None, "DIR", "Draw what was read over each picture, as PNG files in this folder.")
]


def read(
    pictures: Pictures,
    pages: Annotated[
        str | None,
        option(
            None,
            "1-3,7",
            "Which pages or frames of files that have several, or all; the first is 1.",
            show_default="all of a PDF, the first of others",
        ),
    ] = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="Look into the folders of a folder too.")] = False,
    single: Annotated[bool, typer.Option("--single", help="Each picture holds one digit.")] = False,
    model: Annotated[
        str | None,
        option(
            None,
            "MODEL",
            "A shipped model, a run directory, or anybody's .onnx, .keras, .h5 or model.json file.",
            show_default="cnn",
        ),
    ] = None,
    json: Json = False,
    csv: Csv = False,
    table: Table = False,
    threshold: Threshold = None,
    overlay: Overlay = None,
) -> int:
    """Read handwritten numbers: from a drawn digit, a scanned form, a photographed page.

    A digit in doubt is marked: 4? in the text, "unsure" in JSON and CSV, a dashed box in the overlay. A picture
    that cannot be read is reported and the others are read; the exit code is then 7, or 3 where it was the only one.
    It is 7 too where a folder holds links or other things that are called like pictures, and were passed over.

    Examples:
      inkdigit read page.jpg
      inkdigit read scans/ --recursive --csv > numbers.csv
      inkdigit read scan.pdf --pages 1-3
      inkdigit read table.jpg --table
      inkdigit read digits/*.png --single --json
      inkdigit read form.png --overlay checked
      cat digit.png | inkdigit read --single -
    """
    if json + csv + table > 1:
        raise UsageError("choose one of", "--json, --csv and --table", hint="each says what stdout holds")
    if table and single:
        raise UsageError("choose one of", "--table and --single", hint="one digit is no table")
    from inkdigit.cli.pictures import loaders
    from inkdigit.reader import load

    sources = _sources(pictures, pages, recursive=recursive)
    names = [name for source in sources for name in source.names]
    on_read = None
    if overlay is not None:
        from inkdigit.cli.overlays import drawer

        on_read = drawer(overlay, names)
    answers = load(model, threshold=None if threshold is None else number(threshold)).read_all(
        loaders(sources), single=single, on_read=on_read
    )
    show = _shower(len(names), json=json, csv=csv, table=table, submit=single and _is_table(pictures))
    return _exit_code(_print_all(answers, names, show, json=json), sources)


def _sources(pictures: list[str], pages: str | None, *, recursive: bool) -> "list[Source]":
    """What was named, and a word on what of it is passed over."""
    from inkdigit.cli.pictures import found, tell_passed_over
    from inkdigit.pictures.pages import parse_pages

    chosen = parse_pages(pages) if pages is not None else None
    sources = [found(named, pages=chosen, recursive=recursive) for named in pictures]
    tell_passed_over(sources)
    return sources


def _exit_code(failed: int, sources: "list[Source]") -> int:
    count = sum(len(source.names) for source in sources)
    if failed and count > 1:
        console.remark(f"inkdigit: {failed:,} of {count:,} pictures could not be read")
    if failed == count == 1:
        return FAILED
    return SOME_FAILED if failed or any(source.skipped for source in sources) else 0


def _print_all(answers: "Iterator[Answer | BadInput]", names: list[str], show: Show, *, json: bool) -> int:
    """Print the answers as they come; how many pictures could not be read."""
    failed = 0
    # Where the answers themselves run over the terminal, they are progress enough.
    bar = len(names) > 1 and not sys.stdout.isatty()
    with console.progress("reading", total=len(names), unit="pictures") if bar else nullcontext(_nothing) as advance:
        for name, answer in zip(names, answers, strict=True):
            if isinstance(answer, BadInput):
                failed += 1
                _report(name, answer, json=json)
            else:
                show(name, answer)
            advance(1)
    return failed


def _nothing(amount: float) -> None:
    pass


def _report(name: str, error: BadInput, *, json: bool) -> None:
    console.remark(console.format_error(error))
    if json:
        from inkdigit.present.records import failure_record

        console.emit(failure_record(name, code=error.code, message=str(error)))


def _is_table(pictures: list[str]) -> bool:
    """Whether the pictures are the rows of one table of pixels, as Kaggle's test.csv."""
    return len(pictures) == 1 and pictures[0].lower().endswith((".csv", ".csv.gz"))


def _shower(n: int, *, json: bool, csv: bool, table: bool = False, submit: bool = False) -> Show:
    """How answers are printed; the head of the table is printed at once."""
    if json:
        from inkdigit.present.records import record

        return lambda name, answer: console.emit(record(name, answer))
    if csv:
        from inkdigit.present import table as rows

        if submit:
            sys.stdout.write(rows.submission_header())
            return lambda name, answer: _write(rows.submission_row(name, answer))
        sys.stdout.write(rows.header())
        return lambda name, answer: _write(rows.rows(name, answer))
    if table:
        return _grid_shower(n)
    return _text_shower(n)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _grid_shower(n: int) -> Show:
    """The table of each page, with the page's name above it where there are several."""
    from inkdigit.present.grid import grid
    from inkdigit.types import Page

    def show(name: str, answer: "Answer") -> None:
        if n > 1:
            console.remark(f"{printable(name)}:")
        if isinstance(answer, Page):
            _write(grid(answer))
        if answer.note:
            console.remark(f"inkdigit: {printable(name)}: {answer.note}")

    return show


def _text_shower(n: int) -> Show:
    """Text, with the name in front where there are several pictures; each sign is explained when it first appears."""
    from inkdigit.present import text
    from inkdigit.types import Reading

    told: set[str] = set()

    def show(name: str, answer: "Answer") -> None:
        between = "  " if isinstance(answer, Reading) else ": "
        front = f"{printable(name)}{between}" if n > 1 else ""
        for line in text.lines(answer):
            console.result(f"{front}{line}")
        for legend in text.legend(answer):
            if legend not in told:
                told.add(legend)
                console.remark(legend)
        if answer.note and answer.note != "blank":
            console.remark(f"inkdigit: {printable(name)}: {answer.note}")

    return show
