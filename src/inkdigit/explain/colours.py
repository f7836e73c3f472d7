"""The colours of an explanation, the same in the picture and in the terminal.

In: a frame and the influence of its ink. Out: a colour for each pixel. Blue ink speaks for the answer, red
against it, grey neither: the colours of a corrected exercise, which stay apart for every colour blindness.
"""

import numpy as np

from inkdigit.shapes import Float32, UInt8

Colour = tuple[int, int, int]
Frame = Float32[np.ndarray, "height width"]
Tinted = UInt8[np.ndarray, "height width 3"]

PAPER, INK, NEITHER = (255, 255, 255), (26, 34, 56), (196, 201, 212)
FOR, AGAINST = (36, 87, 179), (199, 53, 31)

LEAST_SCALE = 1.0
"""Nats: where no ink has more influence than this, which changes odds by a factor of 2.7, the colours stay pale."""


def ink_on_paper(frame: Frame) -> Tinted:
    """The frame as dark ink on white paper."""
    return _mixed(frame, np.broadcast_to(np.array(INK, np.float32), (*frame.shape, 3)))


def tinted(frame: Frame, influence: Frame) -> Tinted:
    """The frame's ink, coloured by how it speaks.

    Args:
        frame: float32 (28, 28), 0.0 paper, 1.0 ink.
        influence: float32 (28, 28), nats.
    """
    share = strength(frame, influence)[:, :, None]
    full = np.where(share > 0, np.array(FOR, np.float32), np.array(AGAINST, np.float32))
    neither = np.array(NEITHER, np.float32)
    # The root lets ink of a quarter of the greatest influence have half the colour: a faint tint is no colour.
    return _mixed(frame, neither + (full - neither) * np.sqrt(np.abs(share)))


def strength(frame: Frame, influence: Frame) -> Frame:
    """Influence from -1 to 1: 1 is the greatest on any ink of the frame, but at least `LEAST_SCALE`."""
    greatest = max(LEAST_SCALE, float(np.abs(influence[frame > 0.25]).max(initial=0.0)))
    return (influence / greatest).clip(-1, 1).astype(np.float32)


def _mixed(frame: Frame, ink: Float32[np.ndarray, "height width 3"]) -> Tinted:
    paper = np.array(PAPER, np.float32)
    return np.rint(paper + (ink - paper) * frame[:, :, None]).clip(0, 255).astype(np.uint8)
