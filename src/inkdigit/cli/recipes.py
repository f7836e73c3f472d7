"""`inkdigit recipes`: the catalogue."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from inkdigit.cli import console
from inkdigit.cli.console import Json
from inkdigit.recipes import CATALOGUE, Recipe, parameter_count

if TYPE_CHECKING:
    from rich.table import Table

MOST_NAMED = 6
"""Convolutions of a network that are all named in the table."""


def recipes(json: Json = False) -> None:
    """List the networks that can be trained by name, with what their sources report.

    Any other network is made from options: see "inkdigit train --help".

    Examples:
      inkdigit recipes
      inkdigit recipes --json
    """
    if json:
        for recipe in CATALOGUE:
            console.emit({**asdict(recipe), "parameters": parameter_count(recipe)})
        return
    table = _table(wide=True)
    console.print_table(table if console.fits(table) else _table(wide=False))


def _table(*, wide: bool) -> "Table":
    """The catalogue; in a narrow one the training stands below the layers."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("recipe", style="bold", no_wrap=True)
    table.add_column("weights", justify="right", no_wrap=True)
    for heading in ("published", "layers", "training") if wide else ("published", "layers and training"):
        table.add_column(heading, overflow="fold")
    for recipe in CATALOGUE:
        facts = (recipe.name, f"{parameter_count(recipe):,}", recipe.published or "–")
        layers, training = format_layers(recipe), format_training(recipe)
        table.add_row(*facts, *((layers, training) if wide else (f"{layers}\n{training}",)))
    return table


def format_layers(recipe: Recipe) -> str:
    """The layers in a few words.

    >>> from inkdigit.recipes import RECIPES
    >>> format_layers(RECIPES["mlp-128"])
    '784-128-10'
    """
    convolutions = [f"conv{n}" for n in recipe.filters]
    if len(convolutions) > MOST_NAMED:
        convolutions[2:-1] = ["..."]
    parts = (*convolutions, *map(str, recipe.hidden), str(recipe.classes))
    dropout = f", dropout {recipe.dropout:g}" if recipe.dropout else ""
    penalty = f", L2 {recipe.l2:g}" if recipe.l2 else ""
    return "-".join(("784", *parts)) + dropout + penalty


def format_training(recipe: Recipe) -> str:
    """The optimiser, the schedule, and what else there is to it, in a few words.

    >>> from inkdigit.recipes import RECIPES
    >>> format_training(RECIPES["mlp-plain"])
    'adamw 0.001 cosine, batch 256, 40 epochs, adversarial 1.5'
    """
    schedule = " cosine" if recipe.schedule == "cosine" else ""
    steps = f"{recipe.optimizer} {recipe.learning_rate:g}{schedule}, batch {recipe.batch_size}, {recipe.epochs} epochs"
    augmented = f", {recipe.augmentation}" if recipe.augmentation else ""
    normalised = ", normalised" if recipe.normalise else ""
    adversarial = f", adversarial {recipe.adversarial:g}" if recipe.adversarial else ""
    return steps + augmented + normalised + adversarial
