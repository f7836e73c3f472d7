"""Make web/src/constants.ts: the constants of framing, reading and model files, which the page shares with the package.

    python tests/vectors/make_constants.py

Each has one home, the Python module of its name; what it is for, and why it has that value, stands there. Numbers and
texts that a module names in capitals go into the file, lists of them too.
"""

import ast
import inspect
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

from inkdigit import architectures, frame
from inkdigit.formats import card
from inkdigit.page import cells, detect, lines, numbers, parting, reading, strips, turning
from inkdigit.page.thresholds import Thresholds

FILE = Path(__file__).parents[2] / "web" / "src" / "constants.ts"
MODULES = (frame, architectures, detect, strips, cells, parting, lines, numbers, reading, turning, card)
HEAD = "/** Made by tests/vectors/make_constants.py of the Python modules so called, which say what each is for. */\n"


def constants_of(module: ModuleType) -> Iterator[tuple[str, object]]:
    """What a module itself names in capitals and JSON can hold, in the order of the file."""
    for name in _assigned(ast.parse(inspect.getsource(module))):
        value = getattr(module, name)
        parts = value if isinstance(value, tuple) else (value,)
        is_plain = all(isinstance(part, int | float | str | tuple) for part in parts)
        if name.isupper() and not name.startswith("_") and is_plain:
            yield name, value


def _assigned(tree: ast.Module) -> Iterator[str]:
    """Names that a module gives a value, not those that it imports."""
    targets = (target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets)
    for target in targets:
        yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def text() -> str:
    """The file that the page needs now."""
    modules = [_written(module.__name__.rpartition(".")[2], constants_of(module)) for module in MODULES]
    return HEAD + "".join(modules) + _written("thresholds", asdict(Thresholds()).items())


def _written(name: str, values: Iterable[tuple[str, object]]) -> str:
    rows = (f"  {key}: {_literal(value)},\n" for key, value in values)
    return f"\nexport const {name} = {{\n{''.join(rows)}}} as const;\n"


def _literal(value: object) -> str:
    """A value as the page's formatter writes it: of a table each row on its own line."""
    if isinstance(value, tuple) and value and all(isinstance(row, tuple) for row in value):
        return "[\n" + "".join(f"    {json.dumps(row)},\n" for row in value) + "  ]"
    return json.dumps(value)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
