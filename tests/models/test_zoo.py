"""The models that come with the package are found by name, pass every check, and can be made again."""

from pathlib import Path

import numpy as np
import pytest

from inkdigit.errors import UsageError
from inkdigit.models.model import Model
from inkdigit.models.open import open_model
from inkdigit.models.zoo import COMMITTEE, HERE, NAMES, SHIPPED, committee_of, locate, names_in, path_of

ROOT = Path(__file__).parent.parent.parent
THERE = [name for name in SHIPPED if path_of(name).exists()]
LARGEST = {"cnn": 1_500_000, "mlp": 1_500_000}


@pytest.fixture(scope="module", params=THERE)
def shipped(request: pytest.FixtureRequest) -> tuple[str, Model]:
    return request.param, open_model(path_of(request.param))


def test_an_unknown_name_is_answered_with_the_names() -> None:
    with pytest.raises(UsageError, match="unknown model: resnet: expected one of cnn, mlp"):
        path_of("resnet")


@pytest.mark.parametrize("name", ["../card", "cnn.onnx", "", "CNN", "/etc/passwd"])
def test_a_name_is_no_path(name: str) -> None:
    with pytest.raises(UsageError, match="unknown model"):
        path_of(name)


def test_every_file_is_offered_by_its_name() -> None:
    assert {f"{name}.onnx" for name in SHIPPED} >= {path.name for path in HERE.glob("*.onnx")}
    assert {path_of(name) for name in SHIPPED} == {HERE / f"{name}.onnx" for name in SHIPPED}


def test_the_readers_come_first_and_nothing_is_offered_that_is_not_there() -> None:
    assert NAMES == SHIPPED[:2] == ("cnn", "mlp")
    assert all(path_of(name).exists() for name in (*SHIPPED[2:], *COMMITTEE))


def test_a_file_that_is_put_there_is_a_model(tmp_path: Path) -> None:
    for name in (
        "mlp.onnx",
        "mlp-best.onnx",
        "committee-10.onnx",
        "committee-2.onnx",
        "cnn-best.onnx",
        "a.py",
        "b.json",
    ):
        (tmp_path / name).touch()
    names = names_in(tmp_path)
    assert names == ("cnn", "mlp", "cnn-best", "committee-2", "committee-10", "mlp-best")
    assert committee_of(names) == ("cnn-best", "committee-2", "committee-10")


@pytest.mark.parametrize(
    "names", [("cnn", "mlp"), ("cnn-best",), ("committee-2", "committee-3"), ("cnn-best", "committee-x")]
)
def test_a_committee_has_its_first_member_and_another(names: tuple[str, ...]) -> None:
    assert committee_of(names) == ()


def test_a_name_comes_before_a_path_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cnn").mkdir()
    (tmp_path / "mine").mkdir()
    assert locate("cnn") == locate(Path("cnn")) == path_of("cnn")
    assert [locate(name) for name in ("./cnn", "mine", "a.onnx", "runs/a")] == [
        Path("cnn"), Path("mine"), Path("a.onnx"), Path("runs/a"),
    ]  # fmt: skip
    assert locate(Path("theirs")) == Path("theirs")
    for name in ("theirs", "", "x" * 300, "a\0b"):
        with pytest.raises(UsageError, match="unknown model"):
            locate(name)


def test_a_shipped_model_is_honest_about_itself(shipped: tuple[str, Model]) -> None:
    name, opened = shipped
    card = opened.card
    assert card.framing == 1
    assert card.calibrated
    assert card.test_accuracy is not None
    # Three members of the committee learned by heart, and are twice as sure as they may be: 1.9 to 2.1.
    assert 0.5 <= card.temperature <= 2.2
    assert path_of(name).stat().st_size <= LARGEST.get(name, 64 << 20)


def test_the_reader_can_refuse() -> None:
    if "cnn" in THERE:
        assert open_model(path_of("cnn")).card.classes == "0123456789-"


def test_a_shipped_model_is_not_sure_of_paper(shipped: tuple[str, Model]) -> None:
    _, opened = shipped
    if "-" in opened.card.classes:
        blank = opened.classify(np.stack([np.zeros((28, 28), np.float32), np.ones((28, 28), np.float32)]))
        assert blank.unsure.all()


def test_the_way_to_make_a_model_again_is_told(shipped: tuple[str, Model]) -> None:
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    name, opened = shipped
    if name in NAMES:
        assert f"{name}.onnx" in text
    assert "inkdigit train" in text
    assert opened.card.training_data.removesuffix(" (synthetic)") in text


def test_the_wheel_takes_the_models_along() -> None:
    """Everything below src/inkdigit is packaged unless git ignores it."""
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert not {"*.onnx", ".onnx", "zoo", "zoo/", "src/inkdigit/models/zoo"} & set(ignored)
