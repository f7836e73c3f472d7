"""The learning stream as one composition: data -> recipe -> network -> training -> run directory -> evaluation.

In: a recipe and where the data is. Out: a run directory with a trained, measured, saved network, and
a `Run` that speaks of it. The test part of the data is opened here only, after the training has ended.
Knows nothing of the command line. The training stack is imported when a training begins, while
another thread reads the data.
"""

import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inkdigit.clock import Clock
from inkdigit.data.labelled import digest
from inkdigit.errors import UsageError
from inkdigit.learning.outcome import conclude, facts_of, first_images, load_part, measure, prepare, write_report_of
from inkdigit.recipes import Recipe, find, parameter_count
from inkdigit.training import run as runs
from inkdigit.training.claim import claimed
from inkdigit.training.run import Config, RunRecord
from inkdigit.training.stop import stop_requests
from inkdigit.types import Digits, Epoch, Evaluation, Images, Ink, Probabilities

if TYPE_CHECKING:
    import keras

    from inkdigit.training.fit import Observer
    from inkdigit.training.listener import Listener

VALIDATION = 5_000
LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, eq=False)
class Run:
    """A finished training.

    Args:
        folder: The run directory.
        recipe: What was trained.
        parameters: Number of trained weights.
        epochs: How it went.
        evaluation: How good it is on the test images.
        seconds: Wall time of each part.
    """

    folder: Path
    recipe: Recipe
    parameters: int
    epochs: tuple[Epoch, ...]
    evaluation: Evaluation
    seconds: dict[str, float]

    @property
    def accuracy(self) -> float:
        """Fraction of the test images read correctly."""
        return self.evaluation.accuracy

    @property
    def report(self) -> Path:
        """The report to open in a browser."""
        return self.folder / runs.REPORT / "report.html"

    @cached_property
    def model(self) -> "keras.Sequential":
        """The trained network, opened by Keras."""
        from inkdigit.networks import open_keras

        return open_keras(self.folder / "model.keras")

    def predict(self, images: Images | Ink) -> Probabilities:
        """Give the ten probabilities of each image.

        Args:
            images: (n, 28, 28), framed as MNIST is: uint8 with 255 for ink, or float32 with 1.0 for ink.

        Returns:
            float32 (n, 10), the network's own probabilities, before the card's temperature.
        """
        from inkdigit.models.open import open_model

        grey = images if images.dtype == np.uint8 else np.round(255 * images.clip(0, 1)).astype(np.uint8)
        return open_model(self.folder).predict(grey)

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r}, {self.recipe.name}, test accuracy {self.accuracy:.4f})"


