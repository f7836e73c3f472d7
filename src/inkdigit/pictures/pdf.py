"""PDF, a page at a time: PDFium draws it as a picture, at the resolution of a scan.

In: a document, by its bytes or its path, and which page. Out: that page. Nothing of the document runs: PDFium's
JavaScript and forms are not even in the library. Knows nothing of text in a PDF: what is read is what is seen.
"""

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from inkdigit.errors import BadPicture
from inkdigit.pictures.needed import needed
from inkdigit.pictures.picture import LONGEST_DECODED, MOST_DECODED, Encoded, Picture
from inkdigit.pictures.pillow import FIRST_PAGE, damaged

DPI = 200
"""Dots per inch at which boxes are given. A digit of 3 mm has 24 pixels then, enough to be read."""

POINTS = 72  # per inch, in which pages are measured
LEAST = 1000
"""Pixels of the longer side: a smaller page is drawn at a higher resolution."""

SCALE = 8.0
"""Pixels a point at most."""


def decode_pdf(file: Encoded) -> Picture:
    """Draw one page of a document.

    Raises:
        BadPicture: It is damaged, protected by a password, has no such page, or pypdfium2 is not installed.
    """
    with _opened(file) as document:
        number = file.page or 1
        if not 1 <= number <= len(document):
            raise BadPicture("no-such-page", file.where, f"has {len(document):,} pages, and no page {number:,}")
        page = document[number - 1]
        width, height = page.get_size()
        usual = DPI / POINTS
        if not (width > 0 and height > 0):
            raise BadPicture("unreadable-image", file.where, f"a page of {width:g}x{height:g} points")
        scale = max(usual, min(SCALE, LEAST / max(width, height)))
        scale = min(scale, math.sqrt(MOST_DECODED / (width * height)), LONGEST_DECODED / max(width, height))
        pixels = page.render(scale=scale, rev_byteorder=True).to_numpy()
        note = FIRST_PAGE if file.page is None and len(document) > 1 else None
        return Picture(_without_colour(pixels), note, usual / scale)


def count_pdf(file: Encoded) -> int:
    """How many pages a document has.

    Raises:
        BadPicture: As for `decode_pdf`.
    """
    with _opened(file) as document:
        return len(document)


@contextlib.contextmanager
def _opened(file: Encoded) -> Iterator[Any]:
    pdfium = needed("pypdfium2", "pypdfium2", file.where)
    try:
        document = pdfium.PdfDocument(file.content)
        try:
            yield document
        finally:
            document.close()
    except BadPicture:
        raise
    except Exception as error:  # PDFium's own class, and whatever its binding raises
        if "password" in str(error).lower():
            raise BadPicture("unreadable-image", file.where, "is protected by a password") from error
        raise damaged(error, file.where, file.limits) from error


def _without_colour(pixels: np.ndarray) -> np.ndarray:
    """Red, green and blue without what stands beside them; grey where they are all the same."""
    if pixels.ndim == 3 and pixels.shape[2] >= 3:
        red, green, blue = (pixels[..., i] for i in range(3))
        pixels = red if np.array_equal(red, green) and np.array_equal(red, blue) else pixels[..., :3]
    return np.ascontiguousarray(pixels)
