"""The page with its models as a table of files, for a server to serve and for `export` to write into a folder.

In: the built page and the networks that read pages, which come with the package, and checked model files. Out: path ->
content, the same for the same page and models. Needs neither Keras nor the onnx package, reads no more of the page than
its files, and writes nothing.

The page is found at the address of its folder and asks for nothing outside it, so any static host will do. Its
service worker, `sw.js`, keeps every file that is listed in its first lines; a file that changes changes the version
there, which is how a browser knows that there is something new.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from inkdigit.errors import BadInput, MissingPackage
from inkdigit.files import sha256
from inkdigit.formats.card import to_json
from inkdigit.formats.chain import Chain
from inkdigit.formats.check import ModelFile
from inkdigit.formats.from_onnx import chain_from_onnx
from inkdigit.formats.tfjs import tfjs_files
from inkdigit.models import page_networks, zoo
from inkdigit.models.model import Model
from inkdigit.models.open import open_model

PAGE = Path(__file__).parent.parent / "server" / "static"
"""Where `make page` leaves the built page."""

WORKER, ENTRY = "sw.js", "index.html"
INDEX = "models/index.json"
LONGEST_NAME = 40

ON_PAGE = frozenset({
    "Activation", "AveragePooling2D", "BatchNormalization", "Conv2D", "Dense", "DepthwiseConv2D", "Dropout", "Flatten",
    "GlobalAveragePooling2D", "LeakyReLU", "MaxPooling2D", "ReLU", "Rescaling", "Reshape", "Softmax",
})  # fmt: skip
"""The kinds of layers that the page computes, one after the other: `web/src/network/kinds.ts`."""


def site_files(
    models: Mapping[str, ModelFile],
    *,
    bits: int = 32,
    parity: Mapping[str, Mapping[str, Any]] | None = None,
    page: Path | None = None,
) -> dict[str, bytes]:
    """Compose the page and its models.

    Args:
        models: By name, of which `page_name` makes the one that each has on the page; the first is the one the page
            begins with.
        bits: Of the weights, 32, 16 or 8.
        parity: By the same names, what was measured of each, for its metadata.
        page: The folder of the built page, if not the one that comes with the package.

    Returns:
        The content of each file by its path in the folder, "/" between its parts.

    Raises:
        MissingPackage: The page has not been built.
        BadInput: A model has a layer that TensorFlow.js or the page does not have.
    """
    built = _built(page or PAGE)
    worker = built.pop(WORKER)
    names: dict[str, str] = {}
    for given in models:
        names[page_name(given, taken=names)] = given
    files = built | {INDEX: _index(names)}
    for name, given in names.items():
        file, measured = models[given], dict((parity or {}).get(given, {}))
        metadata = {"inkdigit": json.loads(to_json(file.card)), "parity": measured}
        chain = chain_from_onnx(file)
        check_page(chain)
        for path, content in tfjs_files(chain, metadata=metadata, bits=bits).items():
            files[f"models/{name}/{path}"] = content
    for network in (page_networks.LINE, page_networks.DETECTOR):
        files[f"pages/{network}"] = (page_networks.HERE / network).read_bytes()
    files = dict(sorted(files.items()))
    return files | {WORKER: _preamble(files).encode() + worker}


def with_shipped(name: str, model: Model) -> dict[str, ModelFile]:
    """The models of a page: one first, then the shipped ones.

    One whose layers the page cannot compute is left out: of eight bits, several networks, or a stranger's Keras file.
    """
    models = {name: model.file} if model.file and model.has_layers and _is_for_page(model.chain) else {}
    for shipped in zoo.NAMES:
        if shipped not in models and (file := open_model(shipped).file):
            models[shipped] = file
    return models


def check_page(chain: Chain) -> None:
    """Refuse a network that the page cannot compute.

    Raises:
        BadInput: It branches, or has a kind of layer that is not in `ON_PAGE`; the message names the layer.
    """
    for layer in chain.layers:
        if layer.kind not in ON_PAGE or layer.inputs:
            why = f"the page does not compute {layer.kind}" + (" or branches" if layer.inputs else "")
            raise BadInput("cannot make the page", f'layer "{layer.name}"', why, hint="export it as tfjs or onnx")


def page_name(name: str, *, taken: Mapping[str, object]) -> str:
    """Turn any name into one for the address of a model: a-z, 0-9 and hyphens, unlike those that are taken.

    >>> page_name("Mein Modell.v2", taken={})
    'mein-modell-v2'
    >>> page_name("cnn", taken={"cnn": 1})
    'cnn-2'
    """
    plain = re.sub("[^a-z0-9]+", "-", name.lower())[:LONGEST_NAME].strip("-") or "model"
    free, number = plain, 1
    while free in taken:
        number += 1
        free = f"{plain}-{number}"
    return free


def _is_for_page(chain: Chain) -> bool:
    return all(layer.kind in ON_PAGE and not layer.inputs for layer in chain.layers)


def _built(page: Path) -> dict[str, bytes]:
    """Every file of the built page but those whose names begin with a dot."""
    paths = (path for path in sorted(page.rglob("*")) if path.is_file())
    named = {path.relative_to(page).as_posix(): path for path in paths}
    files = {name: path.read_bytes() for name, path in named.items() if not re.search(r"(^|/)\.", name)}
    if missing := {ENTRY, WORKER} - files.keys():
        why = f"has no {' and no '.join(sorted(missing))}: the page was not built"
        raise MissingPackage("cannot make the page", page, why, hint='build it with "make page"')
    return files


def _index(names: Iterable[str]) -> bytes:
    entries = [{"name": name, "path": f"models/{name}/"} for name in names]
    return (json.dumps({"models": entries}) + "\n").encode()


def _preamble(files: Mapping[str, bytes]) -> str:
    """What the service worker must know: which files there are, and in which version."""
    version = sha256(*(part for name, content in files.items() for part in (name.encode(), b"\0", content)))[:16]
    return f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(['./', *files])};\n"
