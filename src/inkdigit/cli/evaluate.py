"""`inkdigit evaluate`: a model, or several that answer as one, and data -> figures."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from inkdigit.cli import console
from inkdigit.cli.console import Json
from inkdigit.cli.options import SOURCES, option, whole_option
from inkdigit.errors import UsageError, printable


def evaluate(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL...",
            help="A run directory, anybody's .onnx, .keras, .h5 or model.json file, or a name: cnn, mlp, committee. "
            "Of several the mean is measured.",
        ),
    ],
    data: Annotated[
        str | None,
        option(None, "SOURCE", f"{SOURCES} Its test part is used.", show_default="what the run learned from, or mnist"),
    ] = None,
    report: Annotated[Path | None, option(None, "DIR", "Write report.html and its pictures into this folder.")] = None,
    limit: Annotated[int | None, whole_option(None, "Use only the first N test images.")] = None,
    json: Json = False,
) -> None:
    """Measure a model on test images: accuracy, calibration, confusion, the weakest digits.

    The model may come from anywhere, as long as it takes 28x28 digits as MNIST has them.
    Several models are measured as a committee: the mean of their calibrated probabilities.
    The report shows every mistake, the most confident first.

    Examples:
      inkdigit evaluate runs/mlp-128-1
      inkdigit evaluate notebook.keras --report out
      inkdigit evaluate model.onnx --data my-digits --json
      inkdigit evaluate cnn mlp runs/mlp-128-1
    """
    if limit is not None and limit < 1:
        raise UsageError("value out of range", "--limit", f"got {limit}", hint="give a whole number from 1")
    from inkdigit.learning.evaluate import evaluate as measure
    from inkdigit.models.open import called, located

    together = [called(path) for path in located(models)]
    measured = models[0] if len(models) == 1 else models
    evaluation = measure(measured, data=data, report=report, most=limit)
    if json:
        from inkdigit.evaluation.metrics import to_json

        console.emit(to_json(evaluation) | ({"members": together} if len(together) > 1 else {}))
        return
    from inkdigit.evaluation.summary import format_summary

    if len(together) > 1:
        console.result(f"committee    {printable(', '.join(together))}: the mean of their probabilities")
    console.result(format_summary(evaluation))
    if report is not None:
        console.result(f"\nreport  {report / 'report.html'}")
    else:
        console.remark(f"\nnext    {shlex.join(['inkdigit', 'evaluate', *models])} --report DIR    shows every mistake")
