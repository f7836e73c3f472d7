"""Tables of pixels: where the label is, in which order the pixels are, and what is refused."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from inkdigit.data import mnist_small, source, tables
from inkdigit.data.labelled import PARTS
from inkdigit.errors import BadInput

DIGITS = mnist_small.load("test").take(slice(70))
IMAGES, LABELS = DIGITS.images, DIGITS.labels
ROWS = IMAGES.reshape(-1, 784)


def text(*columns: np.ndarray, header: list[str] | None = None, sep: str = ",") -> str:
    table = np.column_stack(columns)
    lines = [sep.join(map(str, row)) for row in table.tolist()]
    return "\n".join([*([sep.join(header)] if header else []), *lines]) + "\n"


PIXELS = [f"pixel{i}" for i in range(784)]
BY_NAME = np.array(sorted(range(784), key=lambda i: f"pixel{i}"))
NAMES = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])

SAME: dict[str, str] = {
    "Kaggle's": text(LABELS, ROWS, header=["label", *PIXELS]),
    "without header": text(LABELS, ROWS),
    "label last": text(ROWS, LABELS, header=[*PIXELS, "class"]),
    "label last, without header": text(ROWS, LABELS),
    "rows and columns": text(LABELS, ROWS, header=["label", *(f"{i // 28 + 1}x{i % 28 + 1}" for i in range(784))]),
    "pixels sorted by their names": text(LABELS, ROWS[:, BY_NAME], header=["label", *(PIXELS[i] for i in BY_NAME)]),
    "counted by pandas": text(LABELS, ROWS, header=[str(i) for i in range(785)]),
    "with an index": text(np.arange(70), LABELS, ROWS, header=["", "label", *PIXELS]),
    "semicolons": text(LABELS, ROWS, header=["label", *PIXELS], sep=";"),
    "tabs": text(LABELS, ROWS, sep="\t"),
    "spaces": text(LABELS, ROWS, sep=" "),
    "floats": text(LABELS.astype(float), ROWS / 255),
    "words": text(NAMES[LABELS], ROWS.astype(str), header=["label", *PIXELS]),
    "words, without header": text(NAMES[LABELS], ROWS.astype(str)),
    "quoted": "\n".join(",".join(f'"{one}"' for one in row) for row in np.column_stack([LABELS, ROWS]).tolist()),
    "with the mark of Windows": "\ufeff" + text(LABELS, ROWS, header=["Label", *PIXELS]).replace("\n", "\r\n"),
}


@pytest.mark.parametrize("name", SAME)
def test_other_forms_of_the_same_table(name: str, tmp_path: Path) -> None:
    (tmp_path / "digits.csv").write_text(SAME[name], "utf-8")
    found = source.load_parts(str(tmp_path / "digits.csv"), PARTS)
    images = {image.tobytes(): label for part in found.values() for image, label in
              zip(part.images, part.labels, strict=True)}  # fmt: skip
    assert images == {image.tobytes(): label for image, label in zip(IMAGES, LABELS, strict=True)}
    assert {part: len(digits) for part, digits in found.items()} == {"train": 63, "test": 7}


def test_a_table_sorted_by_label(tmp_path: Path) -> None:
    """Its first lines are all of the 0, as the pixels of a corner are."""
    many = np.argsort(np.tile(LABELS, 40), kind="stable") % len(LABELS)
    (tmp_path / "a.csv").write_text(text(LABELS[many], ROWS[many]))
    assert np.bincount(source.load(str(tmp_path / "a.csv"), part="test").labels).min() > 0


def test_a_packed_table_and_one_beside_it(tmp_path: Path) -> None:
    for name, part in (("mnist_train.csv.gz", slice(50)), ("mnist_test.csv.gz", slice(50, None))):
        (tmp_path / name).write_bytes(gzip.compress(text(LABELS[part], ROWS[part]).encode()))
    for named in ("", "mnist_train.csv.gz"):
        found = source.load_parts(str(tmp_path / named), PARTS)
        assert np.array_equal(found["train"].images, IMAGES[:50])
        assert np.array_equal(found["test"].labels, LABELS[50:])


def test_kaggles_folder_has_no_test_part(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(SAME["Kaggle's"])
    (tmp_path / "test.csv").write_text(text(ROWS, header=PIXELS))
    (tmp_path / "sample_submission.csv").write_text("ImageId,Label\n1,0\n2,0\n")
    assert {part: len(one) for part, one in source.load_parts(str(tmp_path), PARTS).items()} == {"train": 70}
    with pytest.raises(BadInput, match=r"test.csv: it has no column of labels; read it with: inkdigit read --single"):
        source.load_parts(str(tmp_path / "test.csv"), PARTS)


def test_pictures_to_read_need_no_labels(tmp_path: Path) -> None:
    for name, content in (("a", text(ROWS, header=PIXELS)), ("b", SAME["Kaggle's"]), ("c", text(ROWS))):
        (tmp_path / f"{name}.csv").write_text(content)
        assert np.array_equal(tables.load_images(tmp_path / f"{name}.csv"), IMAGES)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "labels without images|images without labels"),
        (text(LABELS, ROWS[:, 1:]), "784|images without labels"),
        (text(LABELS, ROWS, ROWS[:, :3]), "788 columns"),
        (text(LABELS, ROWS, header=["label", "digit", *PIXELS[1:]]), "label and digit: which column is the label"),
        (text(LABELS, ROWS[:, 1:], LABELS), "the label may be its first or its last column"),
        (text(LABELS * 0, ROWS), "neither its first nor its last is a label"),
        (text(LABELS, ROWS) + "1,2,3\n", "number of columns changed"),
        (text(LABELS, ROWS).replace("255", "x", 1), "could not convert string 'x'"),
        (text(LABELS + 20, ROWS, header=["label", *PIXELS]), "expected 0 to 9"),
        (",".join(["label", *PIXELS]), "holds no images"),
        (text(LABELS, ROWS, header=PIXELS), "784 columns in its header, 785 in its rows"),
        ("\0" * 5_000, "cannot"),
    ],
)
def test_what_is_refused(content: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(content)
    with pytest.raises(BadInput, match=why) as caught:
        source.load_parts(str(tmp_path / "bad.csv"), PARTS)
    assert "\n" not in str(caught.value)
    assert "bad.csv" in str(caught.value)
