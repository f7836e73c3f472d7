"""`inkdigit read` with a recognizer and a page that are made up: what is printed, where, and with which exit code."""

import csv
import gzip
import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inkdigit.data.idx import write_images
from inkdigit.errors import BadInput
from inkdigit.page import reading as page_reading
from inkdigit.reader import Reader
from inkdigit.types import Character, Ink, Line, Number, Page, Predictions

Command = Callable[..., Any]  # the fixtures of conftest.py


class Seven:
    """Says seven of anything, unsure of what is thin."""

    def classify(self, ink: Ink) -> Predictions:
        probabilities = np.zeros((len(ink), 10), np.float32)
        probabilities[:, 7] = np.where(ink.sum(axis=(1, 2)) > 60, 0.97, 0.31)
        confidence = probabilities[:, 7]
        return Predictions(np.full(len(ink), 7, np.uint8), confidence, confidence < 0.5, probabilities)


def page_of(pixels: np.ndarray, networks: object, thresholds: object) -> Page:
    """Two numbers on one line and one on the next, an unsure 4 among them; none where nothing is drawn."""
    if pixels.min() == pixels.max():
        return Page((), note="blank")
    digits = tuple(Character(str(n), 0.4 if n == 4 else 0.99, n == 4, (5 + 9 * n, 20, 8, 12)) for n in (0, 4, 7))
    number = Number("047", 0.39, True, (5, 20, 71, 12), digits, cell=(0, 1))
    seven = Number("7", 0.99, False, digits[2].box, digits[2:])
    return Page((Line("047 7", (5, 20, 71, 12), (number, seven)), Line("7", (68, 20, 8, 12), (seven,))))


@pytest.fixture(autouse=True)
def _made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkdigit.reader.load", lambda model=None, threshold=None: Reader(Seven(), threshold=threshold))
    monkeypatch.setattr(page_reading, "read_page", page_of)


