"""`inkdigit runs`: all runs of a folder side by side, best first."""

from pathlib import Path
from typing import Annotated, Any

import typer

from inkdigit.cli import console
from inkdigit.cli.console import Json
from inkdigit.errors import BadInput, PartialFailure
from inkdigit.recipes import parameter_count
from inkdigit.training.run import RunRecord, list_runs


def runs(
    folder: Annotated[Path, typer.Argument(help="Where the run directories are.")] = Path("runs"), json: Json = False
) -> None:
    """Compare all runs in a folder, best first.

    Validation figures are those of the last epoch; choose by them, not by the test accuracy.
    """
    found = list(list_runs(folder))
    records = sorted((record for record in found if isinstance(record, RunRecord)), key=_rank, reverse=True)
    damaged = [error for error in found if isinstance(error, BadInput)]
    if not found:
        raise BadInput("no runs", folder, "holds no run directory", hint='train one with "inkdigit train"')
    if json:
        for record in records:
            console.emit(summarise(record))
    elif records:
        _print_table(records)
    for error in damaged:
        console.remark(f"inkdigit: {error}")
    if damaged:
        raise PartialFailure("some runs could not be read", folder, f"{len(damaged)} of {len(found)}")


def summarise(record: RunRecord) -> dict[str, Any]:
    """The facts of a run in one flat record; None for what is not known yet."""
    last = record.epochs[-1] if record.epochs else None
    recipe, result = record.config.recipe, record.result or {}
    return {
        "run": str(record.folder),
        "recipe": recipe.name,
        "parameters": parameter_count(recipe),
        "data": record.config.data,
        "seed": record.config.seed,
        "epochs": len(record.epochs),
        "of_epochs": recipe.epochs,
        "val_accuracy": last.val_accuracy if last else None,
        "test_accuracy": result.get("test_accuracy"),
        "fit_seconds": round(sum(epoch.seconds for epoch in record.epochs), 2),
        "started": record.started,
        "done": record.result is not None,
    }


def _rank(record: RunRecord) -> tuple[float, float]:
    facts = summarise(record)
    return facts["test_accuracy"] or 0.0, facts["val_accuracy"] or 0.0


def _print_table(records: list[RunRecord]) -> None:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("run", "recipe", "weights", "data", "seed", "epochs", "validation", "test", "fit", "begun (UTC)"):
        table.add_column(heading, justify="left" if heading in {"run", "recipe", "data"} else "right", no_wrap=True)
    for record in records:
        facts = summarise(record)
        test = _percent(facts["test_accuracy"]) if facts["done"] else "not done"
        table.add_row(
            facts["run"], facts["recipe"], f"{facts['parameters']:,}", facts["data"], str(facts["seed"]),
            f"{facts['epochs']}/{facts['of_epochs']}", _percent(facts["val_accuracy"]), test,
            f"{facts['fit_seconds']:.1f} s", facts["started"][:16].replace("T", " "),
        )  # fmt: skip
    console.results().print(table)


def _percent(fraction: float | None) -> str:
    return "–" if fraction is None else f"{100 * fraction:.2f} %"
