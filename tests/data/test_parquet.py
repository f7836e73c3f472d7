"""Parquet as Hugging Face has MNIST, in one file or several, and as a table of pixels."""

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from inkdigit.data import mnist_small, source
from inkdigit.data.labelled import PARTS
from inkdigit.errors import BadInput, MissingPackage
from inkdigit.types import Digits

DIGITS = mnist_small.load("test").take(slice(60))


def png(image: np.ndarray) -> bytes:
    data = io.BytesIO()
    Image.fromarray(image).save(data, "PNG")
    return data.getvalue()


def write(path: Path, digits: Digits, **more: Any) -> None:
    rows = [{"bytes": png(image), "path": f"{i}.png"} for i, image in enumerate(digits.images)]
    parquet.write_table(pa.table({"image": rows, "label": digits.labels.astype(np.int64)} | more), path)


def test_hugging_faces_files(tmp_path: Path) -> None:
    write(tmp_path / "train-00000-of-00002.parquet", DIGITS.take(slice(30)))
    write(tmp_path / "train-00001-of-00002.parquet", DIGITS.take(slice(30, 50)))
    write(tmp_path / "test-00000-of-00001.parquet", DIGITS.take(slice(50, None)))
    for named in ("", "train-00001-of-00002.parquet"):
        found = source.load_parts(str(tmp_path / named), PARTS)
        assert np.array_equal(found["train"].images, DIGITS.images[:50])
        assert np.array_equal(found["test"].labels, DIGITS.labels[50:])


def test_plain_bytes_and_words(tmp_path: Path) -> None:
    rows = [png(image) for image in DIGITS.images]
    parquet.write_table(pa.table({"img": rows, "class": [str(one) for one in DIGITS.labels]}), tmp_path / "a.parquet")
    assert sum(map(len, source.load_parts(str(tmp_path / "a.parquet"), PARTS).values())) == 60


def test_a_table_of_pixels(tmp_path: Path) -> None:
    columns = {f"pixel{i}": DIGITS.images.reshape(-1, 784)[:, i] for i in range(784)}
    parquet.write_table(pa.table({"label": DIGITS.labels} | columns), tmp_path / "train.parquet")
    assert np.array_equal(source.load(str(tmp_path / "train.parquet"), part="train").images, DIGITS.images)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"image": [b"no picture"], "label": [3]}, "the picture of row 0: is no picture"),
        ({"image": [7], "label": [3]}, "row 0 holds no picture file"),
        ({"a": [1], "b": [2]}, "expected a column image, of picture files, and a column label; found a, b"),
        ({"image": [png(DIGITS.images[0])], "label": [31]}, "label 31 at index 0; expected 0 to 9"),
        ({"image": [png(DIGITS.images[0])], "label": [None]}, "expected 0 to 9"),
    ],
)
def test_what_is_refused(table: dict[str, list[Any]], why: str, tmp_path: Path) -> None:
    parquet.write_table(pa.table(table), tmp_path / "a.parquet")
    with pytest.raises(BadInput, match=why):
        source.load_parts(str(tmp_path / "a.parquet"), PARTS)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"<html>" * 99, b"PAR1" * 99])
def test_what_is_no_parquet(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(BadInput, match="is damaged, or no Parquet file"):
        source.load_parts(str(tmp_path / "a.parquet"), PARTS)


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.parquet", DIGITS)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "pyarrow.parquet")
    with pytest.raises(MissingPackage, match=r'PyArrow is not installed; run pip install "\.\[data\]" in the checkout'):
        source.load_parts(str(tmp_path / "a.parquet"), PARTS)
