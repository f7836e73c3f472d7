"""A model that answers: the one form in which every stage meets a network, whatever file it came from.

In: a way to answer ink with a probability for each class, the card, and on demand the layers. Out: predictions. Knows
no file and no format; `open` makes a `Model` of what a user names.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from inkdigit.errors import BadInput
from inkdigit.formats.card import DIGITS
from inkdigit.formats.check import ModelFile
from inkdigit.shapes import Float32
from inkdigit.types import Card, Images, Ink, Outputs, Predictions, Probabilities

if TYPE_CHECKING:
    import keras

    from inkdigit.formats.chain import Chain

IMAGES_AT_ONCE = 1_000
"""Images that are turned into ink together: 3 MB."""

FirstLayer = Float32[np.ndarray, "units 28 28"]
"""Weights from every pixel to each unit."""


@dataclass(frozen=True, eq=False)
class Model:
    """A network that is ready to answer; any number of threads may ask it at once.

    Args:
        name: What it is called in a report: the name of its card, or of a foreign file.
        card: What it says about itself; of a foreign file, what can be counted.
        outputs: Answers ink, float32 (n, 28, 28), with the network's own probabilities, float32 (n, classes), rows that
            add up to 1: before any temperature.
        read_layers: Reads its chain of layers, or raises BadInput where it is none.
        build_keras: Builds it as a Keras model of plain layers that gives probabilities.
        sha256: Hex digest of the file that it was opened from.
        file: That file where it is one of inkdigit's own, else None.
    """

    name: str
    card: Card
    outputs: Callable[[Ink], Outputs]
    read_layers: "Callable[[], Chain]"
    build_keras: "Callable[[], keras.Sequential]"
    sha256: str
    file: ModelFile | None = None

    @cached_property
    def chain(self) -> "Chain":
        """Its layers.

        Raises:
            BadInput: It branches, has a layer that no format has, or is several models.
        """
        return self.read_layers()

    @property
    def has_layers(self) -> bool:
        """Whether it is a chain of layers, which can be written in other formats."""
        try:
            return bool(self.chain.layers)
        except BadInput:
            return False

    @property
    def first_layer(self) -> FirstLayer | None:
        """Weights from every pixel to each unit; None where the first layer that has any is not dense on the pixels."""
        layer = next((layer for layer in self.chain.layers if layer.weights), None) if self.has_layers else None
        if layer is None or layer.kind != "Dense" or len(layer.weights["kernel"]) != 784:
            return None
        return np.ascontiguousarray(layer.weights["kernel"].T.reshape(-1, 28, 28))

    def classify(self, ink: Ink) -> Predictions:
        """Recognise framed glyphs.

        Args:
            ink: float32 (n, 28, 28), framed as `inkdigit.frame` does, 0.0 paper, 1.0 ink.

        Returns:
            Calibrated predictions; unsure is also what is likelier no digit than any one digit.
        """
        classes = calibrated(self.outputs(ink), temperature=self.card.temperature)
        probabilities: Probabilities = np.ascontiguousarray(classes[:, : len(DIGITS)])
        confidence = probabilities.max(axis=1)
        unsure = (confidence < self.card.threshold) | (classes.max(axis=1) > confidence)
        return Predictions(probabilities.argmax(axis=1).astype(np.uint8), confidence, unsure, probabilities)

    def predict(self, images: Images) -> Probabilities:
        """Answer which digit each image is, given that it is one.

        Args:
            images: Grey levels as MNIST has them, 0 paper, 255 ink.

        Returns:
            The network's own probabilities, before any temperature.
        """
        parts = [
            of_digits(self.outputs(images[start : start + IMAGES_AT_ONCE].astype(np.float32) / np.float32(255)))
            for start in range(0, len(images), IMAGES_AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, len(DIGITS)), np.float32)


def calibrated(outputs: Outputs, *, temperature: float) -> Outputs:
    """Divide the log-probabilities by a temperature, over all classes.

    Method: Guo et al., "On Calibration of Modern Neural Networks", 2017, section 4.2.

    Args:
        outputs: float32 (n, classes), rows that add up to 1.
        temperature: Above 0; more than 1 makes less sure.

    >>> (100 * calibrated(np.array([[0.2, 0.8]], np.float32), temperature=0.5)).round().tolist()
    [[6.0, 94.0]]
    """
    if temperature == 1:
        return outputs
    # The smallest float32 there is stands for 0, whose logarithm is not finite.
    logits = np.log(np.maximum(outputs, np.finfo(np.float32).tiny)).astype(np.float64)
    with np.errstate(over="ignore"):  # at the temperature 1e-310, an unlikely class is -inf, and its power 0
        powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def of_digits(outputs: Outputs) -> Probabilities:
    """Answer which digit it is, given that it is one.

    Args:
        outputs: Probabilities of ten classes, or of eleven, the last of which means "no digit" and is left out.

    >>> of_digits(np.array([[0.0] * 8 + [0.1, 0.3, 0.6]], np.float32)).round(2)[0, 8:].tolist()
    [0.25, 0.75]
    """
    if outputs.shape[1] == len(DIGITS):
        return outputs
    digits = np.maximum(outputs[:, : len(DIGITS)], 1e-30)  # all ten are 0.0 where it is sure that it is no digit
    return np.asarray(digits / digits.sum(axis=1, keepdims=True), np.float32)


def committee_of(members: Sequence[Model], *, names: Sequence[str], version: str) -> Model:
    """Let several models answer as one: the mean of their probabilities of the ten digits, each at its own temperature.

    Its answers need no further temperature. Does not know how any member was trained, nor whether they differ enough
    to be worth it.

    Args:
        members: At least two.
        names: What each is called.
        version: Of the package, for its card.
    """
    name = f"committee of {len(members)}: {', '.join(names)}"
    card = Card(
        name=name,
        parameters=sum(model.card.parameters for model in members),
        temperature=1.0,
        threshold=max(model.card.threshold for model in members),
        calibrated=all(model.card.calibrated for model in members),
        training_data=", ".join(sorted({model.card.training_data for model in members})),
        training_data_sha256="",
        test_accuracy=None,
        package_version=version,
    )

    def outputs(ink: Ink) -> Outputs:
        return averaged([
            of_digits(calibrated(model.outputs(ink), temperature=model.card.temperature)) for model in members
        ])  # fmt: skip

    def refuse() -> Any:
        raise BadInput("cannot read the layers of the model", name, "is several networks", hint="name one of them")

    return Model(name, card, outputs, refuse, refuse, sha256="")


def averaged(answers: Sequence[Probabilities]) -> Probabilities:
    """Return the mean of what several models answer to the same images.

    Args:
        answers: Calibrated probabilities, (n, 10) each; at least one array.

    >>> averaged([np.eye(10, dtype=np.float32)[:1], np.eye(10, dtype=np.float32)[1:2]])[0, :3].tolist()
    [0.5, 0.5, 0.0]
    """
    total = np.zeros(answers[0].shape, np.float64)
    for answer in answers:
        total += answer
    return np.asarray(total / len(answers), np.float32)
