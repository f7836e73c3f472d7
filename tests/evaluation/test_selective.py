"""Refusing, against a loop that anybody can follow, and against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from inkdigit.errors import BadInput
from inkdigit.evaluation.selective import auroc, selective_risk

ANSWERS = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=60)


def arrays(answers: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    confidence, correct = zip(*answers, strict=True)
    return np.array(confidence, np.float32) / 20, np.array(correct)


@given(ANSWERS, st.floats(0, 0.99))
def test_the_least_sure_go_first(answers: list[tuple[int, bool]], refused: float) -> None:
    confidence, correct = arrays(answers)
    kept = sorted(range(len(answers)), key=lambda i: -confidence[i])  # stable, as Python's sort is
    kept = kept[: max(1, len(answers) - round(refused * len(answers)))]
    expected = np.mean([not correct[i] for i in kept])
    assert list(selective_risk(confidence, correct, refused=[refused])) == pytest.approx([expected])


@given(ANSWERS)
def test_refusing_nothing_is_the_error_itself(answers: list[tuple[int, bool]]) -> None:
    confidence, correct = arrays(answers)
    assert selective_risk(confidence, correct, refused=[0.0])[0] == pytest.approx(1 - correct.mean())


@given(ANSWERS)
def test_auroc_is_that_of_scikit_learn(answers: list[tuple[int, bool]]) -> None:
    confidence, correct = arrays(answers)
    expected = 0.5 if correct.all() or not correct.any() else roc_auc_score(correct, confidence)
    assert auroc(confidence, correct) == pytest.approx(expected)


def test_a_confidence_that_knows_every_mistake() -> None:
    correct = np.arange(1000) >= 10
    confidence = np.where(correct, 0.9, 0.3) + np.linspace(0, 0.01, 1000)
    risks = selective_risk(confidence, correct, refused=(0, 0.005, 0.01, 0.5))
    assert list(risks) == pytest.approx([0.01, 5 / 995, 0, 0])
    assert auroc(confidence, correct) == 1
    assert auroc(-confidence, correct) == 0


def test_without_answers_there_is_nothing_to_say() -> None:
    none = np.zeros(0, np.float32)
    for measure in (lambda: auroc(none, none > 0), lambda: selective_risk(none, none > 0, refused=[0])):
        with pytest.raises(BadInput, match="there are none"):
            measure()
