"""The digits that come with the package: the same as ever, and MNIST's own."""

import runpy
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from inkdigit import sample
from inkdigit.data import mnist, mnist_small, source
from inkdigit.errors import BadInput
from inkdigit.files import sha256

MOST_BYTES = 1_800_000


def test_two_parts_that_share_no_image_and_have_every_digit() -> None:
    train, test = (source.load("mnist-small", part=part) for part in ("train", "test"))
    assert (len(train), len(test), train.name, train.synthetic) == (8_000, 2_000, "mnist-small", False)
    assert not {image.tobytes() for image in train.images} & {image.tobytes() for image in test.images}
    share = np.bincount(train.labels) / 8_000
    assert np.abs(share - np.bincount(test.labels) / 2_000).max() < 0.001
    assert share.min() > 0.085
    assert sha256(test.labels.tobytes()) == "d2766a555a156c01b1f594430de3e53f74ab11ffaac2ca45f8eb55282dc79751"


def test_it_is_small_and_says_where_it_is_from_and_what_its_licence_is() -> None:
    folder = files("inkdigit")
    assert len(folder.joinpath(sample.FILE).read_bytes()) <= MOST_BYTES
    text = folder.joinpath("mnist-small.txt").read_text("utf-8")
    assert "Creative Commons Attribution-ShareAlike 3.0" in text
    assert "LeCun" in text


def test_another_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sample.digits.cache_clear()
    monkeypatch.setattr(sample, "SHA256", "0" * 64)
    with pytest.raises(BadInput, match=r"mnist-small.xz: is not the file that came with the package"):
        mnist_small.load("train")


def test_the_sample_has_forty_of_each_digit_to_learn_from() -> None:
    images, labels = sample.sample()
    assert labels.tolist() == [*range(10)] * 40
    own = {image.tobytes() for image in mnist_small.load("train").images}
    assert {image.tobytes() for image in images} <= own


@pytest.mark.real
def test_it_is_a_part_of_what_mnist_does_not_hold_out() -> None:
    originals = mnist.load("train").take(slice(-mnist.HELD_OUT))
    digits = dict(zip((image.tobytes() for image in originals.images), originals.labels, strict=True))
    for part in ("train", "test"):
        small = source.load("mnist-small", part=part)
        assert all(digits[image.tobytes()] == label for image, label in zip(small.images, small.labels, strict=True))


@pytest.mark.real
def test_the_tool_makes_it_anew() -> None:
    tool = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "mnist_small.py"))
    assert sha256(tool["content"]()) == sample.SHA256
