"""IDX files: right to the last byte, or one clear line.

Rows X01 to X11 and X14 of the list of bad inputs are tests here. Not here: X12 (numbers differ) is
in test_labelled.py, X13 (train and test swapped) in test_mnist.py, by hash, and in test_npz.py.
"""

import gzip
import os
import struct
import threading
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inkdigit.data import idx
from inkdigit.errors import BadInput, CannotWrite

THREE = np.arange(3 * 784, dtype=np.uint32).astype(np.uint8).reshape(3, 28, 28)
IMAGES = struct.pack(">4I", 0x803, 3, 28, 28) + THREE.tobytes()
LABELS = struct.pack(">2I", 0x801, 3) + bytes([7, 0, 9])


def header(magic: int, *dimensions: int) -> bytes:
    return struct.pack(f">{1 + len(dimensions)}I", magic, *dimensions)


def refused(data: bytes, match: str, *, labels: bool = False) -> None:
    with pytest.raises(BadInput, match=match) as caught:
        (idx.parse_labels if labels else idx.parse_images)(data, where="a.gz")
    assert "a.gz" in str(caught.value)
    assert len(str(caught.value)) <= 200
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a", "a.gz"])
def test_what_is_written_is_read(tmp_path: Path, name: str) -> None:
    idx.write_images(tmp_path / name, THREE)
    assert np.array_equal(idx.read_images(tmp_path / name), THREE)
    idx.write_labels(tmp_path / name, np.array([1, 2, 3], np.uint8))
    assert idx.read_labels(tmp_path / name).tolist() == [1, 2, 3]


def test_the_bytes_are_those_of_the_format(tmp_path: Path) -> None:
    idx.write_images(tmp_path / "plain", THREE)
    assert (tmp_path / "plain").read_bytes() == IMAGES
    idx.write_images(tmp_path / "packed.gz", THREE)
    assert gzip.decompress((tmp_path / "packed.gz").read_bytes()) == IMAGES


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    (tmp_path / "plain.gz").write_bytes(IMAGES)
    (tmp_path / "packed").write_bytes(gzip.compress(IMAGES))
    assert np.array_equal(idx.read_images(tmp_path / "plain.gz"), idx.read_images(tmp_path / "packed"))


def test_another_size_when_asked_for() -> None:
    data = header(0x803, 2, 3, 3) + bytes(18)
    assert idx.parse_images(data, where="x", size=3).shape == (2, 3, 3)
    refused(data, "expected 28x28 pixels, got 3x3")


@pytest.mark.parametrize("length", [1, 2, 3, 4, 8, 15])
def test_x01_short_header(length: int) -> None:
    refused(IMAGES[:length], rf"ends early \(got {length} bytes, the header needs 16\)")


def test_x01_empty() -> None:
    refused(b"", "is empty")
    refused(b"", "is empty", labels=True)


@pytest.mark.parametrize("magic", [0, 1, 0xFFFFFFFF, 0x0D03, 0x0B03, 0x0802, 0x0804])
def test_x02_other_magic(magic: int) -> None:
    refused(
        header(magic, 3, 28, 28) + THREE.tobytes(), f"not an IDX image file .magic 0x{magic:08x}; expected 0x00000803"
    )


def test_x02_swapped_bytes() -> None:
    refused(struct.pack("<4I", 0x803, 3, 28, 28) + THREE.tobytes(), "bytes are in the wrong order")
    refused(struct.pack("<2I", 0x801, 3) + bytes(3), "bytes are in the wrong order", labels=True)


def test_x03_labels_for_images_and_the_reverse() -> None:
    refused(LABELS, "this is a label file, expected images")
    refused(IMAGES, "this is an image file, expected labels", labels=True)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_x04_count_and_data_differ(pack: type[bytes]) -> None:
    refused(pack(header(0x803, 4, 28, 28) + THREE.tobytes()), r"ends early \(got 2,368 of 3,152 bytes\)")
    refused(pack(header(0x803, 2, 28, 28) + THREE.tobytes()), "longer than the 1,584 bytes its header tells of")
    refused(pack(header(0x801, 4) + bytes(3)), r"ends early \(got 11 of 12 bytes\)", labels=True)


