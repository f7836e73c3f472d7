"""Texts and paths of the command line taken as they were typed.

In: a parameter of a Typer command. Out: nothing; its value will be passed on without Pydantic, which Typer loads
to check even a text: 0.08 s of the 0.35 s that `inkdigit read` may take from a cold start. Where a version of Typer
works otherwise, it is left alone.
"""

from pathlib import Path
from typing import Any


class _AsTyped:
    """Does the work of Typer's own conversion for one kind of value."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind

    def coerce(self, value: Any, param: object = None, ctx: object = None) -> Any:
        """A value that was given in its type; one that was not stays None, or no values."""
        if self.kind == list[str]:
            return list(value or ())
        return Path(value) if self.kind is Path and value is not None else value


def take_as_typed(parameter: Any) -> None:
    """Spare a parameter that is a text, a path, several texts or a flag the conversion; any other stays as it is."""
    described = getattr(parameter, "type_descriptor", None)
    kind = getattr(described, "annotation", None)
    own_parser = getattr(getattr(described, "parameter_info", None), "parser", None)
    plain = kind in (str, Path, list[str]) or (kind is bool and getattr(parameter, "is_flag", False))
    if hasattr(parameter, "_runtime_param") and own_parser is None and plain:
        parameter._runtime_param = _AsTyped(kind)
