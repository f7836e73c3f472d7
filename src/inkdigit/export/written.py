"""Each format as a table of files, proven: written, read back as another program would, and asked the same digits.

In: a `Source` and digits. Out: path -> content and the `Parity`, which also stands in the metadata of every model.
Writes nothing to the disk.

No file is compared with itself by the program that made it: Keras files are asked through Keras and compared with
ONNX Runtime where the source is a model file, `model.json` is read back and computed with NumPy, and an ONNX file
made from another one is compared with NumPy too.
"""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inkdigit.export.digits import calibration
from inkdigit.export.parity import PARITY_KEY, Parity, check_reduced, check_same
from inkdigit.export.site import page_name, site_files
from inkdigit.formats.card import METADATA_KEY, to_json
from inkdigit.formats.check import ModelFile, check_model_file
from inkdigit.formats.half import is_half_already
from inkdigit.formats.read_tfjs import chain_from_tfjs
from inkdigit.formats.reference import run_chain
from inkdigit.formats.tfjs import tfjs_files
from inkdigit.models import zoo
from inkdigit.models.runtime import Network
from inkdigit.models.source import Source, open_source
from inkdigit.types import Card, Digits, Ink, Outputs

Files = dict[str, bytes]
Asked = Callable[[Ink], Outputs]

QUANTIZED = {
    "onnx": ("int8", "float16"),
    "tfjs": ("int8", "int16"),
    "keras": (),
    "h5": (),
    "site": ("int8", "int16"),
}
"""The formats, and how small each can make its weights."""

BITS = {None: 32, "int16": 16, "int8": 8}

QUANTIZED_KEY = "inkdigit.quantized"
"""Under which the metadata of a smaller ONNX file says what was lost."""


def write_onnx(source: Source, quantize: str | None, digits: Digits) -> tuple[Files, Parity]:
    """Write an ONNX file, in float32, with kernels in half precision, or in eight bits."""
    from inkdigit.formats.onnx import onnx_bytes, onnx_from_chain

    half = quantize == "float16"
    change = None if half and is_half_already(source.chain) else quantize  # else it is the same network
    card = reduced(source.card, change)
    proto = onnx_from_chain(source.chain, card if half else source.card, half=half)
    written = check_model_file(onnx_bytes(proto), where=source.name)
    if quantize == "int8":
        from inkdigit.formats.quantize import to_int8

        proto = to_int8(written, card=card, ink=calibration())
        written = check_model_file(onnx_bytes(proto), where=source.name)
    truth = source.answers if source.file is None else _by_numpy(source)
    parity = _proven(truth, Network(written, where=source.name), change, digits)
    proto.metadata_props.add(key=PARITY_KEY, value=f"{parity.difference:.3g}")
    if quantize:
        proto.metadata_props.add(key=QUANTIZED_KEY, value=json.dumps({"weights": quantize} | _fields(parity)))
    return {f"{source.name}.onnx": onnx_bytes(proto)}, parity


def write_keras(source: Source, quantize: str | None, digits: Digits) -> tuple[Files, Parity]:
    """Write a `.keras` file."""
    return _write_keras(source, ".keras", digits)


def write_h5(source: Source, quantize: str | None, digits: Digits) -> tuple[Files, Parity]:
    """Write an `.h5` file."""
    return _write_keras(source, ".h5", digits)


def _write_keras(source: Source, ending: str, digits: Digits) -> tuple[Files, Parity]:
    from inkdigit.formats.keras import keras_bytes, open_bytes, run_keras

    network = source.network()
    opened = open_bytes(keras_bytes(network, ending))
    parity = _proven(source.answers, lambda ink: run_keras(opened, ink), None, digits)
    notes = {METADATA_KEY: _card(source.card), PARITY_KEY: _fields(parity)}
    return {f"{source.name}{ending}": keras_bytes(network, ending, notes=notes)}, parity


def write_tfjs(source: Source, quantize: str | None, digits: Digits) -> tuple[Files, Parity]:
    """Write the files that TensorFlow.js loads."""

    def files(parity: Parity | None) -> Files:
        metadata = {"inkdigit": _card(reduced(source.card, quantize)), "parity": _fields(parity)}
        return tfjs_files(source.chain, metadata=metadata, bits=BITS[quantize])

    parity = _proven(source.answers, _of_browser(files(None)), quantize, digits)
    return files(parity), parity


WRITERS: dict[str, Callable[[Source, str | None, Digits], tuple[Files, Parity]]] = {
    "onnx": write_onnx,
    "tfjs": write_tfjs,
    "keras": write_keras,
    "h5": write_h5,
}


def write_site(path: Path | None, *, quantize: str | None, digits: Digits) -> tuple[Files, dict[str, Parity]]:
    """Write the page with the shipped models, and before them the one that is named."""
    sources: dict[str, Source] = {}
    for one in dict.fromkeys((*([path] if path else ()), *map(zoo.path_of, zoo.NAMES))):
        source = open_source(one)
        sources[page_name(source.name, taken=sources)] = source
    models = {name: _model_file(source, quantize) for name, source in sources.items()}
    files = site_files(models, bits=BITS[quantize])
    parity = {}
    for name, source in sources.items():
        start = f"models/{name}/"
        own = {path.removeprefix(start): content for path, content in files.items() if path.startswith(start)}
        parity[name] = _proven(source.answers, _of_browser(own), quantize, digits)
    files = site_files(models, bits=BITS[quantize], parity={name: _fields(one) for name, one in parity.items()})
    return files | {"README.txt": README.encode()}, parity


README = """The page of inkdigit with its models. Any static host can serve this folder, at any address over https.
To try it on this machine, run here

    python -m http.server 8000

and open http://localhost:8000. Once loaded, the page works without network.
"""


def reduced(card: Card, quantize: str | None) -> Card:
    """The card of a smaller file: it is another network, whose accuracy on the test images was not measured."""
    return dataclasses.replace(card, name=f"{card.name}-{quantize}", test_accuracy=None) if quantize else card


def _model_file(source: Source, quantize: str | None) -> ModelFile:
    """A source as the model file that the page is made from."""
    file = source.file
    if file is None:
        from inkdigit.formats.onnx import onnx_bytes, onnx_from_chain

        file = check_model_file(onnx_bytes(onnx_from_chain(source.chain, source.card)), where=source.name)
    return dataclasses.replace(file, card=reduced(file.card, quantize))


def _proven(truth: Asked, written: Asked, quantize: str | None, digits: Digits) -> Parity:
    """Ask both, and refuse a file that answers otherwise, or, with smaller weights, much worse.

    Raises:
        Disagreement: It does.
    """
    check = check_reduced if quantize else check_same
    return check(truth(digits.ink), written(digits.ink), digits=digits)


def _of_browser(files: Files) -> Asked:
    chain = chain_from_tfjs(files)
    return lambda ink: run_chain(chain, ink)


def _by_numpy(source: Source) -> Asked:
    return lambda ink: run_chain(source.chain, ink)


def _card(card: Card) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(to_json(card))
    return fields


def _fields(parity: Parity | None) -> dict[str, Any]:
    return dataclasses.asdict(parity) if parity else {}
