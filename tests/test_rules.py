"""The rules of the design: what may import what, what must be said, how long a thing may be, what a test may not do.

Each rule is one test that lists its offenders, and says what to do about them.
"""

import ast
import doctest
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
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

MAY_IMPORT: dict[str, set[str]] = {  # from the ground upward: a room names only rooms above it in this table
    "version": set(),
    "shapes": set(),
    "errors": set(),
    "types": set(),
    "clock": set(),
    "files": {"errors"},
    "worker": {"errors"},
    "ort": set(),
    "sample": GROUND,
    "machine": set(),
    "backend": set(),
    "recipes": {"errors"},
    "architectures": set(),
    # pictures
    "frame": set(),
    "pictures": GROUND | {"worker"},
    "digit": GROUND | {"frame", "pictures"},
    "page": GROUND | {"architectures"},
    # models
    "formats": GROUND | {"architectures", "backend", "ort", "worker"},
    "models": GROUND | {"backend", "ort", "formats", "worker", "sample"},
    # reading: knows nothing of learning
    "reader": GROUND | {"frame", "pictures", "digit", "page", "formats", "models"},
    "present": {"types"},
    "explain": GROUND | {"formats", "frame", "pictures", "digit", "models"},
    # learning: each stage knows only what it is given; learning composes them
    "data": GROUND | {"machine", "sample", "frame", "pictures", "digit"},
    "writing": GROUND | {"architectures", "frame", "data", "page"},
    "networks": {"recipes", "types", "errors", "backend"},
    "training": GROUND | {"machine", "architectures", "backend", "recipes", "networks", "data"},
    "evaluation": GROUND | {"architectures", "formats", "models"},
    "export": GROUND | {"backend", "formats", "models", "data"},
    "learning": GROUND
    | {"machine", "architectures", "formats", "models", "data", "writing", "recipes", "networks", "training"}
    | {"evaluation", "export"},
}
ON_TOP: dict[str, set[str]] = {"__init__": set(), "server": set(), "cli": {"server"}, "__main__": {"cli"}}
"""These may import all rooms of MAY_IMPORT, and of one another what stands here; nothing else imports them."""

CLOCKS = {"timeit", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "process_time_ns"}
MAY_READ_THE_CLOCK = {"waiting.py"}

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
    "server/schemas.py": "the shapes that test_app.py and test_contract.py hold answers against",
    "version.py": "a number",
    "backend.py": "chooses Keras' backend; test_nothing_heavy_is_loaded_before_it_is_used sees when",
    "learning/run.py": "what a training gives, read in test_train.py",
    "sample.py": "the digits that test_mnist_small.py looks at",
    "training/reading_fit.py": "the loop that test_learning_reading.py stops and resumes",
    "models/page_networks.py": "the two files that test_reader.py reads pages with",
    "models/foreign.py": "what the readers of foreign models share; test_open.py opens every kind of model",
    "models/foreign_keras.py": "one of the readers that test_open.py opens every kind of model with",
    "training/step.py": "a part of the program that test_loop.py holds to Keras",
    "shapes.py": "names: every test has them checked, and below a program runs with them unchecked",
    "training/events.py": "the file that test_tensorboard.py reads back",
    "data/skeletons.py": "the shapes that test_strokes.py draws",
    "data/oldhands.py": "the shapes that test_strokes.py draws",
    "data/curves.py": "the shapes that test_strokes.py draws",
    "data/collection.py": "the layouts that test_layout.py loads",
    "data/labeltables.py": "the tables that test_layout.py loads",
    "data/pieces.py": "what test_arrayfiles.py, test_npz.py and test_mat.py put together",
    "data/npy.py": "the arrays of test_npz.py and test_arrayfiles.py",
    "data/tree.py": "the files that test_folder.py and test_zipped.py find",
    "data/left_out.py": "the line that test_folder.py reads",
    "data/pictured.py": "what test_folder.py frames pictures with",
    "formats/graph.py": "the nodes of the files that test_onnx.py runs",
    "formats/writers.py": "the nodes of the files that test_onnx.py runs",
    "formats/keras_layers.py": "the layers of the models that test_keras_chain.py reads",
    "formats/any_onnx.py": "the check of the files that test_foreign_onnx.py opens",
    "formats/any_tfjs.py": "one of the readers of the files that test_foreign_old.py opens",
    "formats/old_keras.py": "one of the readers of the files that test_foreign_old.py opens",
    "formats/hdf5.py": "the check of the files that test_foreign_old.py opens",
    "models/foreign_json.py": "one of the readers of the files that test_foreign_old.py opens",
    "writing/letters.py": "the shapes that test_forms.py compiles and test_marks.py draws",
    "pictures/pillow.py": "what test_decode.py decodes with",
    "pictures/needed.py": "what test_heif.py, test_pdf.py and test_svg.py see when a library is missing",
    "evaluation/look.py": "colours; seen in test_plots.py and test_report.py",
    "evaluation/tables.py": "part of the page that test_report.py reads",
    "evaluation/page.py": "the page that test_report.py reads",
}


