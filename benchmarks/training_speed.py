"""Seconds to train, beside plain Keras on TensorFlow, turn by turn on the same machine.

    python -m venv tf && tf/bin/pip install tensorflow-cpu
    python benchmarks/training_speed.py --keras tf/bin/python benchmarks/keras_fit.py

Each round trains a recipe once with each, as a whole process; the ratios are taken round by round, so
a machine whose speed drifts does not favour either. `fit` is the time in the training loop, for ours
with the compilation in it, as Keras' `fit` has its own in it. Both train on all 60,000 images, without
validation. Ours also writes the run directory, the model files and the report. Prints one JSON object.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from machine import emit, progress

# Both learn for the same number of epochs; long recipes are cut short, their epochs being all alike.
EPOCHS = {"mlp-128": 5, "mlp-128-sgd": 5, "mlp-128x2": 3, "mlp-256x2": 3, "mlp-512x2-dropout": 5, "cnn-small": 2}


def main() -> None:
    """Measure every recipe, ours and Keras' in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--keras", nargs=2, metavar=("PYTHON", "SCRIPT"), help="a Python with TensorFlow, and the script"
    )
    parser.add_argument("--recipes", default=",".join(EPOCHS))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    emit("training speed", [compare(name, options.keras, options.rounds) for name in options.recipes.split(",")])


def compare(name: str, keras: list[str] | None, rounds: int) -> dict[str, object]:
    """Train one recipe in turn with both, `rounds` times."""
    ours, theirs = [], []
    for number in range(rounds):
        ours.append(run_ours(name))
        progress(f"{name} round {number}: ours {ours[-1]}")
        if keras:
            theirs.append(run_keras(keras, name))
            progress(f"{name} round {number}: Keras on TensorFlow {theirs[-1]}")
    figures: dict[str, object] = {
        "recipe": name,
        "epochs": EPOCHS[name],
        "rounds": rounds,
        "ours": ours,
        "keras": theirs,
    }
    if theirs:
        for part in ("fit", "process"):
            ratios = [b[part] / a[part] for a, b in zip(ours, theirs, strict=True)]
            figures[f"{part}_ratio"] = {"median": round(median(ratios), 2), "values": [round(r, 2) for r in ratios]}
    return figures


def run_ours(name: str) -> dict[str, float]:
    """One whole `inkdigit train` process."""
    program = Path(sys.executable).with_name("inkdigit")
    with tempfile.TemporaryDirectory() as folder:
        command = [str(program), "train", name, "--epochs", str(EPOCHS[name]), "--validation", "0", "--json"]
        seconds, output = timed([*command, "--run", str(Path(folder) / "run")])
    result = json.loads(output.splitlines()[-1])
    parts = result["seconds"]
    return {
        "fit": round(parts["fit"] + parts["compile"], 3),
        "loop": parts["fit"],
        "process": seconds,
        "accuracy": result["test_accuracy"],
        "peak_mb": peak_mb(),
    }


def run_keras(keras: list[str], name: str) -> dict[str, float]:
    """One whole process of the Keras script."""
    folder = Path(os.environ["INKDIGIT_DATA_DIR"]) / "mnist"
    seconds, output = timed([*keras, name, str(folder), "--epochs", str(EPOCHS[name])])
    result = json.loads(output.splitlines()[-1])
    return {"fit": result["fit_s"], "process": seconds, "accuracy": result["test_accuracy"]}


def timed(command: list[str]) -> tuple[float, str]:
    """Run a process; its wall time from outside and what it printed."""
    began = time.perf_counter()
    # Our own package has named Keras' backend for this process; each child chooses its own.
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    return round(time.perf_counter() - began, 3), done.stdout


def peak_mb() -> float:
    """The largest memory any finished child of this process has used; meaningful before Keras has run."""
    return round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1)


if __name__ == "__main__":
    main()
