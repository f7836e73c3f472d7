"""The two streams of the command line: results on stdout, everything else on stderr.

Every command prints through here, so that `--json` prints JSON and nothing else, bars are drawn
only on a terminal, and lost output is an error.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console

from inkdigit.errors import InkdigitError

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line, and nothing else.")]


def results() -> Console:
    """The console for results, on stdout."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=not sys.stdout.isatty())


def remarks() -> Console:
    """The console for progress and remarks, on stderr."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=not sys.stderr.isatty())


def emit(value: object) -> None:
    """Print one JSON object as one line of stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def remark(text: str) -> None:
    """Print one line to stderr as it is."""
    print(text, file=sys.stderr, flush=True)


def format_error(error: InkdigitError) -> str:
    """The one line a user sees.

    >>> format_error(InkdigitError("cannot read", "a.gz", "is empty"))
    'inkdigit: error: cannot read: a.gz: is empty'
    """
    return f"inkdigit: error: {error}"


def report_error(error: InkdigitError, *, as_json: bool) -> None:
    """Say what failed: a line on stderr, and with --json an object on stdout as well."""
    if as_json:
        emit({"error": {"code": error.code, "message": str(error)}})
    remark(format_error(error))


@contextlib.contextmanager
def progress(description: str, *, total: int | None, unit: str = "bytes") -> Iterator[Any]:
    """A bar on stderr, or silence where stderr is no terminal; yields `advance(amount)`."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda amount: None
        return
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    amount_column = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount_column, TimeRemainingColumn())
    with Progress(*columns, console=remarks(), transient=True) as bars:
        task = bars.add_task(description, total=total)
        yield lambda amount: bars.advance(task, amount)
