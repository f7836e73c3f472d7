"""A Keras model as a chain of layers, also a foreign one from somebody's notebook, and a chain as a Keras model.

In: a Keras model. Out: a `Chain`, or a refusal that names the layer. Or the other way. Also runs a model. Knows no file
format.

A model made with the functional interface is unrolled where it is a chain, and models within it are opened. Whether
the result is still the model, its answers tell: they are compared here on a few images, and in the end on a thousand
digits.

A layer is looked up by its exact class and an activation by the function itself: a subclass, or another function
called "relu", may compute anything and is refused. What acts only while a network learns is left out.
"""

from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from inkdigit.backend import keras
from inkdigit.errors import BadInput
from inkdigit.formats.chain import KINDS, Chain, Layer, Shape, Unfit, check_chain, check_input_shape
from inkdigit.types import Ink, Outputs

activations, kl = keras.activations, keras.layers

FUNCTIONS: dict[Callable[..., object], str] = {
    activations.linear: "linear", activations.relu: "relu", activations.relu6: "relu6", activations.tanh: "tanh",
    activations.sigmoid: "sigmoid", activations.elu: "elu", activations.selu: "selu", activations.gelu: "gelu",
    activations.silu: "silu", activations.softplus: "softplus", activations.softsign: "softsign",
    activations.mish: "mish", activations.softmax: "softmax",
}  # fmt: skip

SAME = 1e-5
"""How far the answers of an unrolled model may be off; float32 sums in another order differ by about 1e-6."""

ATTRIBUTES = {"depthwise_kernel": "kernel"}
"""Where Keras 3 has another name for a weight than its own documentation and TensorFlow.js."""

LAYERS = {getattr(kl, kind): kind for kind in KINDS}

# Identities outside of training; test_from_keras.py asks Keras whether each of them is. Not among them is
# RandomCrop, which then cuts the middle out.
LEFT_OUT = frozenset({
    kl.InputLayer, kl.Identity, kl.ActivityRegularization, kl.GaussianNoise, kl.GaussianDropout, kl.AlphaDropout,
    kl.SpatialDropout1D, kl.SpatialDropout2D, kl.RandomFlip, kl.RandomRotation, kl.RandomTranslation, kl.RandomZoom,
    kl.RandomContrast, kl.RandomBrightness, kl.RandomShear,
})  # fmt: skip


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
    layers: list[Layer] = []
    names, shape = {layer.name for layer in model.layers}, _shape(model.input_shape)
    for layer in model.layers:
        try:
            layers += _read(layer, shape, taken=names)
        except Unfit as error:
            raise BadInput(what, f'layer "{layer.name}"', str(error)) from error
        shape = _shape(layer.compute_output_shape((None, *shape)))
    chain = Chain(tuple(layers), _shape(model.input_shape), pixel_scale(model))
    check_chain(chain, what=what, classes=classes)
    return chain


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


def sequential(model: keras.Model, *, where: object) -> keras.Sequential:
    """Unroll a model into its layers one after the other.

    Args:
        model: With one input and one output.
        where: Where it came from, for messages.

    Returns:
        The model itself where nothing was to be unrolled.

    Raises:
        BadInput: It is no chain of layers.
    """
    layers = [layer for layer in leaves(model) if not isinstance(layer, kl.InputLayer)]
    if type(model) is keras.Sequential and layers == model.layers:
        return model
    try:
        chain = keras.Sequential([keras.Input(tuple(model.inputs[0].shape[1:])), *layers])
        scale = pixel_scale(model)
        ours, theirs = (run_keras(one, probe_ink(), scale=scale) for one in (chain, model))
    except Exception as error:  # a layer that joins two others, for instance, cannot follow a single one
        raise _no_chain(where) from error
    if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=SAME, atol=SAME):
        raise _no_chain(where)
    return chain


def _no_chain(where: object) -> BadInput:
    why = "is no chain of layers: it branches, or computes something between two of them"
    return BadInput("cannot export", where, why)


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
    # Compiled whole, 0.07 s for 784-512-512-10 and 0.15 s for a small convnet; called layer by layer, JAX
    # would compile every operation by itself, 0.3 s and 0.7 s. "highest": on a GPU, JAX may otherwise
    # multiply in TF32, which is good for three digits.
    scale = pixel_scale(model) if scale is None else scale
    pixels = (ink * np.float32(scale)).reshape(len(ink), *model.inputs[0].shape[1:])
    with jax.default_matmul_precision("highest"):
        return np.asarray(model.predict_on_batch(pixels), np.float32)


def probe_ink() -> Ink:
    """Return eight images to try a model on: paper, full ink, and noise that is always the same."""
    noise = np.random.default_rng(0).random((6, 28, 28), np.float32)
    return np.concatenate([np.zeros((1, 28, 28), np.float32), np.ones((1, 28, 28), np.float32), noise])


