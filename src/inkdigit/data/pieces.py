"""Arrays with what their names say, put together: images with their labels, part by part.

In: pieces, each an array of images or of labels, from one file or several. Out: `Digits`, or `BadInput` that says how
to name them. Where nothing is said of a test part, every label's tenth image is drawn for it. Does not know files.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from inkdigit.data.arrays import SMALLEST_SIDE, framed, grey_levels, labels_of, stacked
from inkdigit.data.labelled import Loaded, Part, draw, labelled
from inkdigit.data.naming import Role, meaning_of
from inkdigit.data.orientation import upright
from inkdigit.errors import BadInput
from inkdigit.shapes import Shaped, UInt8
from inkdigit.types import Digits, Images, Labels

TENTH = 10
AMBIGUOUS = "ambiguous arrays"
CANNOT_USE = "cannot use arrays"
EXPECTED = "x_train and y_train, train_images and train_labels, or images and labels"


LEAST_PIXELS = SMALLEST_SIDE**2


@dataclass(frozen=True, eq=False)
class Piece:
    """An array.

    Args:
        name: What it is called, in its file or by it.
        values: Its numbers or words.
        role: Images or labels.
        part: Of the data, None where nothing is said.
        group: Which data set of several it belongs to.
        in_turn: Whether pieces of the same kind follow each other: a table in several files.
        matlab: Whether labels 1 to 10 have 10 for the digit 0.
    """

    name: str
    values: Shaped[np.ndarray, "..."]
    role: Role
    part: Part | None
    group: str = ""
    in_turn: bool = False
    matlab: bool = False


@dataclass(frozen=True, eq=False)
class Pair:
    """Images as they were stored, with their labels, and how both are called."""

    images: Shaped[np.ndarray, "..."]
    labels: Labels
    name: str


def named_pieces(arrays: dict[str, Shaped[np.ndarray, "..."]], *, part: Part | None = None, matlab: bool = False,
                 group: str = "") -> list[Piece]:  # fmt: skip
    """Tell images from labels among the arrays of a file, by their names, or where these say nothing by their shapes.

    Args:
        arrays: By name.
        part: What the file's name says of those whose own says nothing.
        matlab: Whether they are MATLAB's.
        group: Which data set of several they belong to.
    """
    meanings = {name: meaning_of(name) for name in arrays}
    said = {name: meaning for name, meaning in meanings.items() if meaning.role and not meaning.group}
    if {meaning.role for meaning in said.values()} == {"images", "labels"}:
        roles = {name: (meaning.role, meaning.part) for name, meaning in said.items()}
    else:
        roles = dict(_by_shape(arrays))
    return [
        Piece(name, arrays[name], role, own or meanings[name].part or part, group, matlab=matlab)
        for name, (role, own) in roles.items()
        if role
    ]


def _by_shape(arrays: dict[str, Shaped[np.ndarray, "..."]]) -> Iterator[tuple[str, tuple[Role, Part | None]]]:
    """Of two arrays one has an image where the other has a label; of four, in the order of Keras, each two."""
    names = list(arrays)
    pairs = list(zip(names[::2], names[1::2], strict=False))
    if len(names) not in {2, 4} or (len(names) == 4 and not all(_fit(arrays[a], arrays[b]) for a, b in pairs)):
        return
    parts: tuple[Part | None, ...] = ("train", "test") if len(names) == 4 else (None,)
    for (one, other), part in zip(pairs, parts, strict=True):
        if _fit(arrays[one], arrays[other]):
            yield one, ("images", part)
            yield other, ("labels", part)
        elif _fit(arrays[other], arrays[one]):
            yield other, ("images", part)
            yield one, ("labels", part)


def _fit(images: Shaped[np.ndarray, "..."], labels: Shaped[np.ndarray, "..."]) -> bool:
    """Whether there may be a label for each image."""
    n = labels.size if 1 in labels.shape or labels.ndim == 1 else len(labels) if labels.shape[1:] == (10,) else 0
    return n > 1 and images.ndim > 1 and n in (images.shape[0], images.shape[-1]) and images.size >= LEAST_PIXELS * n


def assemble(pieces: Sequence[Piece], parts: Collection[Part], *, name: str) -> tuple[Loaded, bool]:
    """Make the parts that are wanted.

    Args:
        pieces: All that there are.
        parts: Those wanted.
        name: What the user called the data.

    Returns:
        Those of the parts that there are; and whether their images were stored transposed.

    Raises:
        BadInput: Something is missing, there twice, or cannot be used.
    """
    pairs = _pairs(pieces, where=name)
    if not pairs:
        found = ", ".join(sorted({piece.name for piece in pieces})[:8]) or "nothing"
        raise BadInput(CANNOT_USE, name, f"expected {EXPECTED}; found {found}")
    _check_parts_differ(pairs, where=name)
    stacks = [stacked(pair.images, where=f"{name}: {pair.name}", n=len(pair.labels)) for pair in pairs.values()]
    levels = dict(zip(pairs, grey_levels(stacks, where=name), strict=True))
    wanted = {part for part in pairs if (part or "train") in parts or (part is None and "test" in parts)}
    made = {part: _labelled(levels[part], pairs[part].labels, name=name, part=part) for part in pairs if part in wanted}
    turned = {part: upright(digits.images, digits.labels, name=name) for part, digits in made.items()}
    lies = any(is_turned for _, is_turned in turned.values())
    digits = {
        part: _relabelled(one, turned[part][0] if turned[part][1] == lies else _transposed(one.images))
        for part, one in made.items()
    }
    return _in_parts(digits, parts, has_test="test" in pairs), lies


def _pairs(pieces: Sequence[Piece], *, where: str) -> dict[Part | None, Pair]:
    """Images with their labels by part; None is a part that is not named."""

    def kind(piece: Piece) -> tuple[str, str]:
        return piece.part or "", piece.role

    by_kind = {key: list(some) for key, some in groupby(sorted(pieces, key=kind), key=kind)}
    found: dict[Part | None, Pair] = {}
    for part in (None, "train", "validation", "test"):
        images, labels = (by_kind.get((part or "", role), []) for role in ("images", "labels"))
        if images and labels:
            image, label = _one(images, where=where), _one(labels, where=where)
            flat = labels_of(label.values, where=f"{where}: {label.name}", ten_is_zero=label.matlab)
            found[part] = Pair(image.values, flat, image.name)
    if None in found and "train" not in found:
        found["train" if "test" in found or "validation" in found else None] = found.pop(None)
    elif None in found:
        raise BadInput(AMBIGUOUS, where, f"{found[None].name} and {found['train'].name}: which are the images?",
                       hint="leave one of them out")  # fmt: skip
    return found


def _one(pieces: Sequence[Piece], *, where: str) -> Piece:
    """The one array of a kind, or those of a kind that follow each other as one."""
    if len(pieces) == 1:
        return pieces[0]
    first = pieces[0]
    if all(piece.in_turn for piece in pieces):
        try:
            values = np.concatenate([piece.values for piece in sorted(pieces, key=lambda piece: piece.name)])
        except ValueError as error:
            raise BadInput(CANNOT_USE, where, "its pieces have images of different sizes") from error
        return Piece(first.name, values, first.role, first.part, first.group)
    if all(np.array_equal(first.values.ravel(), piece.values.ravel()) for piece in pieces[1:]):
        return first  # scikit-learn's digits: once flat, once as images
    names = " and ".join(piece.name for piece in pieces[:3])
    raise BadInput(AMBIGUOUS, where, f"{names}: which are the {first.role}?", hint="leave one of them out")


def _check_parts_differ(pairs: dict[Part | None, Pair], *, where: str) -> None:
    """Refuse data whose two parts are the same images: its test would prove nothing."""
    if "train" in pairs and "test" in pairs:
        train, test = pairs["train"], pairs["test"]
        if train.images.shape == test.images.shape and np.array_equal(train.images, test.images):
            raise BadInput("cannot use archive", where, f"{train.name} and {test.name} are the same images")


def _labelled(levels: UInt8[np.ndarray, "m side side"], labels: Labels, *, name: str, part: Part | None) -> Digits:
    if len(levels) != len(labels):
        return labelled(np.zeros((len(levels), 28, 28), np.uint8), labels, name=name, part=part or "train")
    return labelled(framed(levels), labels, name=name, part=part or "train")


def _transposed(images: Images) -> Images:
    return np.ascontiguousarray(images.transpose(0, 2, 1))


def _relabelled(digits: Digits, images: Images) -> Digits:
    return labelled(images, digits.labels, name=digits.name, part=digits.part)


def _in_parts(digits: dict[Part | None, Digits], parts: Collection[Part], *, has_test: bool) -> Loaded:
    """The parts that were named; where none was, a tenth is for the test."""
    found: Loaded = {part: one for part, one in digits.items() if part is not None}
    if None in digits:
        whole = digits[None]
        is_test = np.zeros(len(whole), np.bool_)
        is_test[draw(whole.labels, len(whole) // TENTH)] = True
        halves: tuple[tuple[Part, Digits], ...] = (
            ("train", whole.take(~is_test)), ("test", whole.take(is_test, part="test")),
        )  # fmt: skip
        found |= {part: half for part, half in halves if part in parts and len(half)}
    return found
