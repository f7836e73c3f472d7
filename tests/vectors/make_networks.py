"""Make networks.json: two small reading networks of every kind of layer, and what ONNX Runtime makes of pictures.

    PYTHONPATH=tests python -m vectors.make_networks

`test_network_vectors.py` holds the package to the file, and the page's tests hold its own runtime to it. Weights are
random. A network is base64 of its file; numbers are base64 of float32, low byte first: a picture row by row, logits
with the channels first.
"""

import base64
import json
from pathlib import Path

import numpy as np

from inkdigit.architectures import Architecture, Layer
from inkdigit.formats.reading_onnx import INPUT, write_reading_network
from inkdigit.ort import onnxruntime

FILE = Path(__file__).parent / "networks.json"

STRIP = Architecture(
    "small-strip",
    (
        Layer("stem", "convolution", ("",), 12, (5, 5), (2, 2), padding=(2, 2)),
        Layer("features", "convolution", ("stem",), 16, (3, 3), padding=(1, 1)),
        Layer("pool", "pool", ("features",), 16),
        Layer("rows", "convolution", ("pool",), 24, (5, 1)),
        Layer("context", "convolution", ("rows",), 24, (1, 5), dilation=(2, 2), padding=(0, 4)),
        Layer("sum", "add", ("rows", "context"), 24),
        Layer("characters", "convolution", ("sum",), 13, plain=True),
    ),
)
"""A strip of 20 pixels in height to one row."""

PYRAMID = Architecture(
    "small-pyramid",
    (
        Layer("stem", "convolution", ("",), 7, (5, 5), (2, 2), padding=(2, 2)),
        Layer("half", "convolution", ("stem",), 16, (3, 3), (2, 2), padding=(1, 1)),
        Layer("wide", "convolution", ("half",), 20, (3, 3), dilation=(2, 2), padding=(2, 2)),
        Layer("narrow", "convolution", ("wide",), 7),
        Layer("wider", "upsample", ("narrow",), 7),
        Layer("join", "add", ("wider", "stem"), 7),
        Layer("merged", "convolution", ("join",), 9, (3, 3), padding=(1, 1)),
        Layer("maps", "convolution", ("merged",), 5, plain=True),
    ),
)
"""A picture to maps of half its size."""

SIZES = {STRIP.name: ((20, 4), (20, 63), (20, 128)), PYRAMID.name: ((4, 4), (24, 36), (48, 52))}
"""Height and width of the pictures of each."""


def random_network(architecture: Architecture, random: np.random.Generator) -> bytes:
    """A file with weights that keep the size of what passes through them."""
    folded = []
    for layer in architecture.convolutions:
        shape = architecture.kernel_shape(layer)
        kernel = random.normal(0, np.sqrt(2 / np.prod(shape[:3])), shape).astype(np.float32)
        folded.append((kernel, random.normal(0, 0.1, layer.filters).astype(np.float32)))
    return write_reading_network(architecture, folded, {"name": architecture.name})


def answer(network: bytes, picture: np.ndarray) -> np.ndarray:
    """Logits (channels, rows, columns) of a picture (height, width)."""
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {INPUT: picture[None, None]})[0][0])


def coded(values: np.ndarray) -> str:
    """Numbers as text."""
    return base64.b64encode(values.astype("<f4").tobytes()).decode()


def main() -> None:
    """Write the file."""
    random, rows = np.random.default_rng(17), []
    for architecture in (STRIP, PYRAMID):
        network = random_network(architecture, random)
        pictures = [random.normal(0, 1, size).astype(np.float32) for size in SIZES[architecture.name]]
        answers = [answer(network, picture) for picture in pictures]
        examples = [
            {"height": len(picture), "width": picture.shape[1], "picture": coded(picture), "logits": coded(logits),
             "shape": list(logits.shape)}
            for picture, logits in zip(pictures, answers, strict=True)
        ]  # fmt: skip
        rows.append({"name": architecture.name, "file": base64.b64encode(network).decode(), "examples": examples})
    FILE.write_text(json.dumps({"networks": rows}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
