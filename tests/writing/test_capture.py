"""What a camera does, and that the truth can follow."""

import cv2
import numpy as np
import pytest

from inkdigit.writing import capture


@pytest.mark.parametrize("angle", [0.0, 4.0, 90.0, 180.0, 213.0])
def test_the_matrix_says_where_a_spot_of_the_sheet_is_seen(angle: float) -> None:
    random = np.random.default_rng(0)
    sheet = np.zeros((200, 160), np.uint8)
    sheet[90:94, 40:44] = 255
    matrix = capture.view((200, 160), (300, 300), random, angle=angle, tilt=0.04, shift=0.05)
    picture = capture.seen(sheet, matrix, (300, 300), outside=0)
    ys, xs = np.nonzero(picture > 100)
    expected = cv2.perspectiveTransform(np.array([[[41.5, 91.5]]]), matrix)[0, 0]
    assert np.allclose([xs.mean(), ys.mean()], expected, atol=0.7)


def test_the_sheet_lies_in_the_middle_and_turns_clockwise() -> None:
    matrix = capture.view((100, 100), (100, 100), np.random.default_rng(0), angle=90)
    assert np.allclose(matrix @ [50, 50, 1], [50, 50, 1])
    assert np.allclose(matrix @ [90, 50, 1], [50, 90, 1]), "what was on the right is below"


def test_a_desk_is_seen_only_around_the_sheet() -> None:
    random = np.random.default_rng(5)
    matrix = capture.view((60, 60), (120, 120), random, angle=0)
    picture = np.full((120, 120), 240, np.uint8)
    on_desk = capture.on_desk(picture, matrix, (60, 60), random)
    assert np.all(on_desk[35:85, 35:85] == 240)
    assert abs(float(on_desk[:20].mean()) - 240) > 20


@pytest.mark.parametrize("seed", range(30))
def test_a_degraded_digit_can_still_be_seen(seed: int) -> None:
    picture = np.full((60, 60), 230, np.uint8)
    picture[20:40, 28:32] = 40
    made = capture.degraded(picture, np.random.default_rng(seed), unit=20)
    assert made.shape == picture.shape
    assert float(made[24:36, 29:31].mean()) < float(made[24:36, 10:20].mean()) - 40
