"""`inkdigit train`: options -> a recipe -> `learner.train` -> a live table and the result."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from inkdigit.cli import console
from inkdigit.cli.console import Json
from inkdigit.errors import UsageError
from inkdigit.recipes import Recipe, change, find

Layer = Annotated[
    str | None,
    typer.Option(
        "--hidden", metavar="UNITS,...", help="Units of each hidden layer: 300,100; 'none' for no hidden layer."
    ),
]


def train(
    recipe: Annotated[
        str | None, typer.Argument(help="A name from 'inkdigit recipes'.", show_default="mlp-128")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="mnist, strokes, a FOLDER with a sub-folder per digit, or a FILE.npz.", show_default="mnist"),
    ] = None,
    run: Annotated[Path | None, typer.Option(help="The run directory.", show_default="runs/RECIPE-N")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training images.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images per step.")] = None,
    hidden: Layer = None,
    activation: Annotated[str | None, typer.Option(help="relu, tanh, sigmoid, gelu, elu or silu.")] = None,
    dropout: Annotated[float | None, typer.Option(help="Fraction of units dropped while training.")] = None,
    l2: Annotated[float | None, typer.Option("--l2", help="Weight of the L2 penalty on hidden kernels.")] = None,
    optimizer: Annotated[str | None, typer.Option(help="sgd, adam, adamw or rmsprop.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Step size at the start.")] = None,
    momentum: Annotated[float | None, typer.Option(help="Of sgd.")] = None,
    weight_decay: Annotated[float | None, typer.Option(help="Of adamw.")] = None,
    schedule: Annotated[str | None, typer.Option(help="constant, or cosine down to 0.")] = None,
    labels: Annotated[str | None, typer.Option(help="integer or one-hot: the form the loss is given.")] = None,
    augment: Annotated[str | None, typer.Option(help="none, affine or elastic: new versions of every image.")] = None,
    validation: Annotated[
        int | None, typer.Option(help="Training images held out to measure on.", show_default="5000")
    ] = None,
    patience: Annotated[
        int | None, typer.Option(help="Stop after so many epochs without a lower validation loss.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same weights.", show_default="0")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the training in --run.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the training in --run.")] = False,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Write TensorBoard logs as well.")] = False,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write report/report.html.")] = True,
    json: Json = False,
) -> None:
    """Train a network and leave everything about it in a run directory.

    Stop with Ctrl-C at any time: the state is saved, and --resume goes on as if nothing had happened.

    Examples:

      inkdigit train
      inkdigit train mlp-512x2-dropout --epochs 10 --tensorboard
      inkdigit train --hidden 300,100 --dropout 0.1 --activation tanh --augment affine
      inkdigit train --resume --run runs/mlp-128-1
    """
    options: dict[str, object] = {
        "epochs": epochs, "batch_size": batch_size, "hidden": _parse_hidden(hidden), "activation": activation,
        "dropout": dropout, "l2": l2, "optimizer": optimizer, "learning_rate": learning_rate, "momentum": momentum,
        "weight_decay": weight_decay, "schedule": schedule, "labels": labels, "augment": augment,
    }  # fmt: skip
    chosen = _choose(recipe, run if resume else None, options)
    run_training(
        chosen, as_json=json, data=data, run=run, seed=seed, validation=validation, patience=patience,
        resume=resume, force=force, tensorboard=tensorboard, report=report,
    )  # fmt: skip


def run_training(recipe: Recipe | None, *, as_json: bool, show_end: bool = True, **options: Any) -> Any:
    """Train with progress on stderr and the result on stdout; returns the `learner.Run`."""
    from inkdigit.cli import STARTED

    began = time.perf_counter()
    from inkdigit import learner
    from inkdigit.cli.live import JsonListener, LiveTable

    imported = time.perf_counter() - began
    with JsonListener() if as_json else LiveTable() as listener:
        run = learner.train(recipe, listener=listener, **options)
    run.seconds["import"] = round(run.seconds["import"] + imported, 4)
    run.seconds["process"] = round(time.perf_counter() - STARTED, 4)
    if as_json:
        console.emit({
            "run": str(run.folder), "recipe": run.recipe.name, "parameters": run.parameters,
            "test_accuracy": run.accuracy, "seconds": run.seconds,
        })  # fmt: skip
    elif show_end:
        from inkdigit.evaluation.summary import format_summary

        print(format_summary(run.evaluation))
        print(f"\nrun     {run.folder}")
        if run.report.exists():
            print(f"report  {run.report}")
    return run


def _parse_hidden(text: str | None) -> tuple[int, ...] | None:
    """Read "300,100" as (300, 100); "none" is no hidden layer.

    >>> _parse_hidden("300,100")
    (300, 100)
    """
    if text is None:
        return None
    if text.strip().lower() == "none":
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            "not a list of layer sizes", "--hidden", f"got {text!r}", hint="write the units of each layer as 300,100"
        ) from None


def _choose(name: str | None, resumed: Path | None, options: dict[str, object]) -> Recipe | None:
    """The recipe that the options describe; None for that of the run to resume, or the default."""
    if name is None and all(value is None for value in options.values()):
        return None
    if name is None and resumed is not None:
        from inkdigit.training.run import read_run

        return change(read_run(resumed).config.recipe, **options)
    return change(find(name or "mlp-128"), **options)
