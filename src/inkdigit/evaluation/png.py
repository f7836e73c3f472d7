"""Pictures as the bytes of a PNG file.

In: a Matplotlib figure, or the weights of a first layer. Out: the whole file. Writes nothing to disk.
"""

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageColor

from inkdigit.evaluation.look import DIVERGING, HAIRLINE, mosaic, weight_scale
from inkdigit.models.model import FirstLayer
from inkdigit.shapes import UInt8

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 110
LEVELS = 32  # shades on either side of zero
GAP = 2 * LEVELS + 1  # the colour between two units, after all shades


def figure_png(figure: "Figure") -> bytes:
    """Render a figure; packed quickly rather than tightly, which costs a tenth more bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


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
    levels = np.clip(np.round(shown / weight_scale(shown) * LEVELS), -LEVELS, LEVELS) + LEVELS
    tiles = mosaic(levels.astype(np.uint8), columns=min(columns, len(shown)), fill=GAP)
    picture = Image.fromarray(tiles)
    picture.putpalette(_palette().tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _palette() -> UInt8[np.ndarray, "colours 3"]:
    """Return the shades from against to for, and the colour of the gaps."""
    against, neither, favour = (np.array(ImageColor.getrgb(colour)) for colour in DIVERGING)
    strength = np.linspace(-1, 1, 2 * LEVELS + 1)[:, None]
    ends = np.where(strength < 0, against, favour)
    shades = neither + np.abs(strength) * (ends - neither)
    return np.vstack([shades.round(), ImageColor.getrgb(HAIRLINE)]).astype(np.uint8)
