"""Draw the sample pages of this folder again: `python examples/make_pages.py [FOLDER]`.

In: nothing. Out: a picture per page, and truth.json, which says what stands on each. All of them are
synthetic: `inkdigit.data.pages` draws them, and no person wrote or photographed anything.
"""

import io
import json
import sys
from pathlib import Path

from PIL import Image

from inkdigit.data.pages import NAMES, SamplePage, draw_page

PHOTOGRAPHS = {"photo"}
"""Kept as JPEG, as a camera would; the others as PNG, which keeps every pixel."""


def file_name(name: str) -> str:
    """What the file of a page is called."""
    return f"{name}.jpg" if name in PHOTOGRAPHS else f"{name}.png"


def encoded(name: str, page: SamplePage) -> bytes:
    """The bytes of the file of a page."""
    data = io.BytesIO()
    image = Image.fromarray(page.pixels)
    if name in PHOTOGRAPHS:
        image.save(data, "JPEG", quality=88)
    else:
        image.save(data, "PNG", optimize=True)
    return data.getvalue()


def main(folder: Path) -> None:
    """Write all pages and their truth."""
    truth = {}
    for name in NAMES:
        page = draw_page(name)
        (folder / file_name(name)).write_bytes(encoded(name, page))
        truth[file_name(name)] = list(page.lines)
    lines = ",\n".join(f"  {json.dumps(file)}: {json.dumps(written)}" for file, written in truth.items())
    (folder / "truth.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
