"""`inkdigit`: the program. Gathers the commands and turns every failure into one line and an exit code."""

import contextlib
import errno
import inspect
import os
import signal
import sys
from difflib import get_close_matches
from types import FrameType, ModuleType
from typing import Annotated, Any, cast

import typer
import typer.main

from inkdigit.cli import console
from inkdigit.cli.data import app as data_app
from inkdigit.cli.demo import demo
from inkdigit.cli.evaluate import evaluate
from inkdigit.cli.explain import explain
from inkdigit.cli.export import export
from inkdigit.cli.plain import take_as_typed
from inkdigit.cli.read import read
from inkdigit.cli.recipes import recipes
from inkdigit.cli.runs import runs
from inkdigit.cli.serve import serve
from inkdigit.cli.train import train
from inkdigit.errors import BadInput, CannotWrite, InkdigitError, MissingPackage, UsageError
from inkdigit.version import __version__

# Typer brings its own copy of click and exports only some of its exceptions; this is their root.
ClickException = typer.BadParameter.__mro__[2]

INTERRUPTED, BROKEN_PIPE = 130, 141
OF_INPUT = {errno.ENOENT, errno.EACCES, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG}
SLOW_TO_LEAVE = {"jax", "onnxruntime"}
"""Taking JAX apart at the end takes half a second, ONNX Runtime with OpenCV 0.05 s."""

NEVER_USED = ("sklearn", "IPython", "matplotlib.pyplot")
"""What Keras imports wherever it is installed, for what nothing here uses."""

CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    name="inkdigit",
    epilog="New here? Try  [bold]inkdigit demo[/bold]",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings=CONTEXT,
)
for command in (demo, train, evaluate, read, explain, export, serve, runs, recipes):
    app.command()(command)
app.add_typer(data_app, name="data")


def _version(wanted: bool) -> bool:
    if wanted:
        console.result(f"inkdigit {__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def inkdigit(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Train small networks to read handwritten digits, see why they fail, and ship them anywhere."""


def main(arguments: list[str] | None = None) -> None:
    """Run the program and leave with the exit code of its contract; see `errors` for the codes."""
    # NumPy's OpenBLAS begins its threads when it is imported, 50 ms of a reading of 300. Nothing here needs them:
    # XLA and ONNX Runtime have their own.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # "Not installed", in the import system's own words. Importing Keras then takes 1.0 s instead of 1.9, or of 1.25
    # where only Matplotlib is there.
    for name in NEVER_USED:
        sys.modules.setdefault(name, cast(ModuleType, None))
    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _leave)
    code = run(sys.argv[1:] if arguments is None else arguments)
    if sys.modules.keys() & SLOW_TO_LEAVE:
        _leave_at_once(code)
    sys.exit(code)


def _leave_at_once(code: int) -> None:
    """Leave without taking these packages apart; every file was closed, `run` flushed stdout."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; every failure a user can cause is one line on stderr."""
    try:
        console.claim_streams()
        code = _run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except (BrokenPipeError, SystemExit) as error:
        if not isinstance(error.__context__ if isinstance(error, SystemExit) else error, BrokenPipeError):
            raise
        console.abandon(sys.stdout)  # Rich and Typer turn a broken pipe into exit code 1, which is that of a bug
        return BROKEN_PIPE
    except Exception as error:
        if os.environ.get("INKDIGIT_DEBUG"):
            raise
        return _failed(_understood(error), as_json="--json" in arguments)
    if code == INTERRUPTED:
        console.remark("inkdigit: stopped")
    return code


def _run(arguments: list[str]) -> int:
    command: Any = typer.main.get_command(app)
    _tidy(command)
    try:
        result = command.main(arguments or ["--help"], prog_name="inkdigit", standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except ClickException as error:  # type: ignore[misc]
        if type(error).__name__ == "NoArgsIsHelpError":  # a group of commands by itself; its help was printed
            return 0
        raise _from_click(error) from error
    return result if isinstance(result, int) else 0


def _tidy(command: Any) -> None:
    """Let help flow to any width, take texts as they were typed, leave `<bool>` out of flags: they take no value."""
    command.help = _flow(command.help or "")
    for parameter in command.get_params(typer.Context(command, **CONTEXT)):
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
        take_as_typed(parameter)
    for inner in getattr(command, "commands", {}).values():
        _tidy(inner)


def _flow(text: str) -> str:
    """Join the lines of each paragraph, except where lines are indented: examples stay as they are written.

    >>> _flow("One\\ntwo.\\n\\nExamples:\\n  inkdigit demo")
    'One two.\\n\\nExamples:\\n  inkdigit demo'
    """
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(part if "\n " in part else part.replace("\n", " ") for part in paragraphs)


def _understood(error: Exception) -> InkdigitError:
    """The failure in the words of the contract; what is none of the known kinds is a bug."""
    if isinstance(error, InkdigitError):
        return error
    if isinstance(error, OSError):
        return _from_system(error)
    if isinstance(error, ModuleNotFoundError):
        return MissingPackage("this needs more packages", error.name or "", "is not installed",
                              hint='run pip install ".[train]" in the checkout')  # fmt: skip
    if isinstance(error, MemoryError):
        return BadInput("not enough memory", hint="use less data or a smaller batch")
    first_line = next(iter(str(error).splitlines()), "")
    return InkdigitError("this is a bug", type(error).__name__, first_line,
                         hint="please report it with the output of INKDIGIT_DEBUG=1")  # fmt: skip


def _from_click(error: Any) -> UsageError:
    context: Any = getattr(error, "ctx", None)
    hint = f'see "{context.command_path if context else "inkdigit"} --help"'
    if type(error).__name__ == "NoSuchOption":
        known = {name.lstrip("-"): name for one in context.command.get_params(context) for name in one.opts}
        near = get_close_matches(error.option_name.lstrip("-"), known, n=1)
        question = f"did you mean {known[near[0]]}? " if near else ""
        return UsageError("no such option", error.option_name, hint=question + hint)
    message = " ".join(error.format_message().split()).rstrip(".")
    return UsageError(message[:1].lower() + message[1:], hint=hint)


def _from_system(error: OSError) -> InkdigitError:
    where, why = error.filename or "standard output", (error.strerror or str(error)).lower()
    return (BadInput if error.errno in OF_INPUT and error.filename else CannotWrite)(
        "input or output failed", where, why
    )


def _failed(error: InkdigitError, *, as_json: bool) -> int:
    try:
        console.report_error(error, as_json=as_json)
        sys.stdout.flush()
    except OSError:
        console.abandon(sys.stdout)
    return error.exit_code


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
