"""Any network a user may point at, opened so that it can be written in another format and be compared with it.

In: a name or a path. Out: a `Source`. What is in a file is checked before anything of it is run; nothing is written.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from inkdigit.errors import BadInput, printable
from inkdigit.files import read_regular
from inkdigit.formats.card import DIGITS
from inkdigit.formats.chain import Chain
from inkdigit.formats.check import WHAT, ModelFile, another_kind, check_model_file
from inkdigit.formats.from_onnx import chain_from_onnx
from inkdigit.models import zoo
from inkdigit.models.open import LARGEST
from inkdigit.models.runtime import Network
from inkdigit.types import Card, Ink, Outputs
from inkdigit.version import __version__

if TYPE_CHECKING:
    import keras

KERAS = (b"PK\x03\x04", b"\x89HDF\r\n\x1a\n")
"""How a `.keras` and an `.h5` file begin."""


@dataclass(frozen=True, eq=False)
class Source:
    """A network, opened.

    Args:
        name: What its files are called by default.
        card: What it says about itself.
        chain: Its layers.
        answers: What it answers to ink, float32 (n, 28, 28): the probabilities that every file is compared with.
        network: Gives it as a Keras model of plain layers, those that act in training only left out, save dropout.
        file: The model file that it was opened from; None where it was a Keras file.
    """

    name: str
    card: Card
    chain: Chain
    answers: Callable[[Ink], Outputs]
    network: "Callable[[], keras.Sequential]"
    file: ModelFile | None


def locate(source: Path | str) -> Path:
    """Return the file or the run directory that a source names.

    Raises:
        UsageError: It is no path, and no shipped model has that name.

    >>> locate("mlp").name
    'mlp.onnx'
    """
    return zoo.locate(source)


def stem_of(path: Path) -> str:
    """What a model is called: as its run directory, or as its file without the ending."""
    return path.resolve().name if path.is_dir() else path.stem


def open_source(path: Path) -> Source:
    """Open a network of any kind.

    Args:
        path: A run directory, or an `.onnx`, `.keras` or `.h5` file; which of them, its first bytes say.

    Raises:
        BadInput: Missing, no model, damaged, with code inside, or with a layer that no format has.
    """
    is_run = path.is_dir()
    file = path / "model.onnx" if is_run else path
    if is_run and not file.exists():
        raise BadInput(WHAT, path, "has no model.onnx", hint="name a run whose training finished, or a model file")
    content = read_regular(file, limit=LARGEST, what=WHAT)
    if content.startswith(KERAS):
        return _open_keras(content, path=file)
    if refusal := another_kind(content):
        raise BadInput(WHAT, file, refusal, hint="give a run directory, or an .onnx, .keras or .h5 file")
    source = _open_model_file(check_model_file(content, where=file), name=stem_of(path), where=file)
    kept = path / "model.keras"  # as it was trained: the model file has lost the dropout
    return replace(source, network=lambda: _open_kept(kept)) if is_run and kept.exists() else source


def _open_model_file(file: ModelFile, *, name: str, where: Path) -> Source:
    chain = chain_from_onnx(file)
    return Source(name, file.card, chain, Network(file, where=where), lambda: _as_keras(chain), file)


def _as_keras(chain: Chain) -> "keras.Sequential":
    from inkdigit.formats.to_keras import keras_from_chain

    return keras_from_chain(chain)


def _open_kept(path: Path) -> "keras.Sequential":
    return _open_keras(read_regular(path, limit=LARGEST, what=WHAT), path=path).network()


def _open_keras(content: bytes, *, path: Path) -> Source:
    """Open a Keras file, also a foreign one. Its card claims nothing but what can be counted.

    Neither temperature nor threshold is fitted: it was probably trained on the digits that are held out here.
    """
    from inkdigit.formats.foreign import plain
    from inkdigit.formats.from_keras import chain_from_keras
    from inkdigit.formats.keras import open_bytes
    from inkdigit.models.keras_file import open_keras

    open_keras(content, path=path)  # refuses what has code inside, and what does not read digits
    model = plain(open_bytes(content), where=path)
    chain = chain_from_keras(model.network)
    card = Card(
        name=printable(path.stem, limit=100),
        parameters=sum(array.size for layer in chain.layers for array in layer.weights.values()),
        temperature=1.0,
        threshold=0.5,
        calibrated=False,
        training_data="unknown",
        training_data_sha256="",
        test_accuracy=None,
        package_version=__version__,
        classes=DIGITS + "-" * (model.network.outputs[0].shape[-1] - len(DIGITS)),
    )
    # Built anew from plain layers: of what a notebook may have put into a layer, not all can be saved as .h5.
    return Source(path.stem, card, chain, model.answers, lambda: _as_keras(chain), None)
