"""Files of arrays that belong together: IDX, .npz, .npy; in a folder, in an archive, or one of them named."""

import gzip
import lzma
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from inkdigit.data import arrayfiles, idx, mnist_small, source
from inkdigit.data.labelled import PARTS
from inkdigit.errors import BadInput
from inkdigit.types import Digits

DIGITS = mnist_small.load("test").take(slice(80))
TRAIN, TEST = DIGITS.take(slice(60)), DIGITS.take(slice(60, None))


def write_pair(folder: Path, digits: Digits, images: str, labels: str) -> None:
    idx.write_images(folder / images, digits.images)
    idx.write_labels(folder / labels, digits.labels)


def same(found: Digits, expected: Digits) -> bool:
    return np.array_equal(found.images, expected.images) and np.array_equal(found.labels, expected.labels)


STYLES = {
    "the original": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
                     "t10k-labels-idx1-ubyte.gz"),
    "unpacked": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                 "t10k-labels-idx1-ubyte"),
    "Kaggle's": ("train-images.idx3-ubyte", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte",
                 "t10k-labels.idx1-ubyte"),
    "QMNIST": ("qmnist-train-images-idx3-ubyte.gz", "qmnist-train-labels-idx1-ubyte.gz",
               "qmnist-test-images-idx3-ubyte.gz", "qmnist-test-labels-idx1-ubyte.gz"),
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_idx_files_of_any_name(style: str, tmp_path: Path) -> None:
    names = STYLES[style]
    write_pair(tmp_path, TRAIN, *names[:2])
    write_pair(tmp_path, TEST, *names[2:])
    for named in ("", *names):
        found = source.load_parts(str(tmp_path / named), PARTS)
        assert set(found) == {"train", "test"}
        assert same(found["train"], TRAIN)
        assert same(found["test"], TEST)


def test_images_of_another_side(tmp_path: Path) -> None:
    write_pair(tmp_path, TRAIN, "train-images-idx3-ubyte", "train-labels-idx1-ubyte")
    padded = np.pad(TRAIN.images, ((0, 0), (2, 2), (2, 2)))
    head = struct.pack(">IIII", idx.IMAGES, *padded.shape)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(head + padded.tobytes())
    assert same(source.load(str(tmp_path), part="train"), TRAIN)


def test_the_labels_of_qmnist_have_eight_columns(tmp_path: Path) -> None:
    idx.write_images(tmp_path / "qmnist-train-images-idx3-ubyte", TRAIN.images)
    columns = np.zeros((60, 8), ">i4")
    columns[:, 0], columns[:, 2] = TRAIN.labels, 99
    head = struct.pack(">III", idx.EXTENDED, 60, 8)
    (tmp_path / "qmnist-train-labels-idx2-int.xz").write_bytes(lzma.compress(head + columns.tobytes()))
    assert same(source.load(str(tmp_path), part="train"), TRAIN)
    (tmp_path / "qmnist-train-labels-idx2-int.xz").write_bytes(head + columns.tobytes()[:-4])
    with pytest.raises(BadInput, match="its header tells of 1,932 bytes, there are 1,928"):
        source.load(str(tmp_path), part="train")


def test_emnist_is_turned_upright_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lying = np.ascontiguousarray(TRAIN.images.transpose(0, 2, 1))
    idx.write_images(tmp_path / "emnist-digits-train-images-idx3-ubyte.gz", lying)
    idx.write_labels(tmp_path / "emnist-digits-train-labels-idx1-ubyte.gz", TRAIN.labels)
    found = source.load_parts(str(tmp_path / "emnist-digits-train-images-idx3-ubyte.gz"), PARTS)
    assert same(found["train"], TRAIN)
    assert [record.message.partition(": ")[2] for record in caplog.records] == [arrayfiles.TRANSPOSED]


def test_letters_are_refused_and_several_sets_are_ambiguous(tmp_path: Path) -> None:
    for name in ("digits", "letters"):
        write_pair(tmp_path, TRAIN, f"emnist-{name}-train-images-idx3-ubyte", f"emnist-{name}-train-labels-idx1-ubyte")
    with pytest.raises(BadInput, match=r"several data sets: emnist-digits-train-images.*; name a file of the one"):
        source.load(str(tmp_path), part="train")
    assert len(source.load(str(tmp_path / "emnist-digits-train-labels-idx1-ubyte"), part="train")) == 60
    data = struct.pack(">II", idx.LABELS, 60) + bytes(TRAIN.labels + 20)
    (tmp_path / "emnist-letters-train-labels-idx1-ubyte").write_bytes(data)
    with pytest.raises(BadInput, match=r"label .* at index 0; expected 0 to 9"):
        source.load(str(tmp_path / "emnist-letters-train-images-idx3-ubyte"), part="train")


def test_images_without_their_labels(tmp_path: Path) -> None:
    idx.write_images(tmp_path / "train-images-idx3-ubyte", TRAIN.images)
    for named in ("", "train-images-idx3-ubyte"):
        with pytest.raises(BadInput, match="images without labels, or labels without images: train-images-idx3"):
            source.load(str(tmp_path / named), part="train")


@pytest.mark.parametrize(
    ("images", "labels"), [("X_train", "y_train"), ("train_images", "train_labels"), ("images", "labels"), ("x", "y")]
)
def test_pairs_of_npy_files(images: str, labels: str, tmp_path: Path) -> None:
    np.save(tmp_path / f"{images}.npy", TRAIN.images / 255)
    np.save(tmp_path / f"{labels}.npy", np.eye(10)[TRAIN.labels])
    for named in ("", f"{images}.npy", f"{labels}.npy"):
        assert sum(map(len, source.load_parts(str(tmp_path / named), PARTS).values())) == 60


