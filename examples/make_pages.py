"""Draw the sample pages of this folder again: `python examples/make_pages.py [FOLDER]`.

In: nothing. Out: a picture per page, and truth.json, which says what stands on each. All of them are
synthetic: `inkdigit.data.pages` and `inkdigit.writing.examples` draw them; no person wrote or photographed any.
"""

import io
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from inkdigit.data.pages import NAMES, draw_page
from inkdigit.writing.examples import NAMES as DOCUMENTS
from inkdigit.writing.examples import draw_document

KINDS = {"photo": "jpg", "cheque": "jpg", "board": "jpg", "notes": "pdf"}
"""Photographs are kept as JPEG, as a camera would; two pages as PDF; the others as PNG, which keeps every pixel."""


def file_name(name: str) -> str:
    """What the file of a page is called."""
    return f"{name}.{KINDS.get(name, 'png')}"


def drawn(name: str) -> list[np.ndarray]:
    """The pages of a file, uint8 (height, width, 3)."""
    return list(draw_document(name).pages) if name in DOCUMENTS else [draw_page(name).pixels]


def written(name: str) -> list[list[str]]:
    """The lines of each page of a file, with a space between two numbers."""
    if name in DOCUMENTS:
        return [[" ".join(numbers) for numbers in page] for page in draw_document(name).lines]
    return [list(draw_page(name).lines)]


def encoded(name: str) -> bytes:
    """The bytes of a file."""
    data = io.BytesIO()
    first, *others = [Image.fromarray(page) for page in drawn(name)]
    match KINDS.get(name, "png"):
        case "jpg":
            first.save(data, "JPEG", quality=88)
        case "pdf":
            # Without a date in it: the same pages are the same bytes.
            first.save(data, "PDF", save_all=True, append_images=others, resolution=100, quality=85,
                       creationDate=None, modDate=None)  # fmt: skip
        case _:
            first.save(data, "PNG", optimize=True)
    return data.getvalue()


def main(folder: Path) -> None:
    """Write all pages and their truth."""
    truth: dict[str, list[str]] = {}
    for name in (*NAMES, *DOCUMENTS):
        file, pages = file_name(name), written(name)
        (folder / file).write_bytes(encoded(name))
        for number, lines in enumerate(pages, 1):
            truth[f"{file}#{number}" if len(pages) > 1 else file] = lines
    listed = ",\n".join(f"  {json.dumps(file)}: {json.dumps(lines)}" for file, lines in truth.items())
    (folder / "truth.json").write_text(f"{{\n{listed}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
