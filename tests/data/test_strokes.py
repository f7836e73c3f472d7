"""Strokes: the same for a seed, balanced, inside the frame, varied, and still readable.

The oracle of "readable" is a support vector machine, which shares no code with the package. Not
tested: speed and the accuracy of a trained network (benchmarks/strokes.py measures both).
"""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.svm import SVC

from inkdigit.data import mnist
from inkdigit.data.curves import Form, compile_form, read_forms
from inkdigit.data.oldhands import OLD_FORMS
from inkdigit.data.skeletons import FORMS
from inkdigit.data.strokes import BLOCK, PARTS, draw, strokes
from inkdigit.errors import UsageError
from inkdigit.files import sha256
from inkdigit.frame import centre_glyph
from inkdigit.types import Digits, Images, Labels

ALL_FORMS = [
    pytest.param(form, id=f"{name} {digit}-{form.name}")
    for name, table in (("new", FORMS), ("old", OLD_FORMS))
    for digit, forms in enumerate(table)
    for form in forms
]


# -- the set


def test_none() -> None:
    nothing = strokes(0, seed=0)
    assert nothing.images.shape == (0, 28, 28)
    assert nothing.labels.shape == (0,)


def test_what_a_set_says_of_itself() -> None:
    digits = strokes(30, seed=0, part="test")
    assert digits.images.shape == (30, 28, 28)
    assert digits.images.dtype == digits.labels.dtype == np.uint8
    assert (digits.name, digits.part, digits.synthetic) == ("strokes", "test", True)
    assert digits.sha256 == sha256(digits.images.tobytes(), digits.labels.tobytes())


def test_a_seed_gives_the_same_images_every_time() -> None:
    assert strokes(50, seed=3).sha256 == strokes(50, seed=3).sha256


def test_other_seeds_and_other_parts_give_other_images() -> None:
    sets = [strokes(50, seed=seed, part=part) for seed, part in product((0, 1), PARTS)]
    images = {image.tobytes() for digits in sets for image in digits.images}
    assert len(images) == 50 * len(sets)


@pytest.mark.parametrize("n", [1, 17, BLOCK - 1, BLOCK, BLOCK + 1])
def test_a_larger_set_begins_with_the_smaller_one(n: int) -> None:
    larger, smaller = strokes(BLOCK + 10, seed=0), strokes(n, seed=0)
    assert np.array_equal(larger.images[:n], smaller.images)
    assert np.array_equal(larger.labels[:n], smaller.labels)


@pytest.mark.parametrize("n", [9, 10, 123, BLOCK + 5])
def test_the_digits_are_balanced_to_one(n: int) -> None:
    assert np.ptp(np.bincount(strokes(n, seed=0).labels, minlength=10)) <= 1


def test_the_digits_are_shuffled() -> None:
    tens = strokes(200, seed=0).labels.reshape(-1, 10)
    assert len(np.unique(tens, axis=0)) == 20


def test_every_image_is_framed() -> None:
    images = strokes(500, seed=0).images.astype(np.float32) / 255
    kept = [np.array_equal(centre_glyph(image), image) for image in images]
    assert np.mean(kept) > 0.99, "all but those whose palest edge was rounded away"


@pytest.mark.parametrize(("n", "seed", "part"), [(-1, 0, "train"), (1, -1, "train"), (1, 0, "practice")])
def test_what_cannot_be_written(n: int, seed: int, part: str) -> None:
    with pytest.raises(UsageError, match="expected"):
        strokes(n, seed=seed, part=part)


# -- one digit


@settings(max_examples=200)
@given(st.integers(0, 9), st.integers(8, 200), st.floats(0, 1), st.integers(0, 2**32))
def test_the_ink_fills_the_height_and_stays_inside(digit: int, height: int, wildness: float, seed: int) -> None:
    ink = draw(digit, random=np.random.default_rng(seed), height=height, wildness=wildness)
    assert ink.shape[0] == height
    assert ink.dtype == np.float32
    assert 0 <= ink.min() <= ink.max() <= 1
    assert all(edge.max() > 0.02 for edge in (ink[1], ink[-2], ink[:, 1], ink[:, -2]))
    assert not any(edge.any() for edge in (ink[0], ink[-1], ink[:, 0], ink[:, -1]))


