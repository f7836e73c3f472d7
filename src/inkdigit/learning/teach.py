"""What a training takes from other models: the networks that it learns from besides the labels, and a calibration.

In: names or paths of models. Out: Keras networks with as many outputs as the pupil, and the digests by which a
resumed training knows them again; or temperature and threshold. Knows nothing of how is learned from them:
`training.teachers` does.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from inkdigit.errors import UsageError
from inkdigit.models.open import located, open_model
from inkdigit.recipes import Recipe

if TYPE_CHECKING:
    import keras


class Teacher(NamedTuple):
    """A network, and the SHA-256 of the file that it was opened from."""

    network: "keras.Sequential"
    sha256: str


def open_teachers(models: Sequence[Path | str], recipe: Recipe) -> tuple[Teacher, ...]:
    """Open every model that is to teach.

    Args:
        models: Each a run directory, the name of a shipped model, "committee" for all members of the shipped one, or
            an `.onnx`, `.keras` or `.h5` file.
        recipe: What is to learn from them.

    Raises:
        UsageError: A model has another number of outputs than the recipe.
        BadInput: A model cannot be opened.
    """
    return tuple(_open(path, recipe) for path in located(models)) if models else ()


def _open(path: Path, recipe: Recipe) -> Teacher:
    model = open_model(path)
    network = model.build_keras()
    outputs = network.outputs[0].shape[-1]
    if outputs != recipe.classes:
        raise UsageError("cannot teach", path, f"it has {outputs} outputs, and {recipe.name} has {recipe.classes}")
    return Teacher(network, model.sha256)


def calibration_of(model: Path | str, recipe: Recipe) -> tuple[float, float]:
    """Temperature and threshold of a model, for a network that learns in the same way from all images.

    Args:
        model: A run directory, the name of a shipped model, or a model file.
        recipe: Of the network that takes them over.

    Raises:
        UsageError: The model has other classes, or was not calibrated itself.
        BadInput: The model cannot be opened.
    """
    card = open_model(model).card
    if len(card.classes) != recipe.classes or not card.calibrated:
        why = "it was not calibrated" if not card.calibrated else f"it knows {len(card.classes)} classes"
        raise UsageError("cannot take a calibration", model, why, hint="name one that was trained in the same way")
    return card.temperature, card.threshold
