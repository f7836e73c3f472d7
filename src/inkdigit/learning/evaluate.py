"""How good a model is: measured on test images, and reported.

In: a model and the name of a data set. Out: figures, and where asked for a report. This is the one place that opens
the test part of a data set; where there is none, images that were held out are measured, and the figures called so.
Knows nothing of how a network is trained.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkdigit.errors import BadInput, UsageError
from inkdigit.learning.run import FinishedRun
from inkdigit.recipes import parameter_count
from inkdigit.training import rundir
from inkdigit.training.rundir import Config, RunRecord
from inkdigit.types import Digits, Epoch, Evaluation, LayerRow, Probabilities
from inkdigit.version import __version__

if TYPE_CHECKING:
    from inkdigit.data.labelled import Part
    from inkdigit.models.model import Model

Evaluable = FinishedRun | Path | str
"""What can be evaluated: a run, its directory, a model file, or the name of a model that comes with the package."""


@dataclass(frozen=True, eq=False)
class Measurement:
    """What a model answered to test images, and how good that is."""

    digits: Digits
    probabilities: Probabilities
    evaluation: Evaluation


def evaluate(
    model: "Evaluable | Sequence[Evaluable]",
    *,
    data: str | None = None,
    report: Path | str | None = None,
    most: int | None = None,
) -> Evaluation:
    """Measure a model, or several that answer as one, on the test part of a data set.

    Args:
        model: A `FinishedRun`, a run directory, an `.onnx`, a `.keras` or an `.h5` file, the name of a model that comes
            with the package, or "committee". Of a sequence of these, the mean of their calibrated probabilities.
        data: "mnist", "strokes", a folder or an .npz file; what the run was trained on, or "mnist".
        report: A folder to write `report.html`, its pictures and `evaluation.json` into.
        most: Use only so many of its images, drawn of each digit in proportion.

    Raises:
        UsageError: There is no model of that name, one is named twice, or the runs learned from different data.
        BadInput: The model or the data cannot be used.
        CannotWrite: The report cannot be written.
    """
    from inkdigit.models.open import called, located, open_models

    given = [model] if isinstance(model, FinishedRun | Path | str) else model
    paths = located([one.folder if isinstance(one, FinishedRun) else one for one in given])
    opened = open_models(paths)
    records = [rundir.read_run(path) for path in paths if (path / rundir.RUN).is_file()]
    measured = measure(opened, to_measure(data or _source_of(records), records), most=most)
    if report is not None:
        of_one_run = len(paths) == len(records) == 1
        facts = facts_of(records[0].config, parameter_count(records[0].config.recipe)) if of_one_run else {
            "model" if len(paths) == 1 else "members": ", ".join(map(called, paths))
        }  # fmt: skip
        machine = {"machine": records[0].machine} if of_one_run else {}
        epochs = records[0].epochs if of_one_run else ()
        write_report(Path(report), measured, opened, epochs=epochs, facts=facts | machine)
    return measured.evaluation


def to_measure(source: str, records: Sequence[RunRecord] = ()) -> Digits:
    """Load the test part of a data set; where it has none, what it holds out itself, or what a run of it held out.

    Args:
        source: What `--data` names.
        records: Of runs; those that learned from other data say nothing.

    Raises:
        BadInput: The data cannot be used, or has nothing to measure on.
    """
    from inkdigit.data.labelled import hold_out
    from inkdigit.data.source import load_parts

    parts: tuple[Part, ...] = ("test", "validation")
    for part in parts:
        if found := load_parts(source, [part]):
            return found[part]
    held_out = {record.config.validation for record in records if record.config.data == source}
    if len(held_out) != 1 or not max(held_out):
        raise BadInput("nothing to measure on", source, "it has no test part",
                       hint="name its test images with --data, or a run that learned from it")  # fmt: skip
    digits = load_parts(source, ["train"])["train"]
    return hold_out(digits.take(digits.are_digits), max(held_out))[1]


def measure(model: "Model", digits: Digits, *, most: int | None = None) -> Measurement:
    """Compare a model's answers to images with their labels.

    Args:
        model: Ready to answer.
        digits: Which it did not learn from; of a part that is not "test" the figures are called "held-out".
        most: Ask only for so many, drawn of each digit in proportion.
    """
    from inkdigit.data.labelled import draw
    from inkdigit.evaluation import metrics

    digits = digits.take(digits.are_digits)
    if most is not None and most < len(digits):
        digits = digits.take(draw(digits.labels, most))
    probabilities = model.predict(digits.images)
    part = "test" if digits.part == "test" else "held-out"
    data = f"{digits.name} {part}" + (" (synthetic)" if digits.synthetic else "")
    evaluation = metrics.evaluate(
        probabilities, digits.labels, model=model.name, data=data, part=part, temperature=model.card.temperature
    )
    return Measurement(digits, probabilities, evaluation)


def write_report(
    folder: Path,
    measured: Measurement,
    model: "Model",
    *,
    epochs: tuple[Epoch, ...],
    facts: dict[str, str],
    layers: tuple[LayerRow, ...] = (),
) -> Path:
    """Write the report of a measurement into `folder`.

    Raises:
        CannotWrite: It cannot be written.
    """
    from inkdigit.evaluation import report

    return report.write_report(
        folder,
        measured.evaluation,
        images=measured.digits.images,
        labels=measured.digits.labels,
        probabilities=measured.probabilities,
        epochs=epochs,
        first_layer=model.first_layer,
        layers=layers,
        title=model.name,
        facts=facts,
        synthetic=measured.digits.synthetic,
    )


def facts_of(config: Config, parameters: int) -> dict[str, str]:
    """What a reader of the report wants to know of how the network was made."""
    recipe = config.recipe
    shape = " → ".join(["784", *(f"conv {n}" for n in recipe.filters), *map(str, recipe.hidden), str(recipe.classes)])
    facts: dict[str, Any] = {
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
        "inkdigit": __version__,
    }
    return {key: str(value) for key, value in facts.items() if value != ""}


def _source_of(records: list[RunRecord]) -> str:
    """What the runs among the models learned from, "mnist" where there is none."""
    sources = sorted({record.config.data for record in records}) or ["mnist"]
    if len(sources) > 1:
        raise UsageError("which data?", "--data", f"the runs learned from {' and from '.join(sources)}",
                         hint="say which with --data")  # fmt: skip
    return sources[0]
