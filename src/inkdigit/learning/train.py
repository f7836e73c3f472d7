"""The composition of learning: data -> recipe -> network -> training -> run directory -> evaluation -> report.

In: a recipe and where the data is. Out: a run directory with a trained, measured, saved network, and a `FinishedRun`
that speaks of it. Knows nothing of the command line. The training stack is imported when a training begins, while
another thread reads the data.
"""

import contextlib
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inkdigit.clock import Clock
from inkdigit.errors import BadInput, InkdigitError
from inkdigit.learning.evaluate import Measurement, facts_of, measure, write_report
from inkdigit.learning.run import FinishedRun, accuracies
from inkdigit.learning.settings import begin, check_options, choose_recipe, fill_in, learnable
from inkdigit.recipes import Recipe
from inkdigit.training import rundir
from inkdigit.training.control import Listener, StopRequest, stop_requests
from inkdigit.training.rundir import Config, claimed
from inkdigit.types import Card, Digits, Evaluation

LARGEST_GAP = 0.15
"""Between the accuracies of training and of held-out images; with chance, more than this is said."""

if TYPE_CHECKING:
    from inkdigit.data.labelled import Loaded
    from inkdigit.models.model import Model
    from inkdigit.training.device import Device
    from inkdigit.training.fit import Observer
    from inkdigit.training.trainer import Trained


def train(
    recipe: str | Recipe | None = None,
    *,
    data: str | None = None,
    run: Path | str | None = None,
    seed: int | None = None,
    validation: int | None = None,
    patience: int | None = None,
    teachers: Sequence[Path | str] = (),
    calibration: Path | str | None = None,
    resume: bool = False,
    force: bool = False,
    tensorboard: bool = False,
    report: bool = True,
    listener: Listener | None = None,
    device: "Device | None" = None,
) -> FinishedRun:
    """Train a network and leave everything about it in a run directory.

    Args:
        recipe: A name of the catalogue, or a `Recipe` of your own; "mlp-128" if not given.
        data: "mnist", "mnist-small", "strokes", "degraded", a folder or .zip of pictures or arrays, or a file of
            arrays (see docs/data.md); if not given, `Recipe.data`: "degraded" for a recipe with a reject class, and
            "mnist" for every other.
        run: The run directory; `runs/NAME-1`, `runs/NAME-2`, ... if not given.
        seed: Decides the starting weights and everything random, 0 to 2,147,483,647; 0 if not given.
        validation: How many training images are held out, to measure after each epoch and to calibrate; of MNIST the
            last, of other data some of each digit; 5,000 if not given, but at most a tenth of the images; 0 for none.
        patience: Stop when the validation loss has not fallen for this many epochs, and keep the
            weights of the best; 0, if not given, for never.
        teachers: Models with as many outputs, by whose mean answer to every image it learns as well
            (distillation): names of shipped models, run directories, or model files.
        calibration: A model that was trained in the same way with images held out, whose temperature and threshold
            this one takes over; it learns from all images, so only with `validation=0`.
        resume: Go on with the training that `run` holds; what else is given must be what it began with.
        force: Replace the training that `run` holds.
        tensorboard: Write TensorBoard logs as well.
        report: Write `report/report.html` as well.
        listener: Is told how it goes.
        device: What to compute on, or as what; what JAX finds here, if not given.

    Returns:
        The finished run.

    Raises:
        UsageError: An option has a value outside its range, or differs from what the resumed run began with.
        BadInput: The data, or the training to resume, cannot be used.
        CannotWrite: The run directory cannot be written to, or already holds a training.
        Busy: Another process is using the run directory.
        Diverged: The loss is no longer a number.
        Interrupted: A signal asked to stop; the training can be resumed.
    """
    check_options(run, seed=seed, validation=validation, patience=patience, resume=resume)
    clock, listener = Clock(), listener or Listener()
    record = rundir.read_run(Path(run)) if resume and run else None
    chosen = choose_recipe(recipe, record)
    source = data or (record.config.data if record else chosen.data)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(claimed(run, chosen.name, resume=resume, force=force))
        listener.will_load(source)  # a download here still dies of Ctrl-C at once
        stop = stack.enter_context(stop_requests())
        background = stack.enter_context(ThreadPoolExecutor(1))
        loading = background.submit(_load_all, source)
        with clock.measure("import"):
            from inkdigit.learning.teach import open_teachers
            from inkdigit.training.device import Device
            from inkdigit.training.trainer import train_network
        with clock.measure("data"):
            parts = loading.result()
            digits, own = learnable(chosen, parts["train"]), parts.get("validation")
        stop.check(folder)
        device = device or Device.here()
        taught_by = open_teachers(teachers, chosen)
        config = fill_in(
            chosen, digits, record, own=own, has_test="test" in parts, seed=seed, validation=validation,
            patience=patience, teachers=tuple(teacher.sha256 for teacher in taught_by),
            calibration=calibration,
        )  # fmt: skip
        begin(folder, config, record, machine=device.name)
        background.submit(_prepare, report=report)
        _tell_what_is_missing(digits, parts, listener)
        observers = _observers(folder, config.recipe, tensorboard=tensorboard)
        trained = train_network(
            folder, config, digits, device, own=own, teachers=[teacher.network for teacher in taught_by], clock=clock,
            listener=listener, observers=observers, stop=stop,
        )  # fmt: skip
        _tell_of_a_gap(trained, listener)
        to_measure = parts.get("test") or own or trained.validation
        assert to_measure is not None, "fill_in has seen to it"
        training = _Training(folder, config, digits, trained, to_measure, device.name, clock, observers, stop)
        card, evaluation = _conclude(training, report=report)
        return FinishedRun(folder, config.recipe, card.parameters, trained.epochs, evaluation, clock.seconds)


