"""Pictures as PNG files: whole, of the right size, and blue where ink speaks for a unit."""

import io

import numpy as np
import pytest
from jaxtyping import UInt8
from matplotlib.figure import Figure
from PIL import Image

from inkdigit.evaluation.look import BLUE, HAIRLINE, PAPER, RED
from inkdigit.evaluation.rendering import figure_png, weights_png


def pixels(png: bytes) -> UInt8[np.ndarray, "high wide 3"]:
    with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        return np.asarray(picture.convert("RGB"))


def rgb(colour: str) -> list[int]:
    return list(bytes.fromhex(colour.lstrip("#")))


def test_a_figure_becomes_a_whole_file() -> None:
    assert pixels(figure_png(Figure(figsize=(2, 1)))).shape == (110, 220, 3)


def test_weights_for_are_blue_and_against_red() -> None:
    weights = np.zeros((2, 28, 28), np.float32)
    weights[0, :14], weights[0, 14:] = 1, -1
    drawn = pixels(weights_png(weights))
    assert drawn[0, 0].tolist() == rgb(BLUE)
    assert drawn[27, 0].tolist() == rgb(RED)
    assert drawn[0, 28].tolist() == rgb(HAIRLINE)
    assert drawn[0, 30].tolist() == rgb(PAPER)


@pytest.mark.parametrize(
    ("units", "shape"), [(1, (28, 28)), (3, (28, 88)), (8, (28, 238)), (9, (58, 238)), (200, (238, 238))]
)
def test_units_stand_in_rows_of_eight_and_are_sixty_four_at_most(units: int, shape: tuple[int, int]) -> None:
    assert pixels(weights_png(np.ones((units, 28, 28), np.float32))).shape[:2] == shape


def test_units_stand_in_their_order_however_strong_they_are() -> None:
    weights = np.zeros((3, 28, 28), np.float32)
    weights[1], weights[2] = 0.5, 1
    first, second, third = pixels(weights_png(weights))[0, [0, 30, 60], 0].tolist()
    assert first > second > third


def test_a_network_of_zeros_is_blank() -> None:
    assert (pixels(weights_png(np.zeros((1, 28, 28), np.float32))) == 255).all()
