"""Printed words, labels and paragraphs in many fonts: what a page holds that is never to be read.

In: a random generator, sizes. Out: coverage, 0 paper to 1 ink, cut tight. The fonts are those that Matplotlib brings.
Knows nothing of where on a page something is printed.
"""

import unicodedata
from functools import cache, lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from inkdigit.writing.papers import Layer

_FACES = (
    "DejaVuSans DejaVuSans-Bold DejaVuSans-Oblique DejaVuSans-BoldOblique DejaVuSerif DejaVuSerif-Bold "
    "DejaVuSerif-Italic DejaVuSerif-BoldItalic DejaVuSansMono DejaVuSansMono-Bold DejaVuSansMono-Oblique STIXGeneral "
    "STIXGeneralBol STIXGeneralItalic STIXGeneralBolIta cmr10 cmss10 cmtt10 cmb10"
)

FACES = tuple(_FACES.split())
"""The font files that hold letters and digits; those of mathematics hold neither."""

_WORDS = (
    "date total amount name order room phone customer weight invoice signed page number address meter reading unit "
    "price tax sum note remark from until paid due account street city bank branch cheque pay to the of and for in on "
    "quantity item description balance code class school teacher pupil score result test points grade exercise answer "
    "question first second third day month year hours minutes litres metres temperature pressure voltage level mean "
    "Datum Betrag Summe Name Straße Ort Konto Menge Preis Zähler Stand Nummer Klasse Punkte Seite Unterschrift Euro "
    "fecha importe nombre calle ciudad cuenta cantidad precio firma factura cliente pesos valor fecha hora peso "
    "montant nom rue ville compte facture client signature prix quantité total heure "
    "which when with there their would about other people water long write number could first made part over sound"
)

WORDS = tuple(_WORDS.split())
"""Words of forms and of plain prose in four languages."""


@lru_cache(maxsize=512)
def _font(face: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_folder() / f"{face}.ttf"), size)


@cache
def _folder() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def random_face(random: np.random.Generator) -> str:
    """Choose a font."""
    return FACES[int(random.integers(len(FACES)))]


@lru_cache(maxsize=4096)
def _set(text: str, face: str, size: int) -> Layer:
    """Text in a font, its em `size` pixels high, cut tight; never written to, as it is remembered."""
    font = _font(face, size)
    left, top, right, bottom = font.getbbox(text)
    picture = Image.new("L", (max(1, int(right - left)), max(1, int(bottom - top))), 0)
    ImageDraw.Draw(picture).text((-left, -top), text, 255, font)
    filled = np.asarray(picture, np.float32) / np.float32(255)
    ys, xs = np.flatnonzero(filled.any(1)), np.flatnonzero(filled.any(0))
    layer = filled[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1] if len(ys) else filled
    layer.flags.writeable = False
    return layer


def printed(text: str, random: np.random.Generator, *, size: float, face: str | None = None) -> Layer:
    """Print a text.

    Args:
        text: One line.
        random: Chooses the font where none is given.
        size: Of the font, pixels, at least 6; a digit is about 0.73 of it high.
        face: One of `FACES`.

    Returns:
        Coverage, cut tight, read only.
    """
    face = face or random_face(random)
    if face.startswith("cm"):  # Knuth's have no letters with accents
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() or "x"
    return _set(text, face, max(6, round(size)))


def words(random: np.random.Generator, count: int) -> str:
    """Some words, in small letters, capitals, or as a title."""
    chosen = " ".join(WORDS[int(i)] for i in random.integers(0, len(WORDS), count))
    style = random.random()
    return (
        chosen
        if style < 0.35
        else chosen.capitalize()
        if style < 0.65
        else chosen.title()
        if style < 0.82
        else chosen.upper()
    )


def label(random: np.random.Generator) -> str:
    """What stands beside a field: words with a colon, dotted leaders, a number in brackets or nothing behind them."""
    end = random.choice(
        ["", ":", ": ", " .....", " ..........", " (1)", " no.", " #", " €", " $", "*"],
        p=[0.3, 0.3, 0.08, 0.05, 0.05, 0.05, 0.05, 0.03, 0.03, 0.03, 0.03],
    )
    start = f"{random.integers(1, 30)}{random.choice(['.', ')', ''])} " if random.random() < 0.12 else ""
    return start + words(random, int(random.choice([1, 2, 3], p=[0.55, 0.33, 0.12]))) + str(end)


def figures(random: np.random.Generator) -> str:
    """A printed number, as page numbers, codes and prices are: never to be read, for no hand wrote it."""
    digits = "".join(str(value) for value in random.integers(0, 10, int(random.integers(1, 11))))
    forms = [
        digits,
        f"- {digits[:3]} -",
        f"No. {digits}",
        f"{digits[:2]}/{digits[2:4]}",
        f"{digits[:3]}.{digits[3:5]}",
        f"§ {digits[:2]}",
        f"⁃{digits}⁃",
    ]
    return forms[int(random.choice(len(forms), p=[0.4, 0.12, 0.16, 0.1, 0.12, 0.05, 0.05]))]


def line(random: np.random.Generator, *, width: float, size: float, face: str) -> str:
    """A line of prose that is about as wide as asked for in pixels, with a number in it now and then."""
    count = max(1, round(width / (size * 3.3)))
    text = [words(random, 1).lower() if random.random() < 0.94 else figures(random) for _ in range(count)]
    return " ".join(text)


def paragraph(random: np.random.Generator, *, width: float, size: float, lines: int) -> list[Layer]:
    """Lines of prose in one font, none wider than asked for; the last is short."""
    face, made = random_face(random), []
    for number in range(lines):
        share = random.uniform(0.3, 0.9) if number == lines - 1 else 1.0
        layer = printed(line(random, width=width * share, size=size, face=face), random, size=size, face=face)
        made.append(layer[:, : max(1, int(width))])
    return made


def barcode(random: np.random.Generator, *, height: int) -> Layer:
    """Upright bars, as on parcels."""
    bars = np.repeat((random.random(int(random.integers(30, 90))) < 0.5).astype(np.float32), int(random.integers(1, 4)))
    return np.tile(bars, (max(4, height), 1))


def logo(random: np.random.Generator, *, size: int) -> Layer:
    """A filled shape with letters cut out of it."""
    size = max(size, 12)
    drawn = np.zeros((size, int(size * random.uniform(1, 3))), np.uint8)
    middle = (drawn.shape[1] // 2, size // 2)
    if random.random() < 0.5:
        cv2.ellipse(drawn, middle, (middle[0] - 1, middle[1] - 1), 0, 0, 360, 255.0, -1, cv2.LINE_AA)
    else:
        drawn[:] = 255
    letters = printed(words(random, 1).upper()[:5], random, size=size * 0.55)[: size - 2, : drawn.shape[1] - 2]
    top, left = (size - letters.shape[0]) // 2, (drawn.shape[1] - letters.shape[1]) // 2
    part = drawn[top : top + letters.shape[0], left : left + letters.shape[1]]
    part[letters > 0.5] = 0
    return drawn.astype(np.float32) / np.float32(255)
