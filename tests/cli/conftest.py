import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from inkdigit.cli.main import run

PROGRAM = (sys.executable, "-c", "from inkdigit.cli.main import main; main()")


@dataclass(frozen=True)
class Outcome:
    """What one command line did: its exit code and what stood on its two streams."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """stdout as JSON, an object per line; fails where anything else is printed."""
        return [json.loads(line) for line in self.out.splitlines()]


Command = Callable[..., Outcome]


@pytest.fixture
def inkdigit(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command line in this process."""

    def command(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return command


@pytest.fixture
def program() -> Command:
    """Runs a command line in a process of its own; `shell` may redirect: program("recipes", shell=">&-")."""

    def command(
        *arguments: object, shell: str = "", cwd: Path | None = None, env: dict[str, str] | None = None
    ) -> Outcome:
        script = f'"$@" {shell}' if "|" not in shell else f'"$@" {shell}; exit "${{PIPESTATUS[0]}}"'
        words = ["bash", "-c", script, "bash", *PROGRAM, *map(str, arguments)]
        done = subprocess.run(words, capture_output=True, cwd=cwd, env=env, check=False, timeout=60)
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())

    return command


@pytest.fixture(scope="session")
def trained(small_npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two finished runs: "a", one epoch, and "b", four."""
    folder = tmp_path_factory.mktemp("runs")
    for name, epochs in (("a", "1"), ("b", "4")):
        words = [
            "train",
            "--data",
            str(small_npz),
            "--hidden",
            "16",
            "--epochs",
            epochs,
            "--run",
            str(folder / name),
            "--no-report",
        ]
        assert run(words) == 0
    return folder


@pytest.fixture
def bare_environment() -> dict[str, str]:
    """No HOME, no locale, no place for temporary files, no colours, a dumb and narrow terminal."""
    return {
        "PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0",
        "TMPDIR": "/nowhere", "TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "20",
    }  # fmt: skip
