"""What a foreign network wants to be given: it is asked real digits in every usual way, and the best way is kept.

In: the shape that a network takes, a way to ask it, labelled digits. Out: a `Preparation`, which turns ink into what it
takes, as numbers and as layers. A network says the shape of its input, and nothing of what the numbers mean: whether
ink is 1 or 255 or 0, whether the images are standardised, whether they lie on their side as EMNIST's files have them.

Of two ways that are as good the more usual one is taken: a network without saturation answers the same at every scale.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from inkdigit.formats.chain import Chain, Layer
from inkdigit.formats.kinds import Shape
from inkdigit.models.model import of_digits
from inkdigit.shapes import Float32
from inkdigit.types import Images, Ink, Labels, Outputs

SIDE, PADDED_SIDE = 28, 32
"""Of an image, and of one with two pixels of paper around it, as LeNet-5 takes (LeCun et al. 1998)."""

MEAN, DEVIATION = 0.1307, 0.3081
"""Of the pixels of MNIST's training images, 0..1: by these most PyTorch programs standardise them."""

LEVELS: dict[tuple[float, float], str] = {
    (1, 0): "0 paper to 1 ink",
    (255, 0): "0 paper to 255 ink",
    (1 / DEVIATION, -MEAN / DEVIATION): f"standardised (mean {MEAN}, deviation {DEVIATION})",
    (2, -1): "-1 paper to 1 ink",
    (1, -0.5): "-0.5 paper to 0.5 ink",
    (-1, 1): "0 ink to 1 paper",
    (-255, 255): "0 ink to 255 paper",
    (-2, 1): "-1 ink to 1 paper",
}
"""Scale and offset of ink, by which each usual range of levels is made of it, and what it is called."""

READS = 0.5
"""Of the digits, the least that a network must read right one way for that to be its way; it guesses one in ten."""

BETTER = 0.01
"""Of the digits, how many more must be right for an unusual way to be taken: four of the four hundred."""

UPRIGHT_ENOUGH = 0.8
"""Of the digits; a network that reads so many as they are does not want them on their side."""

Pixels = Float32[np.ndarray, "n ..."]


@dataclass(frozen=True)
class Preparation:
    """How ink becomes what a network takes.

    Args:
        shape: Of one image, as the network takes it: 28 or 32 a side, or 784 or 1,024 in a row, with one or three
            channels before or behind, or none.
        scale: What ink of 0..1 is multiplied by.
        offset: What is added then.
        transposed: Whether rows become columns, as in EMNIST's files.
    """

    shape: Shape
    scale: float = 1.0
    offset: float = 0.0
    transposed: bool = False

    @property
    def is_usual(self) -> bool:
        """Whether it takes ink as it is, in whatever shape."""
        return (self.scale, self.offset, self.transposed) == (1, 0, False)

    @property
    def words(self) -> str:
        """What the network takes, for a user."""
        levels = LEVELS.get((self.scale, self.offset), f"ink times {self.scale:g} plus {self.offset:g}")
        return f"{levels}, rows as columns" if self.transposed else levels

    def apply(self, ink: Ink) -> Pixels:
        """Make of ink, float32 (n, 28, 28), what the network takes, float32 (n, *shape)."""
        side, channels, first = _form(self.shape)
        pixels = ink.swapaxes(1, 2) if self.transposed else ink
        edge = (side - SIDE) // 2
        pixels = np.pad(pixels, ((0, 0), (edge, edge), (edge, edge))) if edge else pixels
        if (self.scale, self.offset) != (1, 0):
            pixels = pixels * np.float32(self.scale) + np.float32(self.offset)
        if channels == 3:
            pixels = np.stack([pixels] * 3, axis=1 if first else -1)
        return np.ascontiguousarray(pixels, np.float32).reshape(len(ink), *self.shape)

    def layers(self) -> Iterator[Layer]:
        """The same as layers before those of the network, for one whose input is (28, 28)."""
        side, channels, first = _form(self.shape)
        name = "prepare_{}".format
        if self.transposed:
            yield Layer("Permute", name("transpose"), {"dims": (2, 1)}, {})
        yield Layer("Reshape", name("channel"), {"target_shape": (SIDE, SIDE, 1)}, {})
        if side != SIDE:
            edge = (side - SIDE) // 2
            yield Layer("ZeroPadding2D", name("paper"), {"padding": ((edge, edge), (edge, edge))}, {})
        if (self.scale, self.offset) != (1, 0):
            yield Layer("Rescaling", name("levels"), {"scale": self.scale, "offset": self.offset}, {})
        if channels == 3:  # a kernel of ones copies the channel
            options = {"filters": 3, "kernel_size": (1, 1), "strides": (1, 1), "padding": "valid",
                       "dilation_rate": (1, 1), "groups": 1, "activation": "linear", "use_bias": False}  # fmt: skip
            yield Layer("Conv2D", name("copies"), options, {"kernel": np.ones((1, 1, 1, 3), np.float32)})
        if channels == 3 and first:
            yield Layer("Permute", name("channels_first"), {"dims": (3, 1, 2)}, {})
        yield Layer("Reshape", name("shape"), {"target_shape": self.shape}, {})