def listed(offenders: list[Any]) -> str:
    """Every offender on a line of its own: pytest shortens a list."""
    return "\n".join(map(str, ["", *offenders]))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """A file as `inkdigit.training.loop`."""
    return ".".join(("inkdigit", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")


FILES = {name_of(path): path for path in MODULES}


def room(path: Path) -> str:
    """The folder below inkdigit, or for a file there its name: "training", "errors"."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_files(path: Path) -> Iterator[Path]:
    """The files of the package that a file imports from, wherever in it, for types only or not."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            whole = str(node.module)
            for alias in node.names:  # `from inkdigit.models import zoo` is a file, `... import NAMES` a name in one
                found = FILES.get(f"{whole}.{alias.name}") or FILES.get(whole)
                if found:
                    yield found
        elif isinstance(node, ast.Import):
            yield from (FILES[alias.name] for alias in node.names if alias.name in FILES)


@cache
def imports() -> dict[Path, list[Path]]:
    """For each file those that it imports from."""
    return {path: sorted(set(imported_files(path)) - {path}) for path in MODULES}


def reachable(path: Path) -> set[Path]:
    """All that a file imports, and what that imports, and so on; itself only where there is a circle."""
    found: set[Path] = set()
    left = list(imports()[path])
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += imports()[one]
    return found


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


def test_no_room_imports_upward() -> None:
    """Pairs of files, "evaluation/models.py imports models/open.py"; a new room goes into MAY_IMPORT."""
    below = {**MAY_IMPORT, **{name: {*MAY_IMPORT, *others} for name, others in ON_TOP.items()}}
    assert {room(path) for path in MODULES} <= set(below), "a new room: say in MAY_IMPORT what it may import"
    upward = [
        f"{path.relative_to(SOURCE)} imports {other.relative_to(SOURCE)}"
        for path, others in imports().items()
        for other in others
        if room(other) not in {room(path), "shapes", *below[room(path)]}
    ]
    assert not upward, listed(upward)


def test_rooms_stand_in_order() -> None:
    """With this, and with no room that imports upward, no rooms import one another."""
    order = list(MAY_IMPORT)
    upward = [(name, other) for name in order for other in MAY_IMPORT[name] if order.index(other) > order.index(name)]
    assert not upward, listed(upward)


def test_no_files_import_one_another() -> None:
    """Also not by way of others, inside a function, or for types only: in a circle no file can be read first."""
    circles = [
        f"{path.relative_to(SOURCE)} imports {other.relative_to(SOURCE)}"
        for path, others in imports().items()
        for other in others
        if path in reachable(other)
    ]
    assert not circles, listed(circles)


def test_the_machine_is_asked_in_one_place() -> None:
    """By whom the table in CONTRIBUTING.md says; all others are handed what was found."""
    asking = [
        f"{path.relative_to(SOURCE)}:{number} asks {what} with {word}: {' or '.join(sorted(allowed)) or 'nobody'} may"
        for what, words, allowed in asked_of_the_machine()
        for path in MODULES
        if str(path.relative_to(SOURCE)) not in allowed
        for number, word in mentioned(path)
        if word in words
    ]
    assert not asking, listed(asking)
    asks = {(str(path.relative_to(SOURCE)), word) for path in MODULES for _, word in mentioned(path)}
    idle = [
        f"{one} is said to ask {what}, and does not"
        for what, words, allowed in asked_of_the_machine()
        for one in allowed
        if not any((one, word) in asks for word in words)
    ]
    assert not idle, listed(idle)


def asked_of_the_machine() -> Iterator[tuple[str, set[str], set[str]]]:
    """What is asked, with which words, and by which files."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("| of the machine |")[2].partition("\n\n")[0]
    for row in table.splitlines()[2:]:
        what, words, files, _ = row.strip("| ").split(" | ")
        yield what, set(re.findall("`(.*?)`", words)), set(re.findall("`(.*?)`", files))


@cache
def mentioned(path: Path) -> list[tuple[int, str]]:
    """The dotted names and the texts of a file, with their lines."""
    nodes = (node for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute | ast.Constant))
    return [(node.lineno, ast.unparse(node) if isinstance(node, ast.Attribute) else str(node.value)) for node in nodes]


def test_only_one_file_imports_keras() -> None:
    """It says which backend Keras has; another would have the one of whoever came first."""
    importing = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in MODULES
        if path.name != "backend.py"
        for block in ast.walk(tree(path))
        if not (isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING")
        for node in ast.iter_child_nodes(block)
        if (isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "keras" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "keras")
    ]
    assert not importing, "take it from inkdigit.backend:" + listed(importing)


def test_what_is_public_is_described() -> None:
    """A module says what goes in, what comes out and what it does not know; a function what it gives."""
    silent = [str(path.relative_to(SOURCE)) for path in MODULES if not ast.get_docstring(tree(path))]
    silent += [
        f"{path.relative_to(SOURCE)}: {function.name}"
        for path in MODULES
        for function in public_functions(tree(path))
        if not ast.get_docstring(function)
    ]
    assert not silent, listed(silent)


def test_a_function_fits_on_a_screen_and_a_file_is_one_idea() -> None:
    long = [
        f"{path.relative_to(SOURCE)}: {node.name}, {length(node)} lines"
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and length(node) > LONGEST_FUNCTION
    ]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    long += [f"{path.relative_to(SOURCE)}: {n} lines" for path, n in lines.items() if n > LONGEST_FILE]
    assert not long, listed(long)


def test_nothing_in_a_file_can_run() -> None:
    """No pickle and its like, no eval, no exec: data is data."""
    unsafe = [
        f"{path.relative_to(SOURCE)}:{node.lineno}: {ast.unparse(node)}"
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Call) and runs_data(node)
    ]
    assert not unsafe, listed(unsafe)


def runs_data(node: ast.Import | ast.ImportFrom | ast.Call) -> bool:
    """Whether a statement imports or calls what can run a program that stands in a file."""
    if isinstance(node, ast.Import):
        return not {alias.name.split(".")[0] for alias in node.names}.isdisjoint(UNSAFE_MODULES)
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").split(".")[0] in UNSAFE_MODULES
    allowed = [word.value for word in node.keywords if word.arg in {"allow_pickle", "shell"}]
    return getattr(node.func, "id", "") in {"eval", "exec", "compile", "__import__"} or not all(
        isinstance(value, ast.Constant) and value.value is False for value in allowed
    )


@pytest.mark.parametrize(
    ("line", "unsafe"),
    [
        ("import pickle", True),
        ("from joblib.memory import Memory", True),
        ("np.load(file, allow_pickle=True)", True),
        ("subprocess.run(line, shell=on)", True),
        ("eval(text)", True),
        ("np.load(file, allow_pickle=False)", False),
        ("model.eval()", False),
    ],
)
def test_what_can_run_is_known(line: str, unsafe: bool) -> None:
    nodes = [node for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Import | ast.ImportFrom | ast.Call)]
    assert [runs_data(node) for node in nodes] == [unsafe]


def test_the_examples_run() -> None:
    with_examples = [name for name, path in FILES.items() if ">>> " in path.read_text(encoding="utf-8")]
    assert len(with_examples) > 5
    failed = [name for name in with_examples if doctest.testmod(importlib.import_module(name)).failed]
    assert not failed, listed(failed)


def test_every_module_has_its_tests() -> None:
    """Write tests/<room>/test_<module>.py, or say in NO_TEST_OF_ITS_OWN why there is none."""
    without = []
    for path, name in zip(MODULES, NAMES, strict=True):
        folder, stem = (ROOT / "tests" / name).parent, path.stem
        found = [*folder.glob(f"test_{stem}*.py"), *folder.glob(f"test_{room(path)}_{stem}.py")]
        if stem != "__init__" and name not in NO_TEST_OF_ITS_OWN and not found:
            without.append(name)
    assert not without, listed(without)


def test_the_reasons_for_no_test_are_about_modules_that_exist() -> None:
    gone = sorted(set(NO_TEST_OF_ITS_OWN) - set(NAMES))
    assert not gone, listed(gone)


def test_test_files_have_names_of_their_own() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    twice = sorted({name for name in names if names.count(name) > 1})
    assert not twice, listed(twice)


def test_no_test_measures_time() -> None:
    """It would test the machine: wait with `waiting.until`, hand in the clock, count calls, or write a benchmark."""
    measuring = [
        f"{path.relative_to(ROOT / 'tests')}:{node.lineno}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if path.name not in MAY_READ_THE_CLOCK
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and node.attr in CLOCKS)
        or (isinstance(node, ast.Call) and ast.unparse(node.func) == "time.time")
        or (isinstance(node, ast.ImportFrom) and node.module == "time")
    ]
    assert not measuring, listed(measuring)


def test_a_release_is_of_this_version_and_is_in_the_changelog() -> None:
    """RELEASE is there only while a release is made; it names the version, and lets .ci/run run all tests."""
    file = ROOT / "RELEASE"
    if file.exists():
        assert file.read_text(encoding="utf-8").strip() == inkdigit.__version__
        heading = f"## {inkdigit.__version__}"
        assert heading in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines(), "without (unreleased)"


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


def test_every_command_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    missing = [name for name in COMMANDS if not re.search(rf"\b{name}\b", text)]
    assert not missing, listed(missing)


def test_every_room_is_in_the_table_of_contributing() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    first_cells = " ".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    missing = [name for name in MAY_IMPORT if not re.search(rf"`{name}(/|\.py)?`", first_cells) and name != "shapes"]
    assert not missing, listed(missing)
    paths = re.findall(r"`((?:\w+/)+(?:\w+\.py)?)`", text)
    gone = [
        path for path in paths if path != "mnist/" and not any((folder / path).exists() for folder in (ROOT, SOURCE))
    ]
    assert not gone, listed(gone)


def test_every_command_and_option_has_help() -> None:
    silent = [
        f"{name}: {parameter.name}"
        for name, command in COMMANDS.items()
        for parameter in command.params
        if not getattr(parameter, "help", "")
    ]
    assert not silent, listed(silent)
    long = [name for name, command in COMMANDS.items() if not 0 < len((command.help or "").split("\n")[0]) <= 120]
    assert not long, listed(long)
