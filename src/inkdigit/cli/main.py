"""`inkdigit`: the program. Gathers the commands and turns every failure into one line and an exit code."""

import contextlib
import os
import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from inkdigit import __version__
from inkdigit.cli import console
from inkdigit.cli.data import app as data_app
from inkdigit.cli.demo import demo
from inkdigit.cli.evaluate import evaluate
from inkdigit.cli.recipes import recipes
from inkdigit.cli.runs import runs
from inkdigit.cli.train import train
from inkdigit.errors import BadInput, CannotWrite, InkdigitError, MissingPackage, UsageError

# Typer brings its own copy of click and exports only some of its exceptions; this is their root.
ClickException = typer.BadParameter.__mro__[2]

app = typer.Typer(
    name="inkdigit",
    help="Train small networks to read handwritten digits, see why they fail, and ship them anywhere.",
    epilog="New here? Try:  inkdigit demo",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (demo, train, evaluate, runs, recipes):
    app.command()(command)
app.add_typer(data_app, name="data")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"inkdigit {__version__}")
        raise typer.Exit


@app.callback()
def inkdigit(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Train small networks to read handwritten digits, see why they fail, and ship them anywhere."""


def main(arguments: list[str] | None = None) -> None:
    """Run the program and leave with the exit code of its contract; see `errors` for the codes."""
    arguments = sys.argv[1:] if arguments is None else arguments
    sys.exit(run(arguments))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; every failure a user can cause is one line on stderr."""
    as_json = "--json" in arguments
    try:
        _claim_streams()
        code = _run(arguments)
        sys.stdout.flush()
    except InkdigitError as error:
        return _failed(error, as_json=as_json)
    except KeyboardInterrupt:
        console.remark("inkdigit: stopped")
        return 130
    except BrokenPipeError:
        _silence_stdout()
        return 141
    except OSError as error:
        return _failed(_from_system(error), as_json=as_json)
    except ModuleNotFoundError as error:
        return _failed(_from_missing(error), as_json=as_json)
    except MemoryError:
        return _failed(BadInput("not enough memory", hint="use less data or a smaller batch"), as_json=as_json)
    except Exception as error:
        if os.environ.get("INKDIGIT_DEBUG"):
            raise
        kind = type(error).__name__
        bug = InkdigitError("this is a bug", kind, str(error).splitlines()[0] if str(error) else "",
                            hint="please report it with the output of INKDIGIT_DEBUG=1")  # fmt: skip
        return _failed(bug, as_json=as_json)
    return code


def _run(arguments: list[str]) -> int:
    try:
        result = app(arguments, prog_name="inkdigit", standalone_mode=False)
    except ClickException as error:  # type: ignore[misc]
        raise _from_click(error) from error
    except typer.Abort:
        raise KeyboardInterrupt from None
    return result if isinstance(result, int) else 0


def _from_click(error: BaseException) -> UsageError:
    message = getattr(error, "format_message", lambda: str(error))()
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "inkdigit"
    return UsageError(message.rstrip("."), hint=f'see "{command} --help"')


def _from_system(error: OSError) -> InkdigitError:
    where, why = error.filename or "standard output", (error.strerror or str(error)).lower()
    reading = error.errno in {2, 13, 20, 21, 40}  # missing, no permission, is (no) directory, link loop
    return (BadInput if reading and error.filename else CannotWrite)("input or output failed", where, why)


def _from_missing(error: ModuleNotFoundError) -> MissingPackage:
    return MissingPackage("this needs more packages", error.name or "", "is not installed",
                          hint="pip install 'inkdigit[train]'")  # fmt: skip


def _failed(error: InkdigitError, *, as_json: bool) -> int:
    try:
        console.report_error(error, as_json=as_json)
    except OSError:
        _silence_stdout()
        return CannotWrite.exit_code
    return error.exit_code


def _claim_streams() -> None:
    """Refuse a closed stdout (results would vanish), stand in for closed others, and leave in order on SIGTERM."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
        raise CannotWrite("cannot write", "standard output", "is closed", hint="redirect it to a file")
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    for number in (signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(ValueError):  # not the main thread
            signal.signal(number, _leave)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _silence_stdout() -> None:
    """Let the interpreter's own last flush go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
