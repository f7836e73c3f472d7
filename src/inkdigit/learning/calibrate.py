"""How sure a trained network's answers are: its temperature and its threshold, found on images that were held out.

In: the network, its configuration, the held-out images. Out: its card, and the network opened as the model file that it
becomes. Method of the temperature: Guo et al., "On calibration of modern neural networks" (2017). Test images never
come here.
"""

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inkdigit.errors import printable
from inkdigit.formats.card import DIGITS
from inkdigit.recipes import EXPECTED_NO_DIGIT
from inkdigit.training import rundir
from inkdigit.training.rundir import Config
from inkdigit.types import NO_DIGIT, Card, Digits
from inkdigit.version import __version__

if TYPE_CHECKING:
    import keras

    from inkdigit.models.model import Model

# Of held-out digits, how many may be called unsure. Of digits in general that is to be at most one in a hundred:
# more than three standard errors more than this, as 5,000 images tell it.
UNSURE_RATE = 0.006
UNCALIBRATED_THRESHOLD = 0.5


def calibrate(
    network: "keras.Sequential", config: Config, digits: Digits, held_out: Digits | None
) -> "tuple[Card, Model]":
    """Fit temperature and threshold, or take over those that the configuration names.

    Args:
        network: Trained.
        config: Of its training.
        digits: All that it learned from or might have, for the card.
        held_out: What it did not learn from; None for nothing.

    Returns:
        The card, without a test accuracy; and the network, opened from its model file in memory.
    """
    from inkdigit.data.source import as_written
    from inkdigit.evaluation import calibration
    from inkdigit.formats.onnx import onnx_bytes, to_onnx
    from inkdigit.models.model import calibrated
    from inkdigit.models.open import opened_from

    card = uncalibrated(network, config, digits)
    opened = opened_from(onnx_bytes(to_onnx(network, card)), where=Path(rundir.MODEL))
    if held_out is not None:
        usual = as_expected(held_out)
        temperature = calibration.fit_temperature(opened.outputs(usual.ink), usual.labels)
        of_digits = calibrated(opened.outputs(as_written(held_out).ink), temperature=temperature)
        threshold = calibration.unsure_threshold(of_digits[:, :NO_DIGIT].max(axis=1), rate=UNSURE_RATE)
    elif config.calibration is not None:
        temperature, threshold = config.calibration
    else:
        return card, opened
    card = replace(card, temperature=temperature, threshold=threshold, calibrated=True)
    return card, replace(opened, card=card)


def as_expected(held_out: Digits) -> Digits:
    """Return held-out images with no more of what is no digit among them than a network is told to expect.

    Every k-th of them is kept, for they stand in the order in which they were made.
    """
    others = np.flatnonzero(~held_out.are_digits)
    kept = round((len(held_out) - len(others)) * EXPECTED_NO_DIGIT / (1 - EXPECTED_NO_DIGIT))
    if len(others) <= kept or not kept:
        return held_out
    few = others[:: math.ceil(len(others) / kept)]
    return held_out.take(np.union1d(np.flatnonzero(held_out.are_digits), few))


def round_kernels(network: "keras.Sequential") -> None:
    """Keep of each kernel what float16 has: what is measured from here on is the network as it is stored."""
    from inkdigit.formats.half import is_worth_it, to_half

    for variable in network.weights:
        array = np.asarray(variable)
        if is_worth_it(array):
            variable.assign(to_half(array, name=variable.path).astype(np.float32))


def uncalibrated(network: "keras.Sequential", config: Config, digits: Digits) -> Card:
    """The card of a network whose answers are taken as they are."""
    return Card(
        name=config.recipe.name,
        parameters=network.count_params(),
        temperature=1.0,
        threshold=UNCALIBRATED_THRESHOLD,
        calibrated=False,
        training_data=printable(f"{digits.name} (synthetic)" if digits.synthetic else digits.name),
        training_data_sha256=digits.sha256,
        test_accuracy=None,
        package_version=__version__,
        classes=DIGITS + "-" * config.recipe.reject_class,
    )
