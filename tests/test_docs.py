"""Every block and every command of the docs is true.

A fenced block says what it is: `python` is run, in a process of its own as a reader would; so are the commands of `sh`,
in a folder that has the pictures, runs and networks they name, except those of PARSED, whose options are checked, and
of NOT_RUN, each with its reason; `json` and `text` that show an answer have the fields of a real one; `html` is what
export/test_browser.py opens in Chromium. Commands within a sentence are parsed.
"""

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest
import typer.main
from PIL import Image

from inkdigit.cli.main import app, run
from inkdigit.data import mnist
from inkdigit.data.idx import write_images
from inkdigit.data.strokes import draw, strokes
from inkdigit.formats.check import check_model_file
from inkdigit.formats.from_onnx import chain_from_onnx
from inkdigit.formats.keras_chain import keras_from_chain
from inkdigit.models.zoo import path_of
from waiting import until
from written import on_paper, write_page

ROOT = Path(__file__).parent.parent
PAGES = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md")),
         *sorted((ROOT / "docs").glob("*.md"))]  # fmt: skip
KINDS = {"sh", "python", "json", "text", "html"}

PARSED = {
    "train": "minutes; tests/cli/test_cli_train.py runs it",
    "demo": "minutes; tests/cli/test_demo.py runs it",
    "evaluate": "all test digits; tests/cli/test_cli_evaluate.py runs it",
    "serve": "does not end; a test below lets curl ask it",
}
"""Commands of `inkdigit` whose words and options are checked, and which are not run here."""

NOT_RUN = {
    "git": "needs the network",
    "cd": "goes where git has cloned",
    "npm": "needs the network",
    "pip": "needs the network; an extra that it names must be there",
    "python3": "makes an environment, as .ci/run does",
    "cp": "copies what npm installed",
    "docker": "needs a service of the machine",
    "nginx": "needs a service of the machine; tests/server runs its configuration",
    "systemctl": "needs a service of the machine",
    "uvx": "needs the network",
    "curl": "is run below, against a real service",
    "make": "would run these tests in these tests; the target must be there",
}
"""Programs whose lines are not run, and why."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, the line of its fence, what it is and what stands in it."""

    page: str
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks() -> Iterator[Block]:
    """Every fenced block of the docs."""
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for found in re.finditer(r"^( *)```(\S*)\n(.*?)^\1```$", text, flags=re.MULTILINE | re.DOTALL):
            line = text[: found.start()].count("\n") + 1
            yield Block(str(path.relative_to(ROOT)), line, found[2], found[3])


def inline_commands() -> Iterator[tuple[str, str]]:
    """Every `inkdigit ...` within a sentence, with its page."""
    for path in PAGES:
        for found in re.finditer(r"`(inkdigit [^`\n]+)`", path.read_text(encoding="utf-8")):
            yield path.name, found[1]


BLOCKS = list(blocks())


def of_kind(kind: str) -> list[Any]:
    return [pytest.param(block, id=str(block)) for block in BLOCKS if block.kind == kind]


@dataclass(frozen=True)
class Line:
    """A command of a block, without its comment, and what the block says that it prints."""

    command: str
    prints: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.command)


def lines(block: Block) -> Iterator[Line]:
    """The commands of a block; where they begin with a dollar, what follows is what they print."""
    with_output = block.text.startswith("$ ")
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:] if with_output else block.text.splitlines():
        command, _, prints = part.partition("\n")
        command = re.split(r"\s+#\s", command)[0].strip()
        if command and not command.startswith("#"):
            yield Line(command, prints)


# -- what a page says of itself


def test_every_block_says_what_it_is() -> None:
    assert [str(block) for block in BLOCKS if block.kind not in KINDS] == []
    assert {block.kind for block in BLOCKS} == KINDS


def test_every_program_is_run_or_has_its_reason() -> None:
    programs = {word for block in BLOCKS if block.kind == "sh" for line in lines(block) for word in programs_of(line)}
    assert sorted(programs - {"inkdigit", "cat", "."} - set(NOT_RUN)) == []


def programs_of(line: Line) -> list[str]:
    """The programs of a line, joined by pipes or &&."""
    return [part.split()[0] for part in re.split(r"\||&&", line.command)]


# -- commands


