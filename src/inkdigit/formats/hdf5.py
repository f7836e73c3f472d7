"""HDF5 files of strangers: walked and copied in a process of its own, before anything is made of them.

In: the bytes of a file. Out: those of one with the same parts, where nothing in it reaches outside; weights by layer.
An HDF5 file can name other files as the place of its numbers, link to them, or declare terabytes that it does not have
(CVE-2026-1669, CVE-2026-0897); all of that is refused by name. The library itself crashes on damaged files (of 1,500
with a few bytes changed, on one or two), so only a copy that it wrote itself is opened here. Knows nothing of what the
numbers are for.
"""

import io
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np

from inkdigit.errors import BadInput, printable
from inkdigit.formats.check import LARGEST_MODEL, WHAT
from inkdigit.worker import Message, Worker, WorkerFailed

SAVE_AGAIN = "save it again with model.save"
MOST_OBJECTS = 20_000
MEMORY, SECONDS = 600_000_000, 20.0
"""Of the process, beside some copies of the file; and for all of it."""

NUMBERS = frozenset("fiub")
FILTERS = frozenset({h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32})
"""What packs numbers and comes with every HDF5; another filter would be a library from somewhere."""

DAMAGES = (
    OSError, KeyError, ValueError, OverflowError, RuntimeError, UnicodeError, TypeError, MemoryError, RecursionError,
)  # fmt: skip
    OSError,
    KeyError,
    ValueError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    TypeError,
    MemoryError,
    RecursionError,
)
"""What h5py raises at damaged files, each in some place."""

Place = Any
"""A group of h5py, or a file, which is its outermost group; h5py has no types."""


def copy_of(content: bytes, *, where: object) -> bytes:
    """Check a file that is held in memory, and return one with the same parts that this library wrote.

    Args:
        content: The whole file.
        where: Where it came from, for messages.

    Raises:
        BadInput: It is damaged, links or reaches outside, or declares more than it holds.
    """
    worker = Worker("inkdigit.formats.hdf5:copied", memory=MEMORY + 6 * len(content), seconds=SECONDS)
    try:
        return bytes(worker.ask(Message({}, content)).data)
    except WorkerFailed as error:
        raise BadInput(WHAT, where, f"is damaged (HDF5 {error})", hint=SAVE_AGAIN) from error
    except BadInput as error:
        raise BadInput(WHAT, where, error.why, hint=error.hint) from error
    finally:
        worker.close()


def open_copy(copy: bytes) -> h5py.File:
    """Open what `copy_of` gave, or this package wrote; to be closed."""
    return h5py.File(io.BytesIO(copy), "r")


def copied(request: Message) -> Message:
    """In a process of its own: check a file, and write all of it anew."""
    written = io.BytesIO()
    try:
        with h5py.File(io.BytesIO(request.data), "r") as file:
            _check(file, "")
            with h5py.File(written, "w") as copy:
                _copy(file, copy)
    except DAMAGES as error:
        raise BadInput(WHAT, "", "is damaged or ends early", hint=SAVE_AGAIN) from error
    return Message({}, written.getbuffer())


def _copy(source: Place, target: Place) -> None:
    target.attrs.update(source.attrs)
    for name, item in source.items():
        if isinstance(item, h5py.Dataset):
            target.create_dataset(name, data=item[()]).attrs.update(item.attrs)
        else:
            _copy(item, target.create_group(name))


def _check(file: h5py.File, where: object) -> None:
    total = 0
    for number, (name, item) in enumerate(_walk(file, "", where)):
        if number >= MOST_OBJECTS:
            raise _refused(where, name, f"is one of more than {MOST_OBJECTS:,} parts")
        if isinstance(item, h5py.Dataset):
            total += _checked(item, name, where)
            if total > LARGEST_MODEL:
                raise _refused(where, name, f"makes more than {LARGEST_MODEL:,} bytes")


def _walk(group: Place, path: str, where: object) -> Iterator[tuple[str, Any]]:
    """Every group and dataset below a group; links that lead elsewhere are refused, and none is followed twice."""
    for name in group:
        here = f"{path}/{name}"
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            raise _refused(where, here, "is a link to another file")
        if isinstance(link, h5py.SoftLink):
            raise _refused(where, here, "is a link to another place in the file")
        item = group[name]
        if h5py.h5o.get_info(item.id).rc > 1:
            raise _refused(where, here, "stands in several places of the file")
        yield here, item
        if isinstance(item, h5py.Group):
            yield from _walk(item, here, where)


def _checked(item: h5py.Dataset, name: str, where: object) -> int:
    """The bytes of a dataset; refused where they are not numbers, or not in this file."""
    plan = item.id.get_create_plist()
    if plan.get_external_count():
        raise _refused(where, name, "keeps its numbers in another file")
    if item.is_virtual:
        raise _refused(where, name, "is made of other datasets")
    if item.dtype.kind not in NUMBERS and item.dtype.kind not in "SO":
        raise _refused(where, name, f"is of {item.dtype}, not of numbers")
    if h5py.check_ref_dtype(item.dtype) is not None:
        raise _refused(where, name, "holds references to other objects")
    used = {plan.get_filter(i)[0] for i in range(plan.get_nfilters())}
    if not used <= FILTERS:
        raise _refused(where, name, "is packed in a way that needs a plug-in")
    size = int(np.prod(item.shape or (1,), dtype=object)) * item.dtype.itemsize
    if not used and size > max(item.id.get_storage_size(), 64):
        raise _refused(where, name, f"declares {size:,} bytes and holds {item.id.get_storage_size():,}")
    if size > 1_100 * max(item.id.get_storage_size(), 64):  # no more can be unpacked of deflate
        raise _refused(where, name, f"declares {size:,} bytes and holds {item.id.get_storage_size():,}, packed")
    return size


def _refused(where: object, name: str, why: str) -> BadInput:
    return BadInput(WHAT, where, f"its part {printable(name, limit=60)} {why}", hint=SAVE_AGAIN)


def text_of(file: Place, name: str) -> str | None:
    """An attribute as text, which older files have as bytes; None where there is none."""
    value = file.attrs.get(name)
    if value is None:
        return None
    return value.decode(errors="replace") if isinstance(value, bytes | np.bytes_) else str(value)


def weights_of(group: Place, layer: str) -> list[np.ndarray]:
    """The weights of a layer as Keras stores them: arrays by the names that its group lists."""
    if layer not in group:
        return []
    names = [name.decode() if isinstance(name, bytes | np.bytes_) else str(name)
             for name in group[layer].attrs.get("weight_names", ())]  # fmt: skip
    return [np.asarray(group[layer][name], np.float32) for name in names]
