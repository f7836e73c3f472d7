"""How long it takes before anything happens, and to a useful network: whole processes, timed from outside.

    python benchmarks/startup.py [--runs 5]

`help`: `inkdigit --help`. `quick`: `inkdigit train mlp-quick` from a cold start to the end of its
process, with its test accuracy, each with another seed. `memory`: the largest memory of those
processes. Prints one JSON object.
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

from machine import emit, progress, spread

PROGRAM = Path(sys.executable).with_name("inkdigit")


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    timed("--help")  # warm the file cache
    helps = [timed("--help")[0] for _ in range(runs)]
    quick = [train_quick(seed) for seed in range(runs)]
    emit(
        "startup",
        {
            "help_seconds": {"median": median(helps), "values": helps},
            "quick_seconds": {"median": median(q["process"] for q in quick), "runs": quick},
            "quick_accuracy": spread([q["accuracy"] for q in quick]),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1),
        },
    )


def train_quick(seed: int) -> dict[str, float]:
    """One cold training to a saved, measured, reported network."""
    with tempfile.TemporaryDirectory() as folder:
        seconds, output = timed("train", "mlp-quick", "--seed", str(seed), "--run", f"{folder}/run", "--json")
    result = json.loads(output.splitlines()[-1])
    progress(f"mlp-quick seed {seed}: {result['test_accuracy']:.4f} in {seconds} s")
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
