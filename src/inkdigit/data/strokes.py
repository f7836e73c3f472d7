"""Handwriting made by the package itself: synthetic digits with a known truth, without any download.

In: how many and a seed, or one digit. Out: `Digits` framed as MNIST is, or the ink of one digit at any
height. A digit is a mixture of the hands of one of its forms (`skeletons`), its points jittered, its
curve warped, leaned and turned, then drawn with a pen. Knows nothing of MNIST's images.

Measured by `python benchmarks/strokes.py` on one of 2 cores of an AMD EPYC: 12,600 images a second. A
network of 256 hidden units (`mlp-quick`, 3 epochs) that saw nothing but strokes reads 93.5 ± 0.4 % of
the MNIST test images after 20,000 of them and 95.3 ± 0.1 % after 60,000; worst are 2 (89 %), 8 and 9
(94 %). The test images were opened after everything here was settled, on training images.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from inkdigit.data.curves import Curve, Form, compile_form
from inkdigit.data.labelled import Part
from inkdigit.data.skeletons import FORMS
from inkdigit.errors import UsageError
from inkdigit.frame import centre_glyph
from inkdigit.shapes import Float32, Float64, UInt8
from inkdigit.types import Digits

Forms = tuple[tuple[Form, ...], ...]
"""The forms of each digit; index = digit."""

PARTS = ("train", "validation", "test")
LOADED = {"train": (20_000, 1), "test": (4_000, 2)}
"""Images and seed of what `--data strokes` is."""

BLOCK = 1000
"""Images that share one random generator; the first images do not depend on how many are asked for."""

# How far hands differ. Chosen on 10,000 MNIST training images, of which a network of 256 units reads 95.4 %;
# JITTER 0.06, WAVE 4, NEIGHBOUR 1 and PEN 0.11 or 0.12 give 95.3 to 95.5 %.
MIXTURE = 0.25  # Dirichlet concentration over the hands of a form: mostly one hand, some of the others
JITTER = 0.055  # of each control point, in digit heights
NEIGHBOUR = 0.7  # of a point's jitter that its neighbours share; without it the curves look nervous
WARP = 0.055  # amplitude of each of two waves that bend the plane
WAVE = 3.0  # radians per digit height of these waves
LEAN = (0.15, 0.26)  # mean and spread of the slant; people lean to the right
TURN = 0.14  # radians
ASPECT = (0.1, 0.22)  # of the logarithm of width over that of the skeleton

# The pen, in units of the longer side of the glyph.
PEN = (0.115, 0.28)  # median width, spread of its logarithm
PEN_RANGE = (0.05, 0.24)
TAPER = (0.25, 0.5)  # spread and limit: how much wider than in its middle a stroke begins
PALEST = 0.1  # at most this much ink is missing

SIDE = 60  # pixels a glyph is drawn at before it is framed: three for each pixel of MNIST's box
PIECES = 4  # widths that a tapered stroke is drawn with
FRACTION_BITS = 4  # coordinates in sixteenths of a pixel, so that the last bit of a float never shows


@dataclass(frozen=True, eq=False)
class Trace:
    """What the pen does to write one digit.

    Args:
        points: Where it passes, (x, y) with y down, any unit.
        strokes: Where each stroke begins and ends among the points.
        pen: Width, in units of the longer side of the glyph.
        taper: How much wider than in its middle a stroke begins, and narrower it ends; a fraction.
        ink: Darkness, 0.0 to 1.0.
    """

    points: Float64[np.ndarray, "points 2"]
    strokes: tuple[tuple[int, int], ...]
    pen: float
    taper: float
    ink: float


def load(part: Part) -> Digits:
    """Write the part of that name: 20,000 digits to learn from, 4,000 to be tested on."""
    n, seed = LOADED[part]
    return strokes(n, seed=seed, part=part)


def strokes(n: int, *, seed: int, part: str = "train") -> Digits:
    """Write `n` digits; every ten in a row hold each digit once, in random order.

    Args:
        n: How many, >= 0. A larger set begins with the images of a smaller one.
        seed: >= 0; the same seed gives the same images.
        part: "train", "validation" or "test": three sets that share no image.

    Raises:
        UsageError: `n` or `seed` is negative, or there is no such part.

    >>> strokes(20, seed=0).images.shape
    (20, 28, 28)
    """
    if n < 0 or seed < 0:
        raise UsageError("cannot write strokes", why=f"expected n and seed of at least 0, got {n} and {seed}")
    if part not in PARTS:
        raise UsageError("unknown part", part, f"expected one of {', '.join(PARTS)}")
    images = np.zeros((n, 28, 28), np.uint8)
    labels = np.zeros(n, np.uint8)
    for start in range(0, n, BLOCK):
        random = np.random.default_rng([seed, PARTS.index(part), start // BLOCK])
        digits = _shuffled_tens(random)
        traces = _traces(digits, random=random, wildness=1.0)
        labels[start : start + BLOCK] = digits[: n - start]
        for index, trace in enumerate(traces[: n - start], start=start):
            images[index] = _framed(trace)
    return Digits(images, labels, name="strokes", part=part, synthetic=True)


def draw(
    digit: int,
    *,
    random: np.random.Generator,
    height: int = 64,
    wildness: float = 0.5,
    pen: float | None = None,
    forms: Forms = FORMS,
) -> Float32[np.ndarray, "height width"]:
    """Write one digit for a page or a picture.

    Args:
        digit: 0 to 9.
        random: Decides how it is written.
        height: Rows of the picture, >= 8; the ink fills it up to a margin of one pixel on all sides.
        wildness: How far the writing strays from the skeletons, 0.0 to 1.0. `strokes` uses 1.0, at which
            a person would misread some; at 0.5 hardly any.
        pen: Width of the pen as a share of the glyph's height; by chance if None.
        forms: The forms of each digit.

    Returns:
        Ink from 0.0 to 1.0, as wide as the digit comes out.

    Raises:
        UsageError: There is no such digit, or the height is too small.

    >>> draw(3, random=np.random.default_rng(0), height=32).shape[0]
    32
    """
    if digit not in range(10) or height < 8:
        raise UsageError(
            "cannot draw", why=f"expected 0 to 9 at a height of at least 8, got {digit} at height {height}"
        )
    (trace,) = _traces(np.array([digit], np.uint8), random=random, wildness=wildness, forms=forms)
    if pen is not None:
        across, down = np.ptp(trace.points, axis=0)
        trace = replace(trace, pen=pen * float(down / max(across, down)))
    # Drawn at more than twice the size and shrunk, which softens the edges as a scanner does.
    large = _drawn(trace, side=3 * height)
    left, top, across, down = cv2.boundingRect(large)
    size = (max(1, round(across * (height - 2) / down)), height - 2)
    ink = cv2.resize(large[top : top + down, left : left + across], size, interpolation=cv2.INTER_AREA)
    return np.pad(ink.astype(np.float32) * np.float32(trace.ink / 255), 1)


def _shuffled_tens(random: np.random.Generator) -> UInt8[np.ndarray, " block"]:
    """The digits of a block: each ten in a row is a permutation of 0 to 9."""
    return random.random((BLOCK // 10, 10)).argsort(axis=1).astype(np.uint8).ravel()


def _traces(
    digits: UInt8[np.ndarray, " n"], *, random: np.random.Generator, wildness: float, forms: Forms = FORMS
) -> list[Trace]:
    """Write each of `digits` in one of its forms; all of one form are written together, for speed."""
    traces: dict[int, Trace] = {}
    for digit in np.unique(digits):
        members = np.flatnonzero(digits == digit)
        weights = np.array([form.weight for form in forms[digit]])
        choice = random.choice(len(weights), size=len(members), p=weights / weights.sum())
        for number in np.unique(choice):
            chosen = members[choice == number].tolist()
            curve = compile_form(forms[digit][number])
            traces.update(zip(chosen, _written(curve, len(chosen), random=random, wildness=wildness), strict=True))
    return [traces[index] for index in range(len(digits))]


def _written(curve: Curve, n: int, *, random: np.random.Generator, wildness: float) -> list[Trace]:
    """Write one form `n` times."""
    control = _jittered(_mixed(curve, n, random=random), random=random, wildness=wildness)
    points = _leaned(_warped(curve.matrix @ control, random=random, wildness=wildness), random=random)
    pen = np.clip(PEN[0] * np.exp(random.normal(0, PEN[1], n)), *PEN_RANGE).tolist()
    taper = random.normal(0, TAPER[0], n).clip(-TAPER[1], TAPER[1]).tolist()
    ink = (1 - PALEST * random.random(n)).tolist()
    return [Trace(points[i], curve.strokes, pen[i], taper[i], ink[i]) for i in range(n)]


def _mixed(curve: Curve, n: int, *, random: np.random.Generator) -> Float64[np.ndarray, "n controls 2"]:
    """Control points somewhere between the hands of the form."""
    share = random.standard_gamma(MIXTURE, (n, len(curve.hands))) + 1e-9  # all may underflow to 0
    return np.einsum("nh,hcd->ncd", share / share.sum(axis=1, keepdims=True), curve.hands)


def _jittered(
    control: Float64[np.ndarray, "n controls 2"], *, random: np.random.Generator, wildness: float
) -> Float64[np.ndarray, "n controls 2"]:
    """Move every control point a little, much like its neighbours on the path."""
    own = random.normal(0, JITTER * wildness, control.shape)
    shared = own.copy()
    shared[:, 1:] += NEIGHBOUR * own[:, :-1]
    shared[:, :-1] += NEIGHBOUR * own[:, 1:]
    return control + shared / np.sqrt(1 + 2 * NEIGHBOUR**2)


def _warped(
    points: Float64[np.ndarray, "n points 2"], *, random: np.random.Generator, wildness: float
) -> Float64[np.ndarray, "n points 2"]:
    """Bend the plane of each glyph by two long waves in x and two in y."""
    n = len(points)
    direction = random.normal(0, WAVE, (n, 2, 4))
    phase = random.uniform(0, 2 * np.pi, (n, 1, 4))
    amplitude = random.normal(0, WARP * wildness, (n, 1, 4))
    waves = amplitude * np.sin(points @ direction + phase)  # (n, points, 4)
    return points + waves[..., :2] + waves[..., 2:]


def _leaned(
    points: Float64[np.ndarray, "n points 2"], *, random: np.random.Generator
) -> Float64[np.ndarray, "n points 2"]:
    """Stretch, slant and turn each glyph: the same at any wildness, for tidy people slant too."""
    n = len(points)
    width = np.exp(random.normal(*ASPECT, n))
    slant = random.normal(*LEAN, n)
    turn = random.normal(0, TURN, n)
    # Two matrices per glyph, in rows: width and slant, then the turn. Points are rows, so they stand on the left.
    stretch = np.stack([width, np.zeros(n), -slant, np.ones(n)], axis=-1).reshape(n, 2, 2)
    rotate = np.stack([np.cos(turn), np.sin(turn), -np.sin(turn), np.cos(turn)], axis=-1).reshape(n, 2, 2)
    return points @ (stretch @ rotate)


def _framed(trace: Trace) -> UInt8[np.ndarray, "28 28"]:
    """Draw and frame one glyph."""
    ink = _drawn(trace, side=SIDE).astype(np.float32) * np.float32(trace.ink / 255)
    return np.rint(centre_glyph(ink) * 255).astype(np.uint8)


def _drawn(trace: Trace, *, side: float) -> UInt8[np.ndarray, "height width"]:
    """Draw a glyph whose ink is about `side` pixels long on its longer side, with paper around it."""
    low, high = trace.points.min(axis=0), trace.points.max(axis=0)
    pen = trace.pen * side
    scale = (side - pen) / (high - low).max()
    margin = pen * (1 + abs(trace.taper)) / 2 + 2
    width, height = np.ceil((high - low) * scale + 2 * margin).astype(int).tolist()
    paper = np.zeros((height, width), np.uint8)
    pixels = np.rint(((trace.points - low) * scale + margin) * 2**FRACTION_BITS).astype(np.int32)
    for begin, end in trace.strokes:
        cuts = [begin + (end - 1 - begin) * piece // PIECES for piece in range(PIECES + 1)]
        for piece in range(PIECES):
            wider = 1 + trace.taper * (1 - (2 * piece + 1) / PIECES)
            part = pixels[cuts[piece] : cuts[piece + 1] + 1]
            cv2.polylines(paper, [part], False, 255, max(1, round(pen * wider)), cv2.LINE_8, FRACTION_BITS)
    return paper
