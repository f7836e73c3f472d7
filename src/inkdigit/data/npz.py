"""NumPy archives of images: Keras' `mnist.npz`, or any with images and labels in it.

In: the bytes of an .npz file. Out: its arrays. Every size a header declares is compared with what the archive holds
before anything is unpacked, and no pickle is ever read. Does not know what the arrays mean.
"""

import io
import math
import zipfile
import zlib
from pathlib import Path

import numpy as np

from inkdigit.data import npy
from inkdigit.data.arrays import grey_levels, stacked
from inkdigit.data.labelled import CANNOT_READ_ARCHIVE, LARGEST_FILE
from inkdigit.data.naming import Meaning, meaning_of
from inkdigit.data.pieces import Piece, named_pieces
from inkdigit.errors import BadInput
from inkdigit.files import read_regular
from inkdigit.shapes import Shaped, UInt8


def pieces(data: bytes, *, name: str, meaning: Meaning, where: object) -> list[Piece]:
    """The images and labels of an archive, told by the names of the arrays; what is neither is not read."""
    archive = _opened(data, where)
    infos = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    arrays = {key: _array(archive, info, where) for key, info in infos.items() if _is_needed(key, archive, info)}
    found = named_pieces(arrays, part=meaning.part, group=meaning.group)
    if not found:
        names = ", ".join(sorted(infos)[:8]) or "nothing"
        raise BadInput(CANNOT_READ_ARCHIVE, where, f"expected x_train and y_train, or images and labels; found {names}")
    return found


def load_images(path: Path) -> UInt8[np.ndarray, "n height width"]:
    """Load images without asking for labels: those called images, x or x_test, or the only array there is.

    Raises:
        BadInput: No archive, no such array, or one with the wrong size, type, shape or values.
    """
    archive = _opened(read_regular(path, limit=LARGEST_FILE, what=CANNOT_READ_ARCHIVE), path)
    infos = archive.infolist()
    names = {info.filename.removesuffix(".npy"): info for info in infos}
    named = [names[name] for name in ("images", "x", "x_test", "X", "test_images", "data", "X_test") if name in names]
    if not named and len(infos) != 1:
        found = ", ".join(sorted(names)[:8]) or "nothing"
        raise BadInput(CANNOT_READ_ARCHIVE, path, f"expected images, x or x_test, or one array; found {found}")
    where = f"{path}: {(named or infos)[0].filename}"
    images = grey_levels([stacked(_array(archive, (named or infos)[0], path), where=where)], where=where)[0]
    if not len(images):
        raise BadInput(CANNOT_READ_ARCHIVE, path, "holds no images")
    return images


def _opened(data: bytes, where: object) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, zlib.error) as error:
        kind = "is empty" if not data else f"not an .npz file ({str(error).lower()})"
        raise BadInput(CANNOT_READ_ARCHIVE, where, kind) from error


def _is_needed(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    """Whether an array is to be read: one whose name says images or labels, or any that can be.

    Of scikit-learn's digits it is not the description, nor what is a Python object.
    """
    said = meaning_of(name)
    if said.role and not said.group:
        return True
    try:
        with archive.open(info) as member:
            npy.header(member.read(npy.LONGEST_HEADER))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, NotImplementedError):
        return False
    return True


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: object) -> Shaped[np.ndarray, "..."]:
    """Read one array after its declared size has been found to be what the archive holds."""
    if info.file_size > LARGEST_FILE:
        raise _wrong(where, info, f"has {info.file_size:,} bytes; the limit is {LARGEST_FILE:,}")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise _wrong(where, info, "is packed in a way NumPy does not use")
    try:
        with archive.open(info) as member:
            dtype, shape, _, start = npy.header(member.read(npy.LONGEST_HEADER))
        declared = start + dtype.itemsize * math.prod(shape)
        if declared != info.file_size:
            raise _wrong(where, info, f"declares {declared:,} bytes, the archive holds {info.file_size:,}")
        return npy.array(archive.read(info))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        raise _wrong(where, info, f"cannot be read ({str(error).lower()})") from error


def _wrong(where: object, info: zipfile.ZipInfo, why: str) -> BadInput:
    return BadInput(CANNOT_READ_ARCHIVE, where, f"{info.filename} {why}")