@dataclass(frozen=True, eq=False)
class _Training:
    """A training whose network is trained, and that is still to be measured, saved and reported."""

    folder: Path
    config: Config
    digits: Digits
    trained: "Trained"
    to_measure: Digits
    machine: str
    clock: Clock
    observers: "tuple[Observer, ...]"
    stop: StopRequest

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage; whoever asked for a stop before it gets it now, with all that is on the disk whole."""
        self.stop.check(self.folder)
        with self.clock.measure(name):
            yield


def _conclude(training: _Training, *, report: bool) -> tuple[Card, Evaluation]:
    """Calibrate on the held-out images, measure on the test images, write the model files, the report and `DONE`.

    Whatever fails on the way, the model files are written first: the training is worth more than its figures.
    """
    from inkdigit.learning.calibrate import calibrate, round_kernels, uncalibrated

    config, trained = training.config, training.trained
    with training.clock.measure("evaluate"):
        if config.recipe.half:
            round_kernels(trained.model)
        try:
            card, model = calibrate(trained.model, config, training.digits, trained.validation)
            measured = measure(model, training.to_measure)
        except Exception:
            with contextlib.suppress(InkdigitError):
                _save(training, uncalibrated(trained.model, config, training.digits), None)
            raise
    with training.stage("save"):
        card, parity = _save(training, card, measured.evaluation)
    with training.stage("report"):
        if report:
            _report(training, measured, model)
        for observer in training.observers:
            observer.conclude(measured.evaluation, _pictures(measured))
    result = {**accuracies(measured.evaluation), "parameters": card.parameters, "parity": parity}
    rundir.finish(training.folder, {**result, "seconds": training.clock.seconds})
    return card, measured.evaluation


def _save(training: _Training, card: Card, evaluation: Evaluation | None) -> tuple[Card, float]:
    """Write the model files with what was measured, if anything was; how far Keras and ONNX are apart."""
    from inkdigit.export.modelfiles import write_model_files

    found = accuracies(evaluation)
    card = replace(card, test_accuracy=found["test_accuracy"], held_out_accuracy=found["held_out_accuracy"])
    half, images = training.config.recipe.half, training.to_measure.images
    return card, write_model_files(training.trained.model, training.folder, card=card, images=images, half=half)


def _report(training: _Training, measured: Measurement, model: "Model") -> None:
    from inkdigit.networks import layer_table

    network, epochs = training.trained.model, training.trained.epochs
    mean = float(np.mean([epoch.seconds for epoch in epochs])) if epochs else math.nan
    facts = facts_of(training.config, network.count_params()) | {
        "machine": training.machine,
        "training time": f"{training.clock.seconds['fit']:.1f} s ({mean:.2f} s an epoch)",
    }
    folder = training.folder / rundir.REPORT
    write_report(folder, measured, model, epochs=epochs, facts=facts, layers=layer_table(network))


def _pictures(measured: Measurement) -> dict[str, bytes]:
    """Draw what an observer may show of the result, as PNG files."""
    from inkdigit.evaluation import plots
    from inkdigit.evaluation.rendering import figure_png

    figures = {
        "confusion": plots.confusion_heatmap(measured.evaluation),
        "worst_mistakes": plots.mistake_gallery(measured.evaluation, measured.digits.images),
    }
    return {name: figure_png(figure) for name, figure in figures.items()}


def _load_all(source: str) -> "Loaded":
    """Load all parts that the training and its measuring need, and take the digest while this thread is at it.

    All before the first step: what is missing or damaged is said before anything was learned, not after.
    """
    from inkdigit.data import source as sources
    from inkdigit.data.labelled import PARTS

    parts = sources.load_parts(source, PARTS)
    if "train" not in parts:
        raise BadInput("nothing to learn from", source, f"it has only {' and '.join(parts)} images")
    _ = parts["train"].sha256
    return parts


def _tell_what_is_missing(training: Digits, parts: "Loaded", listener: Listener) -> None:
    """Say that there is no test part; or which digits are only among the training images, or only for the test."""
    from inkdigit.data.labelled import say_what_is_missing

    if "test" not in parts:
        listener.remark("the data has no test part: in the end the held-out images are measured")
    elif said := say_what_is_missing(training, parts["test"], called="test"):
        listener.remark(said)


def _tell_of_a_gap(trained: "Trained", listener: Listener) -> None:
    """Say that held-out images are read far worse than those that were learned."""
    measured = [
        (epoch.val_accuracy, epoch.accuracy)
        for epoch in trained.epochs
        if epoch.val_accuracy is not None and epoch.accuracy is not None
    ]
    if not measured or trained.validation is None:
        return
    held_out, learned = max(measured)
    chance = 2 * (held_out * (1 - held_out) / len(trained.validation)) ** 0.5
    if learned - held_out > max(LARGEST_GAP, chance):
        listener.remark(f"held-out accuracy {100 * held_out:.1f} %, training {100 * learned:.1f} %: it knows these "
                        "images by heart, or those that are held out are of another kind")  # fmt: skip


def _prepare(*, report: bool) -> None:
    """Import what the end will need while another thread still trains: about 0.3 s for the report alone."""
    import inkdigit.export.modelfiles
    import inkdigit.models.open

    if report:
        import inkdigit.evaluation.report  # noqa: F401


def _observers(folder: Path, recipe: Recipe, *, tensorboard: bool) -> "tuple[Observer, ...]":
    """The TensorBoard log, where asked for or where the resumed run has one: it would end in the middle."""
    if not tensorboard and not (folder / rundir.TENSORBOARD).exists():
        return ()
    from inkdigit.evaluation.rendering import weights_png
    from inkdigit.training.tensorboard import TensorBoardLog

    return (TensorBoardLog(folder / rundir.TENSORBOARD, recipe, draw=weights_png),)
