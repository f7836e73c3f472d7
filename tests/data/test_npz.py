"""NumPy archives: Keras' form and plain pairs, and what must not get through."""

import io
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkdigit.data import npz, source
from inkdigit.errors import BadInput

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 28, 28)).astype(np.uint8)
LABELS = (np.arange(40) % 10).astype(np.uint8)


def keras(**changed: np.ndarray) -> dict[str, np.ndarray]:
    parts = {"x_train": IMAGES[:30], "y_train": LABELS[:30], "x_test": IMAGES[30:], "y_test": LABELS[30:]}
    return {**parts, **changed}


def save(folder: Path, arrays: dict[str, np.ndarray], *, packed: bool = False) -> Path:
    path = folder / "digits.npz"
    if packed:
        np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    else:
        np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def refused(folder: Path, arrays: dict[str, np.ndarray], match: str) -> None:
    with pytest.raises(BadInput, match=match) as caught:
        source.load(str(save(folder, arrays)), part="train")
    assert "digits.npz" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("packed", [False, True])
def test_the_form_of_keras(tmp_path: Path, packed: bool) -> None:
    path = save(tmp_path, keras(), packed=packed)
    train, test = source.load(str(path), part="train"), source.load(str(path), part="test")
    assert np.array_equal(train.images, IMAGES[:30])
    assert np.array_equal(test.images, IMAGES[30:])
    assert np.array_equal(test.labels, LABELS[30:])
    assert (train.name, train.part, test.part) == (str(path), "train", "test")


@pytest.mark.parametrize(("image_name", "label_name"), [("images", "labels"), ("x", "y")])
def test_of_a_plain_pair_a_tenth_is_drawn_for_the_test(tmp_path: Path, image_name: str, label_name: str) -> None:
    path = save(tmp_path, {image_name: IMAGES, label_name: LABELS})
    train, test = source.load(str(path), part="train"), source.load(str(path), part="test")
    assert (len(train), len(test)) == (36, 4)
    assert len(set(test.labels.tolist())) == 4, "labels that come in turn do not all fall on one digit"
    assert not {image.tobytes() for image in train.images} & {image.tobytes() for image in test.images}


def test_too_few_for_a_test_part(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="it has no test part"):
        source.load(str(save(tmp_path, {"x": IMAGES[:9], "y": LABELS[:9]})), part="test")


@pytest.mark.parametrize("shape", [(30, 28, 28, 1), (30, 784)])
def test_other_shapes_of_the_same_images(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = save(tmp_path, keras(x_train=IMAGES[:30].reshape(shape)))
    assert np.array_equal(source.load(str(path), part="train").images, IMAGES[:30])


@pytest.mark.parametrize("dtype", [np.int64, np.uint16, ">i4"])
def test_other_integers(tmp_path: Path, dtype: type) -> None:
    path = save(tmp_path, keras(x_train=IMAGES[:30].astype(dtype), y_train=LABELS[:30].astype(dtype)))
    digits = source.load(str(path), part="train")
    assert np.array_equal(digits.images, IMAGES[:30])
    assert np.array_equal(digits.labels, LABELS[:30])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_from_0_to_1_are_scaled(tmp_path: Path, dtype: type) -> None:
    path = save(tmp_path, keras(x_train=(IMAGES[:30] / 255).astype(dtype)))
    assert np.array_equal(source.load(str(path), part="train").images, IMAGES[:30])


def test_columns_first(tmp_path: Path) -> None:
    path = save(tmp_path, keras(x_train=np.asfortranarray(IMAGES[:30])))
    assert np.array_equal(source.load(str(path), part="train").images, IMAGES[:30])


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"x_train": IMAGES[:29]}, "29 images but 30 labels"),
        (
            {"x_train": IMAGES[:30, :27]},
            r"x_train: has shape \(30, 27, 28\) and type uint8; expected \(n, side, side\)",
        ),
        ({"x_train": IMAGES[0]}, r"has shape \(28, 28\)"),
        ({"x_train": np.uint8(3)}, r"has shape \(\)"),
        ({"x_train": IMAGES[:0], "y_train": LABELS[:0]}, "no images"),
        ({"x_train": IMAGES[:30].astype(np.int16) - 1}, "has values from -1 to 254; scale grey levels to 0 to 255"),
        ({"x_train": IMAGES[:30].astype(np.float32) * 3}, r"has values from 0 to 765; scale"),
        ({"x_train": np.full((30, 28, 28), np.nan)}, "has values from nan to nan"),
        ({"x_train": np.full((30, 28, 28), "a")}, "and type <U1; expected"),
        ({"x_train": np.full((30, 28, 28), None)}, "does not describe an array of numbers"),
        ({"x_train": np.full((30, 28, 28), 1j)}, "does not describe an array of numbers"),
        ({"y_train": LABELS[:30] + np.float32(0.5)}, "label 0.5 at index 0; expected 0 to 9"),
        ({"y_train": np.eye(10)[LABELS[:30]] / 2}, "not exactly one is 1 everywhere"),
        ({"y_train": LABELS[:30].astype(np.int8) - 1}, "label -1 at index 0; expected 0 to 9"),
        ({"y_train": LABELS[:30] + 1}, "they are 1 to 10: 10 may be the digit 0"),
        ({"x_test": IMAGES[:30], "y_test": LABELS[:30]}, "x_train and x_test are the same images"),
    ],
)
def test_arrays_that_cannot_be_digits(tmp_path: Path, changed: dict[str, np.ndarray], match: str) -> None:
    refused(tmp_path, keras(**changed), match)


