"""The rules of the design, held by tests: what may import what, what must be said, and how long a thing may be."""

import ast
import doctest
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

import inkdigit
from inkdigit.cli.main import app

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "inkdigit"
MODULES = sorted(SOURCE.rglob("*.py"))
NAMES = [str(path.relative_to(SOURCE)) for path in MODULES]

LONGEST_FUNCTION, LONGEST_FILE = 60, 350  # lines; a function without its docstring

GROUND = {"errors", "types", "files", "clock", "version"}
"""What any room may stand on: these know nothing of images, networks or commands."""

MAY_IMPORT: dict[str, set[str]] = {
    "version": set(),
    "shapes": set(),
    "errors": set(),
    "types": set(),
    "clock": set(),
    "files": {"errors"},
    "recipes": {"errors"},
    # pictures
    "frame": set(),
    "pictures": GROUND,
    "digit": GROUND | {"frame", "pictures"},
    "page": GROUND | {"frame", "pictures"},
    # models
    "formats": GROUND | {"recipes"},
    "models": GROUND | {"formats"},
    # reading: knows nothing of learning
    "reader": GROUND | {"frame", "pictures", "digit", "page", "formats", "models"},
    "present": {"types"},
    "explain": GROUND | {"formats", "frame", "pictures", "digit", "models"},
    # learning: each stage knows only what it is given; learning composes them
    "data": GROUND | {"frame", "pictures", "digit", "page"},
    "networks": {"recipes", "types", "errors"},
    "training": GROUND | {"recipes", "networks", "data"},
    "evaluation": GROUND | {"formats", "models"},
    "export": GROUND | {"formats", "models", "data"},
    "learning": GROUND | {"formats", "models", "data", "recipes", "networks", "training", "evaluation", "export"},
}
ON_TOP = {"cli", "server", "__init__", "__main__"}
"""These may import everything but one another; `__main__` is the command line."""

READING = """
import numpy, inkdigit
from inkdigit.data.strokes import draw
inkdigit.load().read((255 * (1 - numpy.pad(draw(3, random=numpy.random.default_rng(0)), 20))).astype("uint8"))
"""
"""A whole reading, for which the base install is enough."""

UNSAFE_MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}

NO_TEST_OF_ITS_OWN: dict[str, str] = {
    "__main__.py": "test_main.py runs it",
    "cli/options.py": "the declarations of options; test_main.py gives them values",
    "training/validation.py": "a part of the program that test_loop.py holds to Keras",
    "server/schemas.py": "the shapes that test_routes.py and test_contract.py hold answers against",
    "server/service.py": "a record; every test of the service puts one together",
    "server/settings.py": "a record; test_guard.py gives it values",
    "version.py": "a number",
    "shapes.py": "names: every test has them checked, and below a program runs with them unchecked",
    "clock.py": "eight lines, timed by every training",
    "types.py": "records: nothing in it runs",
    "training/listener.py": "does nothing",
    "training/events.py": "the file that test_tensorboard.py reads back",
    "data/skeletons.py": "the shapes that test_strokes.py draws",
    "data/oldhands.py": "the shapes that test_strokes.py draws",
    "data/curves.py": "the shapes that test_strokes.py draws",
    "models/keras_file.py": "one of the readers that test_models.py opens every kind of model with",
    "models/onnx_file.py": "one of the readers that test_models.py opens every kind of model with",
    "formats/graph.py": "the nodes of the files that test_onnx_export.py runs",
    "formats/layers.py": "the layers of the files that test_onnx_export.py runs",
    "evaluation/look.py": "colours; seen in test_plots.py and test_report.py",
    "evaluation/words.py": "its examples run; test_summary.py and test_report.py read its words",
    "evaluation/thumbnails.py": "part of the page that test_report.py reads",
    "evaluation/tables.py": "part of the page that test_report.py reads",
    "evaluation/page.py": "the page that test_report.py reads",
    "evaluation/story.py": "the record that test_report.py fills",
    "evaluation/svg.py": "the pictures that test_plots.py and test_report.py read",
}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def room(path: Path) -> str:
    """The folder below inkdigit, or for a file there its name: "training", "errors"."""
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def imported_rooms(path: Path) -> Iterator[str]:
    """The rooms a file imports from, wherever in it, for types only or not."""
    rooms = {room(other) for other in MODULES}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            package, _, rest = name.partition(".")
            if package == "inkdigit" and rest.split(".")[0] in rooms:
                yield rest.split(".")[0]