def parse(words: list[str]) -> None:
    """Let the command take its words as it would, without doing anything; a wrong one raises Click's error."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        command, words = command.commands[words[0]], words[1:]
    names = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    assert {word for word in words if word.startswith("--")} <= names
    if not any(re.fullmatch(r"[A-Z]+|…|--help", word) for word in words) and words and words[-1] not in names:
        command.make_context("inkdigit", words)


def test_every_command_within_a_sentence_is_one() -> None:
    wrong = []
    for page, command in inline_commands():
        try:
            parse([word for word in shlex.split(command)[1:] if word not in ("COMMAND", "…")])
        except Exception as error:
            wrong.append(f"{page}: {command}: {error}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "line", ["train mlp-quick --sed 1", "train mlp-quick --seed one", "look digit.png", "data fish"]
)
def test_a_command_that_is_none_is_found(line: str) -> None:
    with pytest.raises(Exception, match=r"sed|one|look|fish"):
        parse(line.split())


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`model.onnx`, `model.keras` and `model.h5` of the shipped perceptron, as a run directory has them."""
    folder = tmp_path_factory.mktemp("run")
    content = path_of("mlp").read_bytes()
    (folder / "model.onnx").write_bytes(content)
    network = keras_from_chain(chain_from_onnx(check_model_file(content, where="mlp")))
    network.save(folder / "model.keras")
    return folder


