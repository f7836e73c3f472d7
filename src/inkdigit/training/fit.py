"""Run a compiled training to its end: epochs, validation, early stopping, checkpoints, stopping on request.

In: a compiled program and the position to start from. Out: the trained weights and a line per epoch,
with a checkpoint on disk at the end, before a stop, and every ten seconds or so between epochs.
Knows nothing of what the network is or of how progress is shown.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

import jax.numpy as jnp
import numpy as np
from jax import Array

from inkdigit.errors import Diverged, Interrupted
from inkdigit.recipes import Recipe
from inkdigit.training import checkpoint, rundir
from inkdigit.training.checkpoint import Best, Position
from inkdigit.training.control import Listener, StopRequest
from inkdigit.training.loop import Program, no_metrics, shuffled
from inkdigit.training.step import State, learning_rate
from inkdigit.types import Epoch, Evaluation

CHUNK_SECONDS = 0.2  # a stop is heard, and progress moves, about this often
SAVE_SECONDS = 10.0  # at most so much work, and the epoch that is running, is lost to a crash


@runtime_checkable
class Observer(Protocol):
    """Is handed the weights after each epoch, and the result at the end; TensorBoard's log is one."""

    def begin(self, names: Sequence[str], before: Sequence[Epoch]) -> None:
        """The training goes on after the epochs `before`; the weights have these names, as "hidden_1/kernel"."""

    def __call__(self, epoch: Epoch, weights: Sequence[Array]) -> None:
        """An epoch is done; `weights` in the order of their names."""

    def conclude(self, evaluation: Evaluation, pictures: Mapping[str, bytes]) -> None:
        """The network was measured on the test images; `pictures` are PNG files by name."""


@dataclass(frozen=True, eq=False)
class Task:
    """What stays the same throughout a training.

    Args:
        program: The compiled steps.
        recipe: Its epochs, batch size and learning rate.
        images: Number of training images.
        seed: Decides the order of the images.
        patience: Stop when the validation loss has not fallen for this many epochs; 0 never.
        folder: The run directory.
        listener: Is told how it goes.
        observers: Are handed the weights after each epoch.
        stop: Says when to stop.
    """

    program: Program
    recipe: Recipe
    images: int
    seed: int
    patience: int
    folder: Path
    listener: Listener
    observers: tuple[Observer, ...]
    stop: StopRequest


def fit(task: Task, start: Position, *, before: tuple[Epoch, ...] = ()) -> tuple[list[Array], tuple[Epoch, ...]]:
    """Train from `start` to the last epoch or an early stop.

    Args:
        task: What to train.
        start: The first position, or a checkpoint's.
        before: The epochs that were finished before `start`.

    Returns:
        The trained weights, and all epochs. With patience, the weights of the lowest validation loss.

    Raises:
        Diverged: The loss is not finite; the last checkpoint is kept.
        Interrupted: A stop was asked for; the state was saved.
        CannotWrite: A checkpoint could not be saved.
    """
    epochs, position, saved = list(before), start, time.monotonic()
    while position.epoch <= task.recipe.epochs and not _out_of_patience(task, position):
        position, epoch = _run_epoch(task, position)
        epochs.append(epoch)
        rundir.append_epoch(task.folder, epoch)
        task.listener.epoch_done(epoch)
        for observe in task.observers:
            observe(epoch, position.state.weights)
        if time.monotonic() - saved > SAVE_SECONDS:
            checkpoint.save(task.folder, position)
            saved = time.monotonic()
    checkpoint.save(task.folder, position)
    if task.stop.signal_number:
        raise _interrupted(task, position)
    return position.best.weights if position.best else position.state.weights, tuple(epochs)


