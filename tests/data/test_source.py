"""What `--data` may name."""

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from inkdigit.data import mnist, source
from inkdigit.data.labelled import labelled
from inkdigit.errors import BadInput
from inkdigit.files import sha256
from inkdigit.types import Digits

FILES = ".csv, .tsv, .npz, .npy, .mat, .parquet or IDX"
DIGITS = labelled(
    np.random.default_rng(0).integers(0, 60, (10, 28, 28)).astype(np.uint8),
    np.arange(10, dtype=np.uint8),
    name="demo",
    part="test",
)


@pytest.mark.parametrize(
    ("name", "why"), [("mnsit", "no such file"), ("", "no such file"), ("a\0b", "null"), ("x" * 5000, "name too long")]
)
def test_unknown(name: str, why: str) -> None:
    with pytest.raises(BadInput, match=why) as caught:
        source.load(name, part="train")
    assert str(caught.value).endswith("a folder, a .zip, or a file: " + FILES)
    assert caught.value.exit_code == 3


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "digits.doc").write_text("1,2")
    with pytest.raises(BadInput, match=r"neither a folder nor a file of a known kind"):
        source.load(str(tmp_path / "digits.doc"), part="train")


def test_mnist_by_its_name_even_beside_such_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def load(part: str) -> Digits:
        asked.append(part)
        return DIGITS

    (tmp_path / "mnist").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mnist, "load", load)
    assert source.load("mnist", part="test") is DIGITS
    assert asked == ["test"]
    with pytest.raises(BadInput, match="no pictures found"):
        source.load("./mnist", part="test")


def test_archive(tmp_path: Path) -> None:
    path = tmp_path / "digits.NPZ"
    with path.open("wb") as file:
        np.savez(file, x_train=DIGITS.images, y_train=DIGITS.labels)
    loaded = source.load(str(path), part="train")
    assert (loaded.name, loaded.sha256) == (str(path), DIGITS.sha256)


def test_folder(tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "test" / "3").mkdir(parents=True)
    Image.fromarray(DIGITS.images[0]).save(tmp_path / "test" / "3" / "a.png")
    loaded = source.load(str(tmp_path), part="test")
    assert (loaded.labels.tolist(), loaded.name) == ([3], str(tmp_path))


def test_strokes_have_the_stated_sizes_and_say_what_they_are() -> None:
    test = source.load("strokes", part="test")
    assert (len(test), test.name, test.part, test.synthetic) == (4_000, "strokes", "test", True)
    assert test.sha256 == sha256(test.images.tobytes(), test.labels.tobytes())


@pytest.mark.parametrize("name", [*source.NAMED, *source.LAYOUTS.values()])
def test_each_line_of_the_tables_has_a_module_that_loads(name: str) -> None:
    parameters = inspect.signature(import_module(f"inkdigit.data.{name.replace('-', '_')}").load).parameters
    expected = ["part"] if name in source.NAMED else ["path", "parts"]
    assert list(parameters)[: len(expected)] == expected


def test_the_help_reads_the_tables_without_numpy() -> None:
    code = "import sys, inkdigit.cli.options; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
