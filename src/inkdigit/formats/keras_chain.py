"""A Keras model as a chain of layers, also a foreign one from somebody's notebook, and a chain as a Keras model.

In: a Keras model. Out: a `Chain`, or a refusal that names the layer. Or the other way. Also runs a model. Knows no file
format.

A model made with the functional interface is unrolled where it is a chain, and models within it are opened. Whether
the result is still the model, its answers tell: they are compared here on a few images, and in the end on a thousand
digits. One that branches is read layer by layer, each with those that it takes.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from inkdigit.backend import keras
from inkdigit.errors import BadInput
from inkdigit.formats.chain import INPUT, Chain, Layer, check_chain, check_input_shape
from inkdigit.formats.keras_layers import ATTRIBUTES, read_layer, shape_of
from inkdigit.formats.kinds import Shape, Unfit
from inkdigit.types import Ink, Outputs

kl = keras.layers

SAME = 1e-5
"""How far the answers of an unrolled model may be off; float32 sums in another order differ by about 1e-6."""


def chain_from_keras(model: keras.Model, *, what: str = "cannot export", classes: int | None = None) -> Chain:
    """Read a network out of a Keras model.

    Args:
        model: A built `keras.Sequential` that takes (28, 28), (28, 28, 1) or (784,) and ends with a softmax.
        what: What cannot be done, for messages: "cannot export to ONNX".
        classes: How many probabilities it must give; any number if not said.

    Returns:
        The network with copies of its weights; layers that act in training only are left out, save Dropout.

    Raises:
        BadInput: The model has another form, or a layer or an option that is not supported; the message names it.
    """
    if type(model) is not keras.Sequential:  # a subclass may compute anything
        raise BadInput(what, model.name, f"expected a keras.Sequential, got {type(model).__name__}")
    if not model.built or not model.layers:
        raise BadInput(what, model.name, "is not built", hint="give it a keras.Input")
    check_input_shape(model.input_shape[1:], what=what)
    chain = read_chain(model, what=what)
    check_chain(chain, what=what, classes=classes)
    return chain


def read_chain(model: keras.Model, *, what: str = "cannot export", softmax: bool = False) -> Chain:
    """Read the layers of a Keras model, a sequence or one that branches, whatever shape it takes and gives.

    Args:
        model: A built one, with one input and one output.
        what: What cannot be done, for messages.
        softmax: Whether it gives logits, so that a softmax is put behind it.

    Raises:
        BadInput: A layer or an option is not supported; the message names it.
    """
    layers: list[Layer] = []
    ends: dict[str, str] = {}  # the last layer that stands for one of Keras', which may be two or none
    taken = {layer.name for layer in leaves(model)}
    for layer, sources, shape in _steps(model, what=what):
        inputs = tuple(ends.get(source, INPUT) for source in sources)
        before = layers[-1].name if layers else INPUT
        try:
            read = list(read_layer(layer, shape, taken=taken))
        except Unfit as error:
            raise BadInput(what, f'layer "{layer.name}"', str(error)) from error
        if read and inputs != (before,):
            read[0] = replace(read[0], inputs=inputs)
        layers += read
        ends[layer.name] = read[-1].name if read else inputs[0]
    if softmax:
        layers.append(Layer("Softmax", next(name for name in _softmax_names() if name not in taken), {}, {}))
    return Chain(tuple(layers), shape_of(model.input_shape), pixel_scale(model))


def _steps(model: keras.Model, *, what: str) -> Iterator[tuple[keras.Operation, tuple[str, ...], Shape]]:
    """Each layer in an order in which it can be computed, with the names of those that it takes and the shape of the
    first of these."""
    if isinstance(model, keras.Sequential):
        before, shape = INPUT, shape_of(model.input_shape)
        for layer in model.layers:
            yield layer, (before,), shape
            before, shape = layer.name, shape_of(layer.compute_output_shape((None, *shape)))
        return
    own = {id(node) for nodes in model._nodes_by_depth.values() for node in nodes}  # Keras has no public way to ask
    for operation in model.operations:
        nodes = [node for node in operation._inbound_nodes if id(node) in own]
        if type(operation) is kl.InputLayer:
            continue
        if len(nodes) != 1:
            raise BadInput(what, f'layer "{operation.name}"', f"is used {len(nodes)} times")
        tensors = nodes[0].input_tensors
        owners = [tensor._keras_history.operation for tensor in tensors]
        names = tuple(INPUT if type(owner) is kl.InputLayer else owner.name for owner in owners)
        yield operation, names, shape_of(tensors[0].shape)


def _softmax_names() -> Iterator[str]:
    yield "softmax"
    yield from (f"softmax_{i}" for i in itertools.count(1))


def pixel_scale(model: keras.Model) -> int:
    """Return what ink of 0..1 is multiplied by before the model sees it: 255 where the model itself
    first scales grey levels down, as many notebooks do with `Rescaling(1 / 255)`, else 1.
    """
    for layer in leaves(model):
        if isinstance(layer, kl.Rescaling):
            return 255 if np.max(np.abs(layer.scale)) < 0.1 else 1
        if layer.weights:
            break
    return 1


def unrolled(model: keras.Model) -> keras.Model:
    """Return a model as a sequence of its layers, models within it opened; or as it is, where it branches."""
    layers = [layer for layer in leaves(model) if not isinstance(layer, kl.InputLayer)]
    if type(model) is keras.Sequential and layers == model.layers:
        return model
    if not isinstance(model, keras.Sequential) and any(len(leaf._inbound_nodes) != 1 for leaf in layers):
        return model
    try:
        chain = keras.Sequential([keras.Input(tuple(model.inputs[0].shape[1:])), *layers])
        scale = pixel_scale(model)
        ours, theirs = (run_keras(one, probe_ink(), scale=scale) for one in (chain, model))
    except Exception:  # a layer that joins two others, for instance, cannot follow a single one
        return model
    same = ours.shape == theirs.shape and np.allclose(ours, theirs, rtol=SAME, atol=SAME)
    return chain if same else model


def leaves(model: keras.Model) -> Iterator[keras.Layer]:
    """Give the layers in order, models within the model opened up."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaves(layer)
        else:
            yield layer