def _run_epoch(task: Task, position: Position) -> tuple[Position, Epoch]:
    """Finish the epoch that `position` is in; the new position is at the start of the next one."""
    began, number = time.perf_counter(), position.epoch
    order = shuffled(task.images, batch=task.recipe.batch_size, seed=task.seed, epoch=number)
    steps, pace = task.program.steps_per_epoch, _Pace(position.done, now=began)
    while position.done < steps:
        last = min(steps, position.done + pace.steps)
        position = replace(position, state=task.program.advance(position.state, order, position.done, last), done=last)
        _check_finite(task, position.state)
        pace.took(last, now=time.perf_counter())
        task.listener.moved(number, last / steps, *_loss_and_accuracy(position.state))
        if task.stop.signal_number:
            checkpoint.save(task.folder, position)
            raise _interrupted(task, position)
    epoch = _measure(task, position, began)
    return replace(
        position,
        state=position.state._replace(metrics=no_metrics()),
        epoch=number + 1,
        done=0,
        best=_best(task, position, epoch),
    ), epoch


class _Pace:
    """How many steps to take in one call, from how long the last ones took; this never changes the result."""

    def __init__(self, done: int, *, now: float) -> None:
        self.steps, self.before, self.since = 8, done, now

    def took(self, last: int, *, now: float) -> None:
        taken, seconds = last - self.before, max(now - self.since, 1e-6)
        self.steps = max(1, min(8 * taken, round(taken * CHUNK_SECONDS / seconds)))
        self.before, self.since = last, now


def _measure(task: Task, position: Position, began: float) -> Epoch:
    program = task.program
    loss, accuracy = _loss_and_accuracy(position.state)
    val_loss, val_accuracy = program.validate(position.state.weights) if program.validate else (None, None)
    if val_loss is not None and not math.isfinite(val_loss):
        raise _diverged(task, "the validation loss is no longer a number", int(position.state.step))
    total = task.recipe.epochs * program.steps_per_epoch
    return Epoch(
        epoch=position.epoch,
        loss=loss,
        accuracy=accuracy,
        val_loss=val_loss,
        val_accuracy=val_accuracy,
        learning_rate=float(learning_rate(task.recipe, int(position.state.step) - 1, total=total)),
        seconds=round(time.perf_counter() - began, 4),
    )


def _best(task: Task, position: Position, epoch: Epoch) -> Best | None:
    """Keep the weights if they are the best yet; copies, because the next step consumes the state."""
    if not task.patience or epoch.val_loss is None:
        return None
    if position.best is None or epoch.val_loss < position.best.loss:
        return Best(epoch.val_loss, 0, [jnp.array(w) for w in position.state.weights])
    return replace(position.best, waited=position.best.waited + 1)


def _loss_and_accuracy(state: State) -> tuple[float, float]:
    """The means over the images that the epoch has seen so far, of which there is one at least."""
    seen = int(state.metrics.seen)
    return float(state.metrics.loss) / seen, int(state.metrics.correct) / seen


def _out_of_patience(task: Task, position: Position) -> bool:
    return bool(task.patience and position.best and position.best.waited >= task.patience)


def _check_finite(task: Task, state: State) -> None:
    """Refuse a state that must not be saved: the loss may be finite in the step that ruins the weights."""
    bad = int(state.metrics.diverged)
    if bad >= 0:
        raise _diverged(task, "the loss is no longer a number", bad + 1)
    if not all(np.isfinite(weight).all() for weight in state.weights):
        raise _diverged(task, "the weights are no longer numbers", int(state.step))


def _diverged(task: Task, what: str, step: int) -> Diverged:
    hint = "try a smaller --learning-rate; the last good checkpoint is kept"
    return Diverged("training diverged", task.folder, f"{what} at step {step:,}", hint=hint)


def _interrupted(task: Task, position: Position) -> Interrupted:
    place = f"after epoch {position.epoch - 1}"
    if position.done:
        place = f"in epoch {position.epoch} after step {position.done:,} of {task.program.steps_per_epoch:,}"
    return task.stop.interrupted(task.folder, f"saved {place}")
