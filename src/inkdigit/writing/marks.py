"""Other marks: letters, words, currency, brackets, ticks, scribbles, print: what a line may hold that is no number.

In: a hand, and where the mark stands. Out: its `Glyph`. Every one of them is `alphabet.MARK` in the truth.
"""

from typing import Literal, TypeAlias

import cv2
import numpy as np

from inkdigit.shapes import Float32
from inkdigit.writing.hand import Hand
from inkdigit.writing.letters import LETTERS
from inkdigit.writing.pen import Glyph, cropped, draw_strokes, trace
from inkdigit.writing.print import label, words
from inkdigit.writing.print import printed as print_text

Place: TypeAlias = Literal["before", "after", "between", "alone"]
"""Where a mark stands: close before a number, close after one, between two, or apart."""

CLOSE: dict[Place, tuple[str, ...]] = {
    "before": ("$", "$", "€", "£", "#", "(", "(", "[", "x", "R", "C", "A", "N", "*", "K", "=", "+", "@"),
    "after": ("%", "%", ")", ")", "]", "k", "m", "A", "€", "$", "x", "+", "=", "=", "*", "K", "E", "F", "n", "c", "?"),
    "between": ("+", "+", "=", "x", "x", "*", "\\", "=", "A", "E", "k", "m", "R", "K", "&", "@"),
    "alone": ("v/", "v/", "x/", "->", "<-", "star", "<3", "loop", "zig", "box", "&", "?", "!", "A", "E", "R", "}", "=",
              "+", "X", "K", "N", "M", "W", "H"),
}  # fmt: skip
"""Marks of one sign by their place. None of them is mistaken for a digit or a sign when it stands alone."""

WORDS = ("kg", "km", "cm", "mm", "ml", "Uhr", "Euro", "EUR", "USD", "hrs", "min", "pcs", "am", "pm", "th", "St", "ea",
         "Stk", "PLN", "Kc", "kWh", "dB", "rpm", "mph")  # fmt: skip
"""What is written close after a number."""

VOWELS, CONSONANTS = "aeiouy", "bcdfghklmnprstvwxz"


def mark(place: Place, hand: Hand, random: np.random.Generator, *, height: int) -> Glyph:
    """Write some mark that fits its place."""
    kind = random.random()
    if place == "alone":
        if kind < 0.5:
            return word(random_word(random), hand, random, height=height)
        if kind < 0.62:
            return printed(random, height=height)
        if kind < 0.72:
            return scribble(hand, random, height=height)
    elif place == "after" and kind < 0.3:
        return word(str(random.choice(WORDS)), hand, random, height=height)
    names = [name for name in CLOSE[place] if name in LETTERS]
    return letter(names[int(random.integers(len(names)))], hand, random, height=height)


def letter(name: str, hand: Hand, random: np.random.Generator, *, height: int) -> Glyph:
    """Write one form of `letters.LETTERS`."""
    size = max(8, round(height * float(random.uniform(0.8, 1.15))))
    return trace(LETTERS[name], hand, random, height=size, steady=0.9)


def random_word(random: np.random.Generator) -> str:
    """Some 2 to 9 letters that could be spoken, lower case, capitalised or capitals."""
    length = int(random.integers(2, 10))
    letters = [str(random.choice(list((CONSONANTS, VOWELS)[index % 2]))) for index in range(length)]
    if random.random() < 0.3:
        letters[int(random.integers(length))] = str(random.choice(list(CONSONANTS + VOWELS)))
    whole = "".join(letters)
    return (whole, whole.capitalize(), whole.upper())[int(random.choice(3, p=[0.4, 0.35, 0.25]))]


