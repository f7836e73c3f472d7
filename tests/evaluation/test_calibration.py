"""Calibration, against slow and obvious versions and against truths that were put in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.errors import BadInput
from inkdigit.evaluation.calibration import (
    COLDEST,
    ece,
    fit_temperature,
    reliability,
    unsure_threshold,
)
from inkdigit.models.model import calibrated
from inkdigit.types import Probabilities

confidences = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=50)


def softmax(logits: np.ndarray) -> Probabilities:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def brute_force_ece(confidence: np.ndarray, correct: np.ndarray, bins: int) -> float:
    total = 0.0
    for i in range(bins):
        inside = [j for j, c in enumerate(confidence) if int(c * bins) == i or (i == bins - 1 and c == 1)]
        if inside:
            total += len(inside) * abs(np.mean(correct[inside]) - np.mean(confidence[inside]))
    return float(total / len(confidence))


@given(values=confidences, bins=st.integers(1, 20), seed=st.integers(0, 5))
def test_ece_agrees_with_brute_force(values: list[float], bins: int, seed: int) -> None:
    confidence = np.array(values)
    correct = np.random.default_rng(seed).random(len(values)) < 0.7
    assert ece(confidence, correct, bins=bins) == pytest.approx(brute_force_ece(confidence, correct, bins), abs=1e-9)


@given(values=confidences)
def test_bins_hold_every_answer_once(values: list[float]) -> None:
    confidence = np.array(values)
    rows = reliability(confidence, confidence > 0.5)
    assert sum(row.n for row in rows) == len(values)
    for row in rows:
        assert row.n == 0 or row.low - 1e-9 <= row.confidence <= row.high + 1e-9


def test_full_confidence_falls_in_the_last_bin() -> None:
    assert reliability(np.array([1.0]), np.array([True]))[-1].n == 1


def test_always_sure_and_always_wrong_is_off_by_one() -> None:
    assert ece(np.ones(4), np.zeros(4, bool)) == 1.0


@pytest.mark.parametrize("truth", [0.5, 1.0, 1.7, 4.0])
def test_a_known_temperature_is_recovered(truth: float) -> None:
    random = np.random.default_rng(0)
    logits = 2 * random.normal(size=(20_000, 10))
    labels = (softmax(logits).cumsum(axis=1) < random.random((20_000, 1))).sum(axis=1).clip(0, 9).astype(np.uint8)
    assert fit_temperature(softmax(logits * truth), labels) == pytest.approx(truth, rel=0.03)


def test_fitting_again_after_applying_changes_nothing() -> None:
    random = np.random.default_rng(1)
    probabilities = softmax(3 * random.normal(size=(2000, 10)))
    labels = random.integers(0, 10, 2000).astype(np.uint8)
    labels[:1200] = probabilities[:1200].argmax(axis=1)
    once = calibrated(probabilities, temperature=fit_temperature(probabilities, labels))
    assert fit_temperature(once, labels) == pytest.approx(1.0, abs=0.001)


def test_without_a_mistake_the_temperature_stops_at_its_bound() -> None:
    labels = np.arange(10, dtype=np.uint8)
    assert fit_temperature(softmax(np.eye(10)), labels) == pytest.approx(COLDEST, rel=0.001)


def test_probabilities_of_zero_do_no_harm() -> None:
    certain = np.eye(10, dtype=np.float32)
    assert np.isfinite(fit_temperature(certain, np.zeros(10, np.uint8)))
    assert np.isfinite(calibrated(certain, temperature=3.0)).all()


@given(temperature=st.floats(0.25, 10), seed=st.integers(0, 20))
def test_a_temperature_keeps_answers_and_sums(temperature: float, seed: int) -> None:
    probabilities = softmax(np.random.default_rng(seed).normal(size=(20, 10)))
    result = calibrated(probabilities, temperature=temperature)
    np.testing.assert_allclose(result.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(result.argmax(axis=1), probabilities.argmax(axis=1))


@given(values=confidences, rate=st.sampled_from([0.0, 0.01, 0.1, 0.5]))
def test_at_most_the_rate_is_unsure_and_one_more_would_be_too_many(values: list[float], rate: float) -> None:
    confidence = np.array(values)
    threshold = unsure_threshold(confidence, rate=rate)
    assert (confidence < threshold).sum() <= rate * len(values)
    assert (confidence <= threshold).sum() > rate * len(values)


def test_no_held_out_images_are_refused() -> None:
    with pytest.raises(BadInput, match="there are none"):
        fit_temperature(np.zeros((0, 10), np.float32), np.zeros(0, np.uint8))
    with pytest.raises(BadInput, match="there are none"):
        unsure_threshold(np.zeros(0))
