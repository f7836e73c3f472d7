"""Make views.json: glyphs of many sizes, slants and pens, and what the package shows a network of each.

    python tests/vectors/make_views.py

`test_vectors.py` holds the package to the file, and the page's tests hold its TypeScript twin to it. The glyphs are
synthetic, drawn by `strokes`. Ink is base64 of the zlib stream of its bytes, row by row, 0 paper to 255 ink; a frame
likewise of 784 16 bit numbers, low byte first, 0 to 65535.
"""

import base64
import json
import zlib
from pathlib import Path

import cv2
import numpy as np

from inkdigit.data.strokes import draw
from inkdigit.frame import view_of

FILE = Path(__file__).parent / "views.json"
HEIGHTS, SHEARS, PENS = (12, 20, 37, 64, 140), (-0.9, -0.4, 0.0, 0.3, 0.7), (0.012, 0.03, 0.08, 0.12)


def glyphs() -> list[np.ndarray]:
    """Bytes (height, width) of 50 glyphs."""
    random = np.random.default_rng(29)
    made = []
    for index in range(50):
        height, shear = HEIGHTS[index % 5], SHEARS[index // 10]
        ink = draw(index % 10, random=random, height=height, wildness=0.6, pen=PENS[index % 4])
        margin = int(abs(shear) * height / 2) + 2
        matrix = np.array([[1, -shear, shear * (height - 1) / 2 + margin], [0, 1, 0]])
        leaning = cv2.warpAffine(ink, matrix, (ink.shape[1] + 2 * margin, height))
        made.append(np.rint(255 * leaning).astype(np.uint8))
    return made


def coded(values: np.ndarray) -> str:
    """Numbers as text."""
    return base64.b64encode(zlib.compress(values.tobytes(), 9)).decode()


def bytes_of(text: str) -> bytes:
    """The other way round."""
    return zlib.decompress(base64.b64decode(text))


def main() -> None:
    """Write the file."""
    rows = []
    for ink in glyphs():
        frame = view_of(ink.astype(np.float32) / np.float32(255))
        levels = np.rint(65535 * frame.astype(np.float64)).astype("<u2")
        rows.append({"height": len(ink), "width": ink.shape[1], "ink": coded(ink), "frame": coded(levels)})
    FILE.write_text(json.dumps({"framing": 1, "glyphs": rows}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
