"""The table of formats: a model as files, proven: written, read back as another program would, asked the same digits.

In: a `Model` and digits. Out: path -> content and the `Parity`, which also stands in the metadata of every model.
Writes nothing to the disk. A new format is a file in `inkdigit.formats` and a line in `FORMATS`.

No file is compared with itself by the program that made it: Keras files are asked through Keras and compared with
ONNX Runtime where the model came from a model file, `model.json` is read back and computed with NumPy, and an ONNX
file made from another one is compared with NumPy too. What is one format's alone is imported where it is written:
Keras with JAX takes a second and a half, the onnx package a tenth.
"""

import dataclasses
import json
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from inkdigit.export.digits import calibration
from inkdigit.export.parity import PARITY_KEY, Parity, check_reduced, check_same
from inkdigit.export.site import page_name, site_files
from inkdigit.formats.card import METADATA_KEY, to_json
from inkdigit.formats.check import ModelFile, check_model_file
from inkdigit.formats.half import is_half_already
from inkdigit.formats.reference import run_chain
from inkdigit.formats.tfjs import chain_from_tfjs, tfjs_files
from inkdigit.models import zoo
from inkdigit.models.model import Model
from inkdigit.models.open import open_model
from inkdigit.models.runtime import Network
from inkdigit.types import Card, Digits, Ink, Outputs

Files = dict[str, bytes]
Notes = dict[str, Any]
"""What a file says beside the model, as JSON values: its card and its parity."""

Answer = Callable[[Ink], Outputs]
Written = tuple[Files, dict[str, Parity]]

BITS = {None: 32, "int16": 16, "int8": 8}

QUANTIZED_KEY = "inkdigit.quantized"
"""Under which the metadata of a smaller ONNX file says what was lost."""


class Format(NamedTuple):
    """One format.

    Args:
        write: From a model, which only "site" can do without, the name of smaller weights or None, and digits to prove
            it on, to the files by name and the parity by the name of the model.
        ending: How the file ends; "" where the format is a folder.
        quantized: How its weights can be made smaller.
    """

    write: Callable[[Model | None, str | None, Digits], Written]
    ending: str = ""
    quantized: tuple[str, ...] = ()


def proven(
    model: Model, write: Callable[[Notes], Files], read: Callable[[Files], Answer], quantize: str | None, digits: Digits
) -> Written:
    """Write a model, ask what was written, and write it again with what was measured.

    Args:
        model: What the files are made of.
        write: From the notes of a file to the files.
        read: From the files to what they answer, by another way than they were made.
        quantize: The name of smaller weights: then they may answer a little worse.
        digits: What both are asked.

    Raises:
        Disagreement: The files answer otherwise, or, with smaller weights, much worse.
    """
    check = check_reduced if quantize else check_same
    parity = check(model.outputs(digits.ink), read(write({}))(digits.ink), digits=digits)
    notes = {METADATA_KEY: _card(reduced(model.card, quantize)), PARITY_KEY: dataclasses.asdict(parity)}
    return write(notes), {model.name: parity}


def write_keras(model: Model | None, quantize: str | None, digits: Digits, *, ending: str) -> Written:
    """Write a `.keras` or an `.h5` file."""
    from inkdigit.formats.keras import keras_bytes, open_keras
    from inkdigit.formats.keras_chain import run_keras

    assert model is not None
    network, name = model.build_keras(), f"{model.name}{ending}"

    def read(files: Files) -> Answer:
        return partial(run_keras, open_keras(files[name], where=name))

    return proven(model, lambda notes: {name: keras_bytes(network, ending, notes=notes)}, read, quantize, digits)


def write_tfjs(model: Model | None, quantize: str | None, digits: Digits) -> Written:
    """Write the files that TensorFlow.js loads."""
    assert model is not None
    chain = model.chain

    def write(notes: Notes) -> Files:
        metadata = {"inkdigit": notes.get(METADATA_KEY, {}), "parity": notes.get(PARITY_KEY, {})}
        return tfjs_files(chain, metadata=metadata, bits=BITS[quantize])

    return proven(model, write, _of_browser, quantize, digits)


