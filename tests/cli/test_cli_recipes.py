import io
import sys
from collections.abc import Callable
from typing import Any

import pytest

from inkdigit.cli.main import run
from inkdigit.cli.recipes import format_layers, format_training
from inkdigit.recipes import CATALOGUE, RECIPES

Command = Callable[..., Any]  # the fixtures of conftest.py


def test_every_recipe_is_one_line_of_a_file(inkdigit: Command) -> None:
    outcome = inkdigit("recipes")
    assert (outcome.code, outcome.err) == (0, "")
    heading, *rows = outcome.out.splitlines()
    assert heading.split() == ["recipe", "weights", "published", "layers", "training"]
    assert [row.split()[0] for row in rows] == [recipe.name for recipe in CATALOGUE]


def test_the_five_systems_have_the_weights_of_their_sources(inkdigit: Command) -> None:
    weights = {facts["name"]: facts["parameters"] for facts in inkdigit("recipes", "--json").objects}
    assert weights == weights | {
        "mlp-128-sgd": 101_770, "mlp-128": 101_770, "mlp-128x2": 118_282, "mlp-256x2": 269_322,
        "mlp-512x2-dropout": 669_706,
    }  # fmt: skip


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_catalogue_keeps_to_the_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "dumb")
    assert run(["recipes"]) == 0
    lines = terminal.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert ("layers and training" in lines[0] or "layers and" in lines[0]) == (width < 100)


@pytest.mark.parametrize(
    ("name", "layers", "training"),
    [
        ("mlp-128x2", "784-128-128-10, L2 0.002", "adam 0.001, batch 32, 10 epochs"),
        ("cnn-small", "784-conv32-conv64-10, dropout 0.5", "adam 0.001, batch 128, 12 epochs"),
        (
            "cnn-m3",
            "784-conv32-conv48-...-conv176-10",
            "adamw 0.002 cosine, batch 128, 80 epochs, rigid, normalised",
        ),
        ("mlp-quick", "784-256-10", "adam 0.005 cosine, batch 128, 3 epochs"),
        (
            "cnn-best",
            "784-conv16-conv32-conv64-conv96-256-10, dropout 0.3",
            "adamw 0.002 cosine, batch 128, 40 epochs, elastic 0.7, 30 % unchanged, normalised",
        ),
    ],
)
def test_a_recipe_in_a_few_words(name: str, layers: str, training: str) -> None:
    assert (format_layers(RECIPES[name]), format_training(RECIPES[name])) == (layers, training)
