"""The loop around the compiled epoch, which is a toy here: stops, saves, patience, divergence (C04, C05, C15, C17)."""

import math
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from inkdigit.errors import CannotWrite, Diverged, Interrupted
from inkdigit.recipes import Recipe
from inkdigit.training import checkpoint, rundir
from inkdigit.training import fit as fitting
from inkdigit.training.checkpoint import Position
from inkdigit.training.control import Listener, StopRequest, stop_requests
from inkdigit.training.fit import Task, fit
from inkdigit.training.loop import Program, no_metrics
from inkdigit.training.step import State
from inkdigit.types import Epoch

IMAGES, BATCH = 40, 2
STEPS = IMAGES // BATCH
START = Position(State([jnp.float32([0, 0])], [], jnp.int32(0), no_metrics()), 1, 0)


@dataclass
class Toy:
    """Adds 1 to the weights in each step; its validation losses are given, its disasters too."""

    val_losses: Sequence[float] = ()
    bad_loss_at: int | None = None
    bad_weights_at: int | None = None
    calls: list[tuple[int, int]] = field(default_factory=list)
    validated: int = 0

    def advance(self, state: State, order: np.ndarray, first: int, last: int) -> State:
        self.calls.append((first, last))
        for _ in range(first, last):
            step, metrics = int(state.step), state.metrics
            bad = self.bad_loss_at is not None and step >= self.bad_loss_at and int(metrics.diverged) < 0
            new = jnp.full(2, np.nan) if step == self.bad_weights_at else state.weights[0] + 1
            metrics = metrics._replace(
                loss=metrics.loss + BATCH,
                seen=metrics.seen + BATCH,
                diverged=jnp.int32(step) if bad else metrics.diverged,
            )
            state = State([new], [], state.step + 1, metrics)
        return state

    def validate(self, weights: list[Array]) -> tuple[float, float]:
        self.validated += 1
        return self.val_losses[self.validated - 1], 0.5

    def task(self, folder: Path, *, epochs: int = 3, patience: int = 0, listener: Listener | None = None) -> Task:
        program = Program(STEPS, self.advance, lambda weights: weights, self.validate if self.val_losses else None)
        recipe = Recipe("toy", (), batch_size=BATCH, epochs=epochs)
        return Task(program, recipe, IMAGES, 0, patience, folder, listener or Listener(), (), StopRequest())


class StopAt(Listener):
    """Asks to stop when so many chunks are done, or after an epoch."""

    def __init__(self, ask: Callable[[], None], *, chunk: int = 0, epoch: int = 0) -> None:
        self.ask, self.chunk, self.epoch, self.heard = ask, chunk, epoch, 0

    def moved(self, epoch: int, fraction: float, loss: float, accuracy: float | None) -> None:
        self.heard += 1
        if self.heard == self.chunk:
            self.ask()

    def epoch_done(self, epoch: Epoch) -> None:
        if epoch.epoch == self.epoch:
            self.ask()


def load(folder: Path) -> Position:
    found = checkpoint.load(folder, like=START.state, on_fallback=lambda text: None)
    assert found is not None
    return found


def test_it_ends_with_a_checkpoint_and_a_line_per_epoch(tmp_path: Path) -> None:
    weights, epochs = fit(Toy([0.3, 0.2, 0.1]).task(tmp_path), START)
    assert weights[0].tolist() == [3 * STEPS] * 2
    assert [epoch.val_loss for epoch in epochs] == [0.3, 0.2, 0.1]
    assert rundir.read_epochs(tmp_path) == epochs
    assert (load(tmp_path).epoch, load(tmp_path).done) == (4, 0)


def test_every_step_is_taken_once_and_in_order(tmp_path: Path) -> None:
    toy = Toy()
    fit(toy.task(tmp_path, epochs=2), START)
    taken = [step for first, last in toy.calls for step in range(first, last)]
    assert taken == [*range(STEPS), *range(STEPS)]


def test_a_finished_training_takes_no_step(tmp_path: Path) -> None:
    toy = Toy()
    fit(toy.task(tmp_path), replace(START, epoch=4))
    assert toy.calls == []


