"""How long it takes before anything happens, and to a useful network: whole processes, timed from outside.

    python benchmarks/startup.py [--runs 5]

`help`: `inkdigit --help`. `mlp-quick` and `cnn-quick`: `inkdigit train NAME` from a cold start to the end of its
process, the median of its parts and its test accuracy, each run with another seed. `peak_mb`: the largest memory of
those processes. Prints one JSON object.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from machine import emit, progress, spread

QUICK = ("mlp-quick", "cnn-quick")
PROGRAM = Path(sys.executable).with_name("inkdigit")


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    timed("--help")  # warm the file cache
    helps = [timed("--help")[0] for _ in range(runs)]
    emit(
        "startup",
        {
            "help_seconds": {"median": median(helps), "values": helps},
            **{name: figures([train_quick(name, seed) for seed in range(runs)]) for name in QUICK},
            "peak_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1),
        },
    )


def figures(trainings: list[dict[str, float]]) -> dict[str, Any]:
    """The median of each part's seconds; "process" is all of it, from outside."""
    parts = [part for part in trainings[0] if part != "accuracy"]
    return {
        "seconds": {part: round(median(one[part] for one in trainings), 3) for part in parts},
        "processes": [one["process"] for one in trainings],
        "accuracy": spread([one["accuracy"] for one in trainings]),
    }


def train_quick(name: str, seed: int) -> dict[str, float]:
    """One cold training to a saved, measured, reported network."""
    with tempfile.TemporaryDirectory() as folder:
        seconds, output = timed("train", name, "--seed", str(seed), "--run", f"{folder}/run", "--json")
    result = json.loads(output.splitlines()[-1])
    progress(f"{name} seed {seed}: {result['test_accuracy']:.4f} in {seconds} s")
    return {**result["seconds"], "process": seconds, "accuracy": result["test_accuracy"]}


def timed(*arguments: str) -> tuple[float, str]:
    """Run the program; its wall time from outside and what it printed."""
    began = time.perf_counter()
    done = subprocess.run(
        [PROGRAM, *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    return round(time.perf_counter() - began, 3), done.stdout


if __name__ == "__main__":
    main()
