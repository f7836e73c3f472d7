"""Test accuracy and seconds of every recipe, over several seeds.

    python benchmarks/accuracy.py [--recipes mlp-128,cnn-small] [--seeds 5] [--validation 0]

Trains on all 60,000 images unless --validation holds some out: the recipes are fixed, so nothing is
chosen here, and the figure is that of the last epoch. Prints one JSON object; about 25 minutes on
two cores for all recipes and five seeds.
"""

import argparse
import tempfile
from pathlib import Path

from inkdigit import learner
from inkdigit.recipes import RECIPES
from machine import emit, progress, spread


def main() -> None:
    """Train every recipe with every seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipes", default=",".join(RECIPES))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--validation", type=int, default=0)
    options = parser.parse_args()
    emit("accuracy", [measure(name, options.seeds, options.validation) for name in options.recipes.split(",")])


def measure(name: str, seeds: int, validation: int) -> dict[str, object]:
    """Train one recipe with the seeds 0, 1, ..."""
    accuracies, fits = [], []
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            run = learner.train(name, run=Path(folder) / "run", seed=seed, validation=validation, report=False)
        accuracies.append(run.accuracy)
        fits.append(round(run.seconds["fit"], 3))
        progress(f"{name} seed {seed}: {run.accuracy:.4f} in {fits[-1]} s")
    return {
        "recipe": name,
        "published": RECIPES[name].published,
        "parameters": run.parameters,
        "epochs": RECIPES[name].epochs,
        "validation": validation,
        "test_accuracy": spread(accuracies),
        "fit_seconds": spread(fits),
    }


if __name__ == "__main__":
    main()
