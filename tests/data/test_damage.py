"""Files of every kind, damaged in thousands of ways: digits, or one of our own errors."""

import contextlib
import gzip
import io
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet
from scipy.io import savemat

from inkdigit.data import mnist_small, source
from inkdigit.data.labelled import PARTS
from inkdigit.errors import InkdigitError

DIGITS = mnist_small.load("test").take(slice(12))
IMAGES, LABELS = DIGITS.images, DIGITS.labels
ROWS = np.column_stack([LABELS, IMAGES.reshape(-1, 784)])
TRIES = 40


def table() -> bytes:
    header = ",".join(["label", *(f"pixel{i}" for i in range(784))])
    return "\n".join([header, *(",".join(map(str, row)) for row in ROWS.tolist())]).encode()


def npz() -> bytes:
    data = io.BytesIO()
    np.savez_compressed(data, images=IMAGES, labels=LABELS)
    return data.getvalue()


def npy() -> bytes:
    data = io.BytesIO()
    np.save(data, IMAGES)
    return data.getvalue()


def mat(*, packed: bool) -> bytes:
    data = io.BytesIO()
    savemat(data, {"dataset": {"train": {"images": IMAGES.reshape(-1, 784), "labels": LABELS[:, None]}}},
            do_compression=packed)  # fmt: skip
    return data.getvalue()


def hugging_face() -> bytes:
    def png(image: np.ndarray) -> bytes:
        data = io.BytesIO()
        Image.fromarray(image).save(data, "PNG")
        return data.getvalue()

    data = io.BytesIO()
    rows = [{"bytes": png(image), "path": "a.png"} for image in IMAGES]
    parquet.write_table(pa.table({"image": rows, "label": LABELS.astype(np.int64)}), data)
    return data.getvalue()


def idx_images() -> bytes:
    return b"\0\0\x08\x03" + np.array(IMAGES.shape, ">u4").tobytes() + IMAGES.tobytes()


KINDS: dict[str, Callable[[], bytes]] = {
    "digits.csv": table,
    "packed.csv.gz": lambda: gzip.compress(table(), mtime=0),
    "digits.npz": npz,
    "images.npy": npy,
    "digits.mat": lambda: mat(packed=False),
    "packed.mat": lambda: mat(packed=True),
    "digits.parquet": hugging_face,
    "train-images-idx3-ubyte": idx_images,
    "t10k-images-idx3-ubyte.gz": lambda: gzip.compress(idx_images(), mtime=0),
}
BESIDE: dict[str, Callable[[], bytes]] = {
    "labels.npy": lambda: npy_of(LABELS),
    "train-labels-idx1-ubyte": lambda: labels_idx(),
    "t10k-labels-idx1-ubyte.gz": lambda: gzip.compress(labels_idx(), mtime=0),
}


def npy_of(values: np.ndarray) -> bytes:
    data = io.BytesIO()
    np.save(data, values)
    return data.getvalue()


def labels_idx() -> bytes:
    return b"\0\0\x08\x01" + len(LABELS).to_bytes(4, "big") + LABELS.tobytes()


def damaged(data: bytes, random: np.random.Generator) -> bytes:
    """Change, cut out, put in, repeat or cut off some bytes, most often near the beginning or the end."""
    changed = bytearray(data)
    for _ in range(int(random.integers(1, 5))):
        reach = len(changed) if random.random() < 0.4 else min(len(changed), 600)
        place = int(random.integers(max(reach, 1)))
        place = place if random.random() < 0.6 else max(len(changed) - 1 - place, 0)
        some = random.integers(0, 256, int(random.integers(1, 9)), np.uint8).tobytes()
        match random.integers(6):
            case 0 | 1:
                changed[place : place + len(some)] = some
            case 2:
                changed[place : place + 1] = [0, 255, 127, 128][int(random.integers(4))].to_bytes(1, "big")
            case 3:
                del changed[place : place + int(random.integers(1, 60))]
            case 4:
                changed[place:place] = changed[place : place + int(random.integers(1, 60))]
            case _:
                del changed[place if random.random() < 0.3 else len(changed) :]
    return bytes(changed)


def try_all(folder: Path, name: str, *, tries: int, seed: int) -> None:
    """Load so many damaged files of a kind."""
    random, data = np.random.default_rng([seed, *name.encode()]), KINDS[name]()
    for beside, make in BESIDE.items():
        (folder / beside).write_bytes(make())
    for _ in range(tries):
        (folder / name).write_bytes(damaged(data, random))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.suppress(InkdigitError):
                source.load_parts(str(folder / name), PARTS)


@pytest.mark.parametrize("name", KINDS)
def test_the_file_is_whole(name: str, tmp_path: Path) -> None:
    for beside, make in BESIDE.items():
        (tmp_path / beside).write_bytes(make())
    (tmp_path / name).write_bytes(KINDS[name]())
    assert sum(map(len, source.load_parts(str(tmp_path / name), PARTS).values())) == len(DIGITS)


@pytest.mark.parametrize("name", KINDS)
def test_damage_gives_digits_or_one_error(name: str, tmp_path: Path) -> None:
    try_all(tmp_path, name, tries=TRIES, seed=0)


@pytest.mark.long
@pytest.mark.parametrize("name", KINDS)
def test_more_damage(name: str, tmp_path: Path) -> None:
    try_all(tmp_path, name, tries=3_000, seed=1)
