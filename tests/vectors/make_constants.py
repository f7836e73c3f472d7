"""Make web/src/constants.ts: the constants of framing, reading and model files, which the page shares with the package.

    python tests/vectors/make_constants.py

Each has one home, the Python module of its name; what it is for, and why it has that value, stands there. Numbers and
texts that a module names in capitals go into the file, lists of them too.
"""

import ast
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from inkdigit import frame
from inkdigit.formats import card
from inkdigit.page import components, cuts, lattice, lines, loops, numbers, paper, priors, ruling, segment, strays, turn

FILE = Path(__file__).parents[2] / "web" / "src" / "constants.ts"
MODULES = (
    frame, components, cuts, lattice, lines, loops, numbers, paper, priors, ruling, segment, strays, turn, card,
)  # fmt: skip
HEAD = "/** Made by tests/vectors/make_constants.py of the Python modules so called, which say what each is for. */\n"


def constants_of(module: ModuleType) -> Iterator[tuple[str, object]]:
    """What a module itself names in capitals and JSON can hold, in the order of the file."""
    for name in _assigned(ast.parse(inspect.getsource(module))):
        value = getattr(module, name)
        parts = value if isinstance(value, tuple) else (value,)
        if name.isupper() and not name.startswith("_") and all(isinstance(part, int | float | str) for part in parts):
            yield name, value


def _assigned(tree: ast.Module) -> Iterator[str]:
    """Names that a module gives a value, not those that it imports."""
    targets = (target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets)
    for target in targets:
        yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def text() -> str:
    """The file that the page needs now."""
    return HEAD + "".join(_written(module) for module in MODULES)


def _written(module: ModuleType) -> str:
    rows = (f"  {name}: {json.dumps(value)},\n" for name, value in constants_of(module))
    return f"\nexport const {module.__name__.rpartition('.')[2]} = {{\n{''.join(rows)}}} as const;\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
