"""What every benchmark says of the machine it ran on, and how it prints."""

import json
import sys
from statistics import fmean, stdev

from inkdigit.machine import Machine
from inkdigit.training.rundir import versions


def emit(name: str, figures: object) -> None:
    """Print one benchmark as one JSON object."""
    record = {"benchmark": name, "machine": str(Machine.here()), "versions": versions(), "figures": figures}
    print(json.dumps(record, indent=2))


def progress(text: str) -> None:
    """Say on stderr what is being measured."""
    print(text, file=sys.stderr, flush=True)


def spread(values: list[float]) -> dict[str, float | int | list[float]]:
    """Mean, standard deviation, and the values themselves."""
    deviation = stdev(values) if len(values) > 1 else 0.0
    return {"n": len(values), "mean": round(fmean(values), 5), "std": round(deviation, 5), "values": values}