def word(letters: str, hand: Hand, random: np.random.Generator, *, height: int) -> Glyph:
    """Write letters close together, joined by strokes as a running hand joins them."""
    size = max(8, round(height * float(random.uniform(0.75, 1.1))))
    runs = random.random() < 0.5
    between = 0.02 if runs else 0.06 + 0.5 * max(hand.spacing, 0.0)
    glyphs = [trace(LETTERS[one], hand, random, height=size, steady=1.0) for one in letters if one in LETTERS]
    across = np.cumsum([0, *(glyph.ink.shape[1] + round(size * between) for glyph in glyphs)]).tolist()
    above = max(glyph.ink.shape[0] + glyph.rise for glyph in glyphs)
    below = min(glyph.rise for glyph in glyphs)
    ink = np.zeros((max(1, above - below), across[-1] + 1), np.float32)
    for glyph, x in zip(glyphs, across[:-1], strict=True):
        rows, columns = glyph.ink.shape
        top = above - glyph.rise - rows
        part = ink[top : top + rows, x : x + columns]
        np.maximum(part, glyph.ink, out=part)
    if runs:
        thick = max(1, round(hand.pen * size))
        for x in across[1:-1]:
            foot = above - round(size * float(random.uniform(0.02, 0.2)))
            cv2.line(ink, (x - size // 6, foot), (x + size // 10, foot - size // 12), 1.0, thick, cv2.LINE_AA)
    if random.random() < 0.06:  # underlined
        ink = np.concatenate([ink, np.zeros((max(3, size // 5), ink.shape[1]), np.float32)])
        row = ink.shape[0] - 2
        cv2.line(ink, (0, row), (ink.shape[1], row - 1), 1.0, max(1, round(hand.pen * size)), cv2.LINE_AA)
        return cropped(ink, bottom=above)
    return cropped(ink, bottom=above)


def printed(random: np.random.Generator, *, height: int) -> Glyph:
    """A word or two in print, smaller than the writing or as high."""
    text = label(random) if random.random() < 0.5 else words(random, int(random.integers(1, 3)))
    ink = print_text(text, random, size=max(6.0, height * float(random.uniform(0.6, 1.3))))
    return Glyph(np.array(ink[:, : 8 * height], np.float32), -round(0.1 * height))


def scribble(hand: Hand, random: np.random.Generator, *, height: int) -> Glyph:
    """A pen that goes to and fro."""
    turns = int(random.integers(4, 14))
    wide, high = random.uniform(0.5, 2.2), random.uniform(0.4, 1.1)
    x = np.linspace(0, wide, turns) + random.normal(0, 0.12, turns)
    y = 1 - high * (0.5 + 0.5 * np.resize([-1, 1], turns) * random.uniform(0.3, 1, turns))
    fine = np.linspace(0, turns - 1, 4 * turns)
    if random.random() < 0.5:  # round turns
        x, y = x + 0.0, y
        points = np.stack([np.interp(fine, np.arange(turns), x), np.interp(fine, np.arange(turns), y)], axis=1)
        kernel = np.array([0.1, 0.2, 0.4, 0.2, 0.1])
        points = np.stack(
            [np.convolve(np.pad(axis, 2, mode="edge"), kernel, mode="valid") for axis in points.T], axis=1
        )
    else:
        points = np.stack([x, y], axis=1)
    return draw_strokes(points, ((0, len(points)),), hand, random, height=height)


def struck(ink: Float32[np.ndarray, "height width"], hand: Hand, random: np.random.Generator, *, height: int) -> None:
    """Strike out what stands in `ink`, in place: one stroke or several, straight, slanted, crossed or to and fro."""
    rows, columns = ink.shape
    thick = max(1, round(hand.pen * height))
    kind = random.random()
    middle = rows * float(random.uniform(0.4, 0.62))
    if kind < 0.5:
        for line in range(1 + int(random.random() < 0.4) + int(random.random() < 0.15)):
            y = middle + (line - 0.5 * (kind < 0.2)) * 0.16 * height
            left, right = random.normal(0, 0.06 * height, 2)
            cv2.line(ink, (0, round(y + left)), (columns, round(y + right)), 1.0, thick, cv2.LINE_AA)
    elif kind < 0.75:
        cv2.line(ink, (0, rows - 1), (columns - 1, 0), 1.0, thick, cv2.LINE_AA)
        if kind < 0.65:
            cv2.line(ink, (0, 0), (columns - 1, rows - 1), 1.0, thick, cv2.LINE_AA)
    else:
        turns = max(4, round(columns / height * float(random.uniform(2, 6))))
        x = np.linspace(0, columns - 1, turns)
        y = middle + np.resize([-1, 1], turns) * rows * random.uniform(0.15, 0.5, turns)
        cv2.polylines(ink, [np.stack([x, y], axis=1).round().astype(np.int32)], False, 1.0, thick, cv2.LINE_AA)