def picture(ink: int = 8, *, side: int = 96) -> np.ndarray:
    """A black bar of that width on white; blank where it is 0."""
    levels = np.full((side, side), 255, np.uint8)
    levels[side // 4 : 3 * side // 4, side // 2 : side // 2 + ink] = 0
    return levels


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with two pictures of a thick and a thin bar, a blank one and a damaged one in `scans`."""
    (tmp_path / "scans").mkdir()
    for name, ink in (("a.png", 16), ("b.png", 1), ("c.png", 0)):
        Image.fromarray(picture(ink)).save(tmp_path / "scans" / name)
    (tmp_path / "scans" / "d.png").write_bytes((tmp_path / "scans" / "a.png").read_bytes()[:60])
    (tmp_path / "scans" / "labels.csv").write_text("a.png,1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- text


def test_one_picture_is_its_lines(inkdigit: Command, files: Path) -> None:
    outcome = inkdigit("read", "scans/a.png")
    assert (outcome.code, outcome.out) == (0, "04?7 7\n7\n")
    assert outcome.err == "4? is a digit, or the end of a number, that I am not sure of\n"


def test_several_pictures_have_their_names_in_front(inkdigit: Command, files: Path) -> None:
    outcome = inkdigit("read", "scans/a.png", "scans/c.png")
    assert outcome.out.splitlines() == ["scans/a.png: 04?7 7", "scans/a.png: 7", "scans/c.png: -"]
    assert outcome.code == 0
    assert outcome.err.splitlines() == [
        "4? is a digit, or the end of a number, that I am not sure of",
        "- is a picture without digits",
    ]


def test_single_digits(inkdigit: Command, files: Path) -> None:
    outcome = inkdigit("read", "--single", "scans/a.png", "scans/b.png", "scans/c.png")
    assert outcome.out.splitlines() == [
        "scans/a.png  7   97.0 %",
        "scans/b.png  7?  31.0 %  (unsure)",
        "scans/c.png  -",
    ]
    assert inkdigit("read", "--single", "scans/a.png").out == "7   97.0 %\n"


def test_a_note_is_a_remark(inkdigit: Command, files: Path) -> None:
    frames = [Image.fromarray(picture(ink)) for ink in (16, 3)]
    frames[0].save("a.gif", save_all=True, append_images=frames[1:])
    outcome = inkdigit("read", "--single", "a.gif")
    assert outcome.out == "7   97.0 %\n"
    assert outcome.err == "inkdigit: a.gif: animated: first frame used\n"


def test_a_name_is_only_a_label(inkdigit: Command, files: Path) -> None:
    """I26."""
    for name in ("\x1b[31mred\n.png", "=cmd().png", "<img onerror=x>.png", "\u202egnp.png"):
        Path(name).write_bytes(Path("scans/a.png").read_bytes())
    outcome = inkdigit("read", ".", "--single")
    assert len(outcome.out.splitlines()) == 4
    assert "\\x1b[31mred\\n.png  7" in outcome.out
    rows = list(csv.reader(io.StringIO(inkdigit("read", "=cmd().png", "--single", "--csv").out)))
    assert rows[1][0] == "'=cmd().png"


# -- JSON and CSV


def test_json_of_pages(inkdigit: Command, files: Path) -> None:
    outcome = inkdigit("read", "scans", "--json")
    a, b, c, d = outcome.objects
    assert outcome.code == 7
    assert a["lines"][0]["text"] == "047 7"
    assert a["lines"][0]["numbers"][0]["cell"] == [0, 1]
    assert a["lines"][0]["numbers"][0]["characters"][1] == {
        "text": "4",
        "confidence": 0.4,
        "unsure": True,
        "box": [41, 20, 8, 12],
    }
    assert {**a, "file": "scans/b.png"} == b
    assert c == {"file": "scans/c.png", "rotation": 0, "note": "blank", "lines": []}
    assert (d["file"], d["error"]["code"]) == ("scans/d.png", "truncated")


def test_json_of_single_digits(inkdigit: Command, files: Path) -> None:
    a, b, c, d = inkdigit("read", "scans", "--json", "--single").objects
    assert list(a) == ["file", "digit", "confidence", "unsure", "probabilities", "note"]
    assert (a["digit"], a["unsure"], a["note"], len(a["probabilities"])) == (7, False, None, 10)
    assert b["unsure"] is True
    assert (c["digit"], c["probabilities"], c["note"]) == (None, None, "blank")
    assert set(d) == {"file", "error"}


def test_csv(inkdigit: Command, files: Path) -> None:
    outcome = inkdigit("read", "scans", "--csv")
    rows = list(csv.DictReader(io.StringIO(outcome.out, newline="")))
    assert [(row["file"][-5:], row["line"], row["number"], row["text"]) for row in rows] == [
        ("a.png", "1", "1", "047"),
        ("a.png", "1", "2", "7"),
        ("a.png", "2", "1", "7"),
        ("b.png", "1", "1", "047"),
        ("b.png", "1", "2", "7"),
        ("b.png", "2", "1", "7"),
        ("c.png", "", "", ""),
    ]
    assert (rows[0]["confidence"], rows[0]["box"], rows[0]["unsure"]) == ("0.3900", "5 20 71 12", "true")
    assert outcome.code == 7


def test_json_and_csv_exclude_one_another(inkdigit: Command) -> None:
    outcome = inkdigit("read", "a.png", "--json", "--csv")
    assert outcome.code == 2
    assert "--json, --csv and --table" in outcome.err


# -- what cannot be read


def test_the_only_picture_is_bad(inkdigit: Command, files: Path) -> None:
    outcome = inkdigit("read", "scans/d.png")
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.startswith("inkdigit: error: cannot read picture: scans/d.png: ends early")
    assert len(outcome.err.splitlines()) == 1
    assert inkdigit("read", "scans/d.png", "--json").code == 3


def test_some_are_bad(inkdigit: Command, files: Path) -> None:
    outcome = inkdigit("read", "scans", "missing.png", "--single")
    assert outcome.code == 7
    assert len(outcome.out.splitlines()) == 3
    remarks = outcome.err.splitlines()
    assert "inkdigit: scans: 1 file is no picture: labels.csv" in remarks
    assert sum(remark.startswith("inkdigit: error: cannot read picture: ") for remark in remarks) == 2
    assert remarks[-1] == "inkdigit: 2 of 5 pictures could not be read"


def test_nothing_is_there(inkdigit: Command, tmp_path: Path) -> None:
    """F01."""
    outcome = inkdigit("read", tmp_path, "--json")
    assert outcome.code == 3
    [failed] = outcome.objects
    assert failed["error"]["code"] == "no-pictures"
    assert inkdigit("read", tmp_path / "missing.png").code == 3
    assert inkdigit("read").code == 2


# -- the other sources


@pytest.mark.parametrize("name", ["x.gz", "x-idx3-ubyte", "x.npz"])
def test_a_stack_of_images(inkdigit: Command, files: Path, name: str) -> None:
    images = np.stack([255 - picture(4, side=28), np.zeros((28, 28), np.uint8)])
    if name.endswith("npz"):
        np.savez(name, images=images)
    else:
        write_images(Path(name), images)
    first, second = inkdigit("read", "--single", name, "--json").objects
    assert (first["file"], first["digit"]) == (f"{name}#0", 7)
    assert (second["file"], second["note"]) == (f"{name}#1", "blank")


def test_damaged_stacks(inkdigit: Command, files: Path) -> None:
    Path("x.gz").write_bytes(gzip.compress(b"no images"))
    Path("x.npz").write_bytes(b"PK\x03\x04")
    np.savez("y.npz", first=np.zeros((2, 28, 28)), second=np.zeros((2, 28, 28)))
    outcome = inkdigit("read", "--single", "x.gz", "x.npz", "y.npz", "--json")
    assert outcome.code == 7
    assert [(failed["file"], failed["error"]["code"]) for failed in outcome.objects] == [
        (name, "bad-input") for name in ("x.gz", "x.npz", "y.npz")
    ]


def test_the_standard_input(inkdigit: Command, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = Path("scans/a.png").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    [answer] = inkdigit("read", "--single", "-", "--json").objects
    assert (answer["file"], answer["digit"]) == ("-", 7)


# -- pages, archives, folders in folders, large pictures


def test_pages_of_a_document(inkdigit: Command, files: Path) -> None:
    for name in ("a.pdf", "a.tif"):
        first, *others = [Image.fromarray(picture(ink)) for ink in (16, 3, 16)]
        first.save(name, save_all=True, append_images=others)
    assert [one["file"] for one in inkdigit("read", "a.pdf", "--json").objects] == ["a.pdf#1", "a.pdf#2", "a.pdf#3"]
    assert [one["file"] for one in inkdigit("read", "a.pdf#2", "--json").objects] == ["a.pdf#2"]
    outcome = inkdigit("read", "a.pdf", "a.tif", "--pages", "2-3", "--json", "--overlay", "out")
    assert [one["file"] for one in outcome.objects] == ["a.pdf#2", "a.pdf#3", "a.tif#2", "a.tif#3"]
    assert sorted(path.name for path in Path("out").iterdir()) == [
        f"a.{end}#{n}.png" for end in ("pdf", "tif") for n in (2, 3)
    ]
    outcome = inkdigit("read", "a.pdf", "--pages", "4")
    assert (outcome.code, "has 3 pages" in outcome.err) == (3, True)
    assert inkdigit("read", "a.pdf", "--pages", "x").code == 2


def test_folders_in_a_folder(inkdigit: Command, files: Path) -> None:
    Path("scans/d.png").unlink()
    Path("more").mkdir()
    Path("scans").rename("more/scans")
    assert inkdigit("read", "more").code == 3
    outcome = inkdigit("read", "more", "--recursive", "--json")
    assert [one["file"] for one in outcome.objects] == [f"more/scans/{name}.png" for name in "abc"]
    assert (outcome.code, outcome.err) == (0, "inkdigit: more/scans: 1 file is no picture: scans/labels.csv\n")


def test_a_folder_whose_pictures_were_skipped_is_no_success(inkdigit: Command, files: Path) -> None:
    Path("scans/d.png").unlink()
    assert inkdigit("read", "scans").code == 0
    Path("scans/e.png").symlink_to("a.png")
    outcome = inkdigit("read", "scans", "--json")
    assert (outcome.code, len(outcome.objects)) == (7, 3)
    Path("scans/e.png").unlink()
    Path("scans/e.jxl").write_bytes(b"\xff\x0a....")
    outcome = inkdigit("read", "scans", "--json")
    assert outcome.code == 7
    assert outcome.objects[3]["error"]["code"] == "unsupported-format"
    assert "is a JPEG XL picture" in outcome.err


def test_boxes_are_in_pixels_of_the_picture_as_it_was_given(inkdigit: Command, files: Path) -> None:
    Image.fromarray(np.pad(picture(), ((0, 4500), (0, 6000)))).save("large.png")
    [answer] = inkdigit("read", "large.png", "--json", "--overlay", "out").objects
    assert answer["lines"][0]["box"] == [10, 40, 142, 24]
    with Image.open("out/large.png") as drawn:
        assert drawn.width == 3048


def test_the_reason_is_said_however_long_the_path(inkdigit: Command, files: Path) -> None:
    folder = Path(*["a" * 60] * 5)
    folder.mkdir(parents=True)
    (folder / "broken.png").write_bytes(Path("scans/d.png").read_bytes())
    outcome = inkdigit("read", folder / "broken.png", "--json")
    assert "broken.png: ends early (got 60 of at least " in outcome.err
    assert "broken.png: ends early (got 60 of at least " in outcome.objects[0]["error"]["message"]
    assert len(outcome.err) <= 201


# -- the overlay


def test_overlays(inkdigit: Command, files: Path) -> None:
    outcome = inkdigit("read", "scans", "--overlay", "out/deep")
    assert outcome.code == 7
    assert sorted(path.name for path in Path("out/deep").iterdir()) == ["a.png", "b.png", "c.png"]
    with Image.open("out/deep/a.png") as drawn:
        assert drawn.mode == "RGB"
        assert min(drawn.size) >= 96


def test_overlays_of_single_digits(inkdigit: Command, files: Path) -> None:
    assert inkdigit("read", "scans", "--overlay", "out", "--single").code == 7
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.png", "b.png", "c.png"]


def test_a_picture_is_never_drawn_over(inkdigit: Command, files: Path) -> None:
    """F07."""
    before = Path("scans/a.png").read_bytes()
    for folder in ("scans", "./scans/", files / "scans"):
        outcome = inkdigit("read", "scans/a.png", "--overlay", folder)
        assert outcome.code == 4
        assert "the pictures are in it" in outcome.err
    assert Path("scans/a.png").read_bytes() == before


def test_an_overlay_that_cannot_be_written(inkdigit: Command, files: Path) -> None:
    Path("file").write_text("")
    assert inkdigit("read", "scans/a.png", "--overlay", "file").code == 4
    (files / "out" / "a.png").mkdir(parents=True)
    outcome = inkdigit("read", "scans/a.png", "--overlay", "out")
    assert outcome.code == 4
    assert len(outcome.err.splitlines()) == 1


# -- the ends of the program


def test_a_model_that_cannot_be_used(inkdigit: Command, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(model: str | None = None, *, threshold: float | None = None) -> Reader:
        raise BadInput("cannot read model", model, "is empty")

    monkeypatch.setattr("inkdigit.reader.load", load)
    outcome = inkdigit("read", "scans/a.png", "--model", "x.onnx")
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err == "inkdigit: error: cannot read model: x.onnx: is empty\n"


def test_ctrl_c_ends_it(inkdigit: Command, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(pixels: np.ndarray, networks: object, thresholds: object) -> Page:
        os.kill(os.getpid(), signal.SIGINT)
        threading.Event().wait(0.2)
        return Page(())

    monkeypatch.setattr(page_reading, "read_page", interrupted)
    # What a shell starts in the background ignores Ctrl-C, and so would Python.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        outcome = inkdigit("read", "scans/a.png", "scans/b.png", "scans/c.png")
    finally:
        signal.signal(signal.SIGINT, before)
    assert outcome.code == 130
    assert "stopped" in outcome.err


PROGRAM = """
import sys, numpy as np
from inkdigit import reader
from inkdigit.types import Predictions
class Seven:
    def classify(self, ink):
        probabilities = np.full((len(ink), 10), 0.05, np.float32)
        return Predictions(np.full(len(ink), 7, np.uint8), np.full(len(ink), .9, np.float32),
                           np.zeros(len(ink), bool), probabilities)
reader.load = lambda model=None, threshold=None: reader.Reader(Seven())
from inkdigit.cli.main import main
main()
"""


def test_a_reader_that_goes_away_is_no_failure(files: Path) -> None:
    """C13: quiet, whatever is still being read."""
    for index in range(300):
        Image.fromarray(picture(4, side=28)).save(f"{index}.png")
    words = f'"{sys.executable}" -c \'{PROGRAM}\' read . --single --json | head -1; exit "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", words], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in {0, 141}
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_reading_loads_nothing_of_learning(files: Path) -> None:
    code = PROGRAM.replace("main()\n", "from inkdigit.cli.main import run; run(sys.argv[1:]); print(*sys.modules)\n")
    words = [sys.executable, "-c", code.replace("from inkdigit.cli.main import main\n", ""), "read", "scans/a.png"]
    done = subprocess.run([*words, "--single"], capture_output=True, text=True, check=True)
    heavy = {"keras", "jax", "matplotlib", "onnx", "requests", "rich.progress", "PIL.ImageDraw"}
    assert not heavy & set(done.stdout.split())


def test_a_table_of_pixels_gives_what_kaggle_takes(inkdigit: Command, files: Path) -> None:
    images = np.stack([np.zeros((28, 28), np.uint8), 255 - picture(4, side=28), 255 - picture(2, side=28)])
    rows = [",".join(map(str, image.ravel())) for image in images]
    header = ",".join(f"pixel{i}" for i in range(784))
    Path("test.csv").write_text("\n".join([header, *rows]))
    outcome = inkdigit("read", "--single", "test.csv", "--csv")
    assert outcome.code == 0
    lines = list(csv.DictReader(io.StringIO(outcome.out, newline="")))
    told = inkdigit("read", "--single", "test.csv", "--json").objects
    assert [one["file"] for one in told] == ["test.csv#0", "test.csv#1", "test.csv#2"]
    assert [(line["ImageId"], line["Label"]) for line in lines] == [
        (str(i + 1), "" if one["digit"] is None else str(one["digit"])) for i, one in enumerate(told)
    ]
    assert lines[0] == {"ImageId": "1", "Label": ""}
    assert inkdigit("read", "test.csv", "--csv").out.startswith("file,line,number")
