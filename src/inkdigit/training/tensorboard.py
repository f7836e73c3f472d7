"""The TensorBoard log of a training, written without TensorFlow.

    train/       loss, accuracy, learning rate and seconds; histograms of the weights; the first layer as a picture
    validation/  loss and accuracy, so that TensorBoard draws them into the charts of the training
    test/        loss and accuracy at the end, the recipe, and the pictures of the evaluation

In: the epochs and weights of a training, the result and its pictures. Out: event files that a running
TensorBoard shows after each epoch. Knows nothing of how pictures are drawn: it is given them, or the
function that draws.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from jax import Array

from inkdigit.recipes import Recipe
from inkdigit.shapes import Float32
from inkdigit.training.events import EventFile, event_files, histogram, picture, scalar, settings
from inkdigit.types import Epoch, Evaluation

PIXELS = 784
TRAIN, VALIDATION = "train", "validation"


class TensorBoardLog:
    """Writes a training down for TensorBoard; an `Observer` of `fit`.

    Args:
        folder: Made if need be; the log of an earlier session of the same training is gone on with.
        recipe: Shown beside the result, to compare runs by.
        draw: Gives the PNG picture of a first layer, float32 (units, 28, 28).

    Every method raises `CannotWrite` where the folder cannot be made or written to.
    """

    def __init__(
        self, folder: Path, recipe: Recipe, *, draw: Callable[[Float32[np.ndarray, "units 28 28"]], bytes]
    ) -> None:
        self.folder, self.recipe, self.draw = folder, recipe, draw
        self.names: Sequence[str] = ()
        self.last = 0

    def begin(self, names: Sequence[str], before: Sequence[Epoch]) -> None:
        """Take up the log after the epochs `before`; what it holds of later ones no longer counts."""
        self.names, self.last = names, before[-1].epoch if before else 0
        logged = bool(event_files(self.folder / TRAIN))
        self.train = EventFile(self.folder / TRAIN, first=self.last + 1)
        self.validation = EventFile(self.folder / VALIDATION, first=self.last + 1)
        for epoch in () if logged else before:
            self._append_figures(epoch)

    def __call__(self, epoch: Epoch, weights: Sequence[Array]) -> None:
        """Write the figures of an epoch, and how its weights are distributed."""
        self.last = epoch.epoch
        arrays = [np.asarray(array) for array in weights]
        self._append_figures(epoch, *_histograms(self.names, arrays), *self._first_layer(arrays[0]))

    def conclude(self, evaluation: Evaluation, pictures: Mapping[str, bytes]) -> None:
        """Write the result on the test images, or the held-out ones, in place of the one of an earlier session."""
        test = EventFile(self.folder / evaluation.part, first=0)
        figures = _scalars(loss=evaluation.loss, accuracy=evaluation.accuracy)
        drawn = (picture(f"pictures/{name}", png) for name, png in pictures.items())
        test.append(settings(_plain(self.recipe)), *figures, *drawn, step=self.last)

    def _append_figures(self, epoch: Epoch, *more: Any) -> None:
        """Write an epoch's scalars, and what else there is of it; the validation first, so that it is never behind."""
        held_out = _scalars(loss=epoch.val_loss, accuracy=epoch.val_accuracy)
        trained = _scalars(
            loss=epoch.loss, accuracy=epoch.accuracy, learning_rate=epoch.learning_rate, seconds=epoch.seconds
        )
        self.validation.append(*held_out, step=epoch.epoch)
        self.train.append(*trained, *more, step=epoch.epoch)

    def _first_layer(self, kernel: Float32[np.ndarray, "..."]) -> Iterator[Any]:
        """Draw the first layer if each of its units sees every pixel."""
        if kernel.shape[0] == PIXELS and np.isfinite(kernel).all():
            yield picture("pictures/first_layer", self.draw(np.ascontiguousarray(kernel.T).reshape(-1, 28, 28)))


def _scalars(**values: float | None) -> Iterator[Any]:
    """A point for each value there is; TensorBoard opens the first groups, of which "epoch" is the first."""
    return (scalar(f"epoch/{name}", value) for name, value in values.items() if value is not None)


def _histograms(names: Sequence[str], arrays: Sequence[Float32[np.ndarray, "..."]]) -> Iterator[Any]:
    """One for each array; those of a training that just diverged have none."""
    for name, array in zip(names, arrays, strict=True):
        if np.isfinite(array).all():
            yield histogram(f"weights/{name}", array)


def _plain(recipe: Recipe) -> dict[str, str | float | bool]:
    """The recipe as TensorBoard's table takes it: a tuple becomes text.

    >>> from inkdigit.recipes import find
    >>> _plain(find("mlp-256x2"))["hidden"]
    '256,256'
    """
    fields = {key: value for key, value in asdict(recipe).items() if key != "published"}
    return {key: ",".join(map(str, value)) if isinstance(value, tuple) else value for key, value in fields.items()}
