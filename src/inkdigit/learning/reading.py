"""The composition of learning to read pages: made lines or pages -> a network -> a run directory.

In: "line" or "detector". Out: a run directory with `model.onnx`. Everything that is learned from is made here and
synthetic, but for the digits in it, which are MNIST's training images without the last 5,000; those are in what it is
measured on after each epoch. Knows nothing of the command line.
"""

import contextlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inkdigit.clock import Clock, utc_now
from inkdigit.errors import BadInput, UsageError
from inkdigit.files import read_regular, write_whole
from inkdigit.training import rundir
from inkdigit.training.control import Listener, stop_requests
from inkdigit.training.rundir import claimed
from inkdigit.types import Epoch
from inkdigit.version import __version__

if TYPE_CHECKING:
    pass

NAMES = ("line", "detector")

HELD_OUT_SEED = 2**31 - 1
"""Decides what is measured on: no training has it."""

LARGEST_CONFIG = 1 << 20  # bytes


@dataclass(frozen=True)
class ReadingConfig:
    """What decides the weights of a reading network.

    Args:
        network: "line" or "detector".
        epochs: Of `steps` batches each.
        steps: See `epochs`.
        learning_rate: Its largest value.
        seed: Decides the first weights and all that is made.
        data: Where the digits come from: "mnist", "mnist-small", or "strokes" for drawn ones alone.
    """

    network: str
    epochs: int
    steps: int
    learning_rate: float
    seed: int
    data: str


@dataclass(frozen=True)
class FinishedReading:
    """A reading network that is trained: its folder, configuration, size and epochs."""

    folder: Path
    config: ReadingConfig
    parameters: int
    epochs: tuple[Epoch, ...]
    seconds: dict[str, float]


def train_reading(
    config: ReadingConfig,
    *,
    run: Path | str | None = None,
    resume: bool = False,
    force: bool = False,
    processes: int = 1,
    listener: Listener | None = None,
) -> FinishedReading:
    """Train a network that finds or reads lines.

    Args:
        config: What is trained; with `resume` it must be what the run began with.
        run: The run directory; `runs/line-1`, ... if not given.
        resume: Go on with the training that `run` holds.
        force: Replace the training that `run` holds.
        processes: How many make pictures beside the training.
        listener: Is told how it goes.

    Raises:
        UsageError: Another configuration than that of the run to resume.
        BadInput: The run directory, or the digits, cannot be used.
        CannotWrite: The run directory cannot be written to, or already holds a training.
        Interrupted: A signal asked to stop; the training can be resumed.
    """
    clock, listener = Clock(), listener or Listener()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(claimed(run, config.network, resume=resume, force=force))
        _begin(folder, config, resume=resume)
        stop = stack.enter_context(stop_requests())
        with clock.measure("data"):
            learned, held_out = _digits(config.data)
        with clock.measure("import"):
            from inkdigit.architectures import DETECTOR, LINE
            from inkdigit.training import losses, reading_fit
            from inkdigit.training.convnet import fold
            from inkdigit.training.device import Device
            from inkdigit.training.reading_fit import ReadingTask
            from inkdigit.writing import stream
        line = config.network == "line"
        make = stream.line_batches if line else stream.page_batches
        with clock.measure("held out"):
            measured = _held_out(make, held_out, groups=1 if line else 3)
        task = ReadingTask(
            architecture=LINE if line else DETECTOR,
            loss=losses.ctc_loss if line else losses.detector_loss,
            score=_score(config.network),
            batches=stream.Stream(make, learned, config.seed, processes),
            group=stream.GROUP if line else stream.PAGE_GROUP,
            held_out=measured,
            epochs=config.epochs, steps=config.steps, peak=config.learning_rate, seed=config.seed,
            folder=folder, device=Device.here(), listener=listener, stop=stop,
        )  # fmt: skip
        with clock.measure("fit"):
            start = reading_fit.begin(task.architecture, folder, config.seed, listener)
            state, epochs = reading_fit.fit_reading(task, start)
        with clock.measure("save"):
            from inkdigit.formats.reading_onnx import write_reading_network

            card = {
                "network": config.network, "parameters": task.architecture.parameters, "package_version": __version__,
                "training_data": f"{config.data}, in lines and pages made by inkdigit (synthetic)",
                "held_out": epochs[-1].val_accuracy if epochs else None,
            }  # fmt: skip
            folded = fold(task.architecture, state.weights, state.moments)
            write_whole(folder / rundir.MODEL, write_reading_network(task.architecture, folded, card))
        rundir.finish(folder, {**card, "seconds": clock.seconds})
        return FinishedReading(folder, config, task.architecture.parameters, epochs, clock.seconds)


def _begin(folder: Path, config: ReadingConfig, *, resume: bool) -> None:
    """Write what is trained, or see that it is what the run began with."""
    path = folder / rundir.RUN
    if resume and path.exists():
        try:
            there = ReadingConfig(
                **json.loads(read_regular(path, limit=LARGEST_CONFIG, what="cannot resume"))["reading"]
            )
        except (ValueError, TypeError, KeyError) as error:
            raise BadInput("cannot resume", path, "is no training of a line recognizer or detector") from error
        if there != config:
            raise UsageError("cannot resume", path, f"it began with {there}, not {config}", hint="start a new run")
        return
    record = {
        "reading": asdict(config), "started": utc_now(), "command": sys.argv, "versions": rundir.versions(),
    }  # fmt: skip
    write_whole(path, json.dumps(record, indent=2) + "\n")


Drawings = tuple[np.ndarray, np.ndarray] | None


def _digits(data: str) -> tuple[Drawings, Drawings]:
    """The digits to learn from and those to measure on; None for drawn ones."""
    if data == "strokes":
        return None, None
    from inkdigit.data import source as sources

    digits = sources.load_parts(data, ["train"])["train"]
    last = len(digits) - (digits.reserved or len(digits) // 10)
    learned, held_out = digits.take(slice(0, last)), digits.take(slice(last, None))
    return (learned.images, learned.labels), (held_out.images, held_out.labels)


def _held_out(
    make: "Callable[..., list[tuple[np.ndarray, ...]]]", drawings: Drawings, *, groups: int
) -> list[tuple[np.ndarray, ...]]:
    """What is measured on, made in a process of its own: this one has work to do."""
    from inkdigit.writing.stream import Stream

    stream: Stream = Stream(make, drawings, HELD_OUT_SEED, 1)
    batches: list[tuple[np.ndarray, ...]] = []
    with contextlib.closing(stream.groups(0)) as made:
        for _ in range(groups):
            batches += next(made)
    return batches


def _score(network: str) -> "Callable[..., tuple[float, float]]":
    """How the network is measured on a batch."""
    from inkdigit.evaluation.reading import lines_read_whole, numbers_found

    def line(logits: object, batch: tuple[np.ndarray, ...]) -> tuple[float, float]:
        return lines_read_whole(np.asarray(logits), batch[1], batch[2])

    def detector(logits: object, batch: tuple[np.ndarray, ...]) -> tuple[float, float]:
        return numbers_found(np.asarray(logits), batch[1].astype(np.float32))

    return line if network == "line" else detector
