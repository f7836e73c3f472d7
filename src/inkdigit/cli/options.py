"""How options are declared and how their values are read; the ranges are checked where the values are used."""

from typing import Any

import typer

from inkdigit.data.source import NAMED

NAMES = ", ".join(f"{name} ({remark})" if remark else name for name, remark in NAMED.items())
SOURCES = f"{NAMES}; a folder or .zip of pictures or arrays; .csv, .npz, .npy, .mat, .parquet or IDX."


def whole(text: str | int) -> int:
    """Read a whole number; Typer hands a default over as it is.

    >>> whole("12")
    12
    """
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a whole number") from None


def number(text: str) -> float:
    """Read a number.

    >>> number("1e-3")
    0.001
    """
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a number") from None


def option(panel: str | None, metavar: str | None, text: str, *names: str, **settings: Any) -> Any:
    """An option: the panel of the help it stands in, what its value is called, and what it does."""
    return typer.Option(*names, help=text, metavar=metavar, rich_help_panel=panel, **settings)


def whole_option(panel: str | None, text: str, **settings: Any) -> Any:
    """An option whose value is a whole number."""
    return option(panel, "N", text, parser=whole, **settings)


def number_option(panel: str | None, text: str, *names: str) -> Any:
    """An option whose value is a number."""
    return option(panel, "X", text, *names, parser=number)
