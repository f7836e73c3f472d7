"""MATLAB's files as people have them: features first, 10 for the digit 0, structures."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from inkdigit.data import mnist_small, source
from inkdigit.data.labelled import PARTS
from inkdigit.errors import BadInput

DIGITS = mnist_small.load("test").take(slice(100))
IMAGES, LABELS = DIGITS.images, DIGITS.labels
FLAT = IMAGES.reshape(-1, 784)
TEN = np.where(LABELS == 0, 10, LABELS)
LYING = IMAGES.transpose(0, 2, 1).reshape(-1, 784)

FORMS = {
    "mnist-original": {"data": FLAT.T, "label": LABELS[None].astype(float)},
    "SVHN": {"X": np.moveaxis(np.repeat(np.pad(IMAGES, ((0, 0), (2, 2), (2, 2)))[..., None], 3, 3), 0, -1),
             "y": TEN[:, None]},
    "a course": {"X": LYING / 255, "y": TEN[:, None]},
    "plain": {"images": IMAGES, "labels": LABELS},
}  # fmt: skip


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("name", FORMS)
def test_forms(name: str, compressed: bool, tmp_path: Path) -> None:
    savemat(tmp_path / "a.mat", FORMS[name], do_compression=compressed)
    found = source.load_parts(str(tmp_path / "a.mat"), PARTS)
    images = {image.tobytes(): label for digits in found.values() for image, label in
              zip(digits.images, digits.labels, strict=True)}  # fmt: skip
    assert images == {image.tobytes(): label for image, label in zip(IMAGES, LABELS, strict=True)}


def test_parts(tmp_path: Path) -> None:
    one_hot = 2 * np.eye(10)[LABELS].T - 1
    savemat(tmp_path / "usps.mat", {
        "train_patterns": (FLAT / 127.5 - 1)[:80].T, "train_labels": one_hot[:, :80],
        "test_patterns": (FLAT / 127.5 - 1)[80:].T, "test_labels": one_hot[:, 80:],
    })  # fmt: skip
    found = source.load_parts(str(tmp_path / "usps.mat"), PARTS)
    assert {part: len(digits) for part, digits in found.items()} == {"train": 80, "test": 20}
    assert np.array_equal(found["test"].labels, LABELS[80:])
    assert np.abs(found["train"].images.astype(int) - IMAGES[:80]).max() <= 1


def test_emnist_has_structures_in_structures_and_is_turned_upright(tmp_path: Path) -> None:
    inside = {"train": {"images": LYING[:80], "labels": LABELS[:80, None], "writers": LABELS[:80, None]},
              "test": {"images": LYING[80:], "labels": LABELS[80:, None], "writers": LABELS[80:, None]},
              "mapping": np.arange(20).reshape(10, 2)}  # fmt: skip
    savemat(tmp_path / "emnist-digits.mat", {"dataset": inside})
    found = source.load_parts(str(tmp_path / "emnist-digits.mat"), PARTS)
    assert np.array_equal(found["train"].images, IMAGES[:80])
    assert np.array_equal(found["test"].images, IMAGES[80:])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is damaged, or no .mat file"),
        (b"<html>" * 99, "is damaged, or no .mat file"),
        (b"\x89HDF\r\n\x1a\n" + bytes(600), "is of version 7.3; save it in MATLAB with -v7"),
        (b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n", "is of version 7.3"),
    ],
)
def test_what_is_refused(content: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(BadInput, match=why):
        source.load_parts(str(tmp_path / "a.mat"), PARTS)


def test_without_images(tmp_path: Path) -> None:
    savemat(tmp_path / "a.mat", {"results": np.zeros((3, 3)), "text": "hello"})
    with pytest.raises(BadInput, match="expected images and labels, X and y, or data and label; found results"):
        source.load_parts(str(tmp_path / "a.mat"), PARTS)
