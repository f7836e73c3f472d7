"""A recognizer says which digit, how sure, and when it is not; whatever file it is pointed at."""

import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float32

from inkdigit.errors import BadInput
from inkdigit.formats.card import to_json
from inkdigit.formats.check import LARGEST_MODEL
from inkdigit.formats.onnx import onnx_bytes
from inkdigit.models.model import Model, calibrated
from inkdigit.models.open import open_model, opened_from
from inkdigit.types import Card, Ink
from small_models import CARD, echo, exported


def recognizer(card: Card) -> Model:
    return opened_from(onnx_bytes(echo(card)), where=Path("m.onnx"))


def pictures(*logits: list[float]) -> Ink:
    """Pictures to which the echoing network answers with these logits."""
    ink = np.zeros((len(logits), 28, 28), np.float32)
    for picture, row in zip(ink, logits, strict=True):
        picture[0, : len(row)] = row
    return ink


def softmax(logits: list[float]) -> Float32[np.ndarray, " n"]:
    powers = [math.exp(logit) for logit in logits]
    return np.array([power / sum(powers) for power in powers], np.float32)


LOGITS = [[0.5, 2.0, 1.0, *[0.0] * 7, 0.0], [0.0] * 9 + [3.0, 1.0], [0.0] * 10 + [5.0]]


@pytest.mark.parametrize("temperature", [0.25, 1.0, 2.5])
def test_the_temperature_acts_on_all_eleven_classes(temperature: float) -> None:
    answers = recognizer(replace(CARD, temperature=temperature)).classify(pictures(*LOGITS))
    expected = np.stack([softmax([logit / temperature for logit in row])[:10] for row in LOGITS])
    np.testing.assert_allclose(answers.probabilities, expected, atol=1e-5)
    np.testing.assert_allclose(answers.confidence, expected.max(axis=1), atol=1e-5)
    assert answers.digit.tolist()[:2] == [1, 9]
    assert answers.probabilities[2].sum() < 0.9, "what is left is the probability of no digit"


def test_ten_classes_add_up_to_one() -> None:
    ten = recognizer(replace(CARD, classes="0123456789", temperature=1.7))
    answers = ten.classify(pictures([1.0] * 3 + [2.0] * 7, [0.0] * 10))
    np.testing.assert_allclose(answers.probabilities.sum(axis=1), 1, rtol=1e-6)
    assert answers.digit.tolist() == [3, 0]


def test_unsure_is_below_the_threshold_or_likelier_no_digit() -> None:
    rows = [[3.0, *[0.0] * 10], [1.0, *[0.0] * 10], [3.0, *[0.0] * 9, 3.5]]
    sure = [float(softmax(row)[0]) for row in rows]
    card = replace(CARD, threshold=(sure[1] + sure[2]) / 2)
    assert sure[1] < card.threshold < sure[2]
    assert recognizer(card).classify(pictures(*rows)).unsure.tolist() == [False, True, True]


def test_no_frames_give_no_predictions() -> None:
    answers = recognizer(CARD).classify(np.zeros((0, 28, 28), np.float32))
    assert (len(answers), answers.probabilities.shape) == (0, (0, 10))


def test_the_order_of_the_frames_does_not_matter() -> None:
    ink = np.random.default_rng(0).random((130, 28, 28), np.float32)
    ours = opened(exported())
    forward, backward = ours.classify(ink), ours.classify(ink[::-1])
    np.testing.assert_array_equal(forward.digit, backward.digit[::-1])
    np.testing.assert_allclose(forward.probabilities, backward.probabilities[::-1], atol=1e-6)


def opened(content: bytes) -> Model:
    return opened_from(content, where=Path("m.onnx"))


rows = st.lists(st.lists(st.floats(0, 1, width=32), min_size=11, max_size=11), min_size=1, max_size=4)


@settings(deadline=None)
@given(rows, st.floats(5e-324, 1e299))
def test_any_temperature_leaves_probabilities(weights: list[list[float]], temperature: float) -> None:
    weighted = np.array(weights, np.float32) + np.float32(1e-6)
    result = calibrated(weighted / weighted.sum(axis=1, keepdims=True), temperature=temperature)
    assert np.isfinite(result).all()
    np.testing.assert_allclose(result.sum(axis=1), 1, rtol=1e-4)


def test_a_class_of_probability_0_stays_the_least_likely() -> None:
    certain = np.eye(11, dtype=np.float32)
    np.testing.assert_allclose(calibrated(certain, temperature=1.5), certain, atol=1e-6)


def test_a_file_and_its_run_directory_are_the_same_recognizer(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(exported())
    ours = [open_model(tmp_path), open_model(tmp_path / "model.onnx")]
    assert [one.card for one in ours] == [CARD, CARD]
    assert len({one.sha256 for one in ours}) == 1


def test_a_file_that_is_replaced_changes_nothing_for_the_one_that_was_read(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(exported())
    ours, ink = open_model(path), np.full((3, 28, 28), 0.5, np.float32)
    before, digest = ours.classify(ink), ours.sha256
    path.write_bytes(b"something else")
    np.testing.assert_array_equal(ours.classify(ink).probabilities, before.probabilities)
    assert ours.sha256 == digest


def test_many_threads_may_ask_one_recognizer() -> None:
    ours, ink = opened(exported()), np.random.default_rng(0).random((70, 28, 28), np.float32)
    expected = ours.classify(ink)
    with ThreadPoolExecutor(8) as pool:
        for answers in pool.map(ours.classify, [ink] * 40):
            np.testing.assert_array_equal(answers.probabilities, expected.probabilities)


def test_what_is_no_model_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "passwd").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(LARGEST_MODEL + 1)
    for name, why in {
        "none": "no such file",
        "folder": "has no model.onnx, so it is no run directory; name a run or a model file",
        "pipe": "is not a regular file",
        "passwd": "is no ONNX model, or a damaged one",
        "loop": "too many levels of symbolic links",
        "large": "larger than the limit of 1,073,741,824 bytes",
        "x" * 300: "file name too long",
    }.items():
        with pytest.raises(BadInput, match=why):
            open_model(tmp_path / name)


def test_a_model_framed_otherwise_is_refused(tmp_path: Path) -> None:
    model = echo()
    model.metadata_props[0].value = to_json(CARD).replace('"framing": 1', '"framing": 2')
    (tmp_path / "m.onnx").write_bytes(onnx_bytes(model))
    with pytest.raises(BadInput, match="framing: expected 1, got 2"):
        open_model(tmp_path / "m.onnx")


def test_reading_loads_nothing_of_learning(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(exported())
    heavy = {"keras", "jax", "onnx", "matplotlib", "requests", "numpy.random", "pickle5", "cv2", "PIL"}
    code = (
        "import sys; from pathlib import Path; from inkdigit.models.open import open_model;"
        f"open_model(Path({str(tmp_path / 'm.onnx')!r})); print(sorted({heavy} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_file_that_anyone_may_change_is_opened_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(exported())
    for mode, warned in ((0o644, 0), (0o600, 0), (0o664, 0), (0o666, 1), (0o602, 1)):
        path.chmod(mode)
        caplog.clear()
        assert open_model(path).card == CARD
        assert caplog.text.count("m.onnx may be changed by any user of this machine; chmod o-w it") == warned, oct(mode)
