"""Figures, images and weights as what a file or a page can hold: PNG, SVG, `data:` addresses.

In: a Matplotlib figure, grey levels, weights. Out: bytes or text. Writes nothing to disk.
"""

import base64
import io
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
from PIL import Image, ImageColor

from inkdigit.evaluation.look import BLUE, DIVERGING, GREY, HAIRLINE, INK, PAPER, RED, mosaic, weight_scale
from inkdigit.models.model import FirstLayer
from inkdigit.shapes import Float32, UInt8

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 110
LEVELS = 32  # shades on either side of zero
GAP = 2 * LEVELS + 1  # the colour between two units, after all shades

BETWEEN_TIPS = "|"
VARIABLES = {BLUE: "right", RED: "wrong", INK: "ink", GREY: "soft", HAIRLINE: "hair", PAPER: "paper"}
"""What the style sheet of the report calls each colour: it has others for a dark page."""

FONT = re.compile(r"font(?:-family|-weight)?: [^;]*'[^;]*;?")
LONG = re.compile(r"(\d+\.\d)\d+")


def figure_png(figure: "Figure") -> bytes:
    """Render a figure; packed quickly rather than tightly, which costs a tenth more bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


def figure_svg(figure: "Figure", *, label: str) -> str:
    """Write a figure as an SVG element of a page, in the page's own font and colours.

    Args:
        figure: Where the gid of lines or dots says so (see `tips`), each of their points has words that show when it
            is pointed at.
        label: The figure in one sentence, for a screen reader.
    """
    from matplotlib import rc_context

    buffer = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": label}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    drawn = ElementTree.fromstring(buffer.getvalue())
    for element in drawn.iter():
        _adapt(element)
    root = ElementTree.Element("svg", viewBox=drawn.get("viewBox", ""), role="img", attrib={"aria-label": label})
    root.extend(part for part in drawn if part.tag == "g")
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)


def tips(texts: list[str]) -> str:
    """The gid of lines or dots whose points have these words: all that Matplotlib hands through to SVG."""
    return BETWEEN_TIPS.join(["", *texts])


def _adapt(element: ElementTree.Element) -> None:
    """Leave of an element of Matplotlib's what a page needs."""
    element.tag = element.tag.rpartition("}")[2]
    element.text, element.tail = (element.text or "").strip(), None
    name, attributes = element.get("id", ""), dict(element.attrib)
    element.attrib.clear()
    for key, value in attributes.items():
        key = key.rpartition("}")[2]
        if key == "style":
            value = FONT.sub("", value)
            for colour, variable in VARIABLES.items():
                value = value.replace(colour, f"var(--{variable})")
        # Nothing leaves its frame, and of the names only those of marks are referred to.
        if key != "clip-path" and (key != "id" or element.tag == "path"):
            element.set(key, LONG.sub(r"\1", value))
    if name.startswith(BETWEEN_TIPS):
        # A mark of its own for each of a few points, else one that is used again and again.
        points = [mark for kind in ("}use", "}path") for mark in element.iter() if mark.tag.endswith(kind)]
        for point, words in zip(points, name.split(BETWEEN_TIPS)[1:], strict=False):
            ElementTree.SubElement(point, "title").text = words


def weights_png(weights: FirstLayer, *, most: int = 64, columns: int = 8) -> bytes:
    """Draw what the first units look at: blue where ink speaks for the unit, red where against, one scale.

    A unit keeps its place, so that pictures of one network after each epoch make a film. A few milliseconds,
    a tenth of what Matplotlib takes.

    Args:
        weights: From every pixel to each unit, finite, at least one unit.
        most: How many units to show at most.
        columns: Units per row.
    """
    shown = weights[:most]
    tiles = mosaic(_shades(shown, weight_scale(shown)), columns=min(columns, len(shown)), fill=GAP)
    picture = Image.fromarray(tiles)
    picture.putpalette(_palette().tobytes())
    return _png(picture)


def digit_address(image: UInt8[np.ndarray, "28 28"]) -> str:
    """A digit for `<img src>`: ink on transparent paper, so that it is right on a light page and on a dark one."""
    ink = np.zeros((28, 28, 2), np.uint8)  # grey level and opacity: black ink, as opaque as it is dark
    ink[..., 1] = image
    return _address(_png(Image.fromarray(ink)))


def weights_address(values: Float32[np.ndarray, "28 28"], *, scale: float) -> str:
    """Weights for `<img src>`: blue (for) and red (against), the stronger the less transparent.

    Args:
        values: Any numbers; 0 is fully transparent.
        scale: The size that gets full colour.
    """
    picture = Image.fromarray(_shades(values, scale))
    picture.putpalette([*ImageColor.getrgb(RED) * LEVELS, *ImageColor.getrgb(BLUE) * (LEVELS + 1)])
    opacity = bytes(round(255 * abs(level) / LEVELS) for level in range(-LEVELS, LEVELS + 1))
    return _address(_png(picture, transparency=opacity))


def _shades(weights: Float32[np.ndarray, "..."], scale: float) -> UInt8[np.ndarray, "..."]:
    """Weights as 0 (against, `scale` or more) over `LEVELS` (neither) to 2 `LEVELS` (for)."""
    return (np.clip(np.round(weights / scale * LEVELS), -LEVELS, LEVELS) + LEVELS).astype(np.uint8)


def _palette() -> UInt8[np.ndarray, "colours 3"]:
    """The shades from against to for, and the colour of the gaps."""
    against, neither, favour = (np.array(ImageColor.getrgb(colour)) for colour in DIVERGING)
    strength = np.linspace(-1, 1, 2 * LEVELS + 1)[:, None]  # one row per shade, for the three colours of each
    ends = np.where(strength < 0, against, favour)
    shades = neither + np.abs(strength) * (ends - neither)
    return np.vstack([shades.round(), ImageColor.getrgb(HAIRLINE)]).astype(np.uint8)


def _png(picture: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", **options)
    return buffer.getvalue()


def _address(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
