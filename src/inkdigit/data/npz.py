"""NumPy archives of images: Keras' `mnist.npz`, or a plain pair of arrays.

In: an .npz file and a part. Out: its images and labels. Every size a header declares is compared
with what the archive holds before anything is unpacked, and no pickle is ever read. Does not know
where the images came from: they must be framed as MNIST's are.

Keras' form has x_train, y_train, x_test and y_test. A plain archive has `images` and `labels`, or
`x` and `y`; there every tenth image, counted from the tenth, is the test part.
"""

import io
import math
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.lib import format as npy

from inkdigit.data.labelled import CANNOT_READ_ARCHIVE, LARGEST_FILE, Part, labelled
from inkdigit.errors import BadInput
from inkdigit.files import read_regular
from inkdigit.shapes import Shaped
from inkdigit.types import Digits, Images, Labels

LONGEST_HEADER = 1 << 12
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
"""By version of the format; the third differs in the names of fields, which no image has."""

PLAIN_PAIRS = (("images", "labels"), ("x", "y"))
SHAPES = "(n, 28, 28), (n, 28, 28, 1) or (n, 784)"
TENTH = 10


def load(path: Path, *, part: Part) -> Digits:
    """Load one part of an archive.

    Args:
        path: The file.
        part: "train" or "test".

    Returns:
        The digits, named after the file. Integers must be 0 to 255, floats 0.0 to 1.0 are scaled.

    Raises:
        BadInput: No archive, a missing array, or one with the wrong size, type, shape or values.
    """
    archive = _opened(path)
    names = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    if {f"x_{part}", f"y_{part}"} <= names.keys():
        _check_parts_differ(names, path)
        images = _images(archive, names[f"x_{part}"], path)
        labels = _labels(archive, names[f"y_{part}"], path)
        return labelled(images, labels, name=str(path), part=part)
    for image_name, label_name in PLAIN_PAIRS:
        if {image_name, label_name} <= names.keys():
            images = _images(archive, names[image_name], path)
            labels = _labels(archive, names[label_name], path)
            return _tenth(labelled(images, labels, name=str(path), part=part), part)
    found = ", ".join(sorted(names)[:8]) or "nothing"
    raise BadInput(
        CANNOT_READ_ARCHIVE, path, f"expected x_{part} and y_{part}, or images and labels, or x and y; found {found}"
    )


def load_images(path: Path) -> Images:
    """Load images without asking for labels: those called images, x or x_test, or the only array there is.

    Raises:
        BadInput: No archive, no such array, or one with the wrong size, type, shape or values.
    """
    archive = _opened(path)
    infos = archive.infolist()
    names = {info.filename.removesuffix(".npy"): info for info in infos}
    named = [names[name] for name in ("images", "x", "x_test") if name in names]
    if not named and len(infos) != 1:
        found = ", ".join(sorted(names)[:8]) or "nothing"
        raise BadInput(CANNOT_READ_ARCHIVE, path, f"expected images, x or x_test, or one array; found {found}")
    images = _images(archive, (named or infos)[0], path)
    if not len(images):
        raise BadInput(CANNOT_READ_ARCHIVE, path, "holds no images")
    return images


def _opened(path: Path) -> zipfile.ZipFile:
    data = read_regular(path, limit=LARGEST_FILE, what=CANNOT_READ_ARCHIVE)
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, zlib.error) as error:
        kind = "is empty" if not data else f"not an .npz file ({str(error).lower()})"
        raise BadInput(CANNOT_READ_ARCHIVE, path, kind) from error


def _check_parts_differ(names: dict[str, zipfile.ZipInfo], path: Path) -> None:
    """Refuse an archive whose two parts are the same images: its test would prove nothing."""
    train, test = names.get("x_train"), names.get("x_test")
    if train and test and (train.CRC, train.file_size) == (test.CRC, test.file_size):
        raise BadInput("cannot use archive", path, "x_train and x_test are the same images")


def _images(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Images:
    values = _array(archive, info, path)
    n = len(values) if values.ndim else 0
    if values.shape not in {(n, 28, 28), (n, 28, 28, 1), (n, 784)}:
        raise _wrong(path, info, f"has shape {values.shape}; expected {SHAPES}")
    return _grey(values.reshape(n, 28, 28), info, path)


def _grey(values: Shaped[np.ndarray, "n 28 28"], info: zipfile.ZipInfo, path: Path) -> Images:
    """Turn any numbers that mean grey levels into bytes."""
    if values.dtype == np.uint8 or not values.size:
        return values.astype(np.uint8)
    highest = 1.0 if values.dtype.kind == "f" else 255
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= highest):  # NaN is neither
        raise _wrong(path, info, f"has values from {low} to {high}; expected 0 to {highest}")
    return np.rint(values * 255).astype(np.uint8) if values.dtype.kind == "f" else values.astype(np.uint8)


def _labels(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Labels:
    values = _array(archive, info, path)
    if values.ndim != 1 or values.dtype.kind not in "ui":
        raise _wrong(path, info, f"has shape {values.shape} and type {values.dtype}; expected (n,) of integers")
    outside = (values < 0) | (values > 9)
    if outside.any():
        index = int(np.argmax(outside))
        raise _wrong(path, info, f"has label {values[index]} at index {index:,}; expected 0 to 9")
    return values.astype(np.uint8)


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Shaped[np.ndarray, "..."]:
    """Read one array after its declared size has been found to be what the archive holds."""
    if info.file_size > LARGEST_FILE:
        raise _wrong(path, info, f"has {info.file_size:,} bytes; the limit is {LARGEST_FILE:,}")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise _wrong(path, info, "is packed in a way NumPy does not use")
    try:
        with archive.open(info) as member:
            dtype, shape, order, start = _header(member.read(LONGEST_HEADER))
        declared = start + dtype.itemsize * math.prod(shape)
        if declared != info.file_size:
            raise _wrong(path, info, f"declares {declared:,} bytes, the archive holds {info.file_size:,}")
        return np.frombuffer(archive.read(info), dtype, offset=start).reshape(shape, order=order)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        raise _wrong(path, info, f"cannot be read ({str(error).lower()})") from error


def _header(start: bytes) -> tuple[np.dtype[Any], tuple[int, ...], Literal["C", "F"], int]:
    """Read an npy header: type, shape, order, and where the values begin.

    Raises:
        ValueError: It is none, or does not describe numbers.
    """
    stream = io.BytesIO(start)
    try:
        read = HEADERS[npy.read_magic(stream)]
        with warnings.catch_warnings(action="ignore"):  # of a header that Python 2 wrote
            shape, is_fortran, dtype = read(stream, LONGEST_HEADER)
    except Exception as error:  # NumPy parses Python: a tokenizer, a compiler and three checks fail in their own ways
        raise ValueError("its header does not describe an array of numbers") from error
    if dtype.kind not in "uif" or dtype.itemsize > 8 or not all(0 <= side < 1 << 40 for side in shape):
        raise ValueError("its header does not describe an array of numbers")
    return dtype, shape, "F" if is_fortran else "C", stream.tell()


def _tenth(digits: Digits, part: Part) -> Digits:
    """Keep every tenth image for the test, the others for the training."""
    is_test = np.arange(len(digits)) % TENTH == TENTH - 1
    which = is_test if part == "test" else ~is_test
    return labelled(digits.images[which], digits.labels[which], name=digits.name, part=part)


def _wrong(path: Path, info: zipfile.ZipInfo, why: str) -> BadInput:
    return BadInput(CANNOT_READ_ARCHIVE, path, f"{info.filename} {why}")
