"""`inkdigit runs`: all runs of a folder side by side, best first."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkdigit.cli import console
from inkdigit.cli.console import Json
from inkdigit.errors import BadInput, PartialFailure
from inkdigit.recipes import parameter_count

if TYPE_CHECKING:
    from rich.table import Table

    from inkdigit.training.rundir import RunRecord
    from inkdigit.types import Epoch

LEFT = {"run", "recipe", "data"}


def runs(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the run directories are.")] = Path("runs"),
    json: Json = False,
) -> None:
    """Compare all runs in a folder, the best validation accuracy first.

    Choose by validation: a network chosen by its test accuracy has been chosen on luck.
    Validation is that of the epoch whose weights were kept. A narrow terminal shows the
    first columns, a file all of them.

    Examples:
      inkdigit runs
      inkdigit runs experiments --json
    """
    records, damaged = _read(folder)
    if json:
        for record in records:
            console.emit(summarise(record))
    elif records:
        console.print_table(_fitting([_cells(summarise(record)) for record in records]))
    for error in damaged:
        console.report_error(error, as_json=json)
    if damaged:
        raise PartialFailure("some runs could not be read", folder, f"{len(damaged)} of {len(damaged) + len(records)}")


def _read(folder: Path) -> "tuple[list[RunRecord], list[BadInput]]":
    """The runs of a folder, best first, and what is wrong with the damaged ones."""
    from inkdigit.training.rundir import RUN, RunRecord, list_runs, read_run

    found = [read_run(folder)] if (folder / RUN).is_file() else list(list_runs(folder))
    if not found:
        raise BadInput("no runs", folder, "holds no run directory", hint='train one with "inkdigit train"')
    records = sorted((record for record in found if isinstance(record, RunRecord)), key=_rank, reverse=True)
    return records, [error for error in found if isinstance(error, BadInput)]


def summarise(record: "RunRecord") -> dict[str, Any]:
    """The facts of a run in one flat record; None for what is not known yet."""
    kept, recipe, result = _kept(record), record.config.recipe, record.result or {}
    return {
        "run": str(record.folder),
        "recipe": recipe.name,
        "parameters": parameter_count(recipe),
        "data": record.config.data,
        "seed": record.config.seed,
        "epochs": len(record.epochs),
        "of_epochs": recipe.epochs,
        "val_accuracy": kept.val_accuracy if kept else None,
        "test_accuracy": result.get("test_accuracy"),
        "held_out_accuracy": result.get("held_out_accuracy"),
        "fit_seconds": round(sum(epoch.seconds for epoch in record.epochs), 2),
        "started": record.started,
        "done": record.result is not None,
    }


def _kept(record: "RunRecord") -> "Epoch | None":
    """The epoch whose weights were kept: the last one, or with patience the one of the lowest validation loss."""
    measured = [epoch for epoch in record.epochs if epoch.val_loss is not None]
    if record.config.patience and measured:
        return min(measured, key=lambda epoch: epoch.val_loss or 0.0)
    return record.epochs[-1] if record.epochs else None


def _rank(record: "RunRecord") -> float:
    kept = _kept(record)
    return (kept.val_accuracy if kept else None) or 0.0


def _cells(facts: dict[str, Any]) -> dict[str, str]:
    """A row of the table, the most telling columns first."""
    return {
        "run": facts["run"],
        "validation": _percent(facts["val_accuracy"]),
        "test": _percent(facts["test_accuracy"]) if facts["done"] else "not done",
        "epochs": f"{facts['epochs']}/{facts['of_epochs']}",
        "weights": f"{facts['parameters']:,}",
        "fit": f"{facts['fit_seconds']:.1f} s",
        "recipe": facts["recipe"],
        "data": facts["data"],
        "seed": str(facts["seed"]),
        "begun (UTC)": facts["started"][:16].replace("T", " "),
    }


def _fitting(rows: list[dict[str, str]]) -> "Table":
    """The table with as many of its columns as the terminal has room for, but at least two."""
    headings = list(rows[0])
    while len(headings) > 2 and not console.fits(_table(rows, headings)):
        headings.pop()
    return _table(rows, headings)


def _table(rows: list[dict[str, str]], headings: list[str]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, justify="left" if heading in LEFT else "right", no_wrap=heading != "run")
    for row in rows:
        table.add_row(*(Text(row[heading], overflow="fold") for heading in headings))
    return table


def _percent(fraction: float | None) -> str:
    return "–" if fraction is None else f"{100 * fraction:.2f} %"
