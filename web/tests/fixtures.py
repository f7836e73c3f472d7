"""What the page's own forward pass is held to: exported networks, real digits, and what Keras makes of them.

    python web/tests/fixtures.py [--all]

In: the two networks that the page ships (`--all`: every model of the package), the foreign networks of
`tests/foreign_networks.py`, and MNIST's test digits (made ones where `INKDIGIT_DATA_DIR` does not name it). Out:
`web/fixtures/`, which git ignores, because MNIST is no part of this repository: `index.json`; `images.bin`, uint8, 784
an image; and for each network a folder with its export, and in float32 `outputs.bin`, a row of probabilities an image,
`layers.bin`, the values of each layer for the first images, and `slopes.bin`, how the ink of the last images moves the
probabilities.
"""

import dataclasses
import json
import math
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

os.environ.setdefault("KERAS_BACKEND", "jax")
sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

import jax
import jax.numpy as jnp
import keras
import numpy as np

from foreign_networks import FOREIGN, pixels
from inkdigit.data import source
from inkdigit.files import make_folder, write_whole
from inkdigit.formats.card import to_json
from inkdigit.formats.chain import Chain, Layer
from inkdigit.formats.check import ModelFile, check_model_file
from inkdigit.formats.from_onnx import chain_from_onnx
from inkdigit.formats.keras_chain import chain_from_keras, keras_from_chain
from inkdigit.formats.tfjs import chain_from_tfjs, tfjs_files
from inkdigit.models.open import opened_from
from inkdigit.models.zoo import NAMES, path_of
from inkdigit.types import Card, Digits, Images

FOLDER = Path(__file__).parents[1] / "fixtures"
DIGITS = 200
LAYERS_OF = 3
"""Images of which every layer's values are kept."""

SLOPES_OF = 2
"""Images, the last ones, for which JAX is asked how their ink moves the answer."""

NO_DIGIT = 10


PAGE = ("cnn", "mlp")
"""The networks of the page; the package's others have the same kinds of layers."""


def main(names: Sequence[str]) -> None:
    """Write the fixtures of these models and of the foreign ones, `index.json` last."""
    digits = _digits()
    images = np.concatenate([digits.images[:DIGITS], _oddities(digits.images)])
    labels = [*digits.labels[:DIGITS].tolist(), *[NO_DIGIT] * (len(images) - DIGITS)]
    make_folder(FOLDER)
    write_whole(FOLDER / "images.bin", images.tobytes())
    exports = [*((name, 32) for name in names), ("mlp", 16), ("cnn", 8)]
    shipped = [_shipped(name, bits, images) for name, bits in exports]
    networks = [*shipped, *(_foreign(name, images) for name in FOREIGN if name != "oddly named")]
    index = {"data": digits.name, "labels": labels, "layersOf": LAYERS_OF, "slopesOf": SLOPES_OF, "networks": networks}
    write_whole(FOLDER / "index.json", json.dumps(index))


def _digits() -> Digits:
    is_there = (Path(os.environ.get("INKDIGIT_DATA_DIR", ".")) / "mnist" / "t10k-images-idx3-ubyte.gz").exists()
    return source.load("mnist" if is_there else "strokes", part="test")


