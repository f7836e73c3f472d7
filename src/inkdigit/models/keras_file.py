"""A `.keras` or `.h5` file, also a foreign one from somebody's notebook.

In: the bytes of the file. Out: an `OpenModel`, run by Keras. The layers named in the file are
checked before Keras sees it: those that carry code (Lambda and its kin) are refused, and Keras' own
safe mode stands behind that. Knows nothing of ONNX.

A foreign model says nothing of the scale of its pixels: 0..1 is taken, as nearly every tutorial
has it, unless the model begins with a Rescaling layer that expects 0..255.
"""

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import h5py
import keras  # the backend is read once, at import
import numpy as np

from inkdigit.errors import BadInput
from inkdigit.formats.check import WHAT
from inkdigit.models.open import BATCH, LARGEST, FirstLayer, OpenModel, in_batches, of_digits, probe_images
from inkdigit.types import Images, Ink, Outputs, Probabilities

OUTPUTS = ((10,), (11,))
INPUTS = ((28, 28), (28, 28, 1), (784,), (1, 28, 28))
CODE = frozenset({"Lambda", "__lambda__", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer"})
SAVE_AGAIN = "save it again with model.save"


def open_keras(content: bytes, *, path: Path) -> OpenModel:
    """Open a Keras model with an input of 28x28 pixels in any usual form and ten outputs, or eleven:
    those of the ten digits and of "no digit".

    Args:
        content: The whole file.
        path: Where it came from, for messages.

    Raises:
        BadInput: Damaged, with code inside, with layers Keras does not know, or of the wrong shape.
    """
    _refuse_code(_read_config(content, path=path), path=path)
    model = _load(content, path=path)
    shape = _input_shape(model, path=path)
    scale = 1 if _wants_grey_levels(model) else 255

    def outputs(ink: Ink) -> Outputs:
        return np.asarray(model.predict(ink.reshape(-1, *shape), batch_size=BATCH, verbose=0), np.float32)

    logits = not _are_probabilities(_try(outputs, scale=scale, path=path))

    def predict(images: Images) -> Probabilities:
        result = in_batches(outputs, images, scale=scale)
        return of_digits(_softmax(result) if logits else result)

    weights = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    return OpenModel(path.name, predict, 1.0, weights, _first_layer(model))


def _read_config(content: bytes, *, path: Path) -> Any:
    """Read the description of the layers without building anything."""
    try:
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if sum(member.file_size for member in archive.infolist()) > LARGEST:
                    raise BadInput(WHAT, path, f"unpacks to more than the limit of {LARGEST:,} bytes")
                return json.loads(archive.read("config.json"))
        with h5py.File(io.BytesIO(content), "r") as file:
            return json.loads(file.attrs["model_config"])
    except KeyError as error:
        raise BadInput(WHAT, path, "holds no Keras model (weights alone, or another kind of archive)",
                       hint=SAVE_AGAIN) from error  # fmt: skip
    except (OSError, ValueError, RecursionError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise BadInput(WHAT, path, "is damaged or ends early", hint=SAVE_AGAIN) from error


def _refuse_code(config: Any, *, path: Path) -> None:
    """Refuse layers that run code kept in the file, and objects from anywhere but Keras."""
    for part in _objects(config):
        name, module = part.get("class_name"), part.get("module")
        if name in CODE:
            kind = "Lambda" if name == "__lambda__" else name
            raise BadInput(WHAT, path, f"has a {kind} layer, which runs code kept in the file",
                           hint="replace it by a built-in layer and save the model again")  # fmt: skip
        if str(module or "keras").split(".")[0] != "keras":
            raise BadInput(WHAT, path, f"has a part {name} that is not Keras' own",
                           hint="replace it by a built-in layer and save the model again")  # fmt: skip


def _objects(config: Any) -> Iterator[dict[str, Any]]:
    """Yield every description of an object, outermost first; how the model was compiled is never read."""
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "class_name" in part:
                yield part
            waiting.extend(value for key, value in part.items() if key != "compile_config")
        elif isinstance(part, list):
            waiting.extend(part)


def _load(content: bytes, *, path: Path) -> Any:
    """Let Keras open a private copy, named for what it is, so that no one can swap the checked file."""
    with tempfile.TemporaryDirectory(prefix="inkdigit-") as folder:
        copy = Path(folder) / ("model.keras" if content.startswith(b"PK") else "model.h5")
        copy.write_bytes(content)
        try:
            return keras.saving.load_model(copy, safe_mode=True, compile=False)
        except Exception as error:  # Keras raises whatever its layers raise
            raise BadInput(WHAT, path, "Keras cannot rebuild it: it is damaged, or made by an older version",
                           hint=SAVE_AGAIN) from error  # fmt: skip


def _input_shape(model: Any, *, path: Path) -> tuple[int, ...]:
    """Return the form of one image as the model wants it."""
    hint = "give a model with an input of 28x28 and ten outputs"
    try:
        inputs, outputs = model.inputs, model.outputs
    except (AttributeError, ValueError) as error:
        raise BadInput(WHAT, path, "was saved before it knew its input", hint=hint) from error
    if not inputs or len(inputs) != 1 or len(outputs) != 1:
        raise BadInput(WHAT, path, "expected one input and one output", hint=hint)
    shape, answer = tuple(inputs[0].shape[1:]), tuple(outputs[0].shape[1:])
    if shape not in INPUTS:
        raise BadInput(WHAT, path, f"expected an input of 28x28 (or 28x28x1, 784, 1x28x28), got {_form(shape)}",
                       hint=hint)  # fmt: skip
    if answer not in OUTPUTS:
        raise BadInput(WHAT, path, f"expected 10 or 11 outputs, got {_form(answer)}", hint=hint)
    return shape


def _form(shape: tuple[int | None, ...]) -> str:
    return "x".join("any" if side is None else str(side) for side in shape) or "a single number"


def _leaf_layers(model: Any) -> Iterator[Any]:
    """Yield the layers in order, models within models opened up."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _leaf_layers(layer)
        else:
            yield layer


def _wants_grey_levels(model: Any) -> bool:
    """Whether the model scales 0..255 itself: its first layer that changes a value is a Rescaling by less than 0.1."""
    for layer in _leaf_layers(model):
        if isinstance(layer, keras.layers.Rescaling):
            return bool(np.max(np.abs(layer.scale)) < 0.1)
        if layer.weights:
            return False
    return False


def _first_layer(model: Any) -> FirstLayer | None:
    """Return the weights of the first layer that has any, if it is dense on the pixels."""
    layer = next((layer for layer in _leaf_layers(model) if layer.weights), None)
    if not isinstance(layer, keras.layers.Dense) or layer.kernel.shape[0] != 784:
        return None
    kernel = np.asarray(layer.kernel.value, np.float32)
    return np.ascontiguousarray(kernel.T.reshape(-1, 28, 28))


def _try(outputs: Any, *, scale: float, path: Path) -> Outputs:
    """Answer a few images, to see that it can and in what form."""
    try:
        result: Outputs = in_batches(outputs, probe_images(), scale=scale)
    except Exception as error:  # the layers of a foreign model may fail in any way
        raise BadInput(WHAT, path, "fails on an image of 28x28", hint=SAVE_AGAIN) from error
    if not np.isfinite(result).all():
        raise BadInput(WHAT, path, "answers with numbers that are not finite", hint="train it again")
    return result


def _are_probabilities(outputs: Outputs) -> bool:
    return bool((outputs >= 0).all() and (np.abs(outputs.sum(axis=1) - 1) < 1e-3).all())


def _softmax(logits: Outputs) -> Outputs:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
