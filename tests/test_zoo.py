"""The models that come with the package are found by name, pass every check, and can be made again."""

from pathlib import Path

import numpy as np
import pytest

from inkdigit.errors import UsageError
from inkdigit.recognizer import Recognizer, open_recognizer
from inkdigit.zoo import NAMES, path_of

ROOT = Path(__file__).parent.parent
SHIPPED = [name for name in NAMES if path_of(name).exists()]
LARGEST = {"cnn": 1_500_000, "mlp": 1_500_000}


@pytest.fixture(scope="module", params=SHIPPED)
def shipped(request: pytest.FixtureRequest) -> tuple[str, Recognizer]:
    return request.param, open_recognizer(path_of(request.param))


def test_an_unknown_name_is_answered_with_the_names() -> None:
    with pytest.raises(UsageError, match="unknown model: resnet: expected one of cnn, mlp"):
        path_of("resnet")


@pytest.mark.parametrize("name", ["../card", "cnn.onnx", "", "CNN", "/etc/passwd"])
def test_a_name_is_no_path(name: str) -> None:
    with pytest.raises(UsageError, match="unknown model"):
        path_of(name)


def test_every_model_has_a_name() -> None:
    files = {path.stem for path in path_of("cnn").parent.glob("*.onnx")}
    assert files <= set(NAMES)
    assert {path_of(name) for name in NAMES} == {path_of("cnn").with_name(f"{name}.onnx") for name in NAMES}


def test_a_shipped_model_is_honest_about_itself(shipped: tuple[str, Recognizer]) -> None:
    name, recognizer = shipped
    card = recognizer.card
    assert card.framing == 1
    assert card.calibrated
    assert card.test_accuracy is not None
    assert 0.5 <= card.temperature <= 2
    assert path_of(name).stat().st_size <= LARGEST[name]


def test_the_reader_can_refuse() -> None:
    if "cnn" in SHIPPED:
        assert open_recognizer(path_of("cnn")).card.classes == "0123456789-"


def test_a_shipped_model_is_not_sure_of_paper(shipped: tuple[str, Recognizer]) -> None:
    _, recognizer = shipped
    if "-" in recognizer.card.classes:
        blank = recognizer.classify(np.stack([np.zeros((28, 28), np.float32), np.ones((28, 28), np.float32)]))
        assert blank.unsure.all()


def test_the_way_to_make_a_model_again_is_told(shipped: tuple[str, Recognizer]) -> None:
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    name, recognizer = shipped
    assert f"{name}.onnx" in text
    assert "inkdigit train" in text
    assert recognizer.card.training_data.removesuffix(" (synthetic)") in text


def test_the_wheel_takes_the_models_along() -> None:
    """Everything below src/inkdigit is packaged unless git ignores it."""
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert not {"*.onnx", ".onnx", "zoo", "zoo/", "src/inkdigit/zoo"} & set(ignored)
