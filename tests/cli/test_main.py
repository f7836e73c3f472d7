import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main

from inkdigit import errors
from inkdigit.cli import main as program_module
from inkdigit.cli.main import ClickException, app, run
from inkdigit.version import __version__

Command = Callable[..., Any]  # the fixtures of conftest.py
PROGRAM = (sys.executable, "-c", "from inkdigit.cli.main import main; main()")

COMMANDS = (
    *("demo", "train", "evaluate", "read", "explain", "export", "serve", "runs", "recipes"),
    *("data", "data fetch", "data show"),
)
HEAVY = ("numpy", "keras", "jax", "matplotlib", "fastapi", "onnxruntime", "cv2", "sklearn", "requests")


def test_version(inkdigit: Command) -> None:
    assert inkdigit("--version").out == f"inkdigit {__version__}\n"


def test_python_runs_the_package() -> None:
    words = [sys.executable, "-m", "inkdigit", "--version"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == f"inkdigit {__version__}\n"


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_the_program_by_itself_shows_its_help(inkdigit: Command, words: list[str]) -> None:
    shown = inkdigit(*words)
    assert shown.code == 0
    assert "Usage: inkdigit [OPTIONS] COMMAND" in shown.out
    assert "inkdigit demo" in shown.out
    assert shown.err == ""


def test_a_group_of_commands_by_itself_shows_its_help(inkdigit: Command) -> None:
    shown = inkdigit("data")
    assert (shown.code, shown.err) == (0, "")
    assert "fetch" in shown.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(inkdigit: Command, command: str) -> None:
    shown = inkdigit(*command.split(), "--help")
    assert shown.code == 0
    assert f"Usage: inkdigit {command}" in shown.out
    assert "bool>" not in shown.out


@pytest.mark.parametrize("command", ["demo", "train", "evaluate", "explain", "export", "runs", "recipes"])
def test_examples_are_shown_line_by_line_as_they_are_written(
    inkdigit: Command, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = [line.rstrip() for line in inkdigit(command, "--help").out.splitlines()]
    start = next(i for i, line in enumerate(lines) if line.strip() in {"Example:", "Examples:"})
    examples = lines[start + 1 : lines.index("", start)]
    assert examples
    assert all(line.startswith(f"   inkdigit {command}") for line in examples)


def test_help_stays_within_a_narrow_terminal(inkdigit: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for width in (20, 60, 80):
        monkeypatch.setenv("COLUMNS", str(width))
        assert max(map(len, inkdigit("train", "--help").out.splitlines())) <= width


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; from inkdigit.cli.main import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stderr.split()).isdisjoint(HEAVY)


def test_the_program_imports_keras_without_what_it_never_uses() -> None:
    code = (
        "import contextlib, sys\n"
        "from inkdigit.cli.main import NEVER_USED, main\n"
        "with contextlib.suppress(SystemExit): main(['--version'])\n"
        "import inkdigit.networks, inkdigit.evaluation.report\n"
        "print([name for name in NEVER_USED if sys.modules[name]])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == ["[]"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("trian", "no such command 'trian'. Did you mean 'train'?; see \"inkdigit --help\""),
        ("train mpl-128", "no such recipe: mpl-128; did you mean mlp-128?"),
        ("train zzz", 'no such recipe: zzz; "inkdigit recipes" lists all'),
        ("train --epoch 3", 'no such option: --epoch; did you mean --epochs? see "inkdigit train --help"'),
        ("train --lr 1", 'no such option: --lr; see "inkdigit train --help"'),
        ("evaluate", "missing argument 'MODEL...'; see \"inkdigit evaluate --help\""),
        ("train a b", 'got unexpected extra argument(s) (b); see "inkdigit train --help"'),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line_that_says_what_was_meant(inkdigit: Command, words: str, line: str) -> None:
    outcome = inkdigit(*words.split())
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.lower() == f"inkdigit: error: {line}\n".lower()


@pytest.mark.parametrize("value", ["0", "-1", "1000000000", "1e9", "nan", "many", "", "9" * 5000])
@pytest.mark.parametrize("form", ["--epochs {}", "--epochs={}", "--batch-size {}"])
def test_counts_out_of_range_are_named(inkdigit: Command, form: str, value: str) -> None:
    option = form.split("=")[0].split()[0]
    words = [option, value] if " " in form else [f"{option}={value}"]
    outcome = inkdigit("train", *words)
    assert outcome.code == 2
    assert option in outcome.err
    assert value[:40] in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert len(outcome.err) <= 201


@pytest.mark.parametrize("value", ["nan", "inf", "0", "-1", "-inf", "x"])
def test_learning_rates_out_of_range_are_named(inkdigit: Command, value: str) -> None:
    outcome = inkdigit("train", "--learning-rate", value)
    assert outcome.code == 2
    assert "--learning-rate" in outcome.err
    assert value in outcome.err


@pytest.mark.parametrize("value", ["-1", str(2**64), "1.5"])
def test_seeds_out_of_range_are_named(inkdigit: Command, value: str) -> None:
    outcome = inkdigit("train", "--seed", value)
    assert outcome.code == 2
    assert "--seed" in outcome.err
    assert value in outcome.err


def test_an_error_is_an_object_too_with_json(inkdigit: Command) -> None:
    outcome = inkdigit("evaluate", "nowhere.onnx", "--json")
    assert outcome.code == 3
    [shown] = outcome.objects
    assert shown["error"]["code"] == "bad-input"
    assert outcome.err == f"inkdigit: error: {shown['error']['message']}\n"


def test_control_characters_are_escaped_and_long_lines_shortened(inkdigit: Command) -> None:
    outcome = inkdigit("evaluate", "a\n\x1b[31m" + "é" * 300)
    assert outcome.code == 2
    assert len(outcome.err) <= 201
    assert "\x1b" not in outcome.err
    assert "\\n" in outcome.err


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (FileNotFoundError(2, "No such file", "x"), 3, "input or output failed: x: no such file"),
        (OSError(28, "No space left on device", "y"), 4, "input or output failed: y: no space left on device"),
        (MemoryError(), 3, "not enough memory; use less data or a smaller batch"),
        (ModuleNotFoundError("No module named 'keras'", name="keras"), 3,
         'this needs more packages: keras: is not installed; run pip install ".[train]" in the checkout'),
        (errors.Busy("in use", "runs/a"), 6, "in use: runs/a"),
        (KeyError("k"), 1, "this is a bug: KeyError: 'k'; please report it with the output of INKDIGIT_DEBUG=1"),
    ],
)  # fmt: skip
def test_every_failure_is_one_line_and_a_code(
    inkdigit: Command, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, line: str
) -> None:
    monkeypatch.setattr(program_module, "_run", lambda arguments: (_ for _ in ()).throw(error))
    outcome = inkdigit("recipes")
    assert (outcome.code, outcome.err) == (code, f"inkdigit: error: {line}\n")


