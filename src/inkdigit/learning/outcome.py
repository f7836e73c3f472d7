"""The end of the learning stream: a trained network, calibrated, measured, saved and reported.

In: a trained network and the configuration of its run. Out: the model files, the report and `DONE` in
the run directory. This is the one place that opens the test part of the data.
"""

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from inkdigit.clock import Clock
from inkdigit.errors import printable
from inkdigit.formats.card import DIGITS
from inkdigit.training import run as runs
from inkdigit.training.run import Config
from inkdigit.training.stop import StopRequest
from inkdigit.types import Card, Digits, Epoch, Evaluation, LayerRow, Probabilities
from inkdigit.version import __version__

if TYPE_CHECKING:
    import keras

    from inkdigit.models.model import Model
    from inkdigit.training.fit import Observer
    from inkdigit.training.trainer import Trained

# Of held-out digits, how many may be called unsure. Of digits in general that is to be at most one in a hundred:
# more than three standard errors more than this, as 5,000 images tell it.
UNSURE_RATE = 0.006
UNCALIBRATED_THRESHOLD = 0.5


def load_part(source: str, part: Literal["train", "test"]) -> Digits:
    """Load one part of a data set; the loader is imported when first used."""
    from inkdigit.data.source import load

    return load(source, part=part)


def first_images(digits: Digits, n: int) -> Digits:
    """Keep the first `n` images."""
    from inkdigit.data.source import digest

    images, labels = digits.images[:n], digits.labels[:n]
    return replace(digits, images=images, labels=labels, sha256=digest(images, labels))


def prepare(*, report: bool) -> None:
    """Import what `conclude` will need while another thread still trains: about 0.3 s for the report alone."""
    import inkdigit.export.modelfiles
    import inkdigit.models.open

    if report:
        import inkdigit.evaluation.report  # noqa: F401


def conclude(
    folder: Path,
    config: Config,
    digits: Digits,
    trained: "Trained",
    *,
    clock: Clock,
    report: bool,
    observers: "tuple[Observer, ...]",
    stop: StopRequest,
) -> tuple[Card, Evaluation]:
    """Calibrate on the held-out images, measure on the test images, write the model files, the report and `DONE`."""
    with clock.measure("evaluate"):
        if config.recipe.half:
            _round_kernels(trained.model)
        card, opened = _calibrated(config, digits, trained)
        test = load_part(config.data, "test")
        probabilities = opened.predict(test.images)
        evaluation = measure(opened, probabilities, test)
    stop.check(folder)
    with clock.measure("save"):
        from inkdigit.export.modelfiles import write_model_files

        card = replace(card, test_accuracy=evaluation.accuracy)
        parity = write_model_files(trained.model, folder, card=card, images=test.images, half=config.recipe.half)
    stop.check(folder)
    with clock.measure("report"):
        if report:
            from inkdigit.networks import layer_table
            from inkdigit.training.arrays import accelerator

            machine = {"machine": runs.machine_name(accelerator())}
            facts = facts_of(config, card.parameters) | machine | _timing(clock, trained.epochs)
            layers = layer_table(trained.model)
            write_report_of(
                folder / runs.REPORT, evaluation, test, probabilities, opened, trained.epochs, facts, layers
            )
        for observer in observers:
            observer.conclude(evaluation, _pictures(evaluation, test))
    result = {"test_accuracy": evaluation.accuracy, "parameters": card.parameters, "parity": parity}
    runs.finish(folder, {**result, "seconds": clock.seconds})
    return card, evaluation


def _pictures(evaluation: Evaluation, digits: Digits) -> dict[str, bytes]:
    """Draw what an observer may show of the result, as PNG files."""
    from inkdigit.evaluation import plots
    from inkdigit.evaluation.rendering import figure_png

    figures = {
        "confusion": plots.confusion_heatmap(evaluation),
        "worst_mistakes": plots.mistake_gallery(evaluation, digits.images),
    }
    return {name: figure_png(figure) for name, figure in figures.items()}


def _round_kernels(model: "keras.Sequential") -> None:
    """Keep of each kernel what float16 has: what is measured from here on is the network as it is stored."""
    from inkdigit.formats.half import is_worth_it, to_half

    for variable in model.weights:
        array = np.asarray(variable)
        if is_worth_it(array):
            variable.assign(to_half(array, name=variable.path).astype(np.float32))


