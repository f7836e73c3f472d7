"""Run the training of a reading network to its end: epochs, measuring on made pictures, checkpoints, stopping.

In: what to train, where batches come from, a run directory. Out: the trained state and a line per epoch. A training
that was stopped goes on where it was, with the same batches. Knows nothing of what the network reads.
"""

import contextlib
import math
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import jax
import numpy as np
from jax import Array

from inkdigit.architectures import Architecture
from inkdigit.errors import Diverged
from inkdigit.training import checkpoint, rundir
from inkdigit.training.checkpoint import Position
from inkdigit.training.control import Listener, StopRequest
from inkdigit.training.convnet import Moments
from inkdigit.training.device import Device, put
from inkdigit.training.loop import no_metrics
from inkdigit.training.reading_step import (
    Batch,
    Loss,
    ReadingState,
    Schedule,
    compile_answer,
    compile_step,
    first_state,
    make_optimizer,
)
from inkdigit.training.step import State
from inkdigit.types import Epoch

SAVE_SECONDS = 60.0
"""At most so much work is lost to a crash."""

MOVE = 10
"""Steps after which progress is shown."""

Score = Callable[[Array, Batch], tuple[float, float]]
"""From the answers to a batch of parts joined, and the batch, to the share that is right and how many that is of."""


@runtime_checkable
class Batches(Protocol):
    """Batches without end, in groups; each group is a function of its number."""

    def batches(self, first: int) -> Generator[Batch, None, None]:
        """Yield the batches of the group `first` and of all that follow."""


@dataclass(frozen=True, eq=False)
class ReadingTask:
    """What stays the same throughout a training.

    Args:
        architecture: The network.
        loss: What it learns by.
        score: How good it is.
        batches: What it learns from.
        group: Batches in each of their groups.
        held_out: What it is measured on after each epoch, made of digits that it never learns from.
        epochs: How many.
        steps: In each epoch.
        peak: The largest learning rate.
        seed: Of the first weights.
        folder: The run directory.
        device: What to compute on.
        listener: Is told how it goes.
        stop: Says when to stop.
    """

    architecture: Architecture
    loss: Loss
    score: Score
    batches: Batches
    group: int
    held_out: Sequence[Batch]
    epochs: int
    steps: int
    peak: float
    seed: int
    folder: Path
    device: Device
    listener: Listener
    stop: StopRequest

    @property
    def schedule(self) -> Schedule:
        """The learning rate over all steps."""
        return Schedule(self.peak, self.epochs * self.steps)


def fit_reading(task: ReadingTask, start: ReadingState) -> tuple[ReadingState, tuple[Epoch, ...]]:
    """Train from `start` to the last epoch.

    Raises:
        Diverged: The loss is not finite; the last checkpoint is kept.
        Interrupted: A stop was asked for; the state was saved.
        CannotWrite: A checkpoint could not be saved.
    """
    step = compile_step(task.architecture, task.loss, task.schedule, precision="bfloat16", device=task.device)
    answer = compile_answer(task.architecture, precision="float32", device=task.device)
    state, saved = start, time.monotonic()
    done = int(state.step)
    epochs = list(rundir.keep_epochs(task.folder, done // task.steps))
    began = time.perf_counter()
    with contextlib.closing(task.batches.batches(done // task.group)) as batches:
        for _ in range(done % task.group):
            next(batches)
        while done < task.epochs * task.steps:
            state = step(state, next(batches))
            done += 1
            if done % MOVE == 0:
                _check(task, state, done)
            if done % task.steps == 0:
                epoch = _measure(task, state, answer, done // task.steps, began)
                epochs.append(epoch)
                rundir.append_epoch(task.folder, epoch)
                task.listener.epoch_done(epoch)
                state, began = state._replace(loss=put(np.float32(0))), time.perf_counter()
            if task.stop.signal_number:
                save(task.folder, state)
                raise task.stop.interrupted(task.folder, f"saved after step {done:,} of {task.epochs * task.steps:,}")
            if time.monotonic() - saved > SAVE_SECONDS:
                save(task.folder, state)
                saved = time.monotonic()
    save(task.folder, state)
    return state, tuple(epochs)


def _check(task: ReadingTask, state: ReadingState, done: int) -> None:
    """Refuse to go on with a loss that is no number, and show how far the epoch is."""
    seen = done % task.steps or task.steps
    loss = float(state.loss) / seen
    if not math.isfinite(loss):
        hint = "try a smaller --learning-rate; the last good checkpoint is kept"
        raise Diverged("training diverged", task.folder, f"the loss is no longer a number at step {done:,}", hint=hint)
    task.listener.moved(done // task.steps + 1, seen / task.steps, loss, None)


def _measure(
    task: ReadingTask, state: ReadingState, answer: Callable[[ReadingState, np.ndarray], Array], number: int,
    began: float,
) -> Epoch:  # fmt: skip
    right = total = losses = 0.0
    for batch in task.held_out:
        joined = tuple(array.reshape(-1, *array.shape[2:]) for array in batch)
        logits = answer(state, joined[0])
        losses += float(task.loss(logits, *map(put, joined[1:])))
        correct, of = task.score(logits, joined)
        right, total = right + correct, total + of
    return Epoch(
        epoch=number,
        loss=float(state.loss) / task.steps,
        accuracy=None,
        val_loss=losses / max(1, len(task.held_out)),
        val_accuracy=right / max(1.0, total),
        learning_rate=float(task.schedule.rate(int(state.step) - 1)),
        seconds=round(time.perf_counter() - began, 4),
    )


def begin(task_architecture: Architecture, folder: Path, seed: int, listener: Listener) -> ReadingState:
    """The state of the folder's checkpoint, or the first one."""
    fresh = first_state(task_architecture, make_optimizer(), seed=seed)
    position = checkpoint.load(folder, like=_packed(fresh), on_fallback=listener.remark)
    return _unpacked(position.state, fresh) if position else fresh


def save(folder: Path, state: ReadingState) -> None:
    """Write the state to the folder's checkpoint."""
    checkpoint.save(folder, Position(_packed(jax.tree.map(np.asarray, state)), epoch=1, done=int(state.step)))


def _packed(state: ReadingState) -> State:
    """The state as the checkpoint knows one: the moments behind what the optimiser has gathered."""
    behind = [*state.optimizer_state, *state.moments.mean, *state.moments.variance, state.loss]
    return State(state.weights, behind, state.step, no_metrics())


def _unpacked(packed: State, like: ReadingState) -> ReadingState:
    slots, layers = len(like.optimizer_state), len(like.moments.mean)
    rest = packed.optimizer_state
    moments = Moments(rest[slots : slots + layers], rest[slots + layers : slots + 2 * layers])
    return ReadingState(packed.weights, rest[:slots], moments, packed.step, rest[-1])
