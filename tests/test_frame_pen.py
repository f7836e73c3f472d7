"""Pale frames are darkened, usual ones left alone."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from inkdigit.data.strokes import draw
from inkdigit.frame import centre_glyph, darkened

MNIST = Path(os.environ.get("INKDIGIT_DATA_DIR", "")) / "mnist"


@pytest.mark.parametrize("digit", range(10))
def test_a_pen_that_fades_when_shrunk_is_darkened(digit: int) -> None:
    thin = centre_glyph(draw(digit, random=np.random.default_rng(digit), height=400, pen=0.015))
    assert np.quantile(thin[thin > 0.1], 0.9) < 0.7
    dark = darkened(thin)
    assert np.quantile(dark[dark > 0.1], 0.9) > 0.85
    assert dark.max() <= 1
    assert np.array_equal(dark > 0, thin > 0)
    assert ((dark > 0.1) & (dark < 0.8)).sum() > 10  # edges stay soft


def test_nothing_stays_nothing() -> None:
    assert not darkened(np.zeros((28, 28), np.float32)).any()


@pytest.mark.real
def test_mnist_stays_as_it_is() -> None:
    data = gzip.decompress((MNIST / "train-images-idx3-ubyte.gz").read_bytes())[16:]
    images = np.frombuffer(data, np.uint8).reshape(-1, 28, 28)[:3000].astype(np.float32) / np.float32(255)
    assert sum(darkened(image) is image for image in images) >= 2990