@pytest.mark.parametrize("layout", ["{part}/{role}.npy", "{role}/{part}.npy", "set/{part}_{role}.npy"])
def test_parts_by_folder(layout: str, tmp_path: Path) -> None:
    for part, digits in (("train", TRAIN), ("test", TEST)):
        for role in ("images", "labels"):
            path = tmp_path / layout.format(part=part, role=role)
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, getattr(digits, role))
    found = source.load_parts(str(tmp_path), PARTS)
    assert same(found["train"], TRAIN)
    assert same(found["test"], TEST)


def test_a_part_in_each_npz_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "train.npz", images=TRAIN.images, labels=TRAIN.labels)
    np.savez(tmp_path / "test.npz", images=TEST.images, labels=TEST.labels)
    for named in ("", "train.npz", "test.npz"):
        found = source.load_parts(str(tmp_path / named), PARTS)
        assert same(found["train"], TRAIN)
        assert same(found["test"], TEST)


def test_a_file_that_lies_there_packed_and_unpacked_is_read_once(tmp_path: Path) -> None:
    table = np.column_stack([TRAIN.labels, TRAIN.images.reshape(-1, 784)])
    content = "\n".join(",".join(map(str, row)) for row in table.tolist()).encode()
    (tmp_path / "train.csv").write_bytes(content)
    (tmp_path / "train.csv.gz").write_bytes(gzip.compress(content))
    for named in ("", "train.csv", "train.csv.gz"):
        assert same(source.load(str(tmp_path / named), part="train"), TRAIN)
    (tmp_path / "training.csv").write_bytes(content.replace(b"255", b"254"))
    with pytest.raises(BadInput, match=r"train.csv and training.csv: which are the images\?"):
        source.load(str(tmp_path), part="train")


def test_an_archive_of_such_files(tmp_path: Path) -> None:
    write_pair(tmp_path, TRAIN, "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
    with zipfile.ZipFile(tmp_path / "gzip.zip", "w") as archive:
        archive.writestr("readme.txt", "MNIST")
        for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"):
            archive.write(tmp_path / name, f"gzip/{name}")
    assert same(source.load(str(tmp_path / "gzip.zip"), part="train"), TRAIN)


@pytest.mark.parametrize(
    ("images", "labels"),
    [("images", "labels"), ("x", "y"), ("X", "y"), ("data", "target"), ("Data", "Label"), ("imgs", "classes"),
     ("arr_0", "arr_1")],
)  # fmt: skip
def test_names_in_an_npz_file(images: str, labels: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **{images: DIGITS.images, labels: DIGITS.labels[:, None]})  # type: ignore[arg-type]
    found = source.load_parts(str(tmp_path / "a.npz"), PARTS)
    assert {part: len(digits) for part, digits in found.items()} == {"train": 72, "test": 8}


def test_the_order_of_keras_without_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", TRAIN.images, TRAIN.labels, TEST.images, np.eye(10)[TEST.labels])
    found = source.load_parts(str(tmp_path / "a.npz"), PARTS)
    assert set(found) == {"train", "test"}
    assert same(found["train"], TRAIN)
    assert same(found["test"], TEST)


def test_a_validation_part(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=TRAIN.images, y_train=TRAIN.labels, x_val=TEST.images, y_val=TEST.labels)
    assert set(source.load_parts(str(tmp_path / "a.npz"), PARTS)) == {"train", "validation"}


def test_all_that_scikit_learn_gives(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **load_digits())
    found = source.load_parts(str(tmp_path / "a.npz"), PARTS)
    assert {part: len(digits) for part, digits in found.items()} == {"train": 1_618, "test": 179}
    assert found["train"].images.max() == 255


def test_two_stacks_of_images_are_ambiguous(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=TRAIN.images, x=255 - TRAIN.images, y=TRAIN.labels)
    with pytest.raises(BadInput, match=r"images and x: which are the images\?; leave one of them out"):
        source.load(str(tmp_path / "a.npz"), part="train")


def test_a_set_with_parts_is_taken_before_others(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name, rows in (("train.csv", 40), ("old.csv", 20)):
        table = np.column_stack([TRAIN.labels[:rows], TRAIN.images[:rows].reshape(-1, 784)])
        (tmp_path / name).write_text("\n".join(",".join(map(str, row)) for row in table.tolist()))
    assert len(source.load_parts(str(tmp_path), PARTS)["train"]) == 40
    assert "left out 1 file" in caplog.text
    assert "old.csv (of another data set)" in caplog.text


def test_plain_gzip_with_an_unknown_name(tmp_path: Path) -> None:
    (tmp_path / "pictures.gz").write_bytes(gzip.compress(b"nothing of the kind"))
    with pytest.raises(BadInput, match="not an IDX image file"):
        source.load(str(tmp_path / "pictures.gz"), part="train")


def test_pictures_to_read(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", TRAIN.images / 255)
    idx.write_images(tmp_path / "a-idx3-ubyte", TRAIN.images)
    for name in ("a.npy", "a-idx3-ubyte"):
        assert np.array_equal(arrayfiles.load_images(tmp_path / name), TRAIN.images)
    np.save(tmp_path / "y.npy", TRAIN.labels)
    with pytest.raises(BadInput, match="expected one array of images, found 0"):
        arrayfiles.load_images(tmp_path / "y.npy")