class Trial(NamedTuple):
    """What came of asking a network.

    Args:
        preparation: The way that is kept.
        right: Of the digits, the fraction that it reads right so.
        usual: The fraction that it reads right in the way that would have been taken unasked.
    """

    preparation: Preparation
    right: float
    usual: float


Ask = Callable[[Preparation, Ink], Outputs]
"""Asks a network, prepared so: probabilities, float32 (n, classes)."""


def find_preparation(ask: Ask, *, usual: Preparation, images: Images, labels: Labels) -> Trial:
    """Find the way in which a network reads most of some real digits.

    Args:
        ask: Asks the network.
        usual: The way that is taken where no other is better.
        images: Real digits, as MNIST has them.
        labels: Of the images, 0 to 9.

    Returns:
        The usual way unless another is better by `BETTER` and reads at least `READS`.
    """
    ink = images.astype(np.float32) / np.float32(255)

    def right(preparation: Preparation) -> float:
        answers = of_digits(ask(preparation, ink)).argmax(axis=1)
        return float((answers == labels).mean())

    upright = [usual, *(replace(usual, scale=scale, offset=offset) for scale, offset in LEVELS)]
    rights = {preparation: right(preparation) for preparation in upright}
    if max(rights.values()) < UPRIGHT_ENOUGH:
        on_side = (replace(preparation, transposed=True) for preparation in upright)
        rights |= {preparation: right(preparation) for preparation in on_side}
    best = max(rights, key=lambda preparation: rights[preparation])
    if rights[best] < READS or rights[best] < rights[usual] + BETTER:
        best = usual
    return Trial(best, rights[best], rights[usual])


def prepared(chain: Chain, preparation: Preparation) -> Chain:
    """Put what a network wants to be given before its layers, so that it takes ink of (28, 28).

    Args:
        chain: The layers of the network; its input shape and its scale are those of the preparation.
        preparation: What was found.

    Returns:
        The chain itself, or with another scale, where no layer is needed for it.
    """
    if chain.input_shape in {(SIDE, SIDE), (SIDE, SIDE, 1), (SIDE * SIDE,)} and not (
        preparation.offset or preparation.transposed
    ):
        return replace(chain, ink_scale=preparation.scale)
    return Chain((*preparation.layers(), *chain.layers), (SIDE, SIDE))


def is_known(shape: Sequence[int | None]) -> bool:
    """Whether images of 28x28 can be given in this shape.

    >>> is_known((28, 28)), is_known((3, 32, 32)), is_known((784,)), is_known((27, 27))
    (True, True, True, False)
    """
    return tuple(shape) in SHAPES


def _shapes() -> Iterator[Shape]:
    for side in (SIDE, PADDED_SIDE):
        yield from ((side, side), (side, side, 1), (side * side,), (1, side, side), (side, side, 3), (3, side, side))
        yield from ((1, side * side), (side * side, 1))


SHAPES: tuple[Shape, ...] = tuple(_shapes())
"""How one image may be taken."""


def _form(shape: Shape) -> tuple[int, int, bool]:
    """Side, number of channels, and whether these come first."""
    side = next(side for side in (PADDED_SIDE, SIDE) if side in shape or side * side in shape)
    return side, 3 if 3 in shape else 1, shape[0] == 3
