"""Small pictures inside the page, as PNG in `data:` addresses.

In: grey levels or weights of 28x28. Out: addresses for `<img src>`. The paper is transparent in all
of them, so one picture is right on a light page and on a dark one.
"""

import base64
import io

import numpy as np
from PIL import Image

from inkdigit.evaluation.look import BLUE, RED
from inkdigit.shapes import Float32, UInt8

LEVELS = 32  # shades on either side of zero


def digit(image: UInt8[np.ndarray, "28 28"]) -> str:
    """Return a digit as ink on transparent paper."""
    ink = np.zeros((28, 28, 2), np.uint8)
    ink[..., 1] = image
    return _address(Image.fromarray(ink))


def weights(values: Float32[np.ndarray, "28 28"], *, scale: float) -> str:
    """Return weights as blue (for) and red (against), the stronger the less transparent.

    Args:
        values: Any numbers; 0 is fully transparent.
        scale: The size that gets full colour.
    """
    shades = np.clip(np.round(values / scale * LEVELS), -LEVELS, LEVELS) + LEVELS
    picture = Image.fromarray(shades.astype(np.uint8))
    palette = [*_rgb(RED) * LEVELS, *_rgb(BLUE) * (LEVELS + 1)]
    opacity = bytes(round(255 * abs(level) / LEVELS) for level in range(-LEVELS, LEVELS + 1))
    picture.putpalette(palette)
    return _address(picture, transparency=opacity)


def _rgb(colour: str) -> list[int]:
    return list(bytes.fromhex(colour.lstrip("#")))


def _address(picture: Image.Image, **options: object) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", **options)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
