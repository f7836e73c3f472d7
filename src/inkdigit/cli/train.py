"""`inkdigit train`: options -> a recipe -> `learning.train` -> a live table and the result."""

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkdigit.cli import console
from inkdigit.cli.console import Json
from inkdigit.cli.options import SOURCES, number_option, option, whole_option
from inkdigit.cli.train_reading import NAMES as READING
from inkdigit.cli.train_reading import train_reading_network
from inkdigit.errors import UsageError
from inkdigit.recipes import Recipe, change, find

if TYPE_CHECKING:
    from inkdigit.learning.run import FinishedRun


Name = Annotated[
    str | None,
    typer.Argument(
        metavar="RECIPE",
        help="A name from 'inkdigit recipes'; or line or detector, which read pages.",
        show_default="mlp-128",
    ),
]
Teacher = Annotated[list[str] | None, option("Training", "MODEL", "Learn a model's answers too; repeatable.")]
Validation = Annotated[
    int | None, whole_option("Training", "Training images held out to measure on.", show_default="5000")
]
Run = Annotated[Path | None, option("Run", "DIR", "The run directory.", show_default="runs/RECIPE-1, -2, ...")]
Processes = Annotated[int, option("Run", "N", "Of line and detector: processes that make what is learned from.")]


def train(
    recipe: Name = None,
    data: Annotated[
        str | None,
        option(None, "SOURCE", SOURCES, show_default="mnist"),
    ] = None,
    epochs: Annotated[int | None, whole_option(None, "Passes over the training images.")] = None,
    hidden: Annotated[str | None, option("Network", "N,N,...", "Units of each hidden layer: 300,100; or none.")] = None,
    activation: Annotated[str | None, option("Network", "NAME", "relu, tanh, sigmoid, gelu, elu or silu.")] = None,
    dropout: Annotated[float | None, number_option("Network", "Fraction of units dropped while training.")] = None,
    l2: Annotated[float | None, number_option("Network", "Weight of the L2 penalty on hidden kernels.", "--l2")] = None,
    batch_size: Annotated[int | None, whole_option("Training", "Images per step.")] = None,
    optimizer: Annotated[str | None, option("Training", "NAME", "sgd, adam, adamw or rmsprop.")] = None,
    learning_rate: Annotated[float | None, number_option("Training", "Step size at the start.")] = None,
    momentum: Annotated[float | None, number_option("Training", "Of sgd.")] = None,
    weight_decay: Annotated[float | None, number_option("Training", "Of adamw.")] = None,
    schedule: Annotated[str | None, option("Training", "NAME", "constant, or cosine: down to 0 at the end.")] = None,
    labels: Annotated[str | None, option("Training", "NAME", "integer or one-hot: what the loss is given.")] = None,
    augment: Annotated[str | None, option("Training", "NAME", "none, affine, elastic or rigid.")] = None,
    augment_strength: Annotated[float | None, number_option("Training", "2 augments twice as far.")] = None,
    thickness: Annotated[float | None, number_option("Training", "Share of images drawn thinner or thicker.")] = None,
    p_identity: Annotated[float | None, number_option("Training", "Share of images not augmented.")] = None,
    normalise: Annotated[bool | None, option("Training", None, "Normalise hidden layers, batch by batch.")] = None,
    adversarial: Annotated[float | None, number_option("Training", "Learn also from images misled by so much.")] = None,
    precision: Annotated[str | None, option("Training", "NAME", "float32; bfloat16: faster with AMX or a GPU.")] = None,
    teacher: Teacher = None,
    validation: Validation = None,
    calibration: Annotated[str | None, option("Training", "MODEL", "Taken from a model, with --validation 0.")] = None,
    patience: Annotated[int | None, whole_option("Training", "Stop N epochs after the lowest held-out loss.")] = None,
    seed: Annotated[int | None, whole_option("Training", "Same seed, same weights.", show_default="0")] = None,
    run: Run = None,
    resume: Annotated[bool, option("Run", None, "Go on with the training in --run.", "--resume")] = False,
    force: Annotated[bool, option("Run", None, "Replace the training in --run.", "--force")] = False,
    tensorboard: Annotated[bool, option("Run", None, "Write TensorBoard logs as well.", "--tensorboard")] = False,
    no_report: Annotated[bool, option("Run", None, "Write no report/report.html.", "--no-report")] = False,
    processes: Processes = 1,
    json: Json = False,
) -> None:
    """Train a network and leave everything about it in a run directory.

    One name chooses the network and its training; each option changes one thing of it.
    Stop with Ctrl-C at any time: --resume goes on as if nothing had happened.

    Examples:
      inkdigit train
      inkdigit train mlp-512x2-dropout --epochs 10 --tensorboard
      inkdigit train --hidden 300,100 --activation tanh --augment affine
      inkdigit train --data my-digits.npz --patience 3 --epochs 50
      inkdigit train --resume --run runs/mlp-128-1
    """
    options: dict[str, object] = {
        "epochs": epochs, "batch_size": batch_size, "hidden": _parse_hidden(hidden), "activation": activation,
        "dropout": dropout, "l2": l2, "optimizer": optimizer, "learning_rate": learning_rate, "momentum": momentum,
        "weight_decay": weight_decay, "schedule": schedule, "labels": labels, "augment": augment,
        "augment_strength": augment_strength, "thickness": thickness, "p_identity": p_identity, "normalise": normalise,
        "adversarial": adversarial, "precision": precision,
    }  # fmt: skip
    if recipe in READING:
        train_reading_network(
            recipe, as_json=json, others=reading_has_not(options, validation, patience, teacher, calibration),
            epochs=epochs, learning_rate=learning_rate, seed=seed, data=data, run=run, resume=resume, force=force,
            processes=processes,
        )  # fmt: skip
        return
    chosen = _choose(recipe, run if resume else None, options)
    finished = run_training(
        chosen, as_json=json, data=data, run=run, seed=seed, validation=validation, patience=patience,
        teachers=teacher or (), calibration=calibration, resume=resume, force=force, tensorboard=tensorboard,
        report=not no_report,
    )  # fmt: skip
    if not json:
        console.remark(f"\nnext    {next_step(finished, data)}")