@pytest.fixture
def world(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a reader who has everything that the docs name."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("results", "page*"))
    for run_ in ("a", "mlp-128-1", "mlp-quick-1"):
        shutil.copytree(models, tmp_path / "runs" / run_)
    shutil.copy(models / "model.keras", tmp_path / "notebook.keras")
    for folder, names in {".": ("digit.png", "seven.png"), "digits": ("1.png", "2.png")}.items():
        (tmp_path / folder).mkdir(exist_ok=True)
        for name in names:
            glyph = draw(7, random=np.random.default_rng(0), height=80)
            Image.fromarray(on_paper(np.pad(glyph, 30))).save(tmp_path / folder / name)
    form = Image.fromarray(write_page(["0123 45"]).pixels)
    for name in ("form.png", "form.jpg", "page.jpg", "photo.jpg", "table.jpg", "scans/1.png", "scans/2.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        form.save(tmp_path / name, quality=95)
    pages = [form.copy() for _ in range(3)]
    pages[0].save(tmp_path / "scan.pdf", save_all=True, append_images=pages[1:])
    write_images(tmp_path / "x-idx3-ubyte.gz", strokes(20, seed=0).images)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shape_of(text: str) -> list[str]:
    """How each line that a command prints begins, without its numbers."""
    return [" ".join(re.sub(r"\d[\d.,]*", "N", row).split()[:8]) for row in text.splitlines()]


@pytest.fixture
def _few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports are proven on them: to answer 5,000 takes seconds."""
    monkeypatch.setattr("inkdigit.export.held_out", lambda n: strokes(100, seed=7, part="validation"))
    monkeypatch.setattr("inkdigit.export.formats.calibration", lambda: strokes(50, seed=8).ink)


@pytest.mark.usefixtures("_few_digits")
@pytest.mark.parametrize("block", of_kind("sh"))
def test_commands_do_as_they_are_written(
    block: Block, world: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    for line in lines(block):
        program, command = line.words[0], (line.words[1:] or [""])[0]
        if program in NOT_RUN:
            assert_names_what_is_there(line.words)
        elif command in PARSED:
            parse(line.words[1:])
        else:
            if "--out" in line.words:  # a reader's is not there yet
                shutil.rmtree(world / line.words[line.words.index("--out") + 1], ignore_errors=True)
            capfd.readouterr()
            code = in_a_shell(line) if re.search(r"[|<>*]", line.command) else run(line.words[1:])
            printed = capfd.readouterr()
            assert code == 0, f"{line.command}: {printed.err}"
            if line.prints:
                assert shape_of(printed.out) == shape_of(line.prints.rstrip())


def in_a_shell(line: Line) -> int:
    return subprocess.run(["bash", "-o", "pipefail", "-c", line.command], check=False).returncode


def assert_names_what_is_there(words: list[str]) -> None:
    """Targets of the Makefile and extras of the package that a line names exist."""
    if words[0] == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert set(words[1:]) <= set(targets)
    extras = [extra for word in words for extra in re.findall(r"\[([\w,]+)\]", word)]
    known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert {name for extra in extras for name in extra.split(",")} <= set(known)


def test_a_new_user_asks_the_service_with_curl(world: Path) -> None:
    """Every line of the docs that begins with curl, with the port of a service that runs here."""
    asked = [line for block in BLOCKS if block.kind == "sh" for line in lines(block) if line.words[0] == "curl"]
    assert asked
    log = world / "log"
    with log.open("w") as stderr:
        service = subprocess.Popen(
            [sys.executable, "-m", "inkdigit", "serve", "--port", "0"], stdout=subprocess.DEVNULL, stderr=stderr
        )
    try:
        found = until(lambda: re.search(r" at http://127\.0\.0\.1:(\d+)", log.read_text()), "the service")
        for line in asked:
            command = re.sub(r"127\.0\.0\.1:\d+|localhost:\d+", f"127.0.0.1:{found[1]}", line.command)
            done = subprocess.run(shlex.split(command), capture_output=True, check=True)
            assert json.loads(done.stdout)["lines"][0]["text"] == "0123 45", command
        (world / "short.png").write_bytes((world / "form.png").read_bytes()[:200])
        words = ["curl", "-s", "-F", "image=@short.png", f"http://127.0.0.1:{found[1]}/v1/read"]
        problem = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
        (shown,) = [
            json.loads(block.text) for block in BLOCKS if block.page == "docs/serve.md" and block.kind == "json"
        ]
        assert set(problem) == set(shown)
        assert (problem["type"], problem["title"], problem["status"]) == (
            shown["type"],
            shown["title"],
            shown["status"],
        )
    finally:
        service.terminate()
        service.wait(60)


# -- Python

GIVEN = """
import numpy as np
images, paths = np.zeros((3, 28, 28), np.uint8), ["seven.png", "digit.png"]
"""
"""What a reader of any block has."""

SMALL_TRAINING = """
import inkdigit
from inkdigit.recipes import change, find
whole = inkdigit.train
inkdigit.train = lambda name, *, seed: whole(change(find(name), epochs=1), data="small.npz", seed=seed, report=False)
"""
"""`inkdigit.train` on 600 digits: ten epochs on 60,000 would take a quarter of a minute."""


@pytest.mark.parametrize("block", of_kind("python"))
def test_python_does_as_it_is_written(block: Block, world: Path, small_npz: Path) -> None:
    """In a process without this one's backend of Keras: a reader has not set it."""
    shutil.copy(small_npz, world / "small.npz")
    for name in ("cnn.keras", "cnn.onnx"):  # as if exported
        shutil.copy(world / "runs" / "a" / f"model{Path(name).suffix}", world / name)
    code = GIVEN + (SMALL_TRAINING if "inkdigit.train(" in block.text else "") + asserting(block.text)
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr


def asserting(code: str) -> str:
    """The same program, in which an expression whose comment is a value is held to it: `reader.read(p).text  # '7'`."""
    result = code.splitlines()
    for node in ast.parse(code).body:
        comment = result[node.lineno - 1][node.end_col_offset :].strip() if node.lineno == node.end_lineno else ""
        if isinstance(node, ast.Expr) and comment.startswith("# "):
            try:
                value = ast.literal_eval(comment[2:])
            except (ValueError, SyntaxError):
                continue  # words about it
            expression = ast.unparse(node)
            result[node.lineno - 1] = f"assert {expression} == {value!r}, {expression}"
    return "\n".join(result)


def test_a_value_in_a_comment_is_checked() -> None:
    assert asserting("a = 1\na  # 2\na  # (n, 28), float32\n") == "a = 1\nassert a == 2, a\na  # (n, 28), float32"


# -- answers


def fields(text: str) -> set[str]:
    """The names of the fields of JSON, also of JSON that is shortened by dots and words."""
    return set(re.findall(r'"(\w+)":', text))


@pytest.mark.parametrize(
    ("page", "start", "command", "without_mnist"),
    [
        ("docs/explain.md", '{"file"', "explain digit.png --json", {"label", "index", "distance"}),
        ("docs/reading.md", "page ", "read form.png --json", set()),
        ("docs/reading.md", "single ", "read --single seven.png --json", set()),
        ("docs/reading.md", "blank ", "read --single blank.png --json", set()),
        ("docs/reading.md", "failed ", "read cut.png --json", set()),
    ],
)
def test_answers_have_the_fields_that_are_shown(
    page: str, start: str, command: str, without_mnist: set[str], world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shown,) = [
        found[0]
        for block in BLOCKS
        if block.page == page and block.kind in ("json", "text")
        for found in re.finditer(rf"^{start}.*?(?=^\w|\Z)", block.text, flags=re.MULTILINE | re.DOTALL)
    ]
    Image.new("L", (60, 80), 230).save(world / "blank.png")
    (world / "cut.png").write_bytes((world / "form.png").read_bytes()[:200])
    run(command.split())
    answered = fields(capsys.readouterr().out)
    assert answered | (without_mnist if not mnist.available() else set()) == fields(shown)


def test_every_answer_that_is_shown_is_checked() -> None:
    """A new block of JSON: hold it to a real answer above."""
    shown = [
        str(block.page) for block in BLOCKS if block.kind == "json" or (block.kind == "text" and fields(block.text))
    ]
    assert sorted(shown) == ["docs/explain.md", "docs/reading.md", "docs/serve.md"]


def test_the_page_of_html_is_opened_in_a_browser() -> None:
    assert [block.page for block in BLOCKS if block.kind == "html"] == ["docs/tfjs.md"], "see export/test_browser.py"
