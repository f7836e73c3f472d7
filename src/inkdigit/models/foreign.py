"""What all foreign models have in common: a card that claims nothing, probabilities, and a word on what they want.

In: what was found out about a model that says nothing of itself. Out: its card, its answers as probabilities, lines in
the log. Knows no format.
"""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from inkdigit.errors import BadInput, printable
from inkdigit.formats.card import DIGITS
from inkdigit.formats.check import WHAT
from inkdigit.models.preparation import READS, Pixels, Preparation, Trial, find_preparation
from inkdigit.models.runtime import probe_ink
from inkdigit.sample import sample
from inkdigit.types import Card, Ink, Outputs
from inkdigit.version import __version__

CLASSES = (len(DIGITS), len(DIGITS) + 1)
"""Outputs of a model: the ten digits, and perhaps "no digit"."""

_log = logging.getLogger(__name__)


class Asked(NamedTuple):
    """A foreign network that can be asked.

    Args:
        outputs: Answers ink with probabilities, as `Model.outputs` does.
        preparation: What is made of the ink for it.
        has_logits: Whether it gives logits, of which `outputs` makes probabilities.
    """

    outputs: Callable[[Ink], Outputs]
    preparation: Preparation
    has_logits: bool


def asked(predict: Callable[[Pixels], Outputs], usual: Preparation, *, where: Path) -> Asked:
    """Find out how a foreign network is asked, and say in the log what nobody would expect of it.

    Args:
        predict: Gives what the network gives for pixels, float32 (n, *usual.shape): float32 (n, classes).
        usual: What its pixels mean if nothing else is found out.
        where: Where it came from.

    Raises:
        BadInput: It fails, or gives what is not finite.
    """
    answers = predict(usual.apply(probe_ink()))
    if not np.isfinite(answers).all():
        raise BadInput(WHAT, where, "answers with numbers that are not finite", hint="train it again")
    has_logits = not _are_probabilities(answers)

    def ask(preparation: Preparation, ink: Ink) -> Outputs:
        given = predict(preparation.apply(ink))
        return _softmax(given) if has_logits else given

    images, labels = sample()
    trial = find_preparation(ask, usual=usual, images=images, labels=labels)
    _say(trial, usual, where=where)
    return Asked(partial(ask, trial.preparation), trial.preparation, has_logits)


def _say(trial: Trial, usual: Preparation, *, where: Path) -> None:
    name, right = printable(where, limit=100), round(100 * trial.right)
    if trial.preparation != usual:
        _log.warning(
            "inkdigit: %s takes %s: so it reads %d of 100 real digits right, with %s %d; so it is used",
            name, trial.preparation.words, right, usual.words, round(100 * trial.usual),
        )  # fmt: skip
    elif trial.right < READS:
        _log.warning(
            "inkdigit: %s reads %d of 100 real digits right, whatever its pixels mean: is it trained, and on digits?",
            name, right,
        )  # fmt: skip


def foreign_card(where: Path, *, parameters: int, classes: int, preparation: Preparation) -> Card:
    """The card of a model that says nothing of itself: what can be counted, and nothing claimed."""
    return Card(
        name=printable(where.stem, limit=100),
        parameters=parameters,
        temperature=1.0,
        threshold=0.5,
        calibrated=False,
        training_data="unknown",
        training_data_sha256="",
        test_accuracy=None,
        package_version=__version__,
        classes=DIGITS + "-" * (classes - len(DIGITS)),
        levels=preparation.words,
    )


def _are_probabilities(outputs: Outputs) -> bool:
    return bool((outputs >= 0).all() and (np.abs(outputs.sum(axis=1) - 1) < 1e-3).all())


def _softmax(logits: Outputs) -> Outputs:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