def reading_has_not(options: dict[str, object], *others: object) -> dict[str, object]:
    """The options that only the recipes for single digits have."""
    names = ("validation", "patience", "teacher", "calibration")
    taken = {name: value for name, value in options.items() if name not in ("epochs", "learning_rate")}
    return taken | dict(zip(names, others, strict=True))


def run_training(recipe: Recipe | None, *, as_json: bool, **options: Any) -> "FinishedRun":
    """Train with progress on stderr, and print the result to stdout."""
    from inkdigit.cli import STARTED

    began = time.perf_counter()
    from inkdigit.cli.live import JsonListener, LiveTable
    from inkdigit.learning.train import train as learn

    imported = time.perf_counter() - began
    with JsonListener() if as_json else LiveTable() as listener:
        run = learn(recipe, listener=listener, **options)
    run.seconds["import"] = round(run.seconds["import"] + imported, 4)
    run.seconds["process"] = round(time.perf_counter() - STARTED, 4)
    if as_json:
        console.emit({
            "run": str(run.folder), "recipe": run.recipe.name, "parameters": run.parameters,
            **run.accuracies, "seconds": run.seconds,
        })  # fmt: skip
    else:
        console.result(format_run(run))
    return run


def format_run(run: "FinishedRun") -> str:
    """What a training came to: its figures, and where everything is."""
    from inkdigit.evaluation.summary import format_summary

    lines = [format_summary(run.evaluation), "", f"run     {run.folder}"]
    if run.report.exists():
        lines.append(f"report  {run.report}")
    return "\n".join(lines)


def next_step(run: "FinishedRun", data: str | None) -> str:
    """One thing worth doing after a training: another network, or with two runs a comparison."""
    from inkdigit.training.rundir import RUN

    runs = run.folder.parent
    if len(list(runs.glob(f"*/{RUN}"))) > 1:
        command = ["inkdigit", "runs", *([] if runs == Path("runs") else [str(runs)])]
        return f"{shlex.join(command)}    all of them compared"
    name, why = ("mlp-quick", "a quick one") if run.recipe.convolutions else ("cnn-small", "a convolutional network")
    command = ["inkdigit", "train", name, *(["--data", data] if data else [])]
    return f"{shlex.join(command)}    {why}"


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
        from inkdigit.training.rundir import read_run

        return change(read_run(resumed).config.recipe, **options)
    return change(find(name or "mlp-128"), **options)
