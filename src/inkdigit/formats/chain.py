"""A network as a chain of layers: the one form that every export is written from and read into.

In: layers with their options and weights. Out: the same, once every layer fits the one before it. Needs neither
Keras nor ONNX and knows no file format; what a kind of layer is, `kinds` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from inkdigit.errors import BadInput
from inkdigit.formats.kinds import KINDS, Shape, Unfit

INPUT_SHAPES: tuple[Shape, ...] = ((28, 28), (28, 28, 1), (784,))
"""How one image may come: the same 784 numbers, row by row."""

# They pass on what they are given, or only number it anew.
_CHANGES_NOTHING = ("Dropout", "Flatten")


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer.

    Args:
        kind: Name of its class in Keras 3, a key of `KINDS`.
        name: Unlike any other in the network, without a slash.
        options: Exactly those that its kind has, as JSON values with a tuple for a list; names and meaning of Keras 3.
        weights: float32 arrays by Keras' names and in Keras' order of axes.
    """

    kind: str
    name: str
    options: Mapping[str, Any]
    weights: Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Chain:
    """A whole network.

    Args:
        layers: First to last; the last gives a probability for each class.
        input_shape: One of `INPUT_SHAPES`.
        ink_scale: What ink of 0..1 is multiplied by before the first layer: 1, or 255 where the network wants
            grey levels.
    """

    layers: tuple[Layer, ...]
    input_shape: Shape
    ink_scale: float = 1.0


def check_chain(chain: Chain, *, what: str, classes: int | None = None) -> tuple[Shape, ...]:
    """Refuse a network of which any part does not fit.

    Args:
        chain: Whatever a reader made of a file or of a model.
        what: What cannot be done, for messages: "cannot export to ONNX".
        classes: How many probabilities it must give; any number if not said.

    Returns:
        The shape of what each layer gives, without the batch.

    Raises:
        BadInput: A layer or an option is not supported, a weight is missing, has another shape or is not finite,
            or the network does not end with a softmax; the message names the layer.
    """
    check_input_shape(chain.input_shape, what=what)
    if not chain.layers:
        raise BadInput(what, "", "has no layers")
    shapes: list[Shape] = []
    for layer in chain.layers:
        if any(other.name == layer.name for other in chain.layers[: len(shapes)]):
            raise BadInput(what, f'layer "{layer.name}"', "has the name of another layer")
        try:
            shapes.append(_checked(layer, shapes[-1] if shapes else chain.input_shape))
        except Unfit as error:
            raise BadInput(what, f'layer "{layer.name}"', str(error)) from error
        for name, array in layer.weights.items():
            if not np.isfinite(array).all():
                raise BadInput(what, f"{layer.name}/{name}", "holds numbers that are not finite")
    if not _gives_probabilities(chain, shapes[-1], classes):
        expected = "its" if classes is None else str(classes)
        why = f"does not end the network with a softmax over {expected} classes"
        raise BadInput(what, f'layer "{chain.layers[-1].name}"', why)
    return tuple(shapes)


def check_input_shape(shape: tuple[object, ...], *, what: str) -> None:
    """Refuse what is no image of 28x28.

    Raises:
        BadInput: The shape is none of `INPUT_SHAPES`.
    """
    if shape not in INPUT_SHAPES:
        expected = " or ".join(map(str, INPUT_SHAPES))
        raise BadInput(what, "input", f"expected {expected}, got {shape}")


def _checked(layer: Layer, shape: Shape) -> Shape:
    """Check a layer by itself and against what it is given, and return what it gives."""
    if layer.kind not in KINDS:
        raise Unfit(f"{layer.kind} is not supported")
    if "/" in layer.name or not layer.name:
        raise Unfit("has a name that is empty or has a slash in it")
    kind = KINDS[layer.kind]
    if set(layer.options) != set(kind.options):
        raise Unfit(f"expected the options {', '.join(kind.options)}")
    for name, rule in kind.options.items():
        if not rule.holds(layer.options[name]):
            raise Unfit(f"{name} {layer.options[name]} is not supported; expected {rule.expected}")
    expected = kind.weights(layer.options, shape)
    found = {name: array.shape for name, array in layer.weights.items()}
    if list(found.items()) != list(expected.items()):
        raise Unfit(f"expected the weights {_form(expected)}, got {_form(found)}")
    if any(array.dtype != np.float32 for array in layer.weights.values()):
        raise Unfit("has weights that are not float32")
    return kind.gives(layer.options, shape)


def _form(shapes: Mapping[str, Shape]) -> str:
    return ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items()) or "none"


def _gives_probabilities(chain: Chain, shape: Shape, classes: int | None) -> bool:
    last = next((layer for layer in reversed(chain.layers) if layer.kind not in _CHANGES_NOTHING), None)
    if last is None or len(shape) != 1 or (classes is not None and shape != (classes,)):
        return False
    return last.kind == "Softmax" or last.options.get("activation") == "softmax"
