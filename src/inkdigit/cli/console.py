"""The two streams of the command line: results on stdout, everything else on stderr.

Every command prints through here, so that `--json` prints JSON and nothing else, bars are drawn
only on a terminal, lost results are an error, and lost remarks are not.
"""

import codecs
import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console

from inkdigit.errors import LONGEST_PATH, CannotWrite, InkdigitError, printable

if TYPE_CHECKING:
    from rich.table import Table

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line, and nothing else.")]

LONGEST_ERROR = 200  # characters, unless the reason itself needs more
SHORTEST_PATH, MOST = 40, 2_000  # of a path however long the reason; of a line in which a file itself may speak
WIDE = 10_000  # columns of a file: nothing in it is cut or folded
LINES = 25  # without a height as well, Rich does not believe the width it is told
ASCII = {"–": "-", "×": "x", "·": ".", "→": "->", "…": "...", "≤": "<=", "≥": ">="}
"""How the signs that inkdigit itself prints are written where only ASCII can be."""


def results() -> Console:
    """The console for results, on stdout."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=not sys.stdout.isatty())


def remarks() -> Console:
    """The console for progress and remarks, on stderr."""
    stream = cast(IO[str], _Lenient(sys.stderr))
    terminal = sys.stderr.isatty()
    return Console(file=stream, highlight=False, soft_wrap=not terminal, width=None if terminal else WIDE)


def result(text: str) -> None:
    """Print text to stdout as it is."""
    print(text, flush=True)


def emit(value: object) -> None:
    """Print one JSON object as one line of stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=not _unicode(sys.stdout), allow_nan=False) + "\n")
    sys.stdout.flush()


def print_table(table: "Table") -> None:
    """Print a table to stdout: folded to the width of a terminal, whole in a file."""
    Console(file=sys.stdout, highlight=False, width=_columns(), height=LINES).print(table)


def fits(table: "Table") -> bool:
    """Whether a table stands on stdout without being folded."""
    return Console(width=WIDE, height=LINES).measure(table).maximum <= _columns()


def columns() -> int:
    """Columns of the terminal, as $COLUMNS or it says; 80 where neither does.

    Asked for here because Rich takes a terminal that is called dumb for 80 columns wide.
    """
    return shutil.get_terminal_size().columns


def _columns() -> int:
    """Columns of stdout, which may be a file."""
    return columns() if sys.stdout.isatty() else WIDE


def remark(text: str) -> None:
    """Print one line to stderr as it is."""
    _Lenient(sys.stderr).write(f"{text}\n")


def on_terminal() -> bool:
    """Whether stderr is a terminal on which something may move."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def format_error(error: InkdigitError) -> str:
    """The one line a user sees; where it is long the path is shortened in its middle, the reason never.

    >>> format_error(InkdigitError("cannot read", "a.gz", "is empty"))
    'inkdigit: error: cannot read: a.gz: is empty'
    """
    front = "inkdigit: error: "
    beside = len(front) + len(error.line(path=LONGEST_PATH)) - len(printable(error.where, limit=LONGEST_PATH))
    path = min(LONGEST_PATH, max(SHORTEST_PATH, LONGEST_ERROR - beside))
    return printable(front + error.line(path=path), limit=MOST)


def report_error(error: InkdigitError, *, as_json: bool) -> None:
    """Say what failed: a line on stderr, and with --json an object on stdout as well."""
    remark(format_error(error))
    if as_json:
        emit({"error": {"code": error.code, "message": str(error)}})


@contextlib.contextmanager
def progress(description: str, *, total: int | None, unit: str = "bytes") -> Iterator[Callable[[float], None]]:
    """A bar on stderr, or silence where stderr is no terminal; yields `advance(amount)`."""
    if not on_terminal():
        yield lambda amount: None
        return
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    amount_column = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount_column, TimeRemainingColumn())
    with Progress(*columns, console=remarks(), transient=True) as bars:
        task = bars.add_task(description, total=total)
        yield lambda amount: bars.advance(task, amount)


def claim_streams() -> None:
    """Make the three streams fit to use; a closed one is replaced in the order of its descriptor.

    Raises:
        CannotWrite: stdout is closed: results would vanish.
    """
    closed = sys.stdout is None
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: PTH123, SIM115
    codecs.register_error("inkdigit", _spell)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="inkdigit")  # type: ignore[union-attr]
    if closed:
        raise CannotWrite("cannot write", "standard output", "is closed", hint="redirect it to a file")


def abandon(stream: Any) -> None:
    """Let what is left in a stream that failed, and the interpreter's own last flush of it, go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Lenient:
    """A stream that may fail: a terminal that has gone away must not stop a training."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        try:
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError):
            abandon(self.stream)
        return len(text)

    def flush(self) -> None:
        """Nothing: each write is flushed."""

    def __getattr__(self, name: str) -> object:
        return getattr(self.stream, name)


def _unicode(stream: Any) -> bool:
    return "utf" in (getattr(stream, "encoding", None) or "").lower()


def _spell(error: UnicodeError) -> tuple[str, int]:
    """Write what a stream cannot encode in signs that it can."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(ASCII.get(c) or c.encode("ascii", "backslashreplace").decode() for c in text), error.end