def public_functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a module and the methods of its classes whose names are public."""
    for node in module.body:
        inside = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [node]
        for one in inside:
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and not one.name.startswith("_"):
                yield one


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    words = function.body[0]
    return lines - ((words.end_lineno or 0) - words.lineno + 1)


def commands(command: Any, name: str = "inkdigit") -> Iterator[tuple[str, Any]]:
    """Every command with its full name."""
    inner = getattr(command, "commands", {})
    if not inner:
        yield name, command
    for part, below in inner.items():
        yield from commands(below, f"{name} {part}")


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_imports_run_one_way(path: Path) -> None:
    here = room(path)
    if here in ON_TOP:  # the command line starts the service; nothing else imports either
        below = {"cli": {"server", "cli"}, "server": {"server"}, "__main__": {"cli"}}.get(here, set())
        forbidden = ON_TOP - below - {"__init__"}
        assert not forbidden & set(imported_rooms(path)), "what is on top is imported by nothing"
        return
    assert here in MAY_IMPORT, "a new room: say in MAY_IMPORT what it may import"
    assert set(imported_rooms(path)) - {here, "shapes"} <= MAY_IMPORT[here]


def test_a_room_imports_only_rooms_below_it() -> None:
    order: list[str] = []
    left = {name: set(below) for name, below in MAY_IMPORT.items()}
    while left:
        free = [name for name, below in left.items() if below <= {*order, name}]
        assert free, f"these import one another: {sorted(left)}"
        order += free
        left = {name: below for name, below in left.items() if name not in free}


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_what_is_public_is_described(path: Path) -> None:
    module = tree(path)
    assert ast.get_docstring(module), "a module says what it does, what goes in and what comes out"
    silent = [function.name for function in public_functions(module) if not ast.get_docstring(function)]
    assert not silent


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_function_fits_on_a_screen_and_a_file_is_one_idea(path: Path) -> None:
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [f"{f.name}: {length(f)} lines" for f in functions if length(f) > LONGEST_FUNCTION] == []
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_nothing_in_a_file_can_run(path: Path) -> None:
    """No pickle and its like, no eval, no exec: data is data."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names}.isdisjoint(UNSAFE_MODULES)
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in UNSAFE_MODULES
        elif isinstance(node, ast.Call):
            assert getattr(node.func, "id", "") not in {"eval", "exec", "compile", "__import__"}
            allowed = [word.value for word in node.keywords if word.arg in {"allow_pickle", "shell"}]
            assert all(isinstance(value, ast.Constant) and value.value is False for value in allowed)


@pytest.mark.parametrize("path", [path for path in MODULES if ">>> " in path.read_text(encoding="utf-8")], ids=str)
def test_the_examples_run(path: Path) -> None:
    name = ".".join(("inkdigit", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize(("path", "name"), list(zip(MODULES, NAMES, strict=True)), ids=NAMES)
def test_every_module_has_its_tests(path: Path, name: str) -> None:
    folder, stem = (ROOT / "tests" / name).parent, path.stem
    found = [*folder.glob(f"test_{stem}*.py"), *folder.glob(f"test_{room(path)}_{stem}.py")]
    if stem != "__init__" and name not in NO_TEST_OF_ITS_OWN:
        assert found, f"write tests/{Path(name).parent}/test_{stem}.py, or say in NO_TEST_OF_ITS_OWN why there is none"


def test_the_reasons_for_no_test_are_about_modules_that_exist() -> None:
    assert set(NO_TEST_OF_ITS_OWN) <= set(NAMES)


def test_test_files_have_names_of_their_own() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_what_is_exported_can_be_imported() -> None:
    assert set(inkdigit.__all__) == {*inkdigit._HOME, "__version__"}
    assert dir(inkdigit) == sorted(inkdigit.__all__)
    for name in inkdigit.__all__:
        assert getattr(inkdigit, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = inkdigit.nothing


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("import inkdigit", {"numpy", "keras", "jax", "matplotlib", "onnxruntime", "cv2", "typer", "fastapi"}),
        ("import inkdigit; inkdigit.Recipe, inkdigit.RECIPES", {"numpy", "keras", "jax"}),
        ("import inkdigit.cli.main", {"numpy", "keras", "jax", "matplotlib", "onnxruntime", "fastapi"}),
        ("import inkdigit; inkdigit.train, inkdigit.evaluate", {"keras", "jax", "matplotlib", "onnxruntime"}),
        ("import inkdigit.cli.live", {"keras", "jax", "matplotlib", "onnxruntime"}),
        (READING, {"keras", "jax", "matplotlib", "onnx", "requests", "rich", "jaxtyping", "safetensors"}),
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_used(statement: str, heavy: set[str]) -> None:
    code = f"import sys; {statement.strip()}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & heavy == set()


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if name not in text] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help(name: str) -> None:
    command = COMMANDS[name]
    assert len((command.help or "").splitlines()[0]) <= 120
    assert [parameter.name for parameter in command.params if not getattr(parameter, "help", "")] == []
