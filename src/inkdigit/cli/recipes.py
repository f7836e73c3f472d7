"""`inkdigit recipes`: the catalogue."""

from dataclasses import asdict

from inkdigit.cli import console
from inkdigit.cli.console import Json
from inkdigit.recipes import CATALOGUE, Recipe, parameter_count


def recipes(json: Json = False) -> None:
    """List the networks that can be trained by name, with what their sources report.

    Any other network is made from options: see 'inkdigit train --help'.
    """
    if json:
        for recipe in CATALOGUE:
            console.emit({**asdict(recipe), "parameters": parameter_count(recipe)})
        return
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("recipe", "layers", "weights", "training", "published"):
        table.add_column(heading, justify="right" if heading == "weights" else "left")
    for recipe in CATALOGUE:
        weights = f"{parameter_count(recipe):,}"
        table.add_row(recipe.name, format_layers(recipe), weights, format_training(recipe), recipe.published or "–")
    console.results().print(table)


def format_layers(recipe: Recipe) -> str:
    """The layers in a few words.

    >>> from inkdigit.recipes import RECIPES
    >>> format_layers(RECIPES["mlp-128"])
    '784-128-10'
    """
    parts = (*(f"conv{n}" for n in recipe.convolutions), *map(str, recipe.hidden), "10")
    dropout = f", dropout {recipe.dropout:g}" if recipe.dropout else ""
    penalty = f", L2 {recipe.l2:g}" if recipe.l2 else ""
    return "-".join(("784", *parts)) + dropout + penalty


def format_training(recipe: Recipe) -> str:
    """The optimiser and the schedule in a few words."""
    schedule = " cosine" if recipe.schedule == "cosine" else ""
    return f"{recipe.optimizer} {recipe.learning_rate:g}{schedule}, batch {recipe.batch_size}, {recipe.epochs} epochs"
