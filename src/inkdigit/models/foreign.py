"""Anybody's Keras file as a `Model`: the one of a notebook, or of a run of inkdigit's own.

In: the bytes of a `.keras` or `.h5` file. Out: a `Model`, run by Keras, whose card claims nothing but what can be
counted: neither temperature nor threshold is fitted, for it was probably trained on the digits that are held out here.

A foreign model says nothing of the scale of its pixels: 0..1 is taken, as nearly every tutorial has it, unless the
model begins with a Rescaling layer that expects 0..255. One that gives logits gets the softmax that its loss applied.
"""

from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np

from inkdigit.backend import keras
from inkdigit.errors import BadInput, printable
from inkdigit.files import sha256
from inkdigit.formats.card import DIGITS
from inkdigit.formats.chain import Chain
from inkdigit.formats.check import WHAT
from inkdigit.formats.keras import SAVE_AGAIN, open_keras
from inkdigit.formats.keras_chain import (
    chain_from_keras,
    keras_from_chain,
    pixel_scale,
    probe_ink,
    run_keras,
    sequential,
)
from inkdigit.models.model import Model
from inkdigit.types import Card, Ink, Outputs
from inkdigit.version import __version__

kl = keras.layers

INPUTS = ((28, 28), (28, 28, 1), (784,), (1, 28, 28))
OUTPUTS = ((len(DIGITS),), (len(DIGITS) + 1,))

SIZES = (1, 16, 128, 1_000)
"""Images that Keras is given at once: JAX compiles a program for every number that it ever sees."""


def open_foreign(content: bytes, *, where: Path) -> Model:
    """Open a Keras model with an input of 28x28 pixels in any usual form and ten outputs, or eleven: those of the ten
    digits and of "no digit".

    Args:
        content: The whole file.
        where: Where it came from, for messages and for its name.

    Raises:
        BadInput: Damaged, with code inside, with layers Keras does not know, or of the wrong shape.
    """
    network = open_keras(content, where=where)
    _check_shape(network, where=where)
    has_logits = not _are_probabilities(_tried(network, where=where))
    asked = Lock()  # Keras promises nothing to two threads at once

    def outputs(ink: Ink) -> Outputs:
        with asked:
            answers = _in_sizes(network, ink)
        return _softmax(answers) if has_logits else answers

    @cache
    def read_layers() -> Chain:
        plain = sequential(network, where=where)
        return chain_from_keras(_with_softmax(plain) if has_logits else plain)

    card = _card(network, where=where)
    # Built anew from plain layers: of what a notebook may have put into a layer, not all can be saved as .h5.
    return Model(where.name, card, outputs, read_layers, lambda: keras_from_chain(read_layers()), sha256(content))


def _card(network: keras.Model, *, where: Path) -> Card:
    return Card(
        name=printable(where.stem, limit=100),
        parameters=sum(int(np.prod(weight.shape)) for weight in network.trainable_weights),
        temperature=1.0,
        threshold=0.5,
        calibrated=False,
        training_data="unknown",
        training_data_sha256="",
        test_accuracy=None,
        package_version=__version__,
        classes=DIGITS + "-" * (network.outputs[0].shape[-1] - len(DIGITS)),
    )


def _check_shape(network: keras.Model, *, where: Path) -> None:
    """Refuse what takes no image of 28x28, or does not answer for ten digits."""
    hint = "give a model with an input of 28x28 and ten outputs"
    try:
        inputs, outputs = network.inputs, network.outputs
    except (AttributeError, ValueError) as error:
        raise BadInput(WHAT, where, "was saved before it knew its input", hint=hint) from error
    if not inputs or len(inputs) != 1 or len(outputs) != 1:
        raise BadInput(WHAT, where, "expected one input and one output", hint=hint)
    shape, answer = tuple(inputs[0].shape[1:]), tuple(outputs[0].shape[1:])
    if shape not in INPUTS:
        expected = "an input of 28x28 (or 28x28x1, 784, 1x28x28)"
        raise BadInput(WHAT, where, f"expected {expected}, got {_form(shape)}", hint=hint)
    if answer not in OUTPUTS:
        raise BadInput(WHAT, where, f"expected 10 or 11 outputs, got {_form(answer)}", hint=hint)


def _form(shape: tuple[int | None, ...]) -> str:
    return "x".join("?" if side is None else str(side) for side in shape) or "one number"


def _tried(network: keras.Model, *, where: Path) -> Outputs:
    """Answer a few images, to see that it can and in what form."""
    try:
        answers = run_keras(network, probe_ink())
    except Exception as error:  # the layers of a foreign model may fail in any way
        raise BadInput(WHAT, where, "fails on an image of 28x28", hint=SAVE_AGAIN) from error
    if not np.isfinite(answers).all():
        raise BadInput(WHAT, where, "answers with numbers that are not finite", hint="train it again")
    return answers


def _in_sizes(network: keras.Model, ink: Ink) -> Outputs:
    """Ask in batches of a few sizes, the last one filled up with paper."""
    parts, scale = [np.zeros((0, network.outputs[0].shape[-1]), np.float32)], pixel_scale(network)
    for start in range(0, len(ink), SIZES[-1]):
        part = ink[start : start + SIZES[-1]]
        size = next(size for size in SIZES if size >= len(part))
        filled = np.concatenate([part, np.zeros((size - len(part), 28, 28), np.float32)])
        parts.append(run_keras(network, filled, scale=scale)[: len(part)])
    return np.concatenate(parts)


def _with_softmax(network: keras.Sequential) -> keras.Sequential:
    entry = keras.Input(tuple(network.inputs[0].shape[1:]))
    return keras.Sequential([entry, *network.layers, keras.layers.Softmax()])


def _are_probabilities(outputs: Outputs) -> bool:
    return bool((outputs >= 0).all() and (np.abs(outputs.sum(axis=1) - 1) < 1e-3).all())


def _softmax(logits: Outputs) -> Outputs:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
