"""Parquet, as the MNIST of Hugging Face has it: a picture file in every row, and its label; or a table of pixels.

In: the bytes of a .parquet file. Out: its images and labels. Read by PyArrow, after the sizes that the file declares
have been found to be within bounds. Does not know what an image shows.
"""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from inkdigit.data.arrays import SMALLEST_SIDE
from inkdigit.data.labelled import LARGEST_FILE
from inkdigit.data.naming import ROLE_WORDS, Meaning
from inkdigit.data.pictured import frame_picture
from inkdigit.data.pieces import Piece
from inkdigit.data.tables import COUNTERS, LABEL_WORDS
from inkdigit.errors import BadInput, MissingPackage
from inkdigit.pictures.decode import MOST_BYTES
from inkdigit.shapes import Shaped, UInt8

WHAT = "cannot read .parquet file"
EXPECTED = "a column image, of picture files, and a column label"
IMAGE_WORDS = {word for word, role in ROLE_WORDS.items() if role == "images"}
MOST_ROWS = 2_000_000


def pieces(data: bytes, *, name: str, meaning: Meaning, where: object) -> list[Piece]:
    """The images of a file and their labels.

    Raises:
        BadInput: It is damaged, too large, or has no such columns.
        MissingPackage: PyArrow is not installed.
    """
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingPackage(
            WHAT, where, "PyArrow is not installed", hint='run pip install ".[data]" in the checkout'
        ) from error
    try:
        images, labels = _read(pyarrow.parquet.ParquetFile(io.BytesIO(data)), where)
    except BadInput:
        raise
    except (Exception, pyarrow.ArrowException) as error:  # of a damaged file: OSError, ArrowInvalid, MemoryError, ...
        raise BadInput(WHAT, where, f"is damaged, or no Parquet file ({type(error).__name__})") from error
    part, group = meaning.part, meaning.group
    found = [Piece(name, images, "images", part, group, in_turn=True)]
    return found if labels is None else [*found, Piece(name, labels, "labels", part, group, in_turn=True)]


def _read(file: Any, where: object) -> tuple[Shaped[np.ndarray, "..."], Shaped[np.ndarray, " n"] | None]:
    metadata = file.metadata
    size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if metadata.num_rows > MOST_ROWS or not 0 <= size <= LARGEST_FILE:
        raise BadInput(WHAT, where, f"{metadata.num_rows:,} rows of {size:,} bytes; the limit is {LARGEST_FILE:,}")
    schema = file.schema_arrow
    names = {name.lower(): name for name in schema.names}
    label = next((names[word] for word in names if word in LABEL_WORDS), None)
    labels = None if label is None else _labels(file, label)
    image = next((names[word] for word in names if word in IMAGE_WORDS), None)
    if image is not None:
        return _pictures(file.read(columns=[image]).column(0), where), labels
    pixels = [name for name in schema.names if name != label and name.lower() not in COUNTERS]
    if len(pixels) < SMALLEST_SIDE**2:
        raise BadInput(WHAT, where, f"expected {EXPECTED}; found {', '.join(schema.names[:8])}")
    table = file.read(columns=pixels)
    return np.stack([table.column(name).to_numpy() for name in pixels], axis=1).astype(np.float32), labels


def _labels(file: Any, name: str) -> Shaped[np.ndarray, " n"]:
    """Numbers, or words as fixed text: an array of objects is none of ours."""
    values = np.array(file.read(columns=[name]).column(0).to_pylist())
    return values if values.dtype.kind in "uifbU" else np.array([str(value) for value in values])


def _pictures(column: Any, where: object) -> UInt8[np.ndarray, "n 28 28"]:
    made = []
    for i, content in enumerate(_contents(column)):
        if not isinstance(content, bytes) or len(content) > MOST_BYTES:
            raise BadInput(WHAT, where, f"row {i:,} holds no picture file", hint=f"expected {EXPECTED}")
        try:
            made.append(frame_picture(content))
        except BadInput as error:
            raise BadInput(WHAT, where, f"the picture of row {i:,}: {error.why or error.what}") from error
    if not made:
        raise BadInput(WHAT, where, "holds no images")
    return np.stack(made)


def _contents(column: Any) -> Iterator[Any]:
    """The bytes of each row: plain, or as Hugging Face has them, {"bytes": ..., "path": ...}."""
    for chunk in column.chunks:
        for value in chunk:
            content = value.as_py()
            yield content.get("bytes") if isinstance(content, dict) else content
