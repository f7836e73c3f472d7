"""A text in handwriting: characters side by side by one hand, with the place of each.

In: a text of `alphabet.ALPHABET`, a hand, a source of digits, a height in pixels. Out: a `Written`. Knows nothing of
paper.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from inkdigit.architectures import GAP, MARK, SIGNS
from inkdigit.shapes import Float32
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.hand import Hand
from inkdigit.writing.marks import Place, mark, struck
from inkdigit.writing.pen import INKED, Glyph
from inkdigit.writing.placing import WIDEST_SPACE, Box, Placed, side_by_side
from inkdigit.writing.signs import sign
from inkdigit.writing.texts import digits, single_marks

OVERWRITTEN = 0.012  # chance that a digit is written twice on one place
RINGED = 0.012  # chance that somebody drew a ring around all
LOW = 22  # digits lower than this are written larger and made smaller


@dataclass(frozen=True, eq=False)
class Written:
    """A text as ink.

    Args:
        ink: 0.0 paper to 1.0 ink, cropped.
        text: What stands there; one mark for a run of marks.
        boxes: A box for each character of the text; a gap has the box between its neighbours.
        height: Of a digit, pixels.
        baseline: The row that the first character stands on.
    """

    ink: Float32[np.ndarray, "h w"]
    text: str
    boxes: tuple[Box, ...]
    height: int
    baseline: int


def write(
    text: str, hand: Hand, source: DigitSource, random: np.random.Generator, *, height: int, ringed: float = RINGED
) -> Written:
    """Write a text.

    Args:
        text: Digits, signs, gaps and marks; not empty, and not gaps alone.
        hand: Who writes it.
        source: Where the digits come from.
        random: Decides all that the hand leaves open.
        height: Of a digit, pixels, >= 6.
        ringed: Chance that there is a ring around all of it, which is no character.
    """
    if height < LOW:
        return _smaller(write(text, hand, source, random, height=max(LOW, 2 * height), ringed=ringed), height)
    text = single_marks(text.strip())
    glyphs = [_glyph(text, index, hand, source, random, height) for index in range(len(text))]
    placed = side_by_side(text, glyphs, hand, random, height)
    left = min(one.x for one in placed)
    top = min(one.box[1] for one in placed)
    right = max(one.x + one.box[2] for one in placed)
    bottom = max(one.bottom for one in placed)
    margin = max(2, height // 8)
    ink = np.zeros((bottom - top + 2 * margin, right - left + 2 * margin), np.float32)
    for one in placed:
        x, y, columns, rows = one.box
        part = ink[y - top + margin : y - top + margin + rows, x - left + margin : x - left + margin + columns]
        np.maximum(part, one.glyph.ink, out=part)
    _join(ink, placed, (left - margin, top - margin), hand, random, height)
    ink = _inked(ink, hand, random, height)
    boxes = _boxes(text, placed, (left - margin, top - margin))
    if random.random() < ringed:
        return _ringed(Written(ink, text, boxes, height, margin - top), hand, random)
    return _cropped(Written(ink, text, boxes, height, margin - top))


def write_struck_out(hand: Hand, source: DigitSource, random: np.random.Generator, *, height: int) -> Written:
    """Write a number and strike it out: its text is one mark."""
    written = write(digits(random, most=6), hand, source, random, height=height)
    side = max(1, round(0.15 * height * float(random.random())))
    ink = np.pad(written.ink, ((0, 0), (side, side)))
    struck(ink, hand, random, height=height)
    return replace(written, ink=ink, text=MARK, boxes=((0, 0, ink.shape[1], ink.shape[0]),))


def _glyph(
    text: str, index: int, hand: Hand, source: DigitSource, random: np.random.Generator, height: int
) -> Glyph | None:
    """One character, or None for a gap."""
    character = text[index]
    if character == GAP:
        return None
    if character in SIGNS:
        return sign(character, hand, random, height=height)
    if character == MARK:
        place = _place(text, index)
        if place == "alone" and random.random() < 0.15:
            return Glyph(write_struck_out(hand, source, random, height=height).ink)
        return mark(place, hand, random, height=height)
    size = float(np.exp(random.normal(0, hand.unevenness))) * (hand.zero if character == "0" else 1.0)
    tall = max(8, round(height * min(size, 1.5)))
    glyph = source.glyph(int(character), hand, random, height=tall)
    if random.random() < OVERWRITTEN:
        glyph = _twice(glyph, source.glyph(int(character), hand, random, height=tall))
    raised = 0.0 if character != "0" or hand.zero > 0.8 or random.random() < 0.7 else 0.4 * (height - tall)
    return Glyph(glyph.ink, glyph.rise + round(raised + float(random.normal(0, hand.bounce)) * height))


def _twice(one: Glyph, two: Glyph) -> Glyph:
    """Two writings of a digit on one place."""
    rows, columns = (max(a, b) for a, b in zip(one.ink.shape, two.ink.shape, strict=True))
    ink = np.zeros((rows, columns), np.float32)
    for glyph in (one, two):
        part = ink[rows - glyph.ink.shape[0] :, : glyph.ink.shape[1]]
        np.maximum(part, glyph.ink, out=part)
    return Glyph(ink, one.rise)


def _place(text: str, index: int) -> Place:
    """Where a mark stands."""
    before = index > 0 and text[index - 1] != GAP
    after = index + 1 < len(text) and text[index + 1] != GAP
    if before and after:
        return "between"
    return "after" if before else "before" if after else "alone"


def _join(
    ink: Float32[np.ndarray, "h w"],
    placed: list[Placed],
    corner: tuple[int, int],
    hand: Hand,
    random: np.random.Generator,
    height: int,
) -> None:
    """Draw the strokes that join neighbours, from the right of one into the left of the next."""
    thick = max(1, round(hand.pen * height * 0.8))
    for one, two in pairwise(placed):
        apart = two.x - one.x - one.box[2]
        if not (one.character.isdigit() and two.character.isdigit()) or apart > WIDEST_SPACE * height:
            continue
        if one.character == two.character == "0" and random.random() < hand.chains:
            first = (one.x + one.box[2] * 0.7 - corner[0], one.box[1] + one.box[3] * 0.08 - corner[1])
            last = (two.x + two.box[2] * 0.35 - corner[0], two.box[1] + two.box[3] * 0.08 - corner[1])
            middle = ((first[0] + last[0]) / 2, (first[1] + last[1]) / 2 + height * float(random.uniform(-0.12, 0.2)))
            cv2.polylines(ink, [np.array([first, middle, last]).round().astype(np.int32)], False, 1.0, thick)
        elif random.random() < hand.joins:
            low, high = random.beta(2, 1.5, 2) * height
            start = (one.x + one.box[2] - corner[0] - 2, round(one.bottom - corner[1] - low * 0.9))
            end = (two.x - corner[0] + round(0.15 * two.box[2]) + 1, round(two.bottom - corner[1] - high * 0.9))
            cv2.line(ink, start, end, 1.0, thick, cv2.LINE_AA)


def _inked(
    ink: Float32[np.ndarray, "h w"], hand: Hand, random: np.random.Generator, height: int
) -> Float32[np.ndarray, "h w"]:
    """What the pen's nib does to the strokes."""
    reach = round(hand.nib * hand.pen * height)
    if reach < 1:
        return ink
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.uint8)
    off = (round(reach * float(np.cos(hand.nib_angle)) * 0.5), round(reach * float(np.sin(hand.nib_angle)) * 0.5))
    cv2.line(kernel, (reach - off[0], reach - off[1]), (reach + off[0], reach + off[1]), 1.0, 1)
    return np.asarray(cv2.dilate(ink, kernel), np.float32)


