"""The figures, against scikit-learn and against what must always hold."""

import json

import numpy as np
import pytest
import sklearn.metrics as oracle
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inkdigit.errors import BadInput, Diverged
from inkdigit.evaluation.metrics import (
    confused_pairs,
    count_confusion,
    cross_entropy,
    evaluate,
    from_json,
    score_classes,
    to_json,
    wilson,
)
from inkdigit.models.model import calibrated
from inkdigit.types import Evaluation, Labels, Probabilities


def some_answers(n: int, *, seed: int = 0, skill: float = 3.0) -> tuple[Probabilities, Labels]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 10, n).astype(np.uint8)
    logits = random.normal(size=(n, 10))
    logits[np.arange(n), labels] += skill
    powers = np.exp(logits)
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32), labels


def some_evaluation(n: int = 500, *, temperature: float = 1.3) -> Evaluation:
    return evaluate(*some_answers(n), model="m", data="d", temperature=temperature)


digits = hnp.arrays(np.uint8, st.integers(1, 60), elements=st.integers(0, 9))


def test_figures_agree_with_scikit_learn() -> None:
    probabilities, labels = some_answers(1000)
    answers = probabilities.argmax(axis=1)
    result = evaluate(probabilities, labels, model="m", data="d")
    assert result.accuracy == oracle.accuracy_score(labels, answers)
    assert result.loss == pytest.approx(oracle.log_loss(labels, probabilities), rel=1e-5)
    np.testing.assert_array_equal(result.confusion, oracle.confusion_matrix(labels, answers))


@given(labels=digits, seed=st.integers(0, 9))
def test_class_scores_agree_with_scikit_learn(labels: Labels, seed: int) -> None:
    answers = np.random.default_rng(seed).integers(0, 10, len(labels)).astype(np.uint8)
    scores = score_classes(count_confusion(labels, answers))
    expected = oracle.precision_recall_fscore_support(labels, answers, labels=range(10), zero_division=0)
    got = np.array([(score.precision, score.recall, score.f1, score.n) for score in scores]).T
    np.testing.assert_allclose(got, np.array(expected))


@given(labels=digits, seed=st.integers(0, 9))
def test_every_image_is_counted_once(labels: Labels, seed: int) -> None:
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(10), len(labels)).astype(np.float32)
    result = evaluate(probabilities, labels, model="m", data="d")
    wrong = len(result.mistakes)
    assert result.confusion.sum() == result.n == len(labels)
    assert wrong == sum(pair.n for pair in result.confused) == result.n - result.confusion.trace()
    assert result.accuracy == pytest.approx(1 - wrong / result.n)
    assert result.interval[0] <= result.accuracy <= result.interval[1]


def test_wilson_against_published_values() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


@given(n=st.integers(1, 10_000), share=st.floats(0, 1))
def test_wilson_holds_the_fraction_and_stays_inside(n: int, share: float) -> None:
    right = round(share * n)
    low, high = wilson(right, n)
    assert 0 <= low <= right / n + 1e-12
    assert right / n - 1e-12 <= high <= 1


def test_an_impossible_truth_costs_a_finite_loss() -> None:
    probabilities = np.eye(10, dtype=np.float32)[[3]]
    assert cross_entropy(probabilities, np.array([4], np.uint8)) == pytest.approx(-np.log(1e-7))


def test_confused_pairs_come_most_frequent_first() -> None:
    confusion = np.zeros((10, 10), np.int64)
    confusion[4, 9], confusion[9, 4], confusion[1, 1] = 3, 5, 100
    assert [(pair.truth, pair.predicted, pair.n) for pair in confused_pairs(confusion)] == [(9, 4, 5), (4, 9, 3)]


def test_mistakes_are_wrong_and_the_surest_first() -> None:
    probabilities, labels = some_answers(300, skill=1.0)
    result = evaluate(probabilities, labels, model="m", data="d", temperature=2.0)
    honest = calibrated(probabilities, temperature=2.0)
    sure = [mistake.confidence for mistake in result.mistakes]
    assert sure == sorted(sure, reverse=True)
    for mistake in result.mistakes:
        row = honest[mistake.index]
        assert mistake.truth == labels[mistake.index] != mistake.predicted == row.argmax()
        assert (mistake.confidence, mistake.truth_probability) == (row.max(), row[mistake.truth])


def test_temperature_changes_confidence_and_nothing_else() -> None:
    cold, hot = some_evaluation(temperature=1.0), some_evaluation(temperature=3.0)
    assert (cold.accuracy, cold.loss, cold.ece) == (hot.accuracy, hot.loss, hot.ece)
    assert cold.calibrated_ece == cold.ece != hot.calibrated_ece


def test_json_round_trip() -> None:
    evaluation = some_evaluation()
    text = json.dumps(to_json(evaluation), allow_nan=False)
    back = from_json(json.loads(text))
    assert to_json(back) == to_json(evaluation)
    assert isinstance(back.interval, tuple)
    assert back.mistakes == evaluation.mistakes
    np.testing.assert_array_equal(back.confusion, evaluation.confusion)


def test_json_has_the_promised_names() -> None:
    promised = {"model", "data", "n", "accuracy", "interval", "loss", "ece", "confusion", "per_class"}
    assert promised <= set(to_json(some_evaluation()))


@pytest.mark.parametrize(
    "value",
    [{}, {"model": "m"}, to_json(some_evaluation(20)) | {"confusion": [[1]]},
     to_json(some_evaluation(20)) | {"extra": 1}, to_json(some_evaluation(20)) | {"per_class": [{"digit": 1}]}],
)  # fmt: skip
def test_other_json_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="not in the form inkdigit writes"):
        from_json(value)


def test_nothing_to_evaluate_is_refused() -> None:
    with pytest.raises(BadInput, match="there are no images"):
        evaluate(np.zeros((0, 10), np.float32), np.zeros(0, np.uint8), model="m", data="d")


def test_answers_that_are_not_finite_are_refused() -> None:
    probabilities = np.full((3, 10), np.nan, np.float32)
    with pytest.raises(Diverged, match="not finite"):
        evaluate(probabilities, np.zeros(3, np.uint8), model="m", data="d")
