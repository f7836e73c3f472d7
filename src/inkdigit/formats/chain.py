"""A network as a chain of layers: the one form that every export is written from and read into.

In: layers with their options and weights. Out: the same, once every layer fits those that it takes: mostly the one
before it; a chain may part and be joined again. What it may hold, the table of `kinds` says. Needs neither Keras nor
ONNX, computes no network and knows no file format.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from inkdigit.errors import BadInput
from inkdigit.formats.kinds import JOINS, KINDS, Shape, Shapes, Unfit

INPUT_SHAPES: tuple[Shape, ...] = ((28, 28), (28, 28, 1), (784,))
"""How one image may come: the same 784 numbers, row by row."""

# They pass on what they are given, or only number it anew.
_CHANGES_NOTHING = ("Dropout", "Flatten")

INPUT = ""
"""What stands for the input of the network among the inputs of a layer."""


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer.

    Args:
        kind: Name of its class in Keras 3, a key of `KINDS` or `JOINS`.
        name: Unlike any other in the network, without a slash.
        options: Exactly those that its kind has, as JSON values with a tuple for a list; names and meaning of Keras 3.
        weights: float32 arrays by Keras' names and in Keras' order of axes.
        inputs: Names of the layers that it takes, `INPUT` for that of the network; none for the one before it.
    """

    kind: str
    name: str
    options: Mapping[str, Any]
    weights: Mapping[str, np.ndarray]
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Chain:
    """A whole network.

    Args:
        layers: Each behind those that it takes; the last gives a probability for each class.
        input_shape: One of `INPUT_SHAPES`.
        ink_scale: What ink of 0..1 is multiplied by before the first layer: 1, or 255 where the network wants
            grey levels.
    """

    layers: tuple[Layer, ...]
    input_shape: Shape
    ink_scale: float = 1.0

    @property
    def branches(self) -> bool:
        """Whether any layer takes another one than that before it, or several."""
        return any(layer.inputs for layer in self.layers)

    def sources(self) -> list[tuple[int, ...]]:
        """Where in `layers` those stand that each takes, -1 for the input of the network.

        Raises:
            KeyError: One takes a layer that does not stand before it.
        """
        places, found = {INPUT: -1}, []
        for i, layer in enumerate(self.layers):
            found.append(tuple(places[name] for name in layer.inputs) or (i - 1,))
            places[layer.name] = i
        return found


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
    shapes = check_layers(chain, what=what)
    if not _gives_probabilities(chain, shapes[-1], classes):
        expected = "its" if classes is None else str(classes)
        why = f"does not end the network with a softmax over {expected} classes"
        raise BadInput(what, f'layer "{chain.layers[-1].name}"', why)
    return shapes


def check_layers(chain: Chain, *, what: str) -> tuple[Shape, ...]:
    """Refuse layers of which any does not fit, whatever the network takes and gives; as `check_chain`."""
    if not chain.layers:
        raise BadInput(what, "", "has no layers")
    shapes, before = {INPUT: chain.input_shape}, INPUT
    for layer in chain.layers:
        if layer.name in shapes and layer.name != INPUT:
            raise BadInput(what, f'layer "{layer.name}"', "has the name of another layer")
        try:
            shapes[layer.name] = _checked(layer, tuple(shapes[name] for name in layer.inputs or (before,)))
        except Unfit as error:
            raise BadInput(what, f'layer "{layer.name}"', str(error)) from error
        except KeyError as error:
            raise BadInput(what, f'layer "{layer.name}"', "takes a layer that does not stand before it") from error
        for name, array in layer.weights.items():
            if not np.isfinite(array).all():
                raise BadInput(what, f"{layer.name}/{name}", "holds numbers that are not finite")
        before = layer.name
    return tuple(shapes.values())[1:]


def check_input_shape(shape: tuple[object, ...], *, what: str) -> None:
    """Refuse what is no image of 28x28.

    Raises:
        BadInput: The shape is none of `INPUT_SHAPES`.
    """
    if shape not in INPUT_SHAPES:
        expected = " or ".join(map(str, INPUT_SHAPES))
        raise BadInput(what, "input", f"expected {expected}, got {shape}")


def _checked(layer: Layer, shapes: Shapes) -> Shape:
    """Check a layer by itself and against what it is given, and return what it gives."""
    if "/" in layer.name or not layer.name:
        raise Unfit("has a name that is empty or has a slash in it")
    if layer.kind in JOINS:
        if layer.options or layer.weights or len(shapes) < 2:
            raise Unfit("expected two layers or more, no options and no weights")
        return JOINS[layer.kind](layer.options, shapes)
    if layer.kind not in KINDS:
        raise Unfit(f"{layer.kind} is not supported")
    if len(shapes) != 1:
        raise Unfit(f"takes one layer, is given {len(shapes)}")
    _check_options(layer)
    _check_weights(layer, shapes[0])
    return KINDS[layer.kind].gives(layer.options, shapes[0])


def _check_options(layer: Layer) -> None:
    options = KINDS[layer.kind].options
    if set(layer.options) != set(options):
        raise Unfit(f"expected the options {', '.join(options)}")
    for name, rule in options.items():
        if not rule.holds(layer.options[name]):
            raise Unfit(f"{name} {layer.options[name]} is not supported; expected {rule.expected}")


def _check_weights(layer: Layer, shape: Shape) -> None:
    expected = KINDS[layer.kind].weights(layer.options, shape)
    found = {name: array.shape for name, array in layer.weights.items()}
    if list(found.items()) != list(expected.items()):
        raise Unfit(f"expected the weights {_form(expected)}, got {_form(found)}")
    if any(array.dtype != np.float32 for array in layer.weights.values()):
        raise Unfit("has weights that are not float32")


def _form(shapes: Mapping[str, Shape]) -> str:
    return ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items()) or "none"


def _gives_probabilities(chain: Chain, shape: Shape, classes: int | None) -> bool:
    last = next((layer for layer in reversed(chain.layers) if layer.kind not in _CHANGES_NOTHING), None)
    if last is None or len(shape) != 1 or (classes is not None and shape != (classes,)):
        return False
    return last.kind == "Softmax" or last.options.get("activation") == "softmax"
