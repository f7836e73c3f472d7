"""`inkdigit evaluate`: a model and data -> figures."""

from pathlib import Path
from typing import Annotated

import typer

from inkdigit.cli import console
from inkdigit.cli.console import Json


def evaluate(
    model: Annotated[str, typer.Argument(help="A run directory, or an .onnx, .keras or .h5 file, anybody's.")],
    data: Annotated[
        str | None,
        typer.Option(
            help="mnist, strokes, a FOLDER with a sub-folder per digit, or a FILE.npz; its test part is used.",
            show_default="what the run was trained on, or mnist",
        ),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write report.html and its pictures into this folder.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Use only the first so many test images.")] = None,
    json: Json = False,
) -> None:
    """Measure a model on test images: accuracy, confusion, per class, calibration, worst mistakes.

    Examples:

      inkdigit evaluate runs/mlp-128-1
      inkdigit evaluate notebook.keras --report out
    """
    from inkdigit import learner

    evaluation = learner.evaluate(model, data=data, report=report, most=limit)
    if json:
        from inkdigit.evaluation.metrics import to_json

        console.emit(to_json(evaluation))
        return
    from inkdigit.evaluation.summary import format_summary

    print(format_summary(evaluation))
    if report is not None:
        print(f"\nreport  {report / 'report.html'}")
