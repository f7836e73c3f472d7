"""The files of a data set -> labelled images: pictures by folder, name or table; or files of arrays.

In: a tree of files and the parts that are wanted. Out: `Digits` for those of them that there are. Where nobody says
what is for the test, it is about every tenth picture, chosen by its name, so that adding pictures never moves one from
one part to the other; of several writers, whole writers.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from inkdigit.data import arrayfiles, labeltables, layout
from inkdigit.data.labelled import Loaded, Part, labelled
from inkdigit.data.layout import Placed
from inkdigit.data.pictured import frame_picture
from inkdigit.data.tree import Tree
from inkdigit.errors import BadInput
from inkdigit.files import sha256
from inkdigit.pictures.decode import MOST_BYTES
from inkdigit.shapes import UInt8

NO_PICTURES = "no pictures found"
TENTH = 10
FEWEST_WRITERS = 3
"""One to be tested on, one to be held out, one to learn from."""

EXPECTED = "expected pictures in folders 0 to 9, called 3_17.png or named in labels.csv, or files of arrays"


def load(tree: Tree, parts: Collection[Part]) -> Loaded:
    """Load those of some parts that there are.

    Raises:
        BadInput: There is nothing that can be used, or it could be meant in two ways.
    """
    arrays = [name for name in tree.names if arrayfiles.reader_of(name)]
    tables = labeltables.find(tree, arrays)
    others = [name for name in tree.names if name not in arrays]
    labels = labeltables.read(tree, tables, others) if others else {}
    of_arrays = [name for name in arrays if name not in tables]
    placed = [] if _are_arrays(of_arrays, others) else layout.place(
        others, labels, root=tree.root, left_out=tree.left_out
    )  # fmt: skip
    if placed:
        for name in of_arrays:
            tree.left_out.add(name, "no picture")
        found = _load_pictures(tree, _in_parts(placed, tree), parts)
    elif of_arrays:
        found = arrayfiles.load_tree(tree, of_arrays, parts)
    else:
        raise BadInput(NO_PICTURES, tree.root, EXPECTED)
    if "train" in parts or "train" not in found:
        tree.left_out.tell()
    return found


def _are_arrays(arrays: Sequence[str], others: Sequence[str]) -> bool:
    """Whether the files of arrays are the data, and what else is there is not: a readme, a picture of it."""
    return bool(arrays) and len(others) < 10 * len(arrays) and not any("/" in name for name in others)


def _in_parts(placed: Sequence[Placed], tree: Tree) -> list[Placed]:
    """Give every picture its part: all of them have one, or none has."""
    return list(placed) if any(one.part for one in placed) else _with_test(placed)


def _with_test(placed: Sequence[Placed]) -> list[Placed]:
    """Choose what is for the test, by the names of pictures or writers."""
    writers = {one.writer for one in placed}
    if len(writers) < FEWEST_WRITERS:
        return [replace(one, part="test" if is_test(one.name) else "train") for one in placed]
    chosen: set[str] = set()
    for writer in sorted(writers, key=lambda name: sha256(name.encode("utf-8", "surrogateescape"))):
        chosen.add(writer)
        if TENTH * sum(one.writer in chosen for one in placed) >= len(placed):
            break
    return [replace(one, part="test" if one.writer in chosen else "train") for one in placed]


def is_test(name: str) -> bool:
    """Whether a picture belongs to the test part where nobody said so."""
    return int(sha256(name.encode("utf-8", "surrogateescape"))[:8], 16) % TENTH == 0


def _load_pictures(tree: Tree, placed: Sequence[Placed], parts: Collection[Part]) -> Loaded:
    """Decode and frame the pictures of some parts; of those that cannot be used it is said why."""
    writers = {name: number for number, name in enumerate(sorted({one.writer for one in placed}))}
    images: dict[Part, list[UInt8[np.ndarray, "28 28"]]] = {}
    used: dict[Part, list[Placed]] = {}
    for one in placed:
        if one.part in parts and one.part is not None:
            try:
                images.setdefault(one.part, []).append(frame_picture(tree.read(one.name, MOST_BYTES)))
                used.setdefault(one.part, []).append(one)
            except BadInput as error:
                tree.left_out.add(one.name, error.why or error.what)
    found: Loaded = {}
    for part in images:
        labels = np.array([one.digit for one in used[part]], np.uint8)
        digits = labelled(np.stack(images[part]), labels, name=str(tree.root), part=part)
        of = np.array([writers[one.writer] for one in used[part]]) if len(writers) > 1 else None
        found[part] = replace(digits, writers=of)
    if not found and any(one.part in parts for one in placed):
        tree.left_out.tell()
        raise BadInput(NO_PICTURES, tree.root, "not one of its files is a picture that can be used")
    return found
