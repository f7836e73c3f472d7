"""How a training is shown while it runs: a table that grows on a terminal, or a line of JSON per epoch."""

import os
import sys
from dataclasses import asdict
from types import TracebackType
from typing import Self

from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from inkdigit.cli import console
from inkdigit.networks import LayerRow
from inkdigit.recipes import Recipe
from inkdigit.training.listener import Listener
from inkdigit.types import Digits, Epoch

HEADING = f"{'epoch':>9}  {'loss':>8} {'accuracy':>9}  {'val loss':>9} {'val acc':>9}  {'seconds':>8}"


class JsonListener(Listener):
    """One JSON object per epoch on stdout; remarks on stderr."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def epoch_done(self, epoch: Epoch) -> None:
        """Print the epoch."""
        console.emit(asdict(epoch))

    def remark(self, text: str) -> None:
        """Print the remark to stderr."""
        console.remark(f"inkdigit: {text}")


class LiveTable(Listener):
    """The layer table, a row per finished epoch, and below them a bar for the one that runs; all on stderr."""

    def __init__(self) -> None:
        self.console = console.remarks()
        self.epochs = 0
        live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self.bar = Progress(
            TextColumn("{task.description}"), BarColumn(bar_width=36), TextColumn("{task.fields[now]}"),
            console=self.console, transient=True, disable=not live,
        )  # fmt: skip
        self.task = self.bar.add_task("", total=1.0, now="", visible=False)

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def begins(self, recipe: Recipe, layers: tuple[LayerRow, ...], train: Digits, validation: Digits | None) -> None:
        """Show the layers and what they learn from."""
        self.epochs = recipe.epochs
        self.console.print(layer_table(recipe.name, layers))
        held_out = f", {len(validation):,} held out to measure" if validation else ""
        origin = " (synthetic)" if train.synthetic else ""
        source = escape(f"{len(train):,} images of {train.name}{origin}{held_out}")
        self.console.print(f"[dim]{source}; Ctrl-C saves and stops[/dim]\n")
        self.console.print(f"[bold]{HEADING}[/bold]")

    def moved(self, epoch: int, fraction: float, loss: float, accuracy: float) -> None:
        """Move the bar."""
        label = f"{epoch:>4}/{self.epochs:<4}"
        self.bar.update(
            self.task, description=label, completed=fraction, now=f"loss {loss:.4f}  {accuracy:.2%}", visible=True
        )

    def epoch_done(self, epoch: Epoch) -> None:
        """Add a row."""
        self.bar.update(self.task, visible=False)
        self.console.print(format_epoch(epoch, self.epochs))

    def remark(self, text: str) -> None:
        """Print the remark above the bar."""
        self.console.print(f"inkdigit: {text}", markup=False)


def format_epoch(epoch: Epoch, epochs: int) -> str:
    """A row of the table.

    >>> format_epoch(Epoch(1, 0.25, 0.93, None, None, 0.001, 0.3), 5)
    '   1/5       0.2500   93.00 %          –         –      0.30'
    """
    val_loss = "–" if epoch.val_loss is None else f"{epoch.val_loss:.4f}"
    val_accuracy = "–" if epoch.val_accuracy is None else f"{epoch.val_accuracy:.2%}".replace("%", " %")
    accuracy = f"{epoch.accuracy:.2%}".replace("%", " %")
    place = f"{epoch.epoch:>4}/{epochs:<4}"
    return f"{place}  {epoch.loss:>8.4f} {accuracy:>9}  {val_loss:>9} {val_accuracy:>9}  {epoch.seconds:>8.2f}"


def layer_table(title: str, layers: tuple[LayerRow, ...]) -> Table:
    """The layers with their shapes and weights."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    table.add_column("layer")
    table.add_column("kind", style="dim")
    table.add_column("output", justify="right")
    table.add_column("weights", justify="right")
    for row in layers:
        shape = " × ".join(map(str, row.shape))
        table.add_row(row.name, row.kind, shape, f"{row.parameters:,}" if row.parameters else "")
    table.add_row("", "", "", f"[bold]{sum(row.parameters for row in layers):,}[/bold]")
    return table