def _oddities(images: Images) -> Images:
    """What is no digit: paper, a blot, noise, a bar, digits cut, laid over one another and half as dark, and two on
    noise, where no two pixels of a window are the same and so every slope exists.
    """
    blank = np.zeros((28, 28), np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    bar = blank.copy()
    bar[12:16, 2:26] = 255
    half = np.where(np.arange(28) < 14, images[0], 0).astype(np.uint8)
    both = np.maximum(images[1], images[2])
    on_noise = [image // 2 + noise // 4 + 20 for image in images[:SLOPES_OF]]
    return np.stack([blank, blank + 255, noise, bar, half, both, images[3] // 2, *on_noise])


def _shipped(name: str, bits: int, images: Images) -> dict[str, Any]:
    """A model of the package, as its page gets it; with fewer bits it is held to what the export's bytes say."""
    file = check_model_file(path_of(name).read_bytes(), where=name)
    chain, title = chain_from_onnx(file), name if bits == 32 else f"{name} in {bits} bits"
    entry = _written(title, chain, card=file.card, images=images, bits=bits)
    return {**entry, "predictions": _predictions(file, images)} if bits == 32 else entry


def _predictions(file: ModelFile, images: Images) -> list[dict[str, Any]]:
    """What the package's recognizer says, calibrated."""
    said = opened_from(file.content, where=Path(file.card.name)).classify(images.astype(np.float32) / np.float32(255))
    rows = zip(said.digit, said.confidence, said.unsure, said.probabilities, strict=True)
    return [
        {"digit": int(digit), "confidence": float(sure), "unsure": bool(unsure), "probabilities": row.tolist()}
        for digit, sure, unsure, row in rows
    ]


def _foreign(name: str, images: Images) -> dict[str, Any]:
    """A network of every kind of layer, with random weights: nothing of it may happen to be 0 or 1."""
    with patch.object(keras.initializers.GlorotUniform, "__call__", _zeros):
        chain = chain_from_keras(FOREIGN[name]())
    random = np.random.default_rng(len(name))
    layers = tuple(dataclasses.replace(layer, weights=dict(_drawn(layer, random))) for layer in chain.layers)
    card = Card(name, 0, 1.0, 0.5, False, "none", "", None, "0")
    return _written(name, dataclasses.replace(chain, layers=layers), card=card, images=images)


def _zeros(_: object, shape: tuple[int, ...], dtype: str | None = None) -> jax.Array:
    """In place of Keras' random start, for which JAX compiles a program for every shape: 31 of 33 seconds."""
    return jnp.zeros(shape, dtype or "float32")


def _drawn(layer: Layer, random: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
    for name, array in layer.weights.items():
        if name in ("gamma", "moving_variance"):
            drawn = random.uniform(0.5, 2, array.shape)
        else:
            inputs = math.prod(array.shape[: 2 if name == "depthwise_kernel" else -1])
            drawn = random.normal(0, 1.5 / math.sqrt(max(inputs, 10)), array.shape)
        yield name, drawn.astype(np.float32)


def _written(name: str, chain: Chain, *, card: Card, images: Images, bits: int = 32) -> dict[str, Any]:
    """Export a network, and write what Keras makes of the images with the weights that the export holds."""
    folder = FOLDER / name.replace(" ", "-")
    make_folder(folder)
    files = tfjs_files(chain, metadata={"inkdigit": json.loads(to_json(card)), "parity": {}}, bits=bits)
    for path, content in files.items():
        write_whole(folder / path, content)
    exported = chain_from_tfjs(files)
    model = keras_from_chain(exported)
    values = _layer_values(model, pixels(model, images, scale=exported.ink_scale))
    slopes = _slopes(model, images[-SLOPES_OF:], scale=exported.ink_scale)
    for part, arrays in (
        ("outputs", values[-1:]),
        ("layers", [array[:LAYERS_OF] for array in values]),
        ("slopes", slopes),
    ):
        write_whole(folder / f"{part}.bin", b"".join(array.astype("<f4").tobytes() for array in arrays))
    layers = [{"name": layer.name, "shape": array.shape[1:]} for layer, array in zip(model.layers, values, strict=True)]
    return {"name": name, "folder": folder.name, "classes": values[-1].shape[1], "layers": layers}


def _layer_values(model: keras.Sequential, images: np.ndarray) -> list[np.ndarray]:
    """The values of every layer for every image."""

    @jax.jit  # a tenth of the time that Keras takes to do it layer by layer
    def every_layer(values: jax.Array) -> list[jax.Array]:
        kept: list[jax.Array] = []
        for layer in model.layers:
            kept.append(layer(kept[-1] if kept else values, training=False))
        return kept

    with jax.default_matmul_precision("highest"):  # a GPU would otherwise multiply with three digits
        return [np.asarray(values) for values in every_layer(jnp.asarray(images))]


def _slopes(model: keras.Sequential, images: Images, *, scale: float) -> list[np.ndarray]:
    """Slope of the sum of cos(k) log p_k over the classes k, for each pixel of ink 0..1, by JAX."""

    def value(ink: jax.Array) -> jax.Array:
        outputs = model((ink * scale).reshape(1, *model.input_shape[1:]), training=False)[0]
        return jnp.dot(jnp.cos(jnp.arange(len(outputs))), jnp.log(outputs))

    slope = jax.jit(jax.grad(value))
    slopes = [np.asarray(slope(jnp.asarray(image.reshape(784), jnp.float32) / 255)) for image in images]
    if not np.isfinite(slopes).all():
        raise ArithmeticError(f"{model.name}: a probability is 0, and its logarithm has no slope")
    return slopes


if __name__ == "__main__":
    main(NAMES if "--all" in sys.argv[1:] else PAGE)