def _read(layer: keras.Layer, shape: Shape, *, taken: set[str]) -> Iterator[Layer]:
    """Give what a layer is in a chain: mostly one layer; two where its activation is one by itself; or none."""
    if type(layer) in LEFT_OUT:
        return
    _check(layer, shape)
    if type(layer) is kl.Activation:
        yield _activation(layer.activation, name=layer.name)
        return
    if type(layer) is kl.ELU:
        yield _activation(layer, name=layer.name)
        return
    kind = LAYERS[type(layer)]
    options = {name: _option(layer, name, shape) for name in KINDS[kind].options}
    weights = {name: _weight(layer, name) for name in KINDS[kind].weights(options, shape)}
    following = _activation(layer.activation, name=layer.name) if "activation" in options else None
    if following and following.kind == "Activation":
        options["activation"], following = following.options["activation"], None
    yield Layer(kind, layer.name, options, weights)
    if following:
        name = f"{layer.name}_activation"
        while name in taken:
            name += "_"
        yield Layer(following.kind, name, following.options, {})


def _activation(function: Any, *, name: str) -> Layer:
    """An activation as a layer: a function of Keras' own, or a layer that stands for one."""
    if function in FUNCTIONS:
        return Layer("Activation", name, {"activation": FUNCTIONS[function]}, {})
    if function is activations.leaky_relu:
        return Layer("LeakyReLU", name, {"negative_slope": 0.2}, {})  # the default of the function; of the layer, 0.3
    if type(function) is kl.ELU:
        _require(function.alpha == 1, f"alpha {function.alpha} is not supported")
        return Layer("Activation", name, {"activation": "elu"}, {})
    if type(function) in (kl.ReLU, kl.LeakyReLU):
        (layer,) = _read(function, (), taken=set())
        return layer
    raise Unfit(f"activation {getattr(function, '__name__', type(function).__name__)} is not supported")


def _check(layer: keras.Layer, shape: Shape) -> None:
    """Refuse what a layer of a supported class may be and a chain cannot say."""
    _require(type(layer) in LAYERS or type(layer) is kl.ELU, f"{type(layer).__name__} is not supported")
    _require(layer.compute_dtype == "float32", f"computes in {layer.compute_dtype}, not float32")
    _require(not getattr(layer, "quantization_mode", None), "has quantised weights")
    data_format = getattr(layer, "data_format", None) or "channels_last"
    _require(data_format == "channels_last", f"data_format {data_format} is not supported")
    if type(layer) is kl.ReLU:
        _require(not layer.threshold, f"threshold {layer.threshold} is not supported")
    if type(layer) in (kl.Softmax, kl.BatchNormalization):
        _require(layer.axis in (-1, len(shape)), f"axis {layer.axis} is not the last one")


def _option(layer: keras.Layer, name: str, shape: Shape) -> Any:
    """An option as a plain value, -1 in a shape worked out; the activation comes later."""
    if name == "activation":
        return "linear"
    if name == "target_shape":
        return _shape(layer.compute_output_shape((None, *shape)))
    value = getattr(layer, name)
    # A notebook may well give NumPy's numbers, and in lists.
    plain = np.asarray(value).tolist() if isinstance(value, list | tuple | np.ndarray | np.generic) else value
    return tuple(plain) if isinstance(plain, list) else plain


def _shape(batch: Any) -> Shape:
    """Without the batch; Keras gives back NumPy's numbers where a layer was given them."""
    return tuple(int(side) for side in batch[1:])


def _weight(layer: keras.Layer, name: str) -> np.ndarray:
    return np.array(getattr(layer, ATTRIBUTES.get(name, name)).value, np.float32)


def _require(condition: bool, why: str) -> None:
    if not condition:
        raise Unfit(why)


def keras_from_chain(chain: Chain) -> keras.Sequential:
    """Build the network of a chain.

    Args:
        chain: One that `check_chain` lets pass.

    Returns:
        A built model whose input has the shape and the scale of the chain.
    """
    # Named, because Keras would number them, and a second export in one process would give other bytes.
    taken = {layer.name for layer in chain.layers}
    entry = keras.Input(chain.input_shape, name=next(name for name in ("ink", "input", None) if name not in taken))
    model = keras.Sequential([entry, *map(_built, chain.layers)], name="digits")
    for layer, built in zip(chain.layers, model.layers, strict=True):
        for name, array in layer.weights.items():
            getattr(built, ATTRIBUTES.get(name, name)).assign(array)
    return model


def _built(layer: Layer) -> keras.Layer:
    # Zeros, because drawing weights that are replaced takes longer than all the rest.
    kernel = {"Dense": "kernel", "Conv2D": "kernel", "DepthwiseConv2D": "depthwise"}.get(layer.kind)
    zeros = {f"{kernel}_initializer": "zeros"} if kernel else {}
    return getattr(kl, layer.kind)(name=layer.name, **layer.options, **zeros)
