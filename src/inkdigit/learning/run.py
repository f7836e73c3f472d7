"""A finished training, as it is handed to whoever asked for it.

In: its run directory and its figures. Out: the network, its answers, the report. Knows nothing of how it came about.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inkdigit.recipes import Recipe
from inkdigit.training import rundir
from inkdigit.types import Epoch, Evaluation, Images, Ink, Probabilities

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """A run directory whose training has ended, and what came of it.

    Args:
        folder: The run directory.
        recipe: What was trained.
        parameters: Number of trained weights.
        epochs: How it went.
        evaluation: How good it is on the test images, or without any on those that were held out.
        seconds: Wall time of each part.
    """

    folder: Path
    recipe: Recipe
    parameters: int
    epochs: tuple[Epoch, ...]
    evaluation: Evaluation
    seconds: dict[str, float]

    @property
    def accuracy(self) -> float:
        """Fraction of the test images read correctly; of those held out where there is no test part."""
        return self.evaluation.accuracy

    @property
    def accuracies(self) -> dict[str, float | None]:
        """The accuracy under the name of what it was measured on, and None under the other."""
        return accuracies(self.evaluation)

    @property
    def report(self) -> Path:
        """The report to open in a browser."""
        return self.folder / rundir.REPORT / "report.html"

    @cached_property
    def model(self) -> "keras.Sequential":
        """The trained network, opened by Keras."""
        from inkdigit.networks import open_keras

        return open_keras(self.folder / "model.keras")

    def predict(self, images: Images | Ink) -> Probabilities:
        """Give the ten probabilities of each image.

        Args:
            images: (n, 28, 28), framed as MNIST is: uint8 with 255 for ink, or float32 with 1.0 for ink.

        Returns:
            float32 (n, 10), the network's own probabilities, before the card's temperature.
        """
        from inkdigit.models.open import open_model

        grey = images if images.dtype == np.uint8 else np.round(255 * images.clip(0, 1)).astype(np.uint8)
        return open_model(self.folder).predict(grey)

    def __repr__(self) -> str:
        measured = f"{self.evaluation.part} accuracy {self.accuracy:.4f}"
        return f"FinishedRun({str(self.folder)!r}, {self.recipe.name}, {measured})"


def accuracies(evaluation: Evaluation | None) -> dict[str, float | None]:
    """An accuracy under the name of what it was measured on, as cards and JSON have it, and None under the other."""
    part, accuracy = (evaluation.part, evaluation.accuracy) if evaluation else ("", None)
    return {
        "test_accuracy": accuracy if part == "test" else None,
        "held_out_accuracy": accuracy if part == "held-out" else None,
    }
