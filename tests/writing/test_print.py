"""Printed words in many fonts."""

import numpy as np
import pytest

from inkdigit.writing import print as prints


@pytest.mark.parametrize("face", prints.FACES)
def test_every_font_has_letters_and_digits(face: str) -> None:
    layers = [prints.printed(text, np.random.default_rng(0), size=30, face=face) for text in ("A", "g", "7", "0", "8")]
    assert all(layer.max() > 0.9 and 0.1 < layer.mean() < 0.9 for layer in layers)
    assert len({layer.tobytes() for layer in layers}) == 5, "a letter that a font lacks is a box"


def test_print_is_cut_tight_and_as_high_as_its_size() -> None:
    layer = prints.printed("H", np.random.default_rng(0), size=40, face="DejaVuSans")
    assert layer[0].any()
    assert layer[-1].any()
    assert layer[:, 0].any()
    assert layer[:, -1].any()
    assert layer.shape[0] == pytest.approx(0.73 * 40, abs=2)


def test_a_paragraph_is_as_wide_as_asked_for() -> None:
    lines = prints.paragraph(np.random.default_rng(3), width=200, size=12, lines=5)
    assert len(lines) == 5
    assert max(line.shape[1] for line in lines) <= 200


def test_logos_and_barcodes_have_ink() -> None:
    random = np.random.default_rng(1)
    assert all(prints.logo(random, size=30).max() == 1 for _ in range(20))
    assert prints.barcode(random, height=20).shape[0] == 20
