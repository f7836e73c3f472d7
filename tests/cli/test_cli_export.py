import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inkdigit.cli.export import size, summary
from inkdigit.data.strokes import strokes
from inkdigit.errors import Disagreement
from inkdigit.export import Export
from inkdigit.export.parity import Parity
from inkdigit.models.zoo import SHIPPED, in_short

Command = Callable[..., Any]  # the fixtures of conftest.py


@pytest.fixture(autouse=True)
def _few_digits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports are proven on a few strokes, because to load MNIST takes half a second."""
    digits = strokes(60, seed=7, part="validation")
    monkeypatch.setattr("inkdigit.export.held_out", lambda n: digits)
    monkeypatch.setattr("inkdigit.export.formats.calibration", lambda: strokes(30, seed=8).ink)


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "static").mkdir()
    for name in ("index.html", "sw.js"):
        (tmp_path / "static" / name).write_text("x")
    monkeypatch.setattr("inkdigit.export.site.PAGE", tmp_path / "static")


@pytest.mark.parametrize("form", ["onnx", "keras", "h5"])
def test_a_run_as_a_file(inkdigit: Command, trained: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / f"digits.{form}"
    outcome = inkdigit("export", trained / "b", "--format", form, "--out", out)
    assert (outcome.code, outcome.err) == (0, "")
    first, second = outcome.out.splitlines()
    assert first == f"wrote   {out}  {size(out.stat().st_size)}"
    assert second.startswith("parity  b: the same digit for 60 of 60 digits (strokes validation (synthetic)); prob")
    assert inkdigit("evaluate", out, "--data", "strokes", "--limit", "50").code == 0


def test_a_folder_says_what_is_in_it(inkdigit: Command, trained: Path, tmp_path: Path) -> None:
    outcome = inkdigit("export", trained / "b", "--format", "tfjs", "--out", tmp_path / "out")
    assert outcome.out.splitlines()[0].startswith(f"wrote   {tmp_path / 'out'}/  ")
    assert "          model.json            " in outcome.out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["group1-shard1of1.bin", "model.json"]


def test_json(inkdigit: Command, trained: Path, tmp_path: Path, page: None) -> None:
    out = tmp_path / "b.onnx"
    outcome = inkdigit("export", trained / "b", "--out", out, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    [told] = outcome.objects
    assert told["files"] == [{"name": "b.onnx", "bytes": out.stat().st_size}]
    assert (told["out"], told["format"], told["quantize"]) == (str(out), "onnx", None)
    [model] = told["models"]
    assert (model["name"], model["images"], model["same"]) == ("b", 60, 60)
    [site] = inkdigit("export", "--format", "site", "--out", tmp_path / "site", "--json").objects
    assert [one["name"] for one in site["models"]] == ["cnn", "mlp"]


@pytest.mark.parametrize("kind", ["int8", "float16"])
def test_a_smaller_model_reads_pictures(inkdigit: Command, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"cnn-{kind}.onnx"
    outcome = inkdigit("export", "cnn", "--quantize", kind, "--out", out)
    assert (outcome.code, outcome.err) == (0, "")
    assert "accuracy " in outcome.out.splitlines()[-1]
    picture = Path(__file__).parent.parent.parent / "examples" / "digit.png"
    shown = [inkdigit("read", "--single", picture, "--model", model, "--json") for model in (out, "cnn")]
    assert [one.code for one in shown] == [0, 0]
    assert shown[0].objects[0]["digit"] == shown[1].objects[0]["digit"]


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        ("nope", 2, f"unknown model: nope: expected one of {in_short(SHIPPED)}, or a file or a run directory"),
        ("nope.onnx", 3, "cannot open model: nope.onnx: no such file or directory"),
        ("cnn --format tensorflow", 2, "unknown format: tensorflow: expected one of onnx, tfjs, keras, h5, site"),
        ("cnn --format h5 --quantize int8", 2, "cannot make the weights smaller: h5: got --quantize int8; "
                                               "int8 is for onnx and tfjs and site"),
        ("cnn --format tfjs --quantize float16", 2, "cannot make the weights smaller: tfjs: got --quantize float16; "
                                                   "float16 is for onnx"),
        ("cnn --quantize float8", 2, "cannot make the weights smaller: onnx: got --quantize float8; "
                                     "expected int8, int16 or float16"),
        ("cnn --out cnn.keras", 2, "cannot write: --out: expected a name that ends with .onnx, got cnn.keras"),
        ("--format tfjs", 2, "which model?: tfjs is written from one; name a run directory, cnn, mlp, or a model file"),
        ("taken.onnx", 4, "cannot write: taken.onnx: is the model itself; choose another name with --out"),
        ("cnn --out taken.onnx", 4, "cannot write: taken.onnx: is already there; choose another name with --out, "
                                    "or add --force"),
        ("taken.onnx --out o.onnx", 3, "cannot open model: taken.onnx: is empty; "
                                       "give a run directory, or an .onnx, .keras, .h5 or model.json file"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line(
    inkdigit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, code: int, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.onnx").touch()
    outcome = inkdigit("export", *words.split())
    assert (outcome.code, outcome.out, outcome.err) == (code, "", f"inkdigit: error: {line}\n")
    assert os.listdir(tmp_path) == ["taken.onnx"]  # noqa: PTH208


def test_a_disagreement_is_an_error_and_leaves_nothing(
    inkdigit: Command, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disagree(*arguments: object, **options: object) -> object:
        raise Disagreement("the network and its file disagree", "", "probabilities differ by 0.5")

    monkeypatch.setattr("inkdigit.export.formats.check_same", disagree)
    outcome = inkdigit("export", trained / "b", "--format", "tfjs", "--out", tmp_path / "out", "--json")
    assert outcome.code == 1
    assert outcome.objects == [
        {"error": {"code": "disagreement",
                   "message": "the network and its file disagree: probabilities differ by 0.5"}}
    ]  # fmt: skip
    assert not list(tmp_path.iterdir())


def test_without_a_page_a_site_is_one_line(inkdigit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkdigit.export.site.PAGE", tmp_path / "none")
    outcome = inkdigit("export", "--format", "site", "--out", tmp_path / "out")
    assert outcome.code == 3
    assert outcome.err.endswith('the page was not built; build it with "make page"\n')
    assert len(outcome.err.splitlines()) == 1


def test_what_was_lost_or_won_is_said() -> None:
    def last(before: float, after: float) -> str:
        parity = Parity("mnist validation", 5_000, 4_998, 0.05, before, after)
        return list(summary(Export(Path("a.onnx"), "onnx", "int8", {"a.onnx": 5}, {"a": parity})))[-1].strip()

    assert last(0.9964, 0.9962) == "accuracy 99.64 % before, 99.62 % after: 0.02 points lost"
    assert last(0.9934, 0.9938) == "accuracy 99.34 % before, 99.38 % after: 0.04 points won"
    assert last(0.9964, 0.9964) == "accuracy 99.64 % before, 99.64 % after: nothing lost"


def test_a_full_disk_is_one_line(program: Command, trained: Path) -> None:
    outcome = program("export", trained / "b" / "model.onnx", "--format", "tfjs", "--out", "/dev/full/x")
    assert outcome.code == 4
    assert outcome.err.startswith("inkdigit: error: cannot write: /dev/full")
    assert len(outcome.err.splitlines()) == 1


def test_the_object_is_the_only_thing_on_stdout(program: Command, trained: Path, tmp_path: Path) -> None:
    words = ("export", trained / "b" / "model.keras", "--out", tmp_path / "k.onnx", "--quantize", "int8", "--json")
    outcome = program(*words, env=os.environ | {"INKDIGIT_DATA_DIR": str(tmp_path), "HOME": str(tmp_path)})
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(outcome.out)["models"][0]["data"] == "strokes validation (synthetic)"
