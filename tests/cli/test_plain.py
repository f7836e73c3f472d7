import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
import typer.main

from inkdigit.cli.plain import take_as_typed


def command(
    names: Annotated[list[str] | None, typer.Argument()] = None,
    text: Annotated[str | None, typer.Option()] = None,
    place: Annotated[Path | None, typer.Option()] = None,
    count: Annotated[int, typer.Option()] = 3,
    shouted: Annotated[str, typer.Option(parser=str.upper)] = "a",
    flag: Annotated[bool, typer.Option("--flag")] = False,
) -> tuple[Any, ...]:
    return list(names or ()), text, place, count, shouted, flag


def answer(arguments: list[str], *, plain: bool) -> Any:
    app = typer.Typer()
    app.command()(command)
    made: Any = typer.main.get_command(app)
    for parameter in made.params if plain else ():
        take_as_typed(parameter)
    return made.main(arguments, standalone_mode=False)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a", "b c", ""],
        ["--text", "", "--place", "x/../y", "--count", "7"],
        ["--shouted", "b", "--flag", "--", "--text"],
    ],
)
def test_every_value_is_what_typer_makes_of_it(arguments: list[str]) -> None:
    assert answer(arguments, plain=True) == answer(arguments, plain=False)


def test_what_is_no_parameter_of_typer_is_left_alone() -> None:
    take_as_typed(object())


def test_reading_needs_no_pydantic() -> None:
    code = "import sys; from inkdigit.cli.main import run; run(['read', 'missing.png', '--model', 'missing.onnx']); "
    done = subprocess.run(
        [sys.executable, "-c", code + "print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    assert "inkdigit.cli.read" in done.stdout.split()
    assert "pydantic" not in done.stdout.split()
