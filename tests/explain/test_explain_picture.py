"""The drawing: where things stand and in which colour, for every kind of explanation."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from inkdigit.explain import Explanation, explain
from inkdigit.explain.colours import AGAINST, FOR
from inkdigit.explain.picture import BARS_FULL, BARS_START, COLUMNS, PANEL, PANELS_TOP, WIDTH, draw
from inkdigit.types import Digits
from linear import Linear, picture_of_bar, upper_weights


def drawn(explanation: Explanation, name: str = "a.png") -> np.ndarray:
    image = Image.open(io.BytesIO(draw(explanation, name=name)))
    assert (image.format, image.mode, image.width) == ("PNG", "RGB", WIDTH)
    return np.asarray(image)


@pytest.fixture
def seen(made_digits: Digits) -> Explanation:
    found = explain(picture_of_bar(), Linear(upper_weights(), offset=-1.0), training=made_digits)
    assert found is not None
    return found


def count(pixels: np.ndarray, colour: tuple[int, ...]) -> int:
    return int((pixels == np.array(colour)).all(axis=-1).sum())


def test_the_map_has_both_colours(seen: Explanation) -> None:
    panel = drawn(seen)[PANELS_TOP : PANELS_TOP + PANEL, COLUMNS[2] : COLUMNS[2] + PANEL].astype(int)
    blue, red = panel[..., 2] - panel[..., 0] > 60, panel[..., 0] - panel[..., 2] > 60
    assert blue.any()
    assert red.any()
    assert np.argwhere(blue)[:, 0].mean() < np.argwhere(red)[:, 0].mean()


def test_a_bar_is_as_long_as_its_share(seen: Explanation) -> None:
    y = PANELS_TOP + round(7 * PANEL / 10) + 14
    row = drawn(seen)[y, BARS_START : BARS_START + BARS_FULL]
    assert count(row, FOR) == pytest.approx(BARS_FULL * float(seen.probabilities[7]), abs=2)


def test_the_threshold_is_drawn_where_it_was_missed(seen: Explanation) -> None:
    strip = (slice(PANELS_TOP, PANELS_TOP + PANEL), slice(BARS_START, BARS_START + BARS_FULL))
    sure = drawn(replace(seen, confidence=0.9))[strip]
    missed = drawn(replace(seen, confidence=0.3, no_digit=0.1, unsure=True))[strip]
    assert count(sure, AGAINST) == 0
    assert count(missed, AGAINST) > 0.9 * PANEL


@pytest.mark.parametrize("shape", [(1400, 9, 3), (9, 1400), (28, 28), (3000, 2000, 3)])
def test_pictures_of_any_shape(seen: Explanation, shape: tuple[int, ...]) -> None:
    pixels = np.zeros(shape, np.uint8)
    assert drawn(replace(seen, pixels=pixels, box=(2, 2, 4, 4))).shape[1] == WIDTH


def test_without_training_digits_it_is_lower(seen: Explanation) -> None:
    assert len(drawn(replace(seen, nearest=()))) < len(drawn(seen))


def test_names_that_no_font_holds(seen: Explanation) -> None:
    drawn(seen, name="\udce9\n漢字" * 40)


def test_the_same_each_time(seen: Explanation) -> None:
    assert draw(seen, name="a") == draw(seen, name="a")
