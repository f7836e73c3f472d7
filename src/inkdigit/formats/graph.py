"""The graph that ONNX has, as it is written: nodes that values flow through, and their weights.

In: one operation after the other. Out: lists of nodes and weights. Knows the two orders of an image's axes, and nothing
of layers, of files or of Keras; needs no onnx package.

A node and the value it gives share one name, "LAYER/OPERATION"; a weight is "LAYER/WEIGHT". Keras
allows no slash in a layer's name, so no two can clash.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from inkdigit.formats.check import FLOAT
from inkdigit.formats.half import is_worth_it, to_half
from inkdigit.formats.kinds import Shape

Attribute = int | float | tuple[int, ...]


class Value(NamedTuple):
    """Something that flows: its name, its shape as Keras sees it, and whether its channels are stored first."""

    name: str
    shape: Shape
    channels_first: bool = False


class Node(NamedTuple):
    """One operation.

    Args:
        operation: The ONNX operator.
        name: Of the node and of what it gives.
        inputs: Names of the values and weights it takes.
        attributes: Its options.
    """

    operation: str
    name: str
    inputs: tuple[str, ...]
    attributes: dict[str, Attribute]


@dataclass
class Graph:
    """The nodes so far, and the value that the next one takes.

    Args:
        value: Name of the value.
        shape: Its shape without the batch, as Keras sees it: channels last.
        layer: Name of the layer being written; the first half of every name.
        channels_first: Whether the value is stored with its channels before height and width, as
            ONNX convolves. It stays so from layer to layer until one needs Keras' order.
        half: Whether the kernels are stored in half precision.
    """

    value: str
    shape: Shape
    layer: str
    channels_first: bool = False
    half: bool = False
    nodes: list[Node] = field(default_factory=list)
    weights: dict[str, np.ndarray] = field(default_factory=dict)

    def add(self, operation: str, *weights: str, name: str = "", **attributes: Attribute) -> None:
        """Let the value flow through one more node.

        Args:
            operation: The ONNX operator.
            weights: Names of its further inputs.
            name: Second half of the node's name; the operator if not given.
            attributes: Of the operator.
        """
        name = f"{self.layer}/{name or operation}"
        self.nodes.append(Node(operation, name, (self.value, *weights), attributes))
        self.value = name

    @property
    def at(self) -> Value:
        """The value that the next node takes."""
        return Value(self.value, self.shape, self.channels_first)

    def go_to(self, value: Value) -> None:
        """Let another value flow from here on, which may be one of long before."""
        self.value, self.shape, self.channels_first = value

    def join(self, operation: str, values: list[Value], **attributes: int) -> None:
        """Let several values flow into one node, all of them channels last."""
        names = []
        for i, value in enumerate(values):
            self.go_to(value)
            self.to_channels_last(number=f"_{i}")
            names.append(self.value)
        self.value = names[0]
        self.add(operation, *names[1:], name="", **attributes)

    def weight(self, name: str, array: np.ndarray) -> str:
        """Store an array and return its full name."""
        full_name = f"{self.layer}/{name}"
        self.weights[full_name] = array
        return full_name

    def kernel(self, array: np.ndarray) -> str:
        """Store the kernel of the layer, and return the name of what it is in float32.

        In half precision, a Cast stands between: ONNX Runtime computes it once, when it loads the file.

        Raises:
            BadInput: A number is larger than half precision has.
        """
        if not (self.half and is_worth_it(array)):
            return self.weight("kernel", array)
        stored = self.weight("kernel", to_half(array, name=f"{self.layer}/kernel"))
        cast = Node("Cast", f"{self.layer}/Cast", (stored,), {"to": FLOAT})
        self.nodes.append(cast)
        return cast.name

    def reshape(self, shape: Shape) -> None:
        """Give each image another shape, its numbers read in Keras' order."""
        if shape != self.shape:
            self.to_channels_last()
            # To ONNX, 0 is "as before": the batch stays as large as it is.
            self.add("Reshape", self.weight("shape", np.array((0, *shape), np.int64)))
            self.shape = shape

    def to_channels_first(self) -> None:
        """Put the channels before height and width: (batch, channels, height, width)."""
        if not self.channels_first:
            self._transpose("to_channels_first", (len(self.shape), *range(1, len(self.shape))))
            self.channels_first = True

    def to_channels_last(self, *, number: str = "") -> None:
        """Put the channels back where Keras has them: (batch, height, width, channels); `number` ends the name."""
        if self.channels_first:
            self._transpose(f"to_channels_last{number}", (*range(2, len(self.shape) + 1), 1))
            self.channels_first = False

    def _transpose(self, name: str, axes: Shape) -> None:
        if len(axes) > 1:  # of (batch, units) there is nothing to turn
            self.add("Transpose", name=name, perm=(0, *axes))
