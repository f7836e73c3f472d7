"""The tutorial: what is committed is what was executed, and it runs from top to bottom, with MNIST and without."""

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from inkdigit.data import mnist

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LARGEST = 1_500_000  # bytes; a repository keeps every version
SILENT = {"imports"}
"""Cells that show nothing."""

RUN: dict[str, Any] = runpy.run_path(str(NOTEBOOKS / "run.py"))


@pytest.fixture(scope="module")
def tutorial() -> Any:
    return nbformat.read(NOTEBOOKS / "tutorial.ipynb", as_version=4)  # type: ignore[no-untyped-call]


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_every_cell_was_executed_in_order_and_shows_something(tutorial: Any) -> None:
    nbformat.validate(tutorial)
    assert [cell.execution_count for cell in code(tutorial)] == list(range(1, len(code(tutorial)) + 1))
    assert {cell.id for cell in code(tutorial) if not cell.outputs} == SILENT


def test_outputs_belong_to_the_source(tutorial: Any) -> None:
    assert tutorial.metadata[RUN["DIGEST"]] == RUN["source_digest"](tutorial), "run: python notebooks/run.py"


def test_nothing_failed_or_warned(tutorial: Any) -> None:
    outputs = [output for cell in code(tutorial) for output in cell.outputs]
    assert {output.output_type for output in outputs} == {"stream", "execute_result", "display_data"}
    assert {output.name for output in outputs if output.output_type == "stream"} == {"stdout"}


def test_names_no_machine_and_no_time(tutorial: Any) -> None:
    assert RUN["personal"](tutorial) == []
    assert set(tutorial.metadata) == {"kernelspec", "language_info", RUN["DIGEST"]}
    assert dict(tutorial.metadata.language_info) == {"name": "python"}
    assert not any(cell.metadata for cell in tutorial.cells)


def test_is_small(tutorial: Any) -> None:
    assert (NOTEBOOKS / "tutorial.ipynb").stat().st_size < LARGEST


def test_was_executed_on_real_digits(tutorial: Any) -> None:
    text = "".join(output.get("text", "") for cell in code(tutorial) for output in cell.outputs)
    assert "(60000, 28, 28)" in text
    assert "10,000 test images" in text


@pytest.mark.parametrize(
    "text",
    [
        "see /home/ada/runs",
        "/Users/ada/x.py:3",
        "/tmp/inkdigit-x1/runs/1",
        r"C:\Users\ada\x",
        "<object at 0x7f3a5c0d1e90>",
    ],
)
def test_finds_what_is_personal(text: str) -> None:
    shown = nbformat.from_dict({"cells": [{"outputs": [{"text": f"{text} done"}]}]})  # type: ignore[no-untyped-call]
    assert RUN["personal"](shown)


def test_a_picture_is_no_path() -> None:
    picture = {"data": {"image/png": "aaaa/tmp/aaaa", "text/plain": "<Figure size 800x300 with 2 Axes>"}}
    shown = nbformat.from_dict({"cells": [{"outputs": [picture]}]})  # type: ignore[no-untyped-call]
    assert RUN["personal"](shown) == []


def test_normalising_twice_changes_nothing(tutorial: Any) -> None:
    before = nbformat.writes(tutorial)  # type: ignore[no-untyped-call]
    assert nbformat.writes(RUN["normalised"](tutorial)) == before  # type: ignore[no-untyped-call]


def test_normalising_keeps_source_outputs_and_each_picture_once() -> None:
    picture = {"image/png": "png", "image/jpeg": "jpeg", "text/plain": "picture"}
    cell = {
        "cell_type": "code",
        "source": "x",
        "metadata": {"execution": {"started": "now"}},
        "outputs": [{"data": picture}],
    }
    notebook = nbformat.from_dict(  # type: ignore[no-untyped-call]
        {"cells": [cell], "metadata": {"language_info": {"name": "python", "version": "3.11.7"}}}
    )
    (kept,) = RUN["normalised"](notebook).cells
    assert kept == {**cell, "metadata": {}, "outputs": [{"data": {"image/png": "png", "text/plain": "picture"}}]}
    assert notebook.metadata["language_info"] == {"name": "python"}


def run_tutorial() -> subprocess.CompletedProcess[str]:
    """Run `run.py --check` as a person would."""
    command = [sys.executable, str(NOTEBOOKS / "run.py"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.long
@pytest.mark.real
def test_runs_with_mnist() -> None:
    if not mnist.available():
        pytest.skip("MNIST is not on this machine")
    before = (NOTEBOOKS / "tutorial.ipynb").read_bytes()
    done = run_tutorial()
    assert done.returncode == 0, done.stderr
    assert (NOTEBOOKS / "tutorial.ipynb").read_bytes() == before, "--check wrote"


FEW_STROKES = """
from inkdigit.data import strokes
strokes.LOADED.update(train=(2_000, 1), test=(500, 2))
"""


@pytest.mark.long
def test_runs_without_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With few digits: to draw the 24,000 that stand in for MNIST would take half of a minute."""
    startup = tmp_path / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "few.py").write_text(FEW_STROKES)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.delenv("INKDIGIT_DATA_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert not mnist.available()
    done = run_tutorial()
    assert done.returncode == 0, done.stderr


def test_a_cell_that_fails_is_reported(tmp_path: Path) -> None:
    copy = tmp_path / "run.py"
    copy.write_text((NOTEBOOKS / "run.py").read_text())
    cell = nbformat.v4.new_code_cell("1 / 0")  # type: ignore[no-untyped-call]
    broken = nbformat.v4.new_notebook(cells=[cell])  # type: ignore[no-untyped-call]
    nbformat.write(broken, tmp_path / "tutorial.ipynb")  # type: ignore[no-untyped-call]
    before = (tmp_path / "tutorial.ipynb").read_bytes()
    done = subprocess.run([sys.executable, str(copy)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert (tmp_path / "tutorial.ipynb").read_bytes() == before
