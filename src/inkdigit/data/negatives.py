"""Negatives, shapes that are no digit: two digits, half a digit, letters, signs, scribbles, lines, blots, texture.

In: digits to cut and to join, and a random generator. Out: ink. What a person would take for a digit is
left out as far as a rule can tell: no O, l or S, no upright stroke, no half that is a narrow bar.
Everything is synthetic; the letters are those of the fonts that come with Matplotlib.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from inkdigit.data.degradations import TALL, Drawing
from inkdigit.shapes import UInt8

Grey = UInt8[np.ndarray, "_ _"]

DrawDigit = Callable[[], Drawing]
"""Draws another digit each time, cropped to its ink."""

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYacdefhjkmnprtuvwx"
SIGNS = "#%&@$€£*+=~?-–_.,;:\"'[]{}<>^§Ω√∞"
SERIF_I = ("DejaVuSerif", "DejaVuSansMono", "STIXGeneral", "cmr10", "cmtt10", "cmb10")
"""In other fonts a capital I is a plain stroke, as many a 1."""

LEFT_OUT = ("LastResort", "NonUni", "Siz", "cmex", "cmsy")
"""Fonts without plain letters."""


def draw_negative(digit: DrawDigit, random: np.random.Generator) -> Drawing:
    """Draw something that is no digit.

    Args:
        digit: Gives digits, TALL pixels high or so, cropped.
        random: Decides what and how.
    """
    kinds, chances = zip(*KINDS, strict=True)
    made: Drawing = kinds[random.choice(len(kinds), p=np.array(chances))](digit, random)
    return made


def _pair(digit: DrawDigit, random: np.random.Generator) -> Drawing:
    """Two or three digits side by side, near or touching; the outer ones may be cut."""
    made = digit()
    for _ in range(1 if random.random() < 0.85 else 2):
        other = _resized(digit(), random.uniform(0.75, 1.25))
        kept = other[:, : round(other.shape[1] * random.uniform(0.45, 1.5))]
        made = beside(made, kept, gap=int(random.integers(-9, 12)), drop=int(random.integers(-10, 10)))
    return made if random.random() < 0.6 else cropped(made[:, int(made.shape[1] * random.uniform(0, 0.2)) :])


def _part(digit: DrawDigit, random: np.random.Generator) -> Drawing:
    """A digit of which a slanted, bent cut leaves a third to two thirds; sometimes a slice from the middle."""
    for _ in range(8):
        whole = digit()
        height, width = whole.shape
        x, y = np.meshgrid(np.linspace(-0.5, 0.5, width), np.linspace(-0.5, 0.5, height))
        angle = random.choice([0, np.pi, random.uniform(0, 2 * np.pi)], p=[0.38, 0.38, 0.24]) + 0.2 * random.normal()
        # How far each pixel is along the direction of the cut, whose line is a wave; quantiles, so that a share of the
        # picture is left, wherever its ink is.
        side = x * np.cos(angle) + y * np.sin(angle) + 0.1 * random.normal() * np.sin(4 * y + random.uniform(0, 6))
        least = np.quantile(side, random.uniform(0.33, 0.65))
        most = np.quantile(side, 0.75) if random.random() < 0.12 else side.max()
        left = cropped(np.where((side > least) & (side <= most), whole, np.float32(0)))
        # A piece like a bar is a 1; a piece of little ink is a speck.
        if left.shape[1] > 0.27 * left.shape[0] and left.sum() > 0.2 * whole.sum():
            return left
    return _pair(digit, random)


def _turned(digit: DrawDigit, random: np.random.Generator) -> Drawing:
    """A digit that lies on its side, unless it might be read so: not a wide one, a bar, or one open in its middle."""
    for _ in range(8):
        whole = digit()
        height, width = whole.shape
        middle = whole[round(0.35 * height) : round(0.65 * height), round(0.35 * width) : round(0.65 * width)]
        if 0.4 < width / height < 0.8 and middle.mean() > 0.1:
            return np.ascontiguousarray(np.rot90(whole, random.choice([1, 3])))
    return _pair(digit, random)


def _joined_parts(digit: DrawDigit, random: np.random.Generator) -> Drawing:
    """The end of one digit and the beginning of the next: a wrong cut."""
    first, second = digit(), _resized(digit(), random.uniform(0.85, 1.15))
    first = cropped(first[:, round(first.shape[1] * random.uniform(0.35, 0.7)) :])
    second = cropped(second[:, : round(second.shape[1] * random.uniform(0.3, 0.65))])
    return beside(first, second, gap=int(random.integers(-3, 12)), drop=int(random.integers(-8, 8)))


def _letter(digit: DrawDigit, random: np.random.Generator) -> Drawing:
    letters = _letters()
    drawing = letters[random.integers(len(letters))].astype(np.float32) / np.float32(255)
    if random.random() < 0.35:
        drawing = _resized(drawing, 1.0, aspect=random.uniform(0.6, 1.6))
    padded = np.pad(drawing, 8)
    fate = random.random()
    if fate < 0.2:
        return cropped(cv2.dilate(padded, np.ones((int(random.integers(3, 12)),) * 2, np.uint8)))
    if fate < 0.3:
        outline = cv2.dilate(padded, np.ones((5, 5), np.uint8)) - padded
        return cropped(np.clip(outline, 0, 1))
    if fate < 0.36:
        return 1 - np.pad(drawing, int(random.integers(2, 8)))
    if fate < 0.46:
        return cropped(padded * _texture(padded.shape, random))
    return drawing


def _scribble(digit: DrawDigit, random: np.random.Generator) -> Drawing:
    """One to four wild curves."""
    canvas = np.zeros((90, 90), np.float32)
    for _ in range(random.integers(1, 5)):
        corners = random.uniform(10, 80, (random.integers(4, 10), 2))
        steps = np.linspace(0, len(corners) - 1, 60)
        line = np.stack([np.interp(steps, np.arange(len(corners)), corners[:, axis]) for axis in (0, 1)], axis=1)
        if random.random() < 0.8:
            line = np.asarray(cv2.blur(line, (1, 9)))
        cv2.polylines(canvas, [np.rint(line * 16).astype(np.int32)], False, 1.0, int(random.integers(2, 12)), 16, 4)
    return cropped(canvas)


def _lines(digit: DrawDigit, random: np.random.Generator) -> Drawing:
    """Crosses, rules, grids and boxes; never one upright stroke."""
    canvas = np.zeros((90, 90), np.float32)
    pen, style = int(random.integers(2, 14)), random.integers(5)
    if style == 0:
        slope, second = int(random.integers(-20, 20)), int(random.integers(14, 30)) if random.random() < 0.5 else 0
        cv2.line(canvas, (8, 40 - slope), (82, 40 + slope), 1.0, pen, cv2.LINE_AA)
        cv2.line(canvas, (8, 40 - slope + second), (82, 40 + slope + second), 1.0, pen, cv2.LINE_AA)
    elif style == 1:
        for _ in range(random.integers(2, 6)):
            start, end = random.integers(8, 82, (2, 2)).tolist()
            cv2.line(canvas, start, end, 1.0, pen, cv2.LINE_AA)
        cv2.line(canvas, (10, int(random.integers(20, 70))), (80, int(random.integers(20, 70))), 1.0, pen, cv2.LINE_AA)
    elif style == 2:
        for place in range(10, 90, int(random.integers(12, 34))):
            cv2.line(canvas, (place, 8), (place, 82), 1.0, max(1, pen // 2))
            if random.random() < 0.8:
                cv2.line(canvas, (8, place), (82, place), 1.0, max(1, pen // 2))
    elif style == 3:
        (x, y), (width, height) = random.integers(8, 20, 2).tolist(), random.integers(40, 65, 2).tolist()
        cv2.rectangle(canvas, (x, y), (x + width, y + height), 1.0, -1 if random.random() < 0.4 else pen)
    else:
        corners = random.integers(8, 82, (int(random.integers(3, 6)), 2)).astype(np.int32)
        cv2.fillPoly(canvas, [corners], 1.0) if random.random() < 0.5 else cv2.polylines(
            canvas, [corners], True, 1.0, pen
        )
    return cropped(canvas)


def _blot(digit: DrawDigit, random: np.random.Generator) -> Drawing:
    """One or a few blots, as a dot, a comma or a stain fills the frame when it is cut out alone."""
    canvas = np.zeros((90, 90), np.float32)
    for _ in range(1 if random.random() < 0.6 else int(random.integers(2, 7))):
        centre, axes = random.integers(25, 65, 2).tolist(), random.integers(8, 30, 2)
        if axes.max() > 2.2 * axes.min():
            axes[:] = axes.min()
        cv2.ellipse(canvas, centre, axes.tolist(), float(random.uniform(0, 180)), 0, 360, 1.0, -1, cv2.LINE_AA)
    return cropped(canvas * (_texture(canvas.shape, random) if random.random() < 0.3 else np.float32(1)))


def _patch(digit: DrawDigit, random: np.random.Generator) -> Drawing:
    """A piece of patterned paper, or the noise that is left of it."""
    return cropped(_texture((int(random.integers(40, 90)), int(random.integers(40, 90))), random) + np.float32(1e-3))


KINDS: tuple[tuple[Callable[[DrawDigit, np.random.Generator], Drawing], float], ...] = (
    (_pair, 0.24), (_part, 0.16), (_joined_parts, 0.06), (_turned, 0.04), (_letter, 0.31), (_scribble, 0.06),
    (_lines, 0.05), (_blot, 0.05), (_patch, 0.03),
)  # fmt: skip


def beside(first: Drawing, second: Drawing, *, gap: int, drop: int) -> Drawing:
    """Put two drawings side by side, `gap` pixels apart (overlapping below 0), the second `drop` pixels lower."""
    middle = [drawing.shape[0] / 2 for drawing in (first, second)]
    top = round(middle[0] - middle[1]) + drop
    above = max(0, -top)
    left = max(0, first.shape[1] + gap)
    height = max(above + first.shape[0], above + top + second.shape[0])
    canvas = np.zeros((height, max(first.shape[1], left + second.shape[1])), np.float32)
    canvas[above : above + first.shape[0], : first.shape[1]] = first
    place = canvas[above + top : above + top + second.shape[0], left : left + second.shape[1]]
    np.maximum(place, second, out=place)
    return canvas


def cropped(drawing: Drawing) -> Drawing:
    """Cut off the paper around the ink; a drawing without ink stays as it is."""
    left, top, width, height = cv2.boundingRect((drawing > 0.05).view(np.uint8))
    return np.ascontiguousarray(drawing[top : top + height, left : left + width]) if width else drawing


def _resized(drawing: Drawing, factor: float, *, aspect: float = 1.0) -> Drawing:
    height, width = drawing.shape
    size = (max(2, round(width * factor * aspect)), max(2, round(height * factor)))
    return cv2.resize(drawing, size, interpolation=cv2.INTER_LINEAR)


def _texture(shape: tuple[int, ...], random: np.random.Generator) -> Drawing:
    """Smooth noise, cut at a level: 0.0 to 1.0 in islands of 2 to 12 pixels."""
    noise = cv2.GaussianBlur(random.normal(size=shape).astype(np.float32), (0, 0), random.uniform(1, 6))
    level = np.quantile(noise, random.uniform(0.2, 0.7))
    return np.clip((noise - level) / (noise.std() + 1e-6) * 3, 0, 1).astype(np.float32)


@cache
def _letters() -> tuple[Grey, ...]:
    """Every letter and sign in every font of Matplotlib, TALL pixels high or wide; drawn once a process."""
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    made = []
    for path in sorted(folder.glob("*.ttf")):
        if any(word in path.name for word in LEFT_OUT):
            continue
        font = ImageFont.truetype(str(path), 72)
        more = "I" * 6 if path.stem.startswith(SERIF_I) else ""
        made += [_rendered(sign, font) for sign in LETTERS * 2 + more + SIGNS]
    return tuple(drawing for drawing in made if drawing.size)


def _rendered(sign: str, font: ImageFont.FreeTypeFont) -> Grey:
    left, top, right, bottom = (round(edge) for edge in font.getbbox(sign))
    if right <= left or bottom <= top:
        return np.zeros((0, 0), np.uint8)
    picture = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(picture).text((-left, -top), sign, fill=255, font=font)
    factor = TALL / max(picture.size)
    size = (max(2, round(picture.width * factor)), max(2, round(picture.height * factor)))
    return np.asarray(picture.resize(size, Image.Resampling.BICUBIC))
