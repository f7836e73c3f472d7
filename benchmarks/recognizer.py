"""How long a recognizer takes to be there, to open a model and to answer.

    python benchmarks/recognizer.py [MODEL] [--runs 7]

MODEL is an `.onnx` file, a run directory or the name of a shipped model. `cold`: a whole process that
imports the recognizer, opens the model and answers once, timed from outside; `bare`: the same for a Python
that does nothing. `import` and `open`: seconds within such a process. `frames`: microseconds a frame when
n are asked for at once. `memory`: the largest of such a process. Prints one JSON object.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

from inkdigit.models.model import Model
from inkdigit.models.open import open_model
from inkdigit.models.zoo import NAMES, path_of
from machine import emit, progress

SIZES = (1, 8, 64, 256, 1024)
COLD = """
import json, resource, sys, time
from pathlib import Path
began = time.perf_counter()
import numpy as np
from inkdigit.models.open import open_model
imported = time.perf_counter()
recognizer = open_model(Path(sys.argv[1]))
opened = time.perf_counter()
recognizer.classify(np.zeros((1, 28, 28), np.float32))
print(json.dumps({
    "import": imported - began, "open": opened - imported, "first": time.perf_counter() - opened,
    "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def main() -> None:
    """Measure all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default=NAMES[0])
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    path = path_of(options.model) if options.model in NAMES else Path(options.model)
    recognizer = open_model(path)
    process("-c", COLD, str(path))  # warm the file cache
    cold = [process("-c", COLD, str(path)) for _ in range(options.runs)]
    bare = [process("-c", "")[0] for _ in range(options.runs)]
    inside = [json.loads(output) for _, output in cold]
    emit(
        "recognizer",
        {
            "model": recognizer.card.name,
            "weights": recognizer.card.parameters,
            "cold_seconds": figures([seconds for seconds, _ in cold]),
            "bare_seconds": figures(bare),
            **{f"{key}_seconds": figures([one[key] for one in inside]) for key in ("import", "open", "first")},
            "memory_mb": round(max(one["memory_mb"] for one in inside), 1),
            "microseconds_a_frame": {n: per_frame(recognizer, n, runs=options.runs) for n in SIZES},
        },
    )


def process(*arguments: str) -> tuple[float, str]:
    """Run Python; its wall time from outside and what it printed."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True)
    return time.perf_counter() - began, done.stdout


def per_frame(recognizer: Model, n: int, *, runs: int) -> dict[str, float]:
    """Microseconds for each of n frames that are asked for at once."""
    progress(f"{n} frames at once")
    ink = np.random.default_rng(0).random((n, 28, 28), np.float32)
    seconds = []
    for _ in range(max(runs, 1024 // n)):
        began = time.perf_counter()
        recognizer.classify(ink)
        seconds.append(time.perf_counter() - began)
    return figures([1e6 * second / n for second in seconds], digits=1)


def figures(values: list[float], *, digits: int = 4) -> dict[str, float]:
    """The median, and the least, which other work on the machine disturbs least."""
    return {"median": round(median(values), digits), "least": round(min(values), digits)}


if __name__ == "__main__":
    main()
