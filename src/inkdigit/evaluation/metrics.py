"""How good a model is, in figures.

In: the probabilities a model gave and the true digits. Out: one `Evaluation`, and its JSON.
Knows nothing of models, files or pictures. Plain NumPy: scikit-learn gives the same figures (the
tests hold that) but costs a second of import at the end of every training.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from inkdigit.errors import BadInput, Diverged
from inkdigit.evaluation.calibration import ece, reliability
from inkdigit.models.model import calibrated
from inkdigit.shapes import Bool, UInt8
from inkdigit.types import (
    ClassScore,
    ConfusedPair,
    Confusion,
    Evaluation,
    Labels,
    Mistake,
    Probabilities,
    ReliabilityBin,
)

# Keras clips here too, so that the loss is the one `model.evaluate` reports.
LEAST_PROBABILITY = 1e-7


def evaluate(
    probabilities: Probabilities,
    labels: Labels,
    *,
    model: str,
    data: str,
    part: str = "test",
    temperature: float = 1.0,
) -> Evaluation:
    """Measure everything that an `Evaluation` holds.

    Args:
        probabilities: What the network gave, before any temperature.
        labels: The true digits, 0 to 9.
        model: What was evaluated, as the user named it.
        data: On what: "mnist test".
        part: "test", or "held-out".
        temperature: That of the model's card. Confidences in the result are after it; `loss` and
            `ece` are of the network's own probabilities.

    Raises:
        BadInput: There are no images, or a different number of labels.
        Diverged: A probability is not a finite number.

    >>> evaluate(np.eye(10, dtype=np.float32), np.arange(10, dtype=np.uint8), model="m", data="d").accuracy
    1.0
    """
    _check(probabilities, labels, model=model, data=data)
    honest = calibrated(probabilities, temperature=temperature)
    answers = probabilities.argmax(axis=1).astype(np.uint8)
    correct = answers == labels
    confusion = count_confusion(labels, answers)
    return Evaluation(
        model=model,
        data=data,
        n=len(labels),
        accuracy=float(correct.mean()),
        interval=wilson(int(correct.sum()), len(labels)),
        loss=cross_entropy(probabilities, labels),
        ece=ece(probabilities.max(axis=1), correct),
        temperature=temperature,
        calibrated_ece=ece(honest.max(axis=1), correct),
        confusion=confusion,
        per_class=score_classes(confusion),
        reliability=reliability(honest.max(axis=1), correct),
        confused=confused_pairs(confusion),
        mistakes=find_mistakes(honest, labels, answers),
        part=part,
    )


def wilson(right: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a fraction `right` / `n`.

    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    Unlike the usual plus-minus it stays inside [0, 1] and holds near both ends.

    >>> low, high = wilson(97, 100)
    >>> round(low, 3), round(high, 3)
    (0.915, 0.99)
    """
    z = 1.959963984540054  # the normal quantile of 0.975
    centre = (right + z**2 / 2) / (n + z**2)
    margin = z / (n + z**2) * (right * (n - right) / n + z**2 / 4) ** 0.5
    # At 0 of n and n of n the interval ends exactly there; rounding must not leave the fraction outside.
    return max(0.0, min(right / n, centre - margin)), min(1.0, max(right / n, centre + margin))


def cross_entropy(probabilities: Probabilities, labels: Labels) -> float:
    """Return the mean of -log of the probability given to the true digit, in nats."""
    true = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.clip(true, LEAST_PROBABILITY, 1.0)).mean())


def count_confusion(labels: Labels, answers: UInt8[np.ndarray, " n"]) -> Confusion:
    """Count every pair of true digit (row) and answer (column)."""
    # Truth and answer as one number of two digits, which is the place of the pair in the matrix, row after row.
    return np.bincount(labels.astype(np.int64) * 10 + answers, minlength=100).reshape(10, 10)


def score_classes(confusion: Confusion) -> tuple[ClassScore, ...]:
    """Return precision, recall and F1 of each digit; a figure that would divide by zero is 0.0."""
    right, given, true = confusion.diagonal(), confusion.sum(axis=0), confusion.sum(axis=1)
    precision, recall = right / np.maximum(given, 1), right / np.maximum(true, 1)
    f1 = 2 * right / np.maximum(given + true, 1)
    return tuple(
        ClassScore(digit, int(true[digit]), float(precision[digit]), float(recall[digit]), float(f1[digit]))
        for digit in range(10)
    )


def confused_pairs(confusion: Confusion) -> tuple[ConfusedPair, ...]:
    """List the digits read as another one, the most frequent pair first."""
    pairs = [
        ConfusedPair(truth, answer, int(confusion[truth, answer]))
        for truth in range(10)
        for answer in range(10)
        if truth != answer and confusion[truth, answer]
    ]
    return tuple(sorted(pairs, key=lambda pair: -pair.n))


def find_mistakes(
    probabilities: Probabilities, labels: Labels, answers: UInt8[np.ndarray, " n"]
) -> tuple[Mistake, ...]:
    """List the wrong answers, the most confident first."""
    wrong: Bool[np.ndarray, " n"] = answers != labels
    found = [
        Mistake(
            index=int(index),
            truth=int(labels[index]),
            predicted=int(answers[index]),
            confidence=float(probabilities[index, answers[index]]),
            truth_probability=float(probabilities[index, labels[index]]),
        )
        for index in np.flatnonzero(wrong)
    ]
    return tuple(sorted(found, key=lambda mistake: -mistake.confidence))


def to_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return the JSON object of `evaluate --json` and `evaluation.json`."""
    value = {name: getattr(evaluation, name) for name in Evaluation.__dataclass_fields__}
    for name in _RECORDS:
        value[name] = [asdict(record) for record in value[name]]
    return value | {"interval": list(evaluation.interval), "confusion": evaluation.confusion.tolist()}


def from_json(value: Mapping[str, Any]) -> Evaluation:
    """Return the evaluation that `to_json` wrote.

    Raises:
        BadInput: A field is missing, unknown or of the wrong form.
    """
    try:
        records = {name: tuple(kind(**row) for row in value[name]) for name, kind in _RECORDS.items()}
        low, high = value["interval"]
        confusion = np.asarray(value["confusion"], np.int64).reshape(10, 10)
        return Evaluation(**{**value, **records, "interval": (low, high), "confusion": confusion})
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("cannot read the evaluation", "", f"not in the form inkdigit writes: {error}",
                       hint="evaluate again") from error  # fmt: skip


_RECORDS: dict[str, Any] = {
    "per_class": ClassScore,
    "reliability": ReliabilityBin,
    "confused": ConfusedPair,
    "mistakes": Mistake,
}


def _check(probabilities: Probabilities, labels: Labels, *, model: str, data: str) -> None:
    if len(labels) == 0:
        raise BadInput("cannot evaluate", data, "there are no images")
    if len(labels) != len(probabilities):
        raise BadInput("cannot evaluate", data, f"got {len(probabilities):,} answers for {len(labels):,} labels")
    if not np.isfinite(probabilities).all():
        raise Diverged("cannot evaluate", model, "its answers are not finite numbers",
                       hint="train again with a smaller learning rate")  # fmt: skip
