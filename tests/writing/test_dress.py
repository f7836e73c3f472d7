"""A sheet on its paper, before the camera."""

import numpy as np
import pytest

from inkdigit.writing import capture
from inkdigit.writing.dress import Dress, dressed
from inkdigit.writing.sheet import Sheet
from inkdigit.writing.strings import Written

BLOCK = np.zeros((24, 40), np.float32)
BLOCK[4:20, 4:36] = 1
WRITTEN = Written(BLOCK, "88", ((0, 0, 20, 24), (20, 0, 20, 24)), 24, 24)


def taken(dress: Dress, *, strength: float = 1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    sheet, random = Sheet((80, 100)), np.random.default_rng(seed)
    ink = Written(BLOCK * np.float32(strength), "88", WRITTEN.boxes, 24, 24)
    sheet.write(ink, (30, 30), line=0)
    matrix = capture.view((80, 100), (120, 140), random, angle=dress.angle)
    return dressed(sheet, dress, matrix, (120, 140), random, unit=24)


@pytest.mark.parametrize("surface", ["paper", "cheque", "screen", "board"])
@pytest.mark.parametrize("around", ["nothing", "desk", "flat"])
def test_what_is_inverted_is_light_on_dark_and_else_it_is_dark_on_light(surface: str, around: str) -> None:
    for inverted in (False, True):
        grey, faint = taken(Dress(surface, inverted, around), seed=3)  # type: ignore[arg-type]
        ink, ground = float(grey[58:66, 60:80].mean()), float(grey[56:68, 84:90].mean())
        assert (ink > ground) == inverted
        assert faint.tolist() == [False]


def test_ink_that_is_hardly_there_is_faint() -> None:
    assert taken(Dress("screen"))[1].tolist() == [False]
    faint = []
    for seed in range(12):
        sheet, random = Sheet((60, 60)), np.random.default_rng(seed)
        sheet.write(WRITTEN, (10, 10), line=0)
        sheet.put_print(np.ones((60, 60), np.float32), (0, 0), other=False)
        grey, is_faint = dressed(
            sheet, Dress("screen"), capture.view((60, 60), (60, 60), random, angle=0), (60, 60), random, unit=24
        )
        difference = abs(float(grey[16:28, 16:44].mean()) - float(grey[:8].mean()))
        if not 6 < difference < 14:
            assert bool(is_faint[0]) == (difference < 9)
            faint.append(bool(is_faint[0]))
    assert len(faint) > 3


def test_around_a_strip_it_is_flat() -> None:
    grey, _ = taken(Dress("screen", around="flat"))
    assert len(np.unique(grey[:15])) == 1


def test_some_dresses_are_dark_and_some_turned() -> None:
    made = [Dress.random(np.random.default_rng(seed)) for seed in range(400)]
    assert 0.15 < np.mean([one.inverted for one in made]) < 0.35
    assert 0.6 < np.mean([abs(one.angle) <= 4 for one in made]) < 0.8
    assert all(Dress.random(np.random.default_rng(seed), around="desk").surface != "screen" for seed in range(60))
