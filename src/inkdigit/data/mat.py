"""MATLAB's .mat files of versions 4 to 7.2, as SVHN, USPS and old copies of MNIST come.

In: the bytes of a file. Out: its images and labels. Read by SciPy, after the sizes that the file declares have been
found to be within bounds; nothing in it can run. Version 7.3 is HDF5, and is refused by name. Does not know what the
arrays mean.
"""

import io
import math
import warnings
from typing import Any

import numpy as np

from inkdigit.data.labelled import LARGEST_FILE, Part
from inkdigit.data.pieces import Piece, named_pieces
from inkdigit.errors import BadInput, MissingPackage
from inkdigit.shapes import Shaped

WHAT = "cannot read .mat file"
HDF5 = b"\x89HDF"
NUMBERS = {"double", "single", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "logical"}
DEEPEST = 4
"""Structures in one another; EMNIST has three."""


def pieces(data: bytes, *, name: str, part: Part | None, group: str, where: object) -> list[Piece]:
    """The images and labels of a file, told by the names of its variables and of their fields.

    Raises:
        BadInput: It is of version 7.3, damaged, or too large.
        MissingPackage: SciPy is not installed.
    """
    if HDF5 in (data[:4], data[512:516]) or b"MATLAB 7.3" in data[:128]:
        raise BadInput(WHAT, where, "is of version 7.3", hint="save it in MATLAB with -v7")
    variables = _loaded(data, where)
    arrays: dict[str, Shaped[np.ndarray, "..."]] = {}
    for key, value in variables.items():
        arrays |= _flattened(key, value, depth=0)
    found = named_pieces(arrays, part=part, group=group, matlab=True)
    if not found:
        names = ", ".join(sorted(arrays)[:8]) or "nothing"
        raise BadInput(WHAT, where, f"expected images and labels, X and y, or data and label; found {names}")
    return found


def _loaded(data: bytes, where: object) -> dict[str, Any]:
    try:
        from scipy.io import loadmat, whosmat
    except ImportError as error:
        raise MissingPackage(WHAT, where, "SciPy is not installed", hint="pip install 'inkdigit[train]'") from error
    try:
        with warnings.catch_warnings(action="ignore"):  # of what it skips
            for key, shape, kind in whosmat(io.BytesIO(data)):
                if kind in NUMBERS and math.prod(shape) > LARGEST_FILE:
                    raise BadInput(WHAT, where, f"{key} has {math.prod(shape):,} numbers")
            loaded = loadmat(io.BytesIO(data), verify_compressed_data_integrity=True)
    except BadInput:
        raise
    except Exception as error:  # of a damaged file: from NotImplementedError to zlib's own, and MemoryError
        raise BadInput(WHAT, where, f"is damaged, or no .mat file ({type(error).__name__})") from error
    return {str(key): value for key, value in loaded.items() if not str(key).startswith("__")}


def _flattened(name: str, value: Any, *, depth: int) -> dict[str, Shaped[np.ndarray, "..."]]:
    """The arrays of numbers in a variable; those in a structure with the names of the fields before them."""
    if not isinstance(value, np.ndarray) or depth > DEEPEST:
        return {}
    if value.dtype.names is not None:
        fields: dict[str, Shaped[np.ndarray, "..."]] = {}
        for field in value.dtype.names if value.size == 1 else ():
            inner = field if depth == 0 else f"{name} {field}"  # the outermost is only the name of the data
            fields |= _flattened(inner, value[field].flat[0], depth=depth + 1)
        return fields
    return {name: value} if value.dtype.kind in "uifbU" and value.size > 1 else {}