Measured = Run | Path | str
"""What can be evaluated: a run, its directory, a model file, or the name of a model that comes with the package."""


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
    listener: "Listener | None" = None,
) -> Run:
    """Train a network and leave everything about it in a run directory.

    Args:
        recipe: A name of the catalogue, or a `Recipe` of your own; "mlp-128" if not given.
        data: "mnist", "strokes", "degraded", a folder with a sub-folder per digit, or an .npz file; if not given,
            "degraded" for a recipe that refuses what is no digit, and "mnist" for every other.
        run: The run directory; `runs/NAME-1`, `runs/NAME-2`, ... if not given.
        seed: Decides the starting weights and everything random, 0 to 2,147,483,647; 0 if not given.
        validation: How many of the last training images are held out, to measure after each epoch and
            to calibrate; 5,000 if not given, but at most a tenth of the images; 0 for none.
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
    _check_options(run, seed=seed, validation=validation, patience=patience, resume=resume)
    clock = Clock()
    record = runs.read_run(Path(run)) if resume and run else None
    chosen = _recipe(recipe, record)
    source = data or (record.config.data if record else default_source(chosen))
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(claimed(run, chosen.name, resume=resume, force=force))
        if listener is not None:
            listener.will_load(source)  # a download here still dies of Ctrl-C at once
        stop = stack.enter_context(stop_requests())
        background = stack.enter_context(ThreadPoolExecutor(1))
        loading = background.submit(load_part, source, "train")
        with clock.measure("import"):
            from inkdigit.learning.teaching import open_teachers
            from inkdigit.training.listener import Listener
            from inkdigit.training.trainer import train_network
        with clock.measure("data"):
            digits = loading.result()
        stop.check(folder)
        digits = _with_classes_of(chosen, digits)
        taught_by = open_teachers(teachers, chosen)
        config = _config(
            chosen, digits, record, seed=seed, validation=validation, patience=patience,
            teachers=tuple(teacher.sha256 for teacher in taught_by), calibration=calibration,
        )  # fmt: skip
        _begin(folder, config, record)
        background.submit(prepare, report=report)
        observers = _observers(folder, config.recipe, tensorboard=tensorboard)
        trained = train_network(
            folder, config, digits, teachers=[teacher.network for teacher in taught_by], clock=clock,
            listener=listener or Listener(), observers=observers, stop=stop,
        )  # fmt: skip
        card, evaluation = conclude(
            folder, config, digits, trained, clock=clock, report=report, observers=observers, stop=stop
        )
        return Run(folder, config.recipe, card.parameters, trained.epochs, evaluation, clock.seconds)


def evaluate(
    model: "Measured | Sequence[Measured]",
    *,
    data: str | None = None,
    report: Path | str | None = None,
    most: int | None = None,
) -> Evaluation:
    """Measure a model, or several that answer as one, on the test part of a data set.

    Args:
        model: A `Run`, a run directory, an `.onnx`, a `.keras` or an `.h5` file, the name of a model that comes with
            the package, or "committee". Of a sequence of these, the mean of their calibrated probabilities.
        data: "mnist", "strokes", a folder or an .npz file; what the run was trained on, or "mnist".
        report: A folder to write `report.html`, its pictures and `evaluation.json` into.
        most: Use only the first so many test images.

    Raises:
        UsageError: There is no model of that name, one is named twice, or the runs learned from different data.
        BadInput: The model or the data cannot be used.
        CannotWrite: The report cannot be written.
    """
    from inkdigit.models.open import called, located, open_models

    given = [model] if isinstance(model, Run | Path | str) else model
    paths = located([one.folder if isinstance(one, Run) else one for one in given])
    opened = open_models(paths)
    records = [runs.read_run(path) for path in paths if (path / runs.RUN).is_file()]
    digits = load_part(data or _source_of(records), "test")
    digits = first_images(digits, most) if most else digits
    probabilities = opened.predict(digits.images)
    evaluation = measure(opened, probabilities, digits)
    if report is not None:
        record = records[0] if len(paths) == len(records) == 1 else None
        facts = facts_of(record.config, parameter_count(record.config.recipe)) if record else {
            "model" if len(paths) == 1 else "members": ", ".join(map(called, paths))
        }  # fmt: skip
        write_report_of(Path(report), evaluation, digits, probabilities, opened, record.epochs if record else (), facts)
    return evaluation


def _source_of(records: "list[RunRecord]") -> str:
    """What the runs among the models learned from, "mnist" where there is none."""
    sources = sorted({record.config.data for record in records}) or ["mnist"]
    if len(sources) > 1:
        raise UsageError("which data?", "--data", f"the runs learned from {' and from '.join(sources)}",
                         hint="say which with --data")  # fmt: skip
    return sources[0]


def _check_options(
    run: Path | str | None, *, seed: int | None, validation: int | None, patience: int | None, resume: bool
) -> None:
    if resume and run is None:
        raise UsageError("cannot resume", "--resume", "which run?", hint="name its directory with --run")
    for name, value, most in (
        ("--seed", seed, LARGEST_SEED), ("--validation", validation, 10_000_000), ("--patience", patience, 100_000),
    ):  # fmt: skip
        if value is not None and not 0 <= value <= most:
            raise UsageError("value out of range", name, f"got {value}", hint=f"give a whole number from 0 to {most:,}")


def _recipe(recipe: str | Recipe | None, record: RunRecord | None) -> Recipe:
    if recipe is None:
        return record.config.recipe if record else find("mlp-128")
    return find(recipe) if isinstance(recipe, str) else recipe


def _config(
    recipe: Recipe,
    digits: Digits,
    record: RunRecord | None,
    *,
    seed: int | None,
    validation: int | None,
    patience: int | None,
    teachers: tuple[str, ...],
    calibration: Path | str | None,
) -> Config:
    """Fill in what was not given, from the run that is resumed or with the defaults."""
    began = record.config if record else None
    default = began or Config(recipe, digits.name, "", _held_out(digits), 0, 0)
    held_out = default.validation if validation is None else validation
    return Config(
        recipe=recipe,
        data=digits.name,
        data_sha256=digits.sha256,
        validation=held_out,
        patience=default.patience if patience is None else patience,
        seed=default.seed if seed is None else seed,
        teachers=teachers,
        calibration=default.calibration if calibration is None else _taken(calibration, recipe, held_out),
    )


def _taken(calibration: Path | str, recipe: Recipe, held_out: int) -> tuple[float, float]:
    """The temperature and threshold of that model, which a network with held-out images would find by itself."""
    from inkdigit.learning.teaching import calibration_of

    if held_out:
        raise UsageError("cannot take a calibration", calibration, "images are held out to find this network's own",
                         hint="give --validation 0 as well")  # fmt: skip
    return calibration_of(calibration, recipe)


def default_source(recipe: Recipe) -> str:
    """What a recipe learns from unless it is told otherwise."""
    return "degraded" if recipe.refuses else "mnist"


def _held_out(digits: Digits) -> int:
    """How many images are held out by default; of "degraded" all that were made of the same originals."""
    if digits.name == "degraded":
        from inkdigit.data.degraded import held_out

        return held_out(len(digits))
    return min(VALIDATION, len(digits) // 10)


def _with_classes_of(recipe: Recipe, digits: Digits) -> Digits:
    """What this network can learn from: what is no digit is of use only to one that refuses, which needs it."""
    are_digits = digits.labels < 10
    if recipe.refuses and are_digits.all():
        raise UsageError("nothing to refuse", digits.name, f"{recipe.name} has an output for what is no digit",
                         hint="train it on --data degraded")  # fmt: skip
    if recipe.refuses or are_digits.all():
        return digits
    images, labels = digits.images[are_digits], digits.labels[are_digits]
    return replace(digits, images=images, labels=labels, sha256=digest(images, labels))


def _begin(folder: Path, config: Config, record: RunRecord | None) -> None:
    """Write `run.json`, or hold the configuration against the one that the resumed run began with."""
    if config.patience and not config.validation:
        raise UsageError("cannot stop early", "--patience", "nothing is held out", hint="give --validation as well")
    if record is None:
        from inkdigit.training.arrays import accelerator

        runs.begin(folder, config, machine=runs.machine_name(accelerator()))
    elif record.config.teachers != config.teachers:
        began = "with other teachers" if record.config.teachers else "without a teacher"
        raise UsageError("cannot resume", folder, f"it was begun {began}",
                         hint="give --teacher as it was given then, or train anew with --force")  # fmt: skip
    elif different := record.config.differences(config):
        raise UsageError("cannot resume", folder, f"it was begun with other settings ({'; '.join(different)})",
                         hint="leave these options out, or train anew with --force")  # fmt: skip


def _observers(folder: Path, recipe: Recipe, *, tensorboard: bool) -> "tuple[Observer, ...]":
    """The TensorBoard log, where asked for or where the resumed run has one: it would end in the middle."""
    if not tensorboard and not (folder / runs.TENSORBOARD).exists():
        return ()
    from inkdigit.evaluation.rendering import weights_png
    from inkdigit.training.tensorboard import TensorBoardLog

    return (TensorBoardLog(folder / runs.TENSORBOARD, recipe, draw=weights_png),)
