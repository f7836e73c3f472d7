"""Anybody's Keras file as a `Model`: the one of a notebook, or of a run of inkdigit's own.

In: the bytes of a `.keras` or `.h5` file, or a Keras model. Out: a `Model`, run by Keras, whose card claims nothing but
what can be counted: neither temperature nor threshold is fitted, for it was probably trained on the digits that are
held out here.

A foreign model does not say what its numbers mean: it is asked real digits in every usual way, see `preparation`. One
that gives logits gets the softmax that its loss applied.
"""

from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np

from inkdigit.backend import keras
from inkdigit.errors import BadInput
from inkdigit.files import read_regular, sha256
from inkdigit.formats.chain import Chain, check_chain
from inkdigit.formats.check import LARGEST_MODEL, WHAT
from inkdigit.formats.hdf5 import SAVE_AGAIN, open_copy, text_of
from inkdigit.formats.keras import open_keras, open_with_weights, without_hdf5_of_strangers
from inkdigit.formats.keras_chain import keras_from_chain, pixel_scale, predict, read_chain, unrolled
from inkdigit.models.foreign import CLASSES, asked, foreign_card
from inkdigit.models.model import Model
from inkdigit.models.preparation import Pixels, Preparation, is_known, prepared
from inkdigit.types import Outputs

SIZES = (1, 16, 128, 400, 1_000)
"""Images that Keras is given at once: JAX compiles a program for every number that it ever sees. The sample has 400."""


def open_keras_file(content: bytes, *, where: Path) -> Model:
    """Open a Keras file with an input of 28x28 or 32x32 pixels in any usual form and ten outputs, or eleven: those of
    the ten digits and of "no digit".

    Args:
        content: The whole file.
        where: Where it came from, for messages and for its name.

    Raises:
        BadInput: Damaged, with code inside, with layers Keras does not know, or of the wrong shape.
    """
    copy = without_hdf5_of_strangers(content, where=where)
    description = None if copy.startswith(b"PK") else described_beside(copy, where=where)
    if description is not None:
        network = open_with_weights(description, content, where=where)
        return model_of_keras(network, sha256(description.encode(), content), where=where)
    return model_of_keras(open_keras(copy, where=where), sha256(content), where=where)


def described_beside(content: bytes, *, where: Path) -> str | None:
    """The description (`model.to_json()`) that lies beside an `.h5` file which holds weights alone, or None."""
    with open_copy(content) as file:
        if text_of(file, "model_config") is not None:
            return None
    stem = where.name.removesuffix(".h5").removesuffix(".weights").removesuffix("_weights")
    found = beside(where, [f"{name}.json" for name in (stem, "model", "architecture", "config")], "*.json")
    return None if found is None else found.decode("utf-8", "replace")


def beside(where: Path, names: list[str], pattern: str) -> bytes | None:
    """The content of the first of these files that lies in the same folder, or of the only one of its kind."""
    named = [path for path in (where.parent / name for name in names) if path.is_file() and path != where]
    others = [path for path in where.parent.glob(pattern) if path != where]
    found = named[0] if named else others[0] if len(others) == 1 else None
    return None if found is None else read_regular(found, limit=LARGEST_MODEL, what=WHAT)


def model_of_keras(network: keras.Model, digest: str, *, where: Path) -> Model:
    """Make a `Model` of a foreign Keras model; `digest` is that of the file. Raises BadInput as `open_keras_file`."""
    usual = Preparation(_input_shape(network, where=where), scale=pixel_scale(network))
    lock = Lock()  # Keras promises nothing to two threads at once

    def answers(pixels: Pixels) -> Outputs:
        with lock:
            try:
                return _in_sizes(network, pixels)
            except Exception as error:  # the layers of a foreign model may fail in any way
                raise BadInput(WHAT, where, "fails on an image of 28x28", hint=SAVE_AGAIN) from error

    found = asked(answers, usual, where=where)

    @cache
    def read_layers() -> Chain:
        chain = prepared(read_chain(unrolled(network), softmax=found.has_logits), found.preparation)
        check_chain(chain, what="cannot export", classes=len(card.classes))
        return chain

    card = foreign_card(
        where,
        parameters=sum(int(np.prod(weight.shape)) for weight in network.trainable_weights),
        classes=network.outputs[0].shape[-1],
        preparation=found.preparation,
    )
    # Built anew from plain layers: of what a notebook may have put into a layer, not all can be saved as .h5.
    return Model(where.name, card, found.outputs, read_layers, lambda: keras_from_chain(read_layers()), digest)


def _input_shape(network: keras.Model, *, where: Path) -> tuple[int, ...]:
    """The shape of one image; refuses what takes none, or does not answer for ten digits."""
    hint = "give a model with an input of 28x28 and ten outputs"
    try:
        inputs, outputs = network.inputs, network.outputs
    except (AttributeError, ValueError) as error:
        raise BadInput(WHAT, where, "was saved before it knew its input", hint=hint) from error
    if not inputs or len(inputs) != 1 or len(outputs) != 1:
        raise BadInput(WHAT, where, "expected one input and one output", hint=hint)
    shape, answer = tuple(inputs[0].shape[1:]), tuple(outputs[0].shape[1:])
    if not is_known(shape):
        expected = "an input of 28x28 (or 28x28x1, 784, 1x28x28, 32x32, ...)"
        raise BadInput(WHAT, where, f"expected {expected}, got {_form(shape)}", hint=hint)
    if len(answer) != 1 or answer[0] not in CLASSES:
        raise BadInput(WHAT, where, f"expected 10 or 11 outputs, got {_form(answer)}", hint=hint)
    return shape


def _form(shape: tuple[int | None, ...]) -> str:
    return "x".join("?" if side is None else str(side) for side in shape) or "one number"


def _in_sizes(network: keras.Model, pixels: Pixels) -> Outputs:
    """Ask in batches of a few sizes, the last one filled up with zeros."""
    parts = [np.zeros((0, network.outputs[0].shape[-1]), np.float32)]
    for start in range(0, len(pixels), SIZES[-1]):
        part = pixels[start : start + SIZES[-1]]
        size = next(size for size in SIZES if size >= len(part))
        filled = np.concatenate([part, np.zeros((size - len(part), *part.shape[1:]), np.float32)])
        parts.append(predict(network, filled)[: len(part)])
    return np.concatenate(parts)