def test_a_bug_shows_its_traceback_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKDIGIT_DEBUG", "1")
    monkeypatch.setattr(program_module, "_run", lambda arguments: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        run([])


@pytest.mark.parametrize("raised", [KeyboardInterrupt, typer.Abort])
def test_ctrl_c_is_quiet(inkdigit: Command, monkeypatch: pytest.MonkeyPatch, raised: type[BaseException]) -> None:
    def interrupted() -> None:
        raise raised

    monkeypatch.setattr("inkdigit.recipes.CATALOGUE", ())
    monkeypatch.setattr("inkdigit.cli.recipes._table", lambda **_: interrupted())
    outcome = inkdigit("recipes")
    assert (outcome.code, outcome.err) == (130, "inkdigit: stopped\n")


def test_the_root_of_the_usage_errors_is_that_of_typer() -> None:
    assert issubclass(typer.BadParameter, ClickException)
    assert ClickException.__name__ == "ClickException"


def test_every_command_is_in_the_help_of_the_program() -> None:
    command = typer.main.get_command(app)
    assert set(command.commands) == {name.split()[0] for name in COMMANDS}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "shell", "code"),
    [
        ("recipes", ">&-", 4),
        ("recipes", "2>&-", 0),
        ("recipes", "<&-", 0),
        ("recipes", ">/dev/full", 4),
        ("recipes --json", ">/dev/full", 4),
        ("--help", ">/dev/full", 4),
        ("recipes", "2>/dev/full", 0),
        ("recipes", ">&- 2>&- <&-", 4),
        ("trian", "2>&-", 2),
        ("trian --json", ">/dev/full 2>/dev/full", 2),
        ("recipes --json", "| true", 141),
        ("--help", "| true", 141),
    ],
)
def test_streams_that_cannot_be_written(program: Command, words: str, shell: str, code: int) -> None:
    outcome = program(*words.split(), shell=shell)
    assert outcome.code == code
    assert "Traceback" not in outcome.err
    assert "Exception ignored" not in outcome.err
    assert len(outcome.err.splitlines()) <= 1


@pytest.mark.long
def test_a_training_in_a_hostile_environment(
    program: Command, small_npz: Path, bare_environment: dict[str, str], tmp_path: Path
) -> None:
    """C12, C14 and C20 at once: no HOME, LANG=C, no TMPDIR, a path that is not ASCII, and stderr full."""
    named = tmp_path / "zifférn.npz"
    named.write_bytes(small_npz.read_bytes())
    words = ("train", "--data", named.name, "--hidden", "8", "--epochs", "1", "--run", "é")
    outcome = program(*words, shell="2>/dev/full <&-", cwd=tmp_path, env=bare_environment)
    assert outcome.code == 0, outcome.out
    assert outcome.out.isascii()
    assert "\x1b" not in outcome.out
    assert (tmp_path / "é" / "DONE").exists()
    shown = program("runs", ".", "--json", cwd=tmp_path, env=bare_environment)
    assert shown.objects[0]["done"] is True


def test_a_working_folder_that_is_gone(program: Command, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    script = f'mkdir "{gone}"; cd "{gone}"; rmdir "{gone}"; "$@"'
    for words, code in ((("recipes",), 0), (("runs",), 3), (("train", "--data", "strokes"), 4)):
        done = subprocess.run(
            ["bash", "-c", script, "bash", *PROGRAM, *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        assert len(done.stderr.splitlines()) == (code != 0)


def test_sigterm_ends_the_program_in_order(small_npz: Path, tmp_path: Path) -> None:
    words = [*PROGRAM, "train", "--data", str(small_npz), "--epochs", "1000", "--run", str(tmp_path / "r"), "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["epoch"] == 1
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 143
    assert json.loads(out.splitlines()[-1])["error"]["code"] == "interrupted"
    assert "--resume" in err


def test_a_signal_before_the_training_ends_the_program_too() -> None:
    code = (
        "import os, signal; from inkdigit.cli import main;"
        "main.run = lambda words: os.kill(os.getpid(), signal.SIGHUP); main.main([])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=dict(os.environ), check=False)
    assert (done.returncode, done.stderr) == (129, b"")
