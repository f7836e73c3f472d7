"""Train the network of one run: build, compile, find where to start, fit, and put the weights back.

In: a run directory and its configuration, and the digits. Out: the trained Keras network and how it
went. Knows nothing of evaluation, model files or the command line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inkdigit import networks
from inkdigit.backend import keras
from inkdigit.clock import Clock
from inkdigit.data.labelled import hold_out, say_what_is_missing
from inkdigit.recipes import EXPECTED_NO_DIGIT
from inkdigit.training import checkpoint, rundir
from inkdigit.training.checkpoint import Position
from inkdigit.training.control import Listener, StopRequest
from inkdigit.training.device import Device
from inkdigit.training.fit import Observer, Task, fit
from inkdigit.training.loop import Program, compile_program, first_state
from inkdigit.training.rundir import Config
from inkdigit.types import Digits, Epoch


@dataclass(frozen=True, eq=False)
class Trained:
    """A network with its trained weights, the images held out from its training, and its epochs."""

    model: keras.Sequential
    validation: Digits | None
    epochs: tuple[Epoch, ...]


def train_network(
    folder: Path,
    config: Config,
    digits: Digits,
    device: Device,
    *,
    own: Digits | None = None,
    teachers: Sequence[keras.Sequential] = (),
    clock: Clock,
    listener: Listener,
    observers: tuple[Observer, ...] = (),
    stop: StopRequest,
) -> Trained:
    """Train, from the folder's newest checkpoint if it holds one, to the end.

    Args:
        folder: A run directory with its `run.json`.
        config: What to train.
        digits: The whole training part, of which images are held out.
        device: What to compute on.
        own: The validation part that the data has itself, in place of these.
        teachers: Networks whose answers are learned as well.
        clock: Gets the seconds of "build", "compile" and "fit".
        listener: Is told how it goes.
        observers: Are handed the weights after each epoch.
        stop: Says when to stop.

    Raises:
        Diverged, Interrupted, CannotWrite: See `fit`.
        BadInput: No checkpoint of the folder can be used.
    """
    train, validation = split(digits, own, config.validation)
    if validation is not None and (said := say_what_is_missing(train, validation, called="held-out")):
        listener.remark(said)
    with clock.measure("build"):
        model = networks.build(config.recipe, seed=config.seed)
    listener.begins(config.recipe, networks.layer_table(model), train, validation)
    with clock.measure("compile"):
        program = compile_program(
            model, config.recipe, device, train=train, validation=validation, seed=config.seed, teachers=teachers
        )
    with clock.measure("fit"):
        start = _start(folder, model, config, program, listener)
        task = Task(program, config.recipe, len(train), config.seed, config.patience, folder, listener, observers, stop)
        before = rundir.keep_epochs(folder, start.epoch - 1)
        for observer in observers:
            observer.begin([v.path.partition("/")[2] for v in model.trainable_variables], before)
        weights, epochs = fit(task, start, before=before)
    for variable, value in zip(model.trainable_variables, program.fold_batch_norm(list(weights)), strict=True):
        variable.assign(value)
    if config.recipe.reject_class:
        networks.expect_no_digit(model, shown=float((~train.are_digits).mean()), expected=EXPECTED_NO_DIGIT)
    return Trained(model, validation, epochs)


def split(digits: Digits, own: Digits | None, n: int) -> tuple[Digits, Digits | None]:
    """What is learned from, and the images that are held out, if any: those that the data holds out itself, or `n`."""
    if not n:
        return digits, None
    return (digits, own) if own is not None else hold_out(digits, n)


def _start(folder: Path, model: keras.Sequential, config: Config, program: Program, listener: Listener) -> Position:
    """The newest whole checkpoint, or the beginning."""
    state = first_state(model, config.recipe)
    found = checkpoint.load(folder, like=state, on_fallback=listener.remark)
    if found is None:
        return Position(state, epoch=1, done=0)
    if found.epoch > config.recipe.epochs:
        listener.remark("this training was already finished; measuring it and writing its files again")
    else:
        listener.remark(f"going on in epoch {found.epoch} after step {found.done} of {program.steps_per_epoch}")
    return found
