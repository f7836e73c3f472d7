"""How fast strokes are written, and how well a network that saw nothing else reads MNIST.

    INKDIGIT_DATA_DIR=... python benchmarks/strokes.py [--recipe mlp-quick] [--sizes 20000,60000] [--seeds 3]

The speed is of one process on one core, the best of three rounds. The networks are trained by
`inkdigit.train` on strokes alone and measured on the 10,000 MNIST test images, which had no part in
making the strokes: those were tuned on training images. Prints one JSON object; about a minute.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from inkdigit.data import mnist
from inkdigit.data.strokes import strokes
from inkdigit.learning.train import train
from machine import emit, progress, spread

SPEED_COUNT = 5_000


def main() -> None:
    """Measure the speed, then the accuracy for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="mlp-quick")
    parser.add_argument("--sizes", default="20000,60000")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    speed = {"images_per_second": images_per_second(), "images": SPEED_COUNT}
    progress(f"{speed['images_per_second']} images a second")
    sizes = [int(size) for size in options.sizes.split(",")]
    emit("strokes", [speed, *(measure(options.recipe, size, options.seeds) for size in sizes)])


def images_per_second() -> int:
    """Processor seconds, not wall time, so that a neighbour on the machine matters less."""
    strokes(100, seed=0)
    seconds = []
    for _ in range(3):
        began = time.process_time()
        strokes(SPEED_COUNT, seed=0)
        seconds.append(time.process_time() - began)
    return round(SPEED_COUNT / min(seconds))


def measure(recipe: str, n: int, seeds: int) -> dict[str, object]:
    """Train on `n` strokes with the seeds 0, 1, ..., each with its own strokes, and read MNIST."""
    accuracies, recalls = [], []
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / "strokes-and-mnist-test.npz"
            write_archive(archive, n, seed)
            run = train(recipe, data=str(archive), run=Path(folder) / "run", seed=seed, validation=0, report=False)
        accuracies.append(run.accuracy)
        recalls.append([score.recall for score in run.evaluation.per_class])
        progress(f"{recipe}, {n} strokes, seed {seed}: {run.accuracy:.4f} of MNIST's test images")
    return {
        "recipe": recipe,
        "strokes": n,
        "parameters": run.parameters,
        "mnist_test_accuracy": spread(accuracies),
        "mnist_test_recall_per_digit": np.mean(recalls, axis=0).round(4).tolist(),
    }


def write_archive(path: Path, n: int, seed: int) -> None:
    """Strokes to learn from and MNIST to be tested on, in the form of Keras' own archive."""
    train, test = strokes(n, seed=seed), mnist.load("test")
    np.savez(path, x_train=train.images, y_train=train.labels, x_test=test.images, y_test=test.labels)


if __name__ == "__main__":
    main()
