"""Layouts of pictures as people have them, tables that name labels, and what is ambiguous."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigit.data import mnist_small, source
from inkdigit.data.labelled import PARTS
from inkdigit.errors import BadInput
from inkdigit.types import Digits

DIGITS = mnist_small.load("test").take(slice(120))
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TRUTH = {image.tobytes(): label for image, label in zip(DIGITS.images, DIGITS.labels, strict=True)}

Name = Callable[[int, int], str]
"""Of the i-th picture, which shows this digit."""


def png(index: int) -> bytes:
    data = io.BytesIO()
    Image.fromarray(DIGITS.images[index]).save(data, "PNG")
    return data.getvalue()


def write(root: Path, name: Name) -> Path:
    for index, digit in enumerate(DIGITS.labels.tolist()):
        path = root / name(index, digit)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(index))
    return root


def check(found: dict[str, Digits], *, parts: set[str]) -> None:
    """Every picture was found once, with its digit."""
    assert set(found) == parts
    images = [image.tobytes() for digits in found.values() for image in digits.images]
    labels = [label for digits in found.values() for label in digits.labels]
    assert len(images) == len(set(images)) == len(DIGITS)
    assert [TRUTH[image] for image in images] == labels


def in_part(index: int, *names: str) -> str:
    return names[index % len(names)]


LAYOUTS: dict[str, tuple[Name, set[str]]] = {
    "folders": (lambda i, d: f"{d}/{i}.png", {"train", "test"}),
    "in a folder": (lambda i, d: f"mnist_png/images/{d}/{i}.png", {"train", "test"}),
    "words": (lambda i, d: f"{WORDS[d]}/{i}.png", {"train", "test"}),
    "Words": (lambda i, d: f"{WORDS[d].title()}/{i}.png", {"train", "test"}),
    "digit_3": (lambda i, d: f"digit_{d}/{i}.png", {"train", "test"}),
    "class 3": (lambda i, d: f"class {d}/{i}.png", {"train", "test"}),
    "03": (lambda i, d: f"{d:02}/{i}.png", {"train", "test"}),
    "training, testing": (lambda i, d: f"{in_part(i, 'training', 'testing')}/{d}/{i}.png", {"train", "test"}),
    "Train, Test": (lambda i, d: f"{in_part(i, 'Train', 'Test')}/{d}/{i}.png", {"train", "test"}),
    "three parts": (lambda i, d: f"{in_part(i, 'train', 'val', 'test')}/{d}/{i}.png", {"train", "validation", "test"}),
    "train, valid": (lambda i, d: f"a/{in_part(i, 'train', 'valid')}/{d}/{i}.png", {"train", "validation"}),
    "train": (lambda i, d: f"train/{d}/{i}.png", {"train"}),
    "digit, then part": (lambda i, d: f"{d}/{in_part(i, 'train', 'test')}/{i}.png", {"train", "test"}),
    "flat": (lambda i, d: f"{d}_{i}.png", {"train", "test"}),
    "flat, label last": (lambda i, d: f"img{i:05}_{d}.png", {"train", "test"}),
    "flat, in parts": (lambda i, d: f"{in_part(i, 'train', 'test')}/{d}_{i}.png", {"train", "test"}),
    "writer, then digit": (lambda i, d: f"writer{i % 7}/{d}/{i}.png", {"train", "test"}),
    "digit, then writer": (lambda i, d: f"{d}/anna{i % 5}/{i}.png", {"train", "test"}),
    "numbered writers": (lambda i, d: f"{i % 12}/{d}/{i}.png", {"train", "test"}),
}


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name: str, zipped: bool, tmp_path: Path) -> None:
    layout, parts = LAYOUTS[name]
    root = write(tmp_path / "data", layout)
    if zipped:
        with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
            for path in root.rglob("*.png"):
                archive.write(path, path.relative_to(tmp_path))
        root = tmp_path / "data.zip"
    check(source.load_parts(str(root), PARTS), parts=parts)  # type: ignore[arg-type]


def test_writers_are_kept_apart(tmp_path: Path) -> None:
    """The number of the writer is the first pixel, so that it can be seen who wrote what."""
    for index, digit in enumerate(DIGITS.labels.tolist()):
        image = DIGITS.images[index].copy()
        image[0, 0] = index % 8
        path = tmp_path / str(digit) / f"writer{index % 8}" / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    found = source.load_parts(str(tmp_path), PARTS)
    train, test = (set(found[part].images[:, 0, 0].tolist()) for part in ("train", "test"))
    assert train | test == set(range(8))
    assert not train & test
    writers = found["train"].writers
    assert writers is not None
    assert len(set(zip(writers.tolist(), found["train"].images[:, 0, 0].tolist(), strict=True))) == len(train)


@pytest.mark.parametrize(
    ("line", "header"),
    [
        ("{i}.png,{d}", "filename,label"),
        ("{i}.png,{d}", ""),
        ("{i},{d}", "id,label"),
        ("{d};pictures/{i}.png", "digit;path"),
        ("{i}.png,{i},{word}", "file,number of the page,label"),
        ("./pictures/{i}.png,anna,{d}.0", "a,b,c"),
    ],
)
def test_tables_that_name_labels(line: str, header: str, tmp_path: Path) -> None:
    write(tmp_path, lambda i, d: f"pictures/{i}.png")
    rows = [line.format(i=i, d=d, word=WORDS[d]) for i, d in enumerate(DIGITS.labels.tolist())]
    (tmp_path / "labels.csv").write_text("\n".join([header, *rows] if header else rows))
    check(source.load_parts(str(tmp_path), PARTS), parts={"train", "test"})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("file,a,b\n" + "\n".join(f"{i}.png,{i % 10},{i % 7}" for i in range(120)), "which column is the label"),
        ("file,label\n" + "\n".join(f"{i}.png,cat" for i in range(120)), 'label "cat" in line 2; expected 0 to 9'),
        ("file,label\n" + "\n".join(f"{i}.png,3" for i in range(20)), "its tables name 20 of 120 pictures"),
        ("file,label\n" + "other.png,3\n" * 120, "a digit stands in the names of 10 of 120 files"),
    ],
)
def test_tables_that_do_not(table: str, why: str, tmp_path: Path) -> None:
    write(tmp_path, lambda i, d: f"{i}.png")
    (tmp_path / "labels.csv").write_text(table)
    with pytest.raises(BadInput, match=why):
        source.load_parts(str(tmp_path), PARTS)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (
            lambda i, d: f"{i % 10}/{d}/{i}.png",
            r"which folder of ./. is the digit\?; call those of the writers writer_1",
        ),
        (lambda i, d: f"{d}_{i}_{i % 10}.png", "the digit of ._.*_. may stand first or last; call the folders"),
        (lambda i, d: f"{'train' if i < 30 else 'more'}/{d}/{i}.png", r"30 of 120 pictures lie in train/ or test/"),
        (lambda i, d: f"IMG_{2000 + i}.png", "no pictures found.*expected pictures in folders 0 to 9"),
    ],
)
def test_what_is_ambiguous_says_how_to_name_it(name: Name, why: str, tmp_path: Path) -> None:
    write(tmp_path, name)
    with pytest.raises(BadInput, match=why) as caught:
        source.load_parts(str(tmp_path), PARTS)
    assert "\n" not in str(caught.value)


def test_a_few_strays_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, lambda i, d: f"{'train' if i else 'misc'}/{d}/{i}.png")
    found = source.load_parts(str(tmp_path), PARTS)
    assert {part: len(digits) for part, digits in found.items()} == {"train": 119}
    assert "left out 1 file" in caplog.text
    assert "neither in train/ nor in test/" in caplog.text
    assert np.array_equal(np.unique(found["train"].labels), np.arange(10))
