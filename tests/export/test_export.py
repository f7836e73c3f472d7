"""From a source and a format to files on the disk: the whole of `export`, and what it refuses before it begins."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
from keras import layers as kl

from inkdigit.errors import BadInput, CannotWrite, Disagreement, MissingPackage, UsageError
from inkdigit.export import export, formats
from inkdigit.models.open import open_model
from inkdigit.types import Digits


@pytest.mark.parametrize("form", ["onnx", "tfjs", "keras", "h5"])
def test_what_is_written_is_told(form: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written = export(run, format=form)
    assert written.path == Path("little-1-tfjs" if form == "tfjs" else f"little-1.{form}")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(path.stat().st_size for path in files) == sorted(written.sizes.values())
    assert {path.name for path in files} == set(written.sizes)
    assert (written.format, written.quantize, list(written.parity)) == (form, None, ["little-1"])


@pytest.mark.parametrize("form", ["onnx", "tfjs", "keras", "h5"])
def test_what_a_notebook_puts_into_its_layers(form: str, tmp_path: Path) -> None:
    """A layer as an activation, which Keras cannot save as .h5; one that acts in training only; logits."""
    layers = [kl.RandomRotation(0.1), kl.Flatten(), kl.Dense(16, kl.LeakyReLU(0.1)), kl.Dropout(0.5), kl.Dense(10)]
    keras.Sequential([keras.Input((28, 28, 1)), *layers]).save(tmp_path / "notebook.keras")
    out = tmp_path / (f"out.{form}" if form != "tfjs" else "out")
    parity = export(tmp_path / "notebook.keras", format=form, out=out).parity["notebook"]
    assert (parity.same, parity.images) == (200, 200)


def test_a_model_in_eight_bits_reads_as_any_other(run: Path, tmp_path: Path, digits: Digits) -> None:
    written = export(run, format="onnx", quantize="int8", out=tmp_path / "small.onnx")
    whole, small = open_model(run), open_model(tmp_path / "small.onnx")
    assert small.card.name == "little-int8"
    same = (whole.classify(digits.ink).digit == small.classify(digits.ink).digit).sum()
    assert written.parity["little-1"].same == same >= 195


def test_a_site_needs_no_source(page: Path, tmp_path: Path) -> None:
    written = export(format="site", out=tmp_path / "out")
    index = json.loads((tmp_path / "out" / "models" / "index.json").read_text())
    assert [entry["name"] for entry in index["models"]] == ["cnn", "mlp"] == list(written.parity)
    assert (tmp_path / "out" / "assets" / "index-1a2b.js").read_text() == "export {};"


def test_without_a_page_there_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkdigit.export.site.PAGE", tmp_path / "static")
    with pytest.raises(MissingPackage, match='the page was not built; build it with "make page"'):
        export(format="site", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"format": "onxx"}, "unknown format: onxx: expected one of onnx, tfjs, keras, h5, site"),
        ({"format": "onnx", "quantize": "int16"}, "onnx: got --quantize int16; int16 is for tfjs and site"),
        ({"format": "keras", "quantize": "int8"}, "keras: got --quantize int8; int8 is for onnx and tfjs and site"),
        ({"format": "tfjs", "quantize": "int4"}, "got --quantize int4; expected int8, int16 or float16"),
        ({"format": "onnx", "out": Path("a.bin")}, "expected a name that ends with .onnx, got a.bin"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_opened(options: dict[str, object], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        export("nowhere.onnx", **options)  # type: ignore[arg-type]


def test_a_format_of_one_model_needs_a_model() -> None:
    with pytest.raises(UsageError, match="which model"):
        export(format="tfjs")


def test_what_fails_leaves_nothing(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    with pytest.raises(BadInput):
        export("bad.onnx", format="tfjs")

    def disagree(*arguments: object) -> formats.Written:
        raise Disagreement("the network and its file disagree")

    monkeypatch.setitem(formats.FORMATS, "tfjs", formats.Format(disagree))
    with pytest.raises(Disagreement):
        export(run, format="tfjs")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.onnx"]


def test_a_place_that_is_taken_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").touch()
    with pytest.raises(CannotWrite, match=r"a\.onnx: is already there"):
        export("nowhere.onnx", format="onnx", out=tmp_path / "a.onnx")


@pytest.mark.parametrize("form", ["tfjs", "site"])
def test_the_browser_s_files_of_a_model_file_need_neither_keras_nor_onnx(
    form: str, run: Path, page: Path, tmp_path: Path
) -> None:
    code = f"""
import sys
from pathlib import Path
sys.modules["keras"] = sys.modules["jax"] = sys.modules["onnx"] = None  # importing them fails
import inkdigit.export
from inkdigit.data.strokes import strokes
from inkdigit.export import site
from inkdigit.export import export
site.PAGE = Path({str(page)!r})
inkdigit.export.held_out = lambda n: strokes(50, seed=7)
for source in ("mlp", {str(run)!r}, {str(run / "model.onnx")!r}):
    export(source, format={form!r}, out=Path({str(tmp_path / "out")!r}), force=True)
print("done")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("done\n", "")
