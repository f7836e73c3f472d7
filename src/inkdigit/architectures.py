"""The two networks that read a page, as tables of layers: the line recognizer and the detector.

In: nothing. Out: `LINE` and `DETECTOR`, and the shapes that follow from them. Training, the ONNX file and the page in
the browser all follow these tables. Knows nothing of weights.

Both are fully convolutional, so a line may be as long and a page as large as it is. The line recognizer ends in a
connectionist temporal classification (Graves et al., 2006), after CRNN (Shi et al., 2015) with convolutions in place of
the recurrent layers; the detector is a feature pyramid (Lin et al., 2017) whose numbers are shrunk boxes, as in
differentiable binarisation (Liao et al., 2020).
"""

from dataclasses import dataclass
from typing import Literal

ALPHABET = "0123456789.,-/: ?"
"""What a line consists of: digits, signs, a gap between two numbers, and any other mark."""

SIGNS = ".,-/:"
"""What stands between and beside digits and belongs to their number."""

GAP = " "
"""Between two numbers, or a number and a mark, that stand apart on one line."""

MARK = "?"
"""Whatever is written and is neither a digit nor a sign: a word, a letter, a bracket, a tick, a scribble. One for a run
of them."""

BLANK = len(ALPHABET)
"""The class of the line recognizer that stands for no character."""

STRIP = 40
"""Pixels of height of a line, as the line recognizer sees it."""

STEP = 4
"""Pixels of the input for each place of the output, in both networks and both directions."""

NUMBERS, OTHER, WALLS, COSINE, SINE = range(5)
"""What each map of the detector tells: a number's shrunk box, other marks and print, walls, the way of reading."""

PYRAMID = 16
"""Height and width of the detector's input are a multiple of it."""

Pair = tuple[int, int]
Kind = Literal["convolution", "pool", "upsample", "add"]


@dataclass(frozen=True)
class Layer:
    """One layer: a convolution normalised and rectified, a pool, or the joining of two scales.

    Args:
        name: Of the layer and of what it gives.
        kind: "convolution"; "pool", the larger of two rows; "upsample", each pixel twice in both directions; "add".
        inputs: Names of what it takes; "" is the picture.
        filters: Channels that it gives.
        kernel: Rows and columns of a window.
        stride: See `kernel`.
        dilation: See `kernel`.
        padding: Rows above and below, columns left and right that are added as 0.
        plain: A convolution with a bias, neither normalised nor rectified.
    """

    name: str
    kind: Kind
    inputs: tuple[str, ...]
    filters: int
    kernel: Pair = (1, 1)
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Pair = (0, 0)
    plain: bool = False


@dataclass(frozen=True)
class Architecture:
    """A network: its layers in an order in which each comes after what it takes; the last one is the output."""

    name: str
    layers: tuple[Layer, ...]

    @property
    def channels(self) -> dict[str, int]:
        """How many channels each value has, by the name of the layer that gives it."""
        return {"": 1} | {layer.name: layer.filters for layer in self.layers}

    @property
    def convolutions(self) -> tuple[Layer, ...]:
        """The layers that have weights."""
        return tuple(layer for layer in self.layers if layer.kind == "convolution")

    def kernel_shape(self, layer: Layer) -> tuple[int, int, int, int]:
        """Rows, columns, channels and filters of a convolution."""
        return (*layer.kernel, self.channels[layer.inputs[0]], layer.filters)

    @property
    def parameters(self) -> int:
        """How many numbers the network has when it is trained: kernels and biases."""
        shapes = [self.kernel_shape(layer) for layer in self.convolutions]
        return sum(rows * columns * channels * filters + filters for rows, columns, channels, filters in shapes)


def _same(name: str, source: str, filters: int, *, rows: int = 3, columns: int = 3, stride: int = 1,
          dilation: int = 1, plain: bool = False) -> Layer:  # fmt: skip
    """A convolution whose output is as large as its input, or the `stride`-th part of it."""
    padding = (rows // 2 * dilation, columns // 2 * dilation)
    return Layer(name, "convolution", (source,), filters, (rows, columns), (stride, stride), (dilation, dilation),
                 padding, plain)  # fmt: skip


LINE = Architecture(
    "line",
    (
        _same("stem", "", 32, rows=5, columns=5, stride=2),  # 20 rows
        _same("features_1", "stem", 96, stride=2),  # 10 rows
        _same("features_2", "features_1", 96),
        _same("features_3", "features_2", 96),
        Layer("pool", "pool", ("features_3",), 96),  # 5 rows
        _same("features_4", "pool", 144),
        Layer("rows", "convolution", ("features_4",), 176, (5, 1)),  # 1 row
        _same("context_1", "rows", 176, rows=1, columns=5),
        Layer("sum_1", "add", ("rows", "context_1"), 176),
        _same("context_2", "sum_1", 176, rows=1, columns=5, dilation=2),
        Layer("sum_2", "add", ("sum_1", "context_2"), 176),
        _same("characters", "sum_2", BLANK + 1, rows=1, columns=1, plain=True),
    ),
)
"""A strip (1, 40, width) to logits (BLANK + 1, 1, width / 4)."""

DETECTOR = Architecture(
    "detector",
    (
        _same("stem", "", 16, rows=5, columns=5, stride=2),  # a half
        _same("quarter_1", "stem", 40, stride=2),
        _same("quarter_2", "quarter_1", 40),
        _same("eighth_1", "quarter_2", 64, stride=2),
        _same("eighth_2", "eighth_1", 64),
        _same("sixteenth_1", "eighth_2", 96, stride=2),
        _same("sixteenth_2", "sixteenth_1", 96, dilation=2),
        _same("sixteenth_3", "sixteenth_2", 96, dilation=4),
        _same("narrow_1", "sixteenth_3", 64, rows=1, columns=1),
        Layer("wider_1", "upsample", ("narrow_1",), 64),
        Layer("join_1", "add", ("wider_1", "eighth_2"), 64),
        _same("merged_1", "join_1", 64),
        _same("narrow_2", "merged_1", 40, rows=1, columns=1),
        Layer("wider_2", "upsample", ("narrow_2",), 40),
        Layer("join_2", "add", ("wider_2", "quarter_2"), 40),
        _same("merged_2", "join_2", 40),
        _same("maps", "merged_2", SINE + 1, rows=1, columns=1, plain=True),
    ),
)
"""A picture (1, height, width) to logits of the maps (5, height / 4, width / 4)."""