def test_seconds_come_from_a_clock_that_never_jumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backwards = iter(range(10**9, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: next(backwards))
    _, epochs = fit(Toy().task(tmp_path), START)
    assert all(epoch.seconds >= 0 for epoch in epochs)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_after_the_chunk_with_everything_saved(tmp_path: Path, number: signal.Signals) -> None:
    toy = Toy()
    (tmp_path / rundir.RUN).touch()
    with stop_requests() as stop:
        task = replace(toy.task(tmp_path, listener=StopAt(lambda: signal.raise_signal(number), chunk=1)), stop=stop)
        with pytest.raises(Interrupted) as caught:
            fit(task, START)
    assert caught.value.exit_code == 128 + number
    assert str(caught.value) == (
        f"stopped by {number.name}: saved in epoch 1 after step 8 of 20; "
        f"go on with: inkdigit train --resume --run {tmp_path}"
    )
    assert (load(tmp_path).epoch, load(tmp_path).done, int(load(tmp_path).state.step)) == (1, 8, 8)


def test_a_stop_between_epochs_and_one_after_the_last(tmp_path: Path) -> None:
    for epoch, place in ((1, "in epoch 2 after step"), (3, "after epoch 3")):
        toy = Toy()
        task = toy.task(tmp_path)
        stop = StopAt(lambda stop=task.stop: stop(signal.SIGINT, None), epoch=epoch)  # type: ignore[misc]
        with pytest.raises(Interrupted, match=f"saved {place}"):
            fit(replace(task, listener=stop), START)


def test_a_path_with_spaces_is_quoted_in_the_command(tmp_path: Path) -> None:
    folder = tmp_path / "my runs"
    folder.mkdir()
    (folder / rundir.RUN).touch()
    task = Toy().task(folder)
    task.stop(signal.SIGINT, None)
    with pytest.raises(Interrupted, match=f"--run '{folder}'$"):
        fit(task, START)


@pytest.mark.parametrize("chunk", [1, 2, 4, 6])
def test_a_resumed_training_ends_with_the_same_bytes(tmp_path: Path, chunk: int) -> None:
    """Three chunks an epoch here: of 8 steps, then the rest; the stop may fall on the end of an epoch."""
    losses = [0.5, 0.4, 0.6]
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    whole.mkdir()
    parted.mkdir()
    expected, _ = fit(Toy(losses).task(whole, patience=3), START)
    toy = Toy(losses)
    task = toy.task(parted, patience=3)
    with pytest.raises(Interrupted):
        fit(replace(task, listener=StopAt(lambda: task.stop(signal.SIGTERM, None), chunk=chunk)), START)
    there = load(parted)
    before = rundir.keep_epochs(parted, there.epoch - 1)
    again = Toy(losses[toy.validated :])
    weights, epochs = fit(again.task(parted, patience=3), there, before=before)
    assert np.array_equal(weights[0], expected[0])
    assert (whole / rundir.CHECKPOINT).read_bytes() == (parted / rundir.CHECKPOINT).read_bytes()
    assert [replace(e, seconds=0.0) for e in epochs] == [replace(e, seconds=0.0) for e in rundir.read_epochs(whole)]


def test_the_pace_of_a_resumed_epoch_does_not_count_the_steps_before_it() -> None:
    """Else the second call would take so many steps that a stop is not heard for minutes."""
    pace = fitting._Pace(500, now=100.0)
    pace.took(508, now=108.0)
    assert pace.steps == 1


def test_the_pace_follows_the_clock() -> None:
    pace = fitting._Pace(0, now=100.0)
    pace.took(8, now=100.1)
    assert pace.steps == 16
    pace.took(24, now=100.1 + 1e-9)
    assert pace.steps == 8 * 16, "at most eight times as many"
    pace.took(24 + 128, now=200.0)
    assert pace.steps == 1


def test_early_stopping_gives_the_best_weights_back(tmp_path: Path) -> None:
    toy = Toy([0.5, 0.3, 0.4, 0.35, 0.1])
    weights, epochs = fit(toy.task(tmp_path, epochs=5, patience=2), START)
    assert len(epochs) == 4
    assert weights[0].tolist() == [2 * STEPS] * 2
    best = load(tmp_path).best
    assert best is not None
    assert (best.loss, best.waited) == (0.3, 2)


def test_patience_that_does_not_run_out(tmp_path: Path) -> None:
    weights, epochs = fit(Toy([0.5, 0.6, 0.4, 0.5]).task(tmp_path, epochs=4, patience=2), START)
    assert len(epochs) == 4
    assert weights[0].tolist() == [3 * STEPS] * 2


def test_an_equal_loss_is_no_better_one(tmp_path: Path) -> None:
    weights, _ = fit(Toy([0.5, 0.5]).task(tmp_path, epochs=2, patience=5), START)
    assert weights[0].tolist() == [STEPS] * 2


def test_a_training_that_ran_out_of_patience_takes_no_step_when_resumed(tmp_path: Path) -> None:
    fit(Toy([0.1, 0.2, 0.3]).task(tmp_path, patience=1), START)
    toy = Toy([])
    weights, _ = fit(toy.task(tmp_path, patience=1), load(tmp_path))
    assert toy.calls == []
    assert weights[0].tolist() == [STEPS] * 2


@pytest.mark.parametrize(
    ("toy", "why"),
    [
        (Toy(bad_loss_at=2 * STEPS + 7), "the loss is no longer a number at step 48"),
        (Toy(bad_weights_at=3 * STEPS - 1), "the weights are no longer numbers at step 60"),
        (Toy([0.5, 0.4, math.nan]), "the validation loss is no longer a number at step 60"),
        (Toy([0.5, 0.4, math.inf]), "the validation loss is no longer a number at step 60"),
    ],
    ids=["loss", "weights", "validation", "infinite"],
)
def test_a_divergence_keeps_the_last_good_checkpoint(
    tmp_path: Path, toy: Toy, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "SAVE_SECONDS", -1.0)
    with pytest.raises(Diverged, match=f"training diverged: .*{why}; try a smaller --learning-rate") as caught:
        fit(toy.task(tmp_path), START)
    assert caught.value.exit_code == 1
    assert load(tmp_path).epoch == 3
    assert load(tmp_path).state.weights[0].tolist() == [2 * STEPS] * 2
    assert len(rundir.read_epochs(tmp_path)) == 2


def test_checkpoints_come_between_epochs_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[int] = []
    monkeypatch.setattr(checkpoint, "save", lambda folder, position: saved.append(position.epoch))
    monkeypatch.setattr(fitting, "SAVE_SECONDS", math.inf)
    fit(Toy().task(tmp_path), START)
    assert saved == [4]
    monkeypatch.setattr(fitting, "SAVE_SECONDS", -1.0)
    fit(Toy().task(tmp_path), START)
    assert saved == [4, 2, 3, 4, 4]


def test_a_checkpoint_that_cannot_be_written_stops_the_training(tmp_path: Path) -> None:
    (tmp_path / rundir.CHECKPOINT).touch()
    (tmp_path / rundir.PREVIOUS).mkdir()
    with pytest.raises(CannotWrite, match="is a directory"):
        fit(Toy().task(tmp_path), START)