@pytest.mark.parametrize(
    "sides", [(2**32 - 1, 28, 28), (2**32 - 1, 65535, 65535), (2**32 - 1,) * 3, (1_369_569, 28, 28)]
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_x05_enormous_counts_take_no_memory(sides: tuple[int, ...], pack: type[bytes]) -> None:
    data = pack(header(0x803, *sides) + THREE.tobytes())
    tracemalloc.start()
    with pytest.raises(BadInput, match=r"tells of|expected 28x28|ends early"):
        idx.parse_images(data, where="x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_x05_a_limit_that_holds_for_what_is_really_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idx, "LARGEST_FILE", 2000)
    refused(gzip.compress(IMAGES), "its header tells of 2,368 bytes; the limit is 2,000")


def test_x06_nothing_in_it() -> None:
    refused(header(0x803, 0, 28, 28), "holds no images")
    refused(header(0x803, 1, 0, 28), "expected 28x28 pixels, got 0x28")
    refused(header(0x801, 0), "holds no labels", labels=True)


@pytest.mark.parametrize("sides", [(32, 32), (27, 28), (28, 27)])
def test_x07_other_sizes(sides: tuple[int, int]) -> None:
    data = header(0x803, 1, *sides) + bytes(sides[0] * sides[1])
    refused(data, f"expected 28x28 pixels, got {sides[0]}x{sides[1]}")


def test_x08_trailing_bytes() -> None:
    refused(IMAGES + b"\0", "longer than")
    refused(LABELS + b"\0", "longer than", labels=True)


def test_x09_gzip_cut_at_every_byte() -> None:
    packed = gzip.compress(IMAGES)
    for length in range(len(packed)):
        refused(packed[:length], "ends early|is empty")
    assert np.array_equal(idx.parse_images(packed, where="x"), THREE)


def test_x09_gzip_with_a_wrong_checksum_or_length() -> None:
    packed = bytearray(gzip.compress(IMAGES))
    packed[-8] ^= 1
    refused(bytes(packed), r"damaged gzip data \(incorrect data check\)")
    packed[-8] ^= 1
    packed[-1] ^= 1
    refused(bytes(packed), r"damaged gzip data \(incorrect length check\)")


def test_x09_more_behind_the_gzip_stream() -> None:
    packed = gzip.compress(IMAGES)
    refused(packed + b"garbage", "more data behind the end")
    refused(packed + packed, "more data behind the end")


def test_x09_gzip_inside_gzip() -> None:
    refused(gzip.compress(gzip.compress(IMAGES)), "packed twice")


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><title>Sign in</title>", b"\n  <html>", b"<"])
def test_x09_web_page(page: bytes) -> None:
    refused(page, "looks like a web page, not data")


def test_x10_bomb_is_refused_at_the_expected_size() -> None:
    bomb = gzip.compress(header(0x803, 10, 28, 28) + bytes(64_000_000), compresslevel=1)
    tracemalloc.start()
    refused(bomb, "longer than the 7,856 bytes")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize("label", [10, 255])
def test_x11_label_that_is_no_digit(label: int) -> None:
    refused(LABELS[:-1] + bytes([label]), f"label {label} at index 2; expected 0 to 9", labels=True)


def test_x14_what_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(BadInput, match=r"not a regular file|is a directory"):
            idx.read_images(path)
    with pytest.raises(BadInput, match="no such file"):
        idx.read_labels(tmp_path / "missing")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_x14_no_permission(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(IMAGES)
    (tmp_path / "a").chmod(0)
    with pytest.raises(BadInput, match="permission denied"):
        idx.read_images(tmp_path / "a")


def test_x14_file_replaced_while_reading(tmp_path: Path) -> None:
    """Whoever reads while others rename a new file into place sees one of the two, whole."""
    path, stop = tmp_path / "a.gz", threading.Event()
    other = THREE[::-1].copy()
    idx.write_images(path, THREE)

    def replace() -> None:
        while not stop.is_set():
            for images in (other, THREE):
                new = tmp_path / "new.gz"
                new.write_bytes(gzip.compress(header(0x803, 3, 28, 28) + images.tobytes()))
                new.replace(path)

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        for _ in range(200):
            images = idx.read_images(path)
            assert np.array_equal(images, THREE) or np.array_equal(images, other)
    finally:
        stop.set()
        writer.join()


def test_a_folder_that_is_not_there_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="no such file or directory"):
        idx.write_images(tmp_path / "missing" / "a.gz", THREE)


@settings(max_examples=50)
@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.just(28), st.just(28))), st.booleans())
def test_any_images_come_back(images: np.ndarray, packed: bool) -> None:
    data = header(0x803, *images.shape) + images.tobytes()
    assert np.array_equal(idx.parse_images(gzip.compress(data) if packed else data, where="x"), images)


edits = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4)


@settings(max_examples=400)
@given(
    edits, st.integers(0, 3000), st.binary(max_size=4), st.sampled_from(["plain", "packed", "stored"]), st.booleans()
)
def test_any_damage_gives_an_array_or_one_error(
    changes: list[tuple[int, int]], length: int, tail: bytes, form: str, labels: bool
) -> None:
    data = LABELS if labels else IMAGES
    if form != "plain":
        packer = zlib.compressobj(0 if form == "stored" else 9, wbits=31)
        data = packer.compress(data) + packer.flush()
    damaged = bytearray(data[:length] + tail)
    for position, value in changes:
        if damaged:
            damaged[position % len(damaged)] = value
    try:
        result = (idx.parse_labels if labels else idx.parse_images)(bytes(damaged), where="x")
    except BadInput:
        return
    assert result.dtype == np.uint8
    assert result.shape[1:] == (() if labels else (28, 28))


def test_any_size_where_it_is_asked_for() -> None:
    data = struct.pack(">4I", 0x803, 2, 3, 5) + bytes(range(30))
    assert idx.parse_images(data, where="x", size=None).tolist() == np.arange(30).reshape(2, 3, 5).tolist()
    with pytest.raises(BadInput, match="expected 1 to 8,192 a side pixels, got 0x5"):
        idx.parse_images(struct.pack(">4I", 0x803, 2, 0, 5), where="x", size=None)
