"""The sample pages of examples/: what the script would draw today, and what the shipped model reads of them."""

import json
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inkdigit.data.pages import NAMES
from inkdigit.models import zoo
from inkdigit.reader import load
from inkdigit.writing.examples import NAMES as DOCUMENTS

FOLDER = Path(__file__).parent.parent / "examples"
TRUTH: dict[str, list[str]] = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))
FILES = {file.split("#")[0] for file in TRUTH}
needs_model = pytest.mark.skipif(not zoo.path_of("cnn").exists(), reason="the model is not in this checkout")


@pytest.fixture
def script() -> dict[str, Any]:
    return runpy.run_path(str(FOLDER / "make_pages.py"), run_name="make_pages")


def test_the_truth_is_that_of_the_pages(script: dict[str, Any], tmp_path: Path) -> None:
    script["main"](tmp_path)
    assert json.loads((tmp_path / "truth.json").read_text(encoding="utf-8")) == TRUTH
    assert {path.name for path in tmp_path.iterdir()} == {*FILES, "truth.json"}


@pytest.mark.parametrize("name", [*NAMES, *DOCUMENTS])
def test_the_files_are_what_the_script_draws(script: dict[str, Any], name: str) -> None:
    file = FOLDER / script["file_name"](name)
    if file.suffix == ".pdf":
        assert [len(lines) for lines in script["written"](name)] == [
            len(TRUTH[f"{file.name}#{page}"]) for page in (1, 2)
        ]
        return
    kept = np.asarray(Image.open(file).convert("RGB")).astype(int)
    apart = np.abs(kept - script["drawn"](name)[0])
    if file.suffix == ".jpg":
        assert apart.mean() < 4
    else:
        # Another processor may round another way; a stroke whose end moves by a pixel is a few pixels of thousands.
        assert (apart.max(axis=2) > 2).mean() < 0.001


def test_they_are_small() -> None:
    assert sum((FOLDER / file).stat().st_size for file in FILES) < 700_000


@needs_model
@pytest.mark.parametrize("file", [file for file, lines in TRUTH.items() if lines])
def test_the_shipped_model_reads_them(file: str) -> None:
    page = load().read(str(FOLDER / file))
    assert page.text == "\n".join(TRUTH[file])
    if Path(file).stem in DOCUMENTS:
        assert not any(number.unsure for line in page.lines for number in line.numbers)
    assert page.rotation == (90 if file == "sideways.png" else 0)


@needs_model
def test_the_shipped_model_doubts_the_cat() -> None:
    assert load().read_single(FOLDER / "cat.png").unsure