def _calibrated(config: Config, digits: Digits, trained: "Trained") -> "tuple[Card, Model]":
    """Make the model file in memory, fit its temperature and threshold on the held-out images, and open it."""
    from inkdigit.evaluation import calibration
    from inkdigit.formats.onnx import onnx_bytes, to_onnx
    from inkdigit.models.model import calibrated
    from inkdigit.models.open import opened_from

    card = Card(
        name=config.recipe.name,
        parameters=trained.model.count_params(),
        temperature=1.0,
        threshold=UNCALIBRATED_THRESHOLD,
        calibrated=False,
        training_data=printable(f"{digits.name} (synthetic)" if digits.synthetic else digits.name),
        training_data_sha256=digits.sha256,
        test_accuracy=None,
        package_version=__version__,
        classes=DIGITS + "-" * config.recipe.refuses,
    )
    opened = opened_from(onnx_bytes(to_onnx(trained.model, card)), where=Path(runs.MODEL))
    if trained.validation is None:
        if config.calibration is None:
            return card, opened
        temperature, threshold = config.calibration
        card = replace(card, temperature=temperature, threshold=threshold, calibrated=True)
        return card, replace(opened, card=card)
    usual = _as_expected(trained.validation)
    temperature = calibration.fit_temperature(opened.outputs(usual.ink), usual.labels)
    digits_only = calibrated(opened.outputs(_good_digits(config, trained.validation).ink), temperature=temperature)
    threshold = calibration.unsure_threshold(digits_only[:, :10].max(axis=1), rate=UNSURE_RATE)
    card = replace(card, temperature=temperature, threshold=threshold, calibrated=True)
    return card, replace(opened, card=card)


def _as_expected(held_out: Digits) -> Digits:
    """Held-out images with no more of what is no digit among them than the network was told to expect."""
    from inkdigit.training.trainer import EXPECTED_NO_DIGIT, NO_DIGIT

    others = np.flatnonzero(held_out.labels == NO_DIGIT)
    kept = round((len(held_out) - len(others)) * EXPECTED_NO_DIGIT / (1 - EXPECTED_NO_DIGIT))
    if len(others) <= kept or not kept:
        return held_out
    chosen = np.union1d(np.flatnonzero(held_out.labels != NO_DIGIT), others[:: math.ceil(len(others) / kept)])
    return replace(held_out, images=held_out.images[chosen], labels=held_out.labels[chosen])


def _good_digits(config: Config, held_out: Digits) -> Digits:
    """The held-out digits of which hardly any may be called unsure: of "degraded", those that are MNIST's own.

    What that makes of them is meant to be doubtful now and then.
    """
    if config.data != "degraded":
        return held_out
    from inkdigit.data import degraded, mnist
    from inkdigit.data.splits import hold_out

    return hold_out(mnist.load("train"), degraded.HELD_OUT)[1]


def measure(opened: "Model", probabilities: Probabilities, digits: Digits) -> Evaluation:
    """Compare a model's answers with the labels."""
    from inkdigit.evaluation import metrics

    data = f"{digits.name} {digits.part}" + (" (synthetic)" if digits.synthetic else "")
    return metrics.evaluate(
        probabilities, digits.labels, model=opened.name, data=data, temperature=opened.card.temperature
    )


def write_report_of(
    folder: Path,
    evaluation: Evaluation,
    digits: Digits,
    probabilities: Probabilities,
    opened: "Model",
    epochs: tuple[Epoch, ...],
    facts: dict[str, str],
    layers: tuple[LayerRow, ...] = (),
) -> Path:
    """Write the report of an evaluation into `folder`."""
    from inkdigit.evaluation.report import write_report

    return write_report(
        folder,
        evaluation,
        images=digits.images,
        labels=digits.labels,
        probabilities=probabilities,
        epochs=epochs,
        first_layer=opened.first_layer,
        layers=layers,
        title=opened.name,
        facts=facts,
        synthetic=digits.synthetic,
    )


def facts_of(config: Config, parameters: int) -> dict[str, str]:
    """What a reader of the report wants to know of how the network was made."""
    recipe = config.recipe
    shape = " → ".join(["784", *(f"conv {n}" for n in recipe.filters), *map(str, recipe.hidden), str(recipe.classes)])
    settings: dict[str, Any] = {
        "network": shape,
        "weights": f"{parameters:,}",
        "optimiser": f"{recipe.optimizer}, learning rate {recipe.learning_rate:g} ({recipe.schedule})",
        "batch size": recipe.batch_size,
        "epochs": recipe.epochs,
        "dropout": f"{recipe.dropout:g}" if recipe.dropout else "",
        "L2": f"{recipe.l2:g}" if recipe.l2 else "",
        "augmentation": recipe.augmentation,
        "batch normalisation": "folded into the weights" if recipe.normalise else "",
        "adversarial examples": f"at a distance of {recipe.adversarial:g}" if recipe.adversarial else "",
        "taught by": f"{len(config.teachers)} networks" if config.teachers else "",
        "training data": f"{config.data} (SHA-256 {config.data_sha256[:12]}…), {config.validation:,} images held out",
        "seed": config.seed,
        "machine": runs.machine_name(),
        "inkdigit": __version__,
    }
    return {key: str(value) for key, value in settings.items() if value != ""}


def _timing(clock: Clock, epochs: tuple[Epoch, ...]) -> dict[str, str]:
    mean = float(np.mean([epoch.seconds for epoch in epochs])) if epochs else math.nan
    return {"training time": f"{clock.seconds['fit']:.1f} s ({mean:.2f} s an epoch)"}
