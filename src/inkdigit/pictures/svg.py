"""SVG drawings: resvg draws them, after whatever lies outside the file was taken out.

In: the text of a drawing. Out: its pixels, on plain ground. No address and no file that a drawing names is ever opened:
of all references those stay that point into the drawing itself, or hold their picture as a `data:` address. Scripts,
animations and text in fonts are not drawn.
"""

import re
from typing import Any

from inkdigit.errors import BadPicture
from inkdigit.pictures.needed import needed
from inkdigit.pictures.picture import Encoded, Picture, check_size
from inkdigit.pictures.pillow import damaged, decode_with_pillow

BEGINS = re.compile(
    rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*)*"
    rb"(<!DOCTYPE\s+svg[^\[>]*(\[.*?\])?\s*>\s*)?(<!--.*?-->\s*)*<(\w+:)?svg[\s>/]",
    re.DOTALL,
)
"""How a drawing begins: a declaration, remarks, a document type, and the element itself."""

LENGTH = re.compile(r"\s*([0-9.]+(?:e[+-]?\d+)?)\s*(px|pt|pc|mm|cm|in|)\s*", re.IGNORECASE)
PIXELS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
"""CSS pixels in each unit."""

SMALLEST, LARGEST = 1000, 4000
"""Pixels of the longer side: smaller drawings are drawn larger, and larger ones smaller."""

MOST_ELEMENTS = 200_000


def begins_svg(content: bytes) -> bool:
    """Whether a text is a drawing.

    >>> begins_svg(b'<?xml version="1.0"?>\\n<!-- a digit --><svg width="9">'), begins_svg(b"<html><svg>")
    (True, False)
    """
    return BEGINS.match(content[:4096]) is not None


def decode_svg(file: Encoded) -> Picture:
    """Draw a drawing.

    Raises:
        BadPicture: It is damaged, its size is out of bounds, or resvg-py is not installed.
    """
    from xml.etree import ElementTree  # 5 ms, which reading a PNG must not pay

    resvg = needed("resvg_py", "resvg-py", file.where)
    try:
        root = ElementTree.fromstring(file.data)
        width, height = _size(root)
        check_size(round(width), round(height), where=file.where, limits=file.limits)
        zoom = min(max(1.0, SMALLEST / max(width, height)), LARGEST / max(width, height))
        _keep_inside(root, file)
        drawn = bytes(
            resvg.svg_to_bytes(
                svg_string=ElementTree.tostring(root, encoding="unicode"),
                width=max(1, round(width * zoom)), height=max(1, round(height * zoom)),
                skip_system_fonts=True, dpi=96.0,
            )
        )  # fmt: skip
    except BadPicture:
        raise
    except Exception as error:  # of the parser, of resvg
        raise damaged(error, file.where, file.limits) from error
    picture = decode_with_pillow(Encoded(drawn, file.where, limits=file.limits), "PNG")
    return Picture(picture.pixels, scale=max(width, height) / max(picture.pixels.shape[:2]))


def _size(root: Any) -> tuple[float, float]:
    """Width and height in CSS pixels: as they are said, or those of the part that is shown."""
    view = [float(part) for part in re.split(r"[\s,]+", root.get("viewBox", "").strip()) if part]
    shown = (view[2], view[3]) if len(view) == 4 else (100.0, 100.0)
    width, height = _length(root.get("width")), _length(root.get("height"))
    if width and height:
        return width, height
    if width:
        return width, width * shown[1] / shown[0]
    if height:
        return height * shown[0] / shown[1], height
    return shown


def _length(text: str | None) -> float | None:
    match = LENGTH.fullmatch(text or "")
    return float(match[1]) * PIXELS[match[2].lower()] if match else None


def _keep_inside(root: Any, file: Encoded) -> None:
    """Take out every reference to what is not in the drawing."""
    for count, element in enumerate(root.iter()):
        if count > MOST_ELEMENTS:
            raise BadPicture("unreadable-image", file.where, f"more than {MOST_ELEMENTS:,} elements")
        for name, value in list(element.attrib.items()):
            if name.rpartition("}")[2] == "href" and not value.strip().startswith(("#", "data:")):
                del element.attrib[name]