def test_other_names(tmp_path: Path) -> None:
    refused(
        tmp_path,
        {"a": IMAGES, "b": LABELS, "c": LABELS},
        "expected x_train and y_train, or images and labels; found a, b, c",
    )
    refused(tmp_path, {}, "found nothing")


class Canary:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (self.path,)  # type: ignore[return-value]


def test_no_pickle_is_read(tmp_path: Path) -> None:
    array = np.array([Canary(tmp_path / "sung")] * 30, dtype=object)
    refused(tmp_path, keras(y_train=array), "does not describe an array of numbers")
    assert not (tmp_path / "sung").exists()


def with_header(folder: Path, header: str, body: bytes = bytes(30 * 784), *, method: int = 8) -> Path:
    """An archive whose x_train has the given header."""
    text = header.encode("latin-1")
    array = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body
    path = folder / "digits.npz"
    labels = io.BytesIO()
    np.save(labels, LABELS[:30])
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("x_train.npy", array)
        archive.writestr("y_train.npy", labels.getvalue())
    return path


def test_header_of_another_writer(tmp_path: Path) -> None:
    path = with_header(tmp_path, "{'shape':(30,28,28),'descr':'|u1','fortran_order':False}\n")
    assert source.load(str(path), part="train").images.shape == (30, 28, 28)


@pytest.mark.parametrize(
    ("header", "match"),
    [
        (
            "{'descr': '|u1', 'fortran_order': False, 'shape': (30, 28, 29), }",
            "declares 24,4.. bytes, the archive holds 23,5",
        ),
        (
            "{'descr': '<u8', 'fortran_order': False, 'shape': (30, 28, 28), }",
            "declares 188,2.. bytes, the archive holds",
        ),
        (
            "{'descr': '|u1', 'fortran_order': False, 'shape': (4294967295, 28, 28), }",
            "declares 3,367,254,359,363 bytes",
        ),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (" + "9" * 60 + ", 28), }", "does not describe"),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (" + "9" * 4000 + ", 28), }", "does not describe"),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (-30, 28, 28), }", "does not describe"),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (3 0, 28, 28), }", "cannot be read"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (30, 28, 28), }", "does not describe"),
        ("{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (30, 28, 28), }", "does not describe"),
        ("__import__('os').system('true')", "does not describe"),
        ("(" * 2000, "does not describe"),
        ("", "does not describe"),
    ],
)
def test_headers_that_lie(tmp_path: Path, header: str, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        source.load(str(with_header(tmp_path, header)), part="train")


def test_a_member_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz, "LARGEST_FILE", 1 << 20)
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (80000, 784), }"
    path = with_header(tmp_path, header, bytes(80_000 * 784))
    tracemalloc.start()
    with pytest.raises(BadInput, match="bytes; the limit is 1,048,576"):
        source.load(str(path), part="train")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_member_packed_in_another_way(tmp_path: Path) -> None:
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (30, 28, 28), }"
    with pytest.raises(BadInput, match="packed in a way NumPy does not use"):
        source.load(str(with_header(tmp_path, header, method=zipfile.ZIP_LZMA)), part="train")


@pytest.mark.parametrize(
    ("data", "match"), [(b"", "is empty"), (b"<html>", "not an .npz file"), (b"PK\x03\x04", "not an .npz file")]
)
def test_no_archive(tmp_path: Path, data: bytes, match: str) -> None:
    (tmp_path / "digits.npz").write_bytes(data)
    with pytest.raises(BadInput, match=match):
        source.load(str(tmp_path / "digits.npz"), part="train")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        source.load(str(tmp_path / "digits.npz"), part="train")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("npz"), keras(), packed=True)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=4), st.integers(0, 1 << 20))
def test_any_damage_gives_digits_or_one_error(archive: Path, changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(archive.read_bytes())
    data = data if cut > 1 << 19 else data[: len(data) - cut % 2000]
    for position, value in changes:
        data[-1 - position % min(len(data), 2000 if position % 2 else len(data))] = value
    damaged = archive.with_name("damaged.npz")
    damaged.write_bytes(data)
    with warnings.catch_warnings(action="ignore"):
        try:
            source.load(str(damaged), part="train")
        except BadInput:
            return
