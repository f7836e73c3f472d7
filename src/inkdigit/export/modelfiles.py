"""The three files of a trained network, proven equal before any of them appears.

In: a network, its card and some images. Out: `model.keras`, `model.h5` and `model.onnx` in a folder.
Knows nothing of how the network was trained.

Measured on two cores, 784-512-512-10 and 1,000 images: 0.22 s, of which Keras' compiling takes half;
0.08 s for the next network. The imports of onnx and onnxruntime take 0.02 s each after Keras.
"""

from pathlib import Path

import numpy as np

from inkdigit.backend import keras
from inkdigit.errors import BadInput
from inkdigit.export.parity import PARITY_KEY, compare
from inkdigit.files import make_folder, write_whole
from inkdigit.formats.check import check_model_file
from inkdigit.formats.keras import write_keras
from inkdigit.formats.keras_chain import run_keras
from inkdigit.formats.onnx import onnx_bytes, to_onnx
from inkdigit.models.runtime import Network
from inkdigit.types import Card, Images

PARITY_IMAGES = 1_000


def write_model_files(model: keras.Model, folder: Path, *, card: Card, images: Images, half: bool = False) -> float:
    """Write a network as `model.keras`, `model.h5` and `model.onnx`.

    Args:
        model: A built `keras.Sequential`; see `to_onnx` for what is supported.
        folder: Made if it is not there; older files of these names are replaced.
        card: What the model file says about itself.
        images: uint8 (n, 28, 28); Keras and ONNX are compared on 1,000 of them, drawn at random.
        half: Store the kernels as float16 in the ONNX file, which holds them exactly if they were rounded to it.

    Returns:
        The largest difference between a probability of Keras and of ONNX, also stored in the ONNX
        metadata under "inkdigit.parity".

    Raises:
        BadInput: A layer is not supported; nothing is written.
        Disagreement: Keras and ONNX give different answers; nothing is written.
        CannotWrite: The folder cannot be written.
    """
    proto = to_onnx(model, card, half=half)
    some = np.sort(np.random.default_rng(0).permutation(len(images))[:PARITY_IMAGES])
    difference = check_parity(model, onnx_bytes(proto), images[some])
    proto.metadata_props.add(key=PARITY_KEY, value=f"{difference:.3g}")
    make_folder(folder)
    write_keras(model, folder / "model.keras")
    write_keras(model, folder / "model.h5")
    # Last, because it is the file that readers look for.
    write_whole(folder / "model.onnx", onnx_bytes(proto))
    return difference


def check_parity(model: keras.Sequential, onnx_file: bytes, images: Images) -> float:
    """Run Keras and ONNX Runtime on the same images and return the largest difference between two probabilities.

    Raises:
        Disagreement: As `compare` does.
        BadInput: There are no images.
    """
    if len(images) == 0:
        raise BadInput("cannot compare Keras and ONNX", "images", "expected at least 1, got 0")
    ink = images.astype(np.float32) / np.float32(255)
    written = Network(check_model_file(onnx_file, where="model.onnx"), where="model.onnx")
    return compare(run_keras(model, ink), written(ink))
