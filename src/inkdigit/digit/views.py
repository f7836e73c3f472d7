"""Other ways to look at a picture of one digit, for where the first look leaves doubt.

In: the decoded pixels of a picture, and what was found in it at first. Out: for each way the candidates that it
shows, as `single` gives them. Knows no recognizer, and not when a picture is worth looking at again.

"light" shows what is lighter than its surroundings, "dark" what is darker: nothing that is broader than any stroke is
left, no band, no mist, no edge of a shadow. Both are tried, for where the paper changes its colour nothing says which
of the two the pen is. "fine light" and "fine dark" do the same for narrower strokes. "thick" leaves out the thin lines
of the ink, a scrawl across the digit.

Chosen on the last 5,000 training images of MNIST, spoiled by the corruptions of `data.corruptions`, which were known
when these ways were thought of; LOG.md says what else was tried.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np

from inkdigit.digit.glyphs import possible_glyphs
from inkdigit.digit.ink import find_ink, to_grey
from inkdigit.digit.single import Candidate, box_of, candidates, shrunk
from inkdigit.frame import view_of
from inkdigit.shapes import UInt8
from inkdigit.types import Box

BROAD, FINE = 0.25, 0.18
"""Of the shorter side: what is broader is no stroke. Both read 0.5 in a hundred spoiled digits more than either alone;
0.33 reads a whole one fewer than 0.25."""

THIN = 0.1
"""Of the longer side of the ink: a line narrower than this was not written by the pen that wrote the digit."""


RELIEFS = {
    "light": (cv2.MORPH_TOPHAT, BROAD),
    "dark": (cv2.MORPH_BLACKHAT, BROAD),
    "fine light": (cv2.MORPH_TOPHAT, FINE),
    "fine dark": (cv2.MORPH_BLACKHAT, FINE),
}
THICK = "thick"

NAMES = (*RELIEFS, THICK)


def other_views(pixels: UInt8[np.ndarray, "*shape"], first: Sequence[Candidate]) -> Mapping[str, tuple[Candidate, ...]]:
    """Look again, in each of the other ways.

    The top-hats are those of Meyer, "Iterative image transformations for an automatic screening of cervical smears",
    1979. A picture and its negative have the same views, "light" and "dark" exchanged.

    Args:
        pixels: uint8, grey (h, w) or RGB (h, w, 3), upright, each side at least 1.
        first: What `candidates` found in it; none where it looks blank.

    Returns:
        The candidates of each way that shows any, by its name: "light", "dark", "fine light", "fine dark", "thick".
    """
    small, scale = shrunk(pixels)
    grey = np.clip(np.rint(to_grey(small)), 0, 255).astype(np.uint8)
    relief = _relief if first else _relief_of_slopes
    views = {
        name: _in_full_size(candidates(relief(grey, hat, _window(grey, broadest))), scale)
        for name, (hat, broadest) in RELIEFS.items()
    }
    views[THICK] = _without_thin_lines(small, first, scale)
    return {name: found for name, found in views.items() if found}


def _relief(
    grey: UInt8[np.ndarray, "height width"], hat: int, window: UInt8[np.ndarray, "side side"]
) -> UInt8[np.ndarray, "height width"]:
    """Keep what stands out from its surroundings to one side, and is narrower than the window."""
    return np.asarray(cv2.morphologyEx(grey, hat, window), np.uint8)


def _relief_of_slopes(
    grey: UInt8[np.ndarray, "height width"], hat: int, window: UInt8[np.ndarray, "side side"]
) -> UInt8[np.ndarray, "height width"]:
    """The same for paper that looks blank: it goes on beyond the edge as it slopes there.

    Else the foot of each slope stands out, and is a 1: of 150 shaded sheets 6 instead of 2 % were read as something.
    Where there is ink, the edge is an edge: a stroke that touches it is no slope.
    """
    beyond = len(window) - 1
    wider = np.pad(grey.astype(np.float32), beyond, mode="reflect", reflect_type="odd")
    relief = cv2.morphologyEx(wider, hat, window)[beyond:-beyond, beyond:-beyond]
    return np.clip(np.rint(relief), 0, 255).astype(np.uint8)


def _window(grey: UInt8[np.ndarray, "height width"], broadest: float) -> UInt8[np.ndarray, "side side"]:
    """As wide as the broadest stroke, an odd number of pixels."""
    side = max(3, round(broadest * min(grey.shape)) | 1)
    return np.ones((side, side), np.uint8)


def _without_thin_lines(
    small: UInt8[np.ndarray, "*shape"], first: Sequence[Candidate], scale: float
) -> tuple[Candidate, ...]:
    """The glyphs of the ink without what is narrow in it; none where that leaves nothing."""
    found = find_ink(small)
    if found is None or not first:
        return ()
    likeliest = max(first, key=lambda one: one.prior)
    side = int(THIN * max(likeliest.box[2:]) / scale)
    if side < 2:
        return ()
    opened = cv2.morphologyEx(found.ink, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    glyphs = possible_glyphs(replace(found, ink=opened))
    return tuple(Candidate(view_of(one.ink), box_of(one.ink, scale), one.prior) for one in glyphs)


def _in_full_size(found: Sequence[Candidate], scale: float) -> tuple[Candidate, ...]:
    return tuple(replace(one, box=_times(one.box, scale)) for one in found)


def _times(box: Box, scale: float) -> Box:
    left, top, width, height = (round(side * scale) for side in box)
    return left, top, width, height
