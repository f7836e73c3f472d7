"""Files of arrays as a data set: CSV, IDX, .npz, .npy, .mat, Parquet; one file, or several that belong together.

In: one named file, which those beside it may belong to, or the files of a folder or an archive; and the parts that are
wanted. Out: those of them that there are. Knows which module reads which kind of file, and nothing of how.
"""

import logging
import re
from collections.abc import Collection, Sequence
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from inkdigit.data.arrays import grey_levels, stacked
from inkdigit.data.labelled import LARGEST_FILE, Loaded, Part
from inkdigit.data.naming import Meaning, meaning_of
from inkdigit.data.packed import without_packing
from inkdigit.data.pieces import AMBIGUOUS, CANNOT_USE, EXPECTED, Piece, assemble
from inkdigit.data.tree import Tree, of_siblings
from inkdigit.errors import LONGEST_PATH, BadInput, printable
from inkdigit.files import read_regular
from inkdigit.shapes import UInt8

READERS = {".csv": "tables", ".tsv": "tables", ".npz": "npz", ".npy": "npy", ".mat": "mat", ".parquet": "parquet"}
"""How the name of a file ends, and the module whose `pieces(data, name=, meaning=, where=)` reads it."""

IDX = re.compile(r"(^|[^a-z])idx\d|ubyte|\.idx", re.IGNORECASE)
"""What the name of an IDX file holds: "train-images-idx3-ubyte", "train-images.idx3-ubyte"."""

WHOLE = {"npz", "mat"}
"""Files of these kinds hold images and labels, and all parts."""

TRANSPOSED = "its images are stored transposed, as EMNIST's are: each was turned upright"

_log = logging.getLogger(__name__)


def reader_of(name: str) -> str | None:
    """Which module reads a file; None for what is no file of arrays.

    >>> reader_of("a/train.csv.gz"), reader_of("t10k-labels-idx1-ubyte"), reader_of("a.png")
    ('tables', 'idx', None)
    """
    plain = without_packing(PurePosixPath(name).name)
    return READERS.get(PurePosixPath(plain).suffix.lower()) or ("idx" if IDX.search(plain) else None)


def load(path: Path, parts: Collection[Part]) -> Loaded:
    """Load those of some parts that a file has, and those beside it that belong to it.

    "train.csv" has "test.csv" beside it, "images.npy" "labels.npy", "emnist-digits-train-images-idx3-ubyte.gz" three.

    Raises:
        BadInput: The file cannot be read, or holds no images and labels.
    """
    siblings = of_siblings(path)
    kind, said = reader_of(path.name) or "idx", _meaning(path.name)
    names = [path.name]
    if kind not in WHOLE or said.part:  # train.npz has test.npz beside it, mnist.npz nothing
        alike = (kind, said.group)
        names += [n for n in siblings.names if (reader_of(n), _meaning(n).group) == alike and n != path.name]
    found = _load(siblings, names, parts)
    if kind == "tables" and said.part not in {None, *found} and "test" in parts:
        raise BadInput(CANNOT_USE, path, "it has no column of labels", hint="read it with: inkdigit read --single")
    return found


def load_images(path: Path) -> UInt8[np.ndarray, "n height width"]:
    """Load the images of a file without asking for labels.

    Raises:
        BadInput: The file cannot be read, or it is not clear which of its arrays are images.
    """
    reader = reader_of(path.name) or "idx"
    module: Any = import_module(f"inkdigit.data.{reader}")
    if hasattr(module, "load_images"):
        return module.load_images(path)
    data = read_regular(path, limit=LARGEST_FILE)
    found: list[Piece] = module.pieces(data, name=path.name, meaning=_meaning(path.name), where=path)
    images = [piece for piece in found if piece.role == "images"]
    if len(images) != 1:
        raise BadInput(CANNOT_USE, path, f"expected one array of images, found {len(images)}")
    return grey_levels([stacked(images[0].values, where=path)], where=path)[0]


def load_tree(tree: Tree, names: Sequence[str], parts: Collection[Part]) -> Loaded:
    """Load those of some parts that the files of a folder or an archive have."""
    return _load(tree, names, parts)


def _meaning(name: str) -> Meaning:
    """What the name of a file says, and where it says nothing those of its folders: "train/images.npy"."""
    path = PurePosixPath(without_packing(name))
    own = meaning_of(path.stem if path.suffix.lower() in READERS else path.name)
    above = meaning_of(" ".join(path.parts[:-1]))
    return Meaning(f"{above.group} {own.group}".strip(), own.part or above.part, own.role or above.role)


def _load(tree: Tree, names: Sequence[str], parts: Collection[Part]) -> Loaded:
    names = sorted({without_packing(name): name for name in reversed(names)}.values())  # one of a.csv and a.csv.gz
    pieces = _of_one_set([piece for name in names for piece in _pieces(tree, name)], tree, names)
    found, lies = assemble(pieces, parts, name=str(tree.root))
    if lies and ("train" in parts or "train" not in found):
        _log.warning("%s: %s", printable(tree.root, limit=LONGEST_PATH), TRANSPOSED)
    return found


def _pieces(tree: Tree, name: str) -> list[Piece]:
    where, reader = _where(tree, name), reader_of(name) or "idx"
    module: Any = import_module(f"inkdigit.data.{reader}")
    found: list[Piece] = module.pieces(tree.read(name, LARGEST_FILE), name=name, meaning=_meaning(name), where=where)
    return found


def _where(tree: Tree, name: str) -> Path:
    return tree.root if tree.root.name == name else tree.root / name


def _of_one_set(pieces: Sequence[Piece], tree: Tree, names: Sequence[str]) -> list[Piece]:
    """Those of the only set with images and labels; of several the one whose parts are named; else it is ambiguous."""
    groups = sorted({piece.group for piece in pieces})
    roles = {group: {piece.role for piece in pieces if piece.group == group} for group in groups}
    whole = [group for group in groups if len(roles[group]) == 2]
    split = [group for group in whole if any(piece.group == group and piece.part for piece in pieces)]
    chosen = whole if len(whole) == 1 else split
    if len(chosen) > 1 or (whole and not chosen):
        shown = ", ".join(sorted({piece.name for piece in pieces if piece.group in whole})[:6])
        raise BadInput(AMBIGUOUS, tree.root, f"several data sets: {shown}", hint="name a file of the one you mean")
    if not chosen:
        found = ", ".join(PurePosixPath(name).name for name in names[:6])
        raise BadInput(CANNOT_USE, tree.root, f"images without labels, or labels without images: {found}",
                       hint=f"expected {EXPECTED}, or a table with a column of labels")  # fmt: skip
    for name in names:
        of_file = {piece.group for piece in pieces if piece.name == name}
        if of_file and not of_file & set(chosen):
            tree.left_out.add(name, "of another data set")
    return [piece for piece in pieces if piece.group in chosen]