def write_onnx(model: Model | None, quantize: str | None, digits: Digits) -> Written:
    """Write an ONNX file, in float32, with kernels in half precision, or in eight bits."""
    from inkdigit.formats.onnx import onnx_bytes, onnx_from_chain

    assert model is not None
    half, name = quantize == "float16", f"{model.name}.onnx"
    change = None if half and is_half_already(model.chain) else quantize  # else it is the same network
    card = reduced(model.card, change)
    proto = onnx_from_chain(model.chain, card if half else model.card, half=half)
    if quantize == "int8":
        from inkdigit.formats.quantize import to_int8

        whole = check_model_file(onnx_bytes(proto), where=model.name)
        proto = to_int8(whole, card=card, ink=calibration())

    def write(notes: Notes) -> Files:
        if notes:
            parity = notes[PARITY_KEY]
            proto.metadata_props.add(key=PARITY_KEY, value=f"{parity['difference']:.3g}")
            if quantize:
                proto.metadata_props.add(key=QUANTIZED_KEY, value=json.dumps({"weights": quantize} | parity))
        return {name: onnx_bytes(proto)}

    def read(files: Files) -> Answer:
        return Network(check_model_file(files[name], where=name), where=name)

    # A model file is run by ONNX Runtime already: NumPy gives the second opinion.
    truth = dataclasses.replace(model, outputs=partial(run_chain, model.chain)) if model.file else model
    return proven(truth, write, read, change, digits)


def write_site(model: Model | None, quantize: str | None, digits: Digits) -> Written:
    """Write the page with the shipped models, and before them the one that is given."""
    models: dict[str, Model] = {}
    for one in (*([model] if model else ()), *map(_shipped, zoo.NAMES)):
        if one.sha256 not in {other.sha256 for other in models.values()}:
            models[page_name(one.name, taken=models)] = one
    given = {name: _model_file(one, quantize) for name, one in models.items()}
    draft, parity = site_files(given, bits=BITS[quantize]), {}
    check = check_reduced if quantize else check_same
    for name, one in models.items():
        start = f"models/{name}/"
        own = {path.removeprefix(start): content for path, content in draft.items() if path.startswith(start)}
        parity[name] = check(one.outputs(digits.ink), _of_browser(own)(digits.ink), digits=digits)
    measured = {name: dataclasses.asdict(one) for name, one in parity.items()}
    return site_files(given, bits=BITS[quantize], parity=measured) | {"README.txt": README.encode()}, parity


FORMATS: dict[str, Format] = {
    "onnx": Format(write_onnx, ".onnx", ("int8", "float16")),
    "tfjs": Format(write_tfjs, "", ("int8", "int16")),
    "keras": Format(partial(write_keras, ending=".keras"), ".keras"),
    "h5": Format(partial(write_keras, ending=".h5"), ".h5"),
    "site": Format(write_site, "", ("int8", "int16")),
}

README = """The page of inkdigit with its models. Any static host can serve this folder, at any address over https.
To try it on this machine, run here

    python -m http.server 8000

and open http://localhost:8000. Once loaded, the page works without network.
"""


def reduced(card: Card, quantize: str | None) -> Card:
    """The card of a smaller file: it is another network, whose accuracy on the test images was not measured."""
    return dataclasses.replace(card, name=f"{card.name}-{quantize}", test_accuracy=None) if quantize else card


def _shipped(name: str) -> Model:
    return dataclasses.replace(open_model(name), name=name)


def _model_file(model: Model, quantize: str | None) -> ModelFile:
    """A model as the model file that the page is made from."""
    file = model.file
    if file is None:
        from inkdigit.formats.onnx import onnx_bytes, onnx_from_chain

        file = check_model_file(onnx_bytes(onnx_from_chain(model.chain, model.card)), where=model.name)
    return dataclasses.replace(file, card=reduced(file.card, quantize))


def _of_browser(files: Files) -> Answer:
    return partial(run_chain, chain_from_tfjs(files))


def _card(card: Card) -> Notes:
    fields: Notes = json.loads(to_json(card))
    return fields
