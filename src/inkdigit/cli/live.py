"""How a training is shown while it runs: a table that grows on a terminal, or a line of JSON per epoch."""

from dataclasses import asdict
from types import TracebackType

from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from inkdigit.cli import console
from inkdigit.cli.data import bring_mnist
from inkdigit.recipes import Recipe
from inkdigit.training.control import Listener
from inkdigit.types import Digits, Epoch, LayerRow

HEADING = f"{'epoch':>9}  {'loss':>8} {'accuracy':>9}  {'val loss':>9} {'val acc':>9}  {'seconds':>8}"
LONGEST_BAR = 36  # columns; the figures beside it take 34


class JsonListener(Listener):
    """One JSON object per epoch on stdout; remarks on stderr."""

    def __enter__(self) -> "JsonListener":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def will_load(self, source: str) -> None:
        """Download MNIST if need be."""
        if source == "mnist":
            bring_mnist()

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
        width = max(8, min(LONGEST_BAR, self.console.width - 34))
        self.bar = Progress(
            TextColumn("{task.description}"), BarColumn(bar_width=width), TextColumn("{task.fields[now]}"),
            console=self.console, transient=True, disable=not console.on_terminal(),
        )  # fmt: skip
        self.task = self.bar.add_task(" " * 9, total=None, now="getting ready")

    def __enter__(self) -> "LiveTable":
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()
        if error is None:
            self.console.print()  # between the table and the result

    def will_load(self, source: str) -> None:
        """Download MNIST if need be, with a bar of its own."""
        if source == "mnist":
            self.bar.stop()
            bring_mnist()
            self.bar.start()

    def begins(self, recipe: Recipe, layers: tuple[LayerRow, ...], train: Digits, validation: Digits | None) -> None:
        """Show the layers and what they learn from."""
        self.epochs = recipe.epochs
        self.console.print(layer_table(recipe.name, layers))
        held_out = f", {len(validation):,} held out to measure" if validation else ""
        origin = " (synthetic)" if train.synthetic else ""
        source = escape(f"{len(train):,} images of {train.name}{origin}{held_out}")
        self.console.print(f"\n[dim]{source}; Ctrl-C saves and stops[/dim]\n")
        self.console.print(f"[bold]{HEADING}[/bold]")
        self.bar.update(self.task, now="compiling")

    def moved(self, epoch: int, fraction: float, loss: float, accuracy: float | None) -> None:
        """Move the bar."""
        now = f"loss {loss:.4f}  {_percent(accuracy)}"
        self.bar.update(self.task, description=_place(epoch, self.epochs), total=1.0, completed=fraction, now=now)

    def epoch_done(self, epoch: Epoch) -> None:
        """Add a row."""
        self.console.print(format_epoch(epoch, self.epochs))
        if epoch.epoch == self.epochs:
            self.bar.reset(self.task, description=" " * 9, total=None, now="measuring, saving")

    def remark(self, text: str) -> None:
        """Print the remark above the bar."""
        self.console.print(f"inkdigit: {text}", markup=False)


def format_epoch(epoch: Epoch, epochs: int) -> str:
    """A row of the table.

    >>> format_epoch(Epoch(1, 0.25, 0.93, None, None, 0.001, 0.3), 5)
    '   1/5       0.2500   93.00 %          –         –      0.30'
    """
    val_loss = "–" if epoch.val_loss is None else f"{epoch.val_loss:.4f}"
    place, accuracy, val_accuracy = _place(epoch.epoch, epochs), _percent(epoch.accuracy), _percent(epoch.val_accuracy)
    return f"{place}  {epoch.loss:>8.4f} {accuracy:>9}  {val_loss:>9} {val_accuracy:>9}  {epoch.seconds:>8.2f}"


def layer_table(title: str, layers: tuple[LayerRow, ...]) -> Table:
    """The layers with their shapes and weights."""
    table = Table(
        title=escape(title), title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0), pad_edge=False
    )
    table.add_column("layer")
    table.add_column("kind", style="dim")
    table.add_column("output", justify="right")
    table.add_column("weights", justify="right")
    for row in layers:
        shape = " × ".join(map(str, row.shape))
        table.add_row(row.name, row.kind, shape, f"{row.parameters:,}" if row.parameters else "")
    table.add_row("", "", "", f"[bold]{sum(row.parameters for row in layers):,}[/bold]")
    return table


def _place(epoch: int, epochs: int) -> str:
    return f"{epoch:>4}/{epochs:<4}"


def _percent(fraction: float | None) -> str:
    if fraction is None:
        return "–"
    return f"{100 * fraction:.2f} %"
