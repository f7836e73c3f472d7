"""The pen: a form of a character becomes ink.

In: a form in the notation of `data.curves`, a hand, a height in pixels. Out: a `Glyph`: its ink, and how high it stands
above the line. Knows nothing of which character a form is of.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from inkdigit.data.curves import Form, compile_form
from inkdigit.shapes import Float32, Float64
from inkdigit.writing.hand import Hand

MIXTURE = 0.35  # Dirichlet concentration over the hands of a form: mostly one, some of the others
JITTER = 0.042  # of each control point, in heights
NEIGHBOUR = 0.7  # of it that a point shares with its neighbours on the path
WARP = 0.045  # amplitude of the waves that bend the plane
WAVE = 3.0  # their radians per height
PIECES = 3  # widths that a stroke is drawn with
FRACTION_BITS = 4
FINE = 48  # pixels of height below which a glyph is drawn at twice its size, so that its pen may be 1.5 pixels wide
INKED = 0.25  # darkness from which a pixel belongs to a glyph


@dataclass(frozen=True, eq=False)
class Glyph:
    """One character as ink.

    Args:
        ink: 0.0 paper to 1.0 ink, cropped.
        rise: Rows between its lowest ink and the line it stands on; negative if it reaches below.
    """

    ink: Float32[np.ndarray, "height width"]
    rise: int = 0


def trace(form: Form, hand: Hand, random: np.random.Generator, *, height: int, steady: float = 1.0) -> Glyph:
    """Write one form.

    Args:
        form: Its points; y = 0 is the top of a digit, y = 100 the line.
        hand: Who writes.
        random: Decides how.
        height: Of a digit, pixels.
        steady: Divides the jitter: signs and print-like letters are more alike than digits.
    """
    curve = compile_form(form)
    control = _between(curve.hands, random)
    own = random.normal(0, JITTER * hand.wildness / steady, control.shape)
    shared = own.copy()
    shared[1:] += NEIGHBOUR * own[:-1]
    shared[:-1] += NEIGHBOUR * own[1:]
    points = curve.matrix @ (control + shared / np.sqrt(1 + 2 * NEIGHBOUR**2))
    return draw_strokes(_posed(points, hand, random, steady), curve.strokes, hand, random, height=height)


def draw_strokes(
    points: Float64[np.ndarray, "points 2"],
    strokes: tuple[tuple[int, int], ...],
    hand: Hand,
    random: np.random.Generator,
    *,
    height: int,
) -> Glyph:
    """Draw strokes through points in heights, (x, y) with y = 1 on the line."""
    scale = height * (2 if height < FINE else 1)
    pen = max(1.2, hand.pen * scale * float(np.exp(random.normal(0, 0.08))))
    margin = pen + 2
    low = points.min(axis=0)
    width, rows = np.ceil((points.max(axis=0) - low) * scale + 2 * margin).astype(int).tolist()
    paper = np.zeros((rows + rows % 2, width + width % 2), np.uint8)
    pixels = np.rint(((points - low) * scale + margin) * 2**FRACTION_BITS).astype(np.int32)
    taper = float(np.clip(random.normal(0, 0.2), -0.45, 0.45))
    for begin, end in strokes:
        for piece in range(PIECES):
            first = begin + (end - 1 - begin) * piece // PIECES
            last = begin + (end - 1 - begin) * (piece + 1) // PIECES
            wide = max(1, round(pen * (1 + taper * (1 - piece))))
            cv2.polylines(paper, [pixels[first : last + 1]], False, 255, wide, cv2.LINE_AA, FRACTION_BITS)
    if height < FINE:
        paper = cv2.resize(paper, (paper.shape[1] // 2, paper.shape[0] // 2), interpolation=cv2.INTER_AREA)
    top = float(low[1]) * height - margin * height / scale  # of the paper, below the top of a digit
    return cropped(paper.astype(np.float32) / np.float32(255), bottom=height - top)


def cropped(ink: Float32[np.ndarray, "height width"], *, bottom: float) -> Glyph:
    """Cut the paper off; `bottom` is the row of the ink that stands on the line."""
    left, top, width, height = cv2.boundingRect((ink > INKED).view(np.uint8))
    if not width:
        return Glyph(np.zeros((1, 1), np.float32))
    return Glyph(ink[top : top + height, left : left + width], round(bottom) - top - height)


def _between(hands: Float64[np.ndarray, "hands controls 2"], random: np.random.Generator) -> Float64[np.ndarray, "_ 2"]:
    """Control points somewhere between the hands of a form."""
    share = random.standard_gamma(MIXTURE, len(hands)) + 1e-9
    return np.tensordot(share / share.sum(), hands, 1)


def _posed(
    points: Float64[np.ndarray, "points 2"], hand: Hand, random: np.random.Generator, steady: float
) -> Float64[np.ndarray, "points 2"]:
    """Bend, stretch, slant and turn: as the hand does, and a little differently each time."""
    direction, phase = random.normal(0, WAVE, (2, 4)), random.uniform(0, 2 * np.pi, 4)
    waves = random.normal(0, WARP * hand.wildness / steady, 4) * np.sin(points @ direction + phase)
    x, y = (points + waves[:, :2] + waves[:, 2:]).T
    width, turn, lean = random.normal(0, (0.09, 0.06, 1.0))
    x = x * hand.aspect * np.exp(width) + (hand.lean + hand.lean_spread * lean) * (1 - y)
    middle = x.mean()
    return np.stack([x - turn * (y - 0.5), y + turn * (x - middle)], axis=1)
