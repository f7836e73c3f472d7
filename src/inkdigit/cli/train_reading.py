"""`inkdigit train line` and `inkdigit train detector`: options -> `learning.reading` -> a live table and the result."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

from inkdigit.cli import console
from inkdigit.errors import UsageError

if TYPE_CHECKING:
    from inkdigit.learning.reading import FinishedReading, ReadingConfig

NAMES = ("line", "detector")

DEFAULTS = {"line": (60, 100, 0.003), "detector": (60, 100, 0.002)}
"""Epochs, steps in each, and the largest learning rate: some hours on two cores."""


def train_reading_network(
    network: str, *, as_json: bool, others: dict[str, object], epochs: int | None, learning_rate: float | None,
    seed: int | None, data: str | None, run: Path | None, resume: bool, force: bool, processes: int,
) -> None:  # fmt: skip
    """Train with progress on stderr, and print the result to stdout.

    Raises:
        UsageError: An option is given that these networks do not have.
    """
    if given := [name for name, value in others.items() if value]:
        option = "--" + given[0].replace("_", "-")
        raise UsageError("no such choice", option, f"the {network} network has no such option")
    from inkdigit.cli.live import JsonListener, LiveTable
    from inkdigit.learning.reading import ReadingConfig, train_reading

    usual_epochs, steps, usual_rate = DEFAULTS[network]
    config = ReadingConfig(
        network, epochs or usual_epochs, steps, learning_rate or usual_rate, seed or 0, data or "mnist"
    )
    with JsonListener() if as_json else LiveTable() as listener:
        finished = train_reading(config, run=run, resume=resume, force=force, processes=processes, listener=listener)
    if as_json:
        console.emit({
            "run": str(finished.folder), "network": network, "parameters": finished.parameters,
            "held_out": _last(finished), "seconds": finished.seconds,
        })  # fmt: skip
    else:
        console.result(format_finished(finished, config))


def format_finished(finished: "FinishedReading", config: "ReadingConfig") -> str:
    """What a training came to, and where it is."""
    held_out = _last(finished)
    what = "lines read whole" if config.network == "line" else "overlap of numbers found and there"
    share = "" if held_out is None else f"{what}, made and held out: {100 * held_out:.2f} %\n"
    return f"{share}{finished.parameters:,} parameters\n\nrun     {finished.folder}"


def _last(finished: "FinishedReading") -> float | None:
    value = finished.epochs[-1].val_accuracy if finished.epochs else None
    return None if value is None or math.isnan(value) else value