def _boxes(text: str, placed: list[Placed], corner: tuple[int, int]) -> tuple[Box, ...]:
    """A box for each character, within the ink."""
    boxes: list[Box] = []
    rest = iter(placed)
    gap = False
    for character in text:
        if character == GAP:
            gap = True
            continue
        x, y, columns, rows = next(rest).box
        here = (x - corner[0], y - corner[1], columns, rows)
        if gap:
            before = boxes[-1]
            end = before[0] + before[2]
            boxes.append((end, before[1], max(1, here[0] - end), before[3]))
            gap = False
        boxes.append(here)
    return tuple(boxes)


def _cropped(written: Written) -> Written:
    """Cut the paper around the ink off."""
    left, top, columns, rows = cv2.boundingRect((written.ink > INKED).view(np.uint8))
    ink = np.ascontiguousarray(written.ink[top : top + rows, left : left + columns])
    boxes = tuple((x - left, y - top, w, h) for x, y, w, h in written.boxes)
    return replace(written, ink=ink, boxes=boxes, baseline=written.baseline - top)


def _ringed(written: Written, hand: Hand, random: np.random.Generator) -> Written:
    """A ring around all: it is no character."""
    rows, columns = written.ink.shape
    side = round(written.height * float(random.uniform(0.35, 0.6)))
    ink = np.pad(written.ink, side)
    size = (round((columns + side) * 0.5 * float(random.uniform(1, 1.1))), round((rows + side) * 0.5 * 1.1))
    middle = (ink.shape[1] // 2, ink.shape[0] // 2)
    turn = float(random.uniform(0, 360))
    thick = max(1, round(hand.pen * written.height))
    swept = float(random.uniform(330, 380))
    cv2.ellipse(ink, middle, size, float(random.normal(0, 3)), turn, turn + swept, 1.0, thick, cv2.LINE_AA)
    boxes = tuple((x + side, y + side, w, h) for x, y, w, h in written.boxes)
    return _cropped(replace(written, ink=ink, boxes=boxes, baseline=written.baseline + side))


def _smaller(written: Written, height: int) -> Written:
    """The same at a smaller size."""
    scale = height / written.height
    rows, columns = written.ink.shape
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    ink = np.asarray(cv2.resize(written.ink, size, interpolation=cv2.INTER_AREA), np.float32)
    boxes = tuple(
        (round(x * scale), round(y * scale), max(1, round(w * scale)), max(1, round(h * scale)))
        for x, y, w, h in written.boxes
    )
    return Written(ink, written.text, boxes, height, round(written.baseline * scale))
