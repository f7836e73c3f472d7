"""A chain of layers as a Keras model, with its weights.

In: a `Chain`. Out: a `keras.Sequential` of Keras' own layers, not compiled. Knows no file format.
"""

import keras
from keras import layers as kl

from inkdigit.formats.chain import Chain, Layer
from inkdigit.formats.from_keras import ATTRIBUTES


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
    model = keras.Sequential([entry, *map(_layer, chain.layers)], name="digits")
    for layer, built in zip(chain.layers, model.layers, strict=True):
        for name, array in layer.weights.items():
            getattr(built, ATTRIBUTES.get(name, name)).assign(array)
    return model


def _layer(layer: Layer) -> keras.Layer:
    # Zeros, because drawing weights that are replaced takes longer than all the rest.
    kernel = {"Dense": "kernel", "Conv2D": "kernel", "DepthwiseConv2D": "depthwise"}.get(layer.kind)
    zeros = {f"{kernel}_initializer": "zeros"} if kernel else {}
    return getattr(kl, layer.kind)(name=layer.name, **layer.options, **zeros)