@pytest.mark.parametrize(("digit", "height"), [(10, 64), (-1, 64), (3, 7), (3, 0)])
def test_what_cannot_be_drawn(digit: int, height: int) -> None:
    with pytest.raises(UsageError, match=f"got {digit} at height {height}"):
        draw(digit, random=np.random.default_rng(0), height=height)


# -- the forms


def test_every_digit_has_several_forms_or_hands() -> None:
    assert len(FORMS) == 10
    assert all(sum(len(form.hands) for form in forms) >= 8 for forms in FORMS)


@pytest.mark.parametrize("form", ALL_FORMS)
def test_every_hand_fills_the_height_of_a_digit(form: Form) -> None:
    curve = compile_form(form)
    for hand in curve.hands:
        low, high = (curve.matrix @ hand).min(axis=0), (curve.matrix @ hand).max(axis=0)
        assert 0.83 <= high[1] - low[1] <= 1.1
        assert high[0] - low[0] <= 1.05


@pytest.mark.parametrize("form", ALL_FORMS)
def test_every_form_can_be_written(form: Form) -> None:
    random = np.random.default_rng(0)
    drawn = [draw(0, random=random, height=40, wildness=1.0, forms=((form,),) * 10) for _ in range(40)]
    ink = np.array([centre_glyph(drawing).mean() for drawing in drawn])
    assert ink.min() > 0.02
    assert ink.max() < 0.5


@pytest.mark.parametrize("form", ALL_FORMS)
def test_a_curve_passes_its_points(form: Form) -> None:
    curve = compile_form(form)
    assert curve.strokes[-1][1] == len(curve.matrix)
    assert np.allclose(curve.matrix.sum(axis=1), 1), "a digit that is moved must keep its shape"
    for hand in curve.hands:
        gaps = np.linalg.norm((curve.matrix @ hand)[:, None] - hand, axis=-1)
        assert gaps.min(axis=0).max() < 1e-12


def test_a_corner_is_sharp_and_a_lift_separates() -> None:
    (form,) = read_forms("seven with bar 1\n    0,0 60,0! 30,100 / 0,50 60,50")
    curve = compile_form(form)
    points = curve.matrix @ curve.hands[0]
    assert np.allclose(points[:7, 1], 0), "the pen comes straight to a corner"
    assert np.allclose(points[slice(*curve.strokes[1]), 1], 0.5)


def test_hands_that_do_not_match_are_refused() -> None:
    with pytest.raises(AssertionError, match="differ in their points"):
        compile_form(Form("mixed", 1, ("0,0 1,1", "0,0 1,1!")))


# -- can it be read?


@pytest.mark.long
def test_calm_handwriting_of_one_seed_reads_that_of_another() -> None:
    assert reading_rate(calm(5000, seed=0), calm(1000, seed=1)) > 0.97


@pytest.mark.long
def test_wild_handwriting_still_reads_calm_handwriting() -> None:
    digits = strokes(4000, seed=0)
    assert reading_rate((digits.images, digits.labels), calm(1000, seed=1)) > 0.95


@pytest.mark.long
@pytest.mark.real
def test_strokes_alone_read_real_digits() -> None:
    if not mnist.available():
        pytest.skip("the original files are not in INKDIGIT_DATA_DIR")
    synthetic, real = strokes(4000, seed=0), first(mnist.load("train"), 2000)
    assert reading_rate((synthetic.images, synthetic.labels), real) > 0.85


def reading_rate(known: tuple[Images, Labels], unknown: tuple[Images, Labels]) -> float:
    """The fraction of `unknown` that is read right by one who knows `known`."""
    model = SVC(C=10).fit(known[0].reshape(-1, 784) / np.float32(255), known[1])
    return float(np.mean(model.predict(unknown[0].reshape(-1, 784) / np.float32(255)) == unknown[1]))


def calm(n: int, *, seed: int) -> tuple[Images, Labels]:
    random = np.random.default_rng(seed)
    labels = np.arange(n).astype(np.uint8) % np.uint8(10)
    ink = np.array([centre_glyph(draw(int(digit), random=random)) for digit in labels])
    return np.rint(ink * 255).astype(np.uint8), labels


def first(digits: Digits, n: int) -> tuple[Images, Labels]:
    return digits.images[:n], digits.labels[:n]