def run_keras(model: keras.Model, ink: Ink, *, scale: float | None = None) -> Outputs:
    """Answer with a model, in whatever shape it takes its pictures.

    Args:
        model: Takes (28, 28), (28, 28, 1), (1, 28, 28) or (784,).
        ink: float32 (n, 28, 28), 0.0 paper, 1.0 ink.
        scale: What the ink is multiplied by; what the first layers of the model ask for, if not given.

    Returns:
        float32 (n, classes), as the model gives them: probabilities or logits.
    """
    scale = pixel_scale(model) if scale is None else scale
    return predict(model, (ink * np.float32(scale)).reshape(len(ink), *model.inputs[0].shape[1:]))


def predict(model: keras.Model, pixels: np.ndarray) -> Outputs:
    """Answer with a model what is in the shape and on the scale that it takes; float32 (n, classes)."""
    # Compiled whole, 0.07 s for 784-512-512-10 and 0.15 s for a small convnet; called layer by layer, JAX
    # would compile every operation by itself, 0.3 s and 0.7 s. "highest": on a GPU, JAX may otherwise
    # multiply in TF32, which is good for three digits.
    with jax.default_matmul_precision("highest"):
        return np.asarray(model.predict_on_batch(pixels), np.float32)


def probe_ink() -> Ink:
    """Return eight images to try a model on: paper, full ink, and noise that is always the same."""
    noise = np.random.default_rng(0).random((6, 28, 28), np.float32)
    return np.concatenate([np.zeros((1, 28, 28), np.float32), np.ones((1, 28, 28), np.float32), noise])


def keras_from_chain(chain: Chain) -> keras.Model:
    """Build the network of a chain.

    Args:
        chain: One that `check_chain` lets pass.

    Returns:
        A built model whose input has the shape and the scale of the chain.
    """
    # Named, because Keras would number them, and a second export in one process would give other bytes.
    taken = {layer.name for layer in chain.layers}
    entry = keras.Input(chain.input_shape, name=next(name for name in ("ink", "input", None) if name not in taken))
    built = [_built(layer) for layer in chain.layers]
    if chain.branches:
        made: list[Any] = []
        for layer, places in zip(built, chain.sources(), strict=True):
            given = [made[at] if at >= 0 else entry for at in places]
            made.append(layer(given if len(given) > 1 else given[0]))
        model = keras.Model(entry, made[-1], name="digits")
    else:
        model = keras.Sequential([entry, *built], name="digits")
    for layer, one in zip(chain.layers, built, strict=True):
        for name, array in layer.weights.items():
            getattr(one, ATTRIBUTES.get(name, name)).assign(array)
    return model


def _built(layer: Layer) -> keras.Layer:
    # Zeros, because drawing weights that are replaced takes longer than all the rest.
    kernel = {"Dense": "kernel", "Conv2D": "kernel", "DepthwiseConv2D": "depthwise"}.get(layer.kind)
    zeros = {f"{kernel}_initializer": "zeros"} if kernel else {}
    options = {name: value or None if name == "shared_axes" else value for name, value in layer.options.items()}
    return getattr(kl, layer.kind)(name=layer.name, **options, **zeros)
