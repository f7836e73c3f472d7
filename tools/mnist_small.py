"""Make `mnist-small` from the original MNIST files, the same to the last bit each time.

    .venv/bin/python tools/mnist_small.py [FILE]

Draws 10,000 of the first 55,000 training images (the last 5,000 are held out of every training), of each digit in
proportion, and of these 2,000 to measure on. Prints the digest that `inkdigit.sample` holds.
"""

import lzma
import sys
from pathlib import Path

import numpy as np

from inkdigit.data import mnist
from inkdigit.data.labelled import draw, hold_out
from inkdigit.files import sha256, write_whole
from inkdigit.sample import COUNT, FILE, MEASURE

SEED = 0
# Of the coders that Python reads by itself, and of their settings, the smallest: 4 bits of the byte before say most
# about the next one.
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "lp": 0, "pb": 0}]


def content() -> bytes:
    """The labels, then the images: first those to learn from, each part in MNIST's order."""
    originals = hold_out(mnist.load("train"), mnist.HELD_OUT)[0]
    drawn = originals.take(draw(originals.labels, COUNT, seed=SEED))
    to_measure = np.zeros(COUNT, np.bool_)
    to_measure[draw(drawn.labels, MEASURE, seed=SEED)] = True
    order = np.concatenate([np.flatnonzero(~to_measure), np.flatnonzero(to_measure)])
    return drawn.labels[order].tobytes() + drawn.images[order].tobytes()


def main(path: Path) -> None:
    """Write the file, and print what the module must hold."""
    data = content()
    packed = lzma.compress(data, format=lzma.FORMAT_XZ, filters=FILTERS)
    write_whole(path, packed)
    print(f"{path}: {len(packed):,} bytes; SHA-256 of what it unpacks to: {sha256(data)}")


if __name__ == "__main__":
    beside = Path(__file__).resolve().parents[1] / "src" / "inkdigit" / FILE
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else beside)
