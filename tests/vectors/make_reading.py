"""Make reading.json: drawn pages and pictures, and what the package reads on them with the recognizer in the file.

    PYTHONPATH=tests python -m vectors.make_reading

`test_vectors.py` holds the package to the file, and the page's tests hold its TypeScript twin to it. All is synthetic.
Of ink and grey levels the file has base64 of the zlib stream of bytes; a digit is [digit, confidence, unsure, x, y,
width, height].
"""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from inkdigit.page.numbers import page_of
from inkdigit.page.segment import Classify, find_page, read_rows, without_stains, written_rows

from inkdigit.data.pages import draw_page
from inkdigit.data.strokes import draw
from inkdigit.types import Page
from vectors.stub import bytes_of, coded, open_stub, train

FILE = Path(__file__).parent / "reading.json"
Record = dict[str, Any]

EXAMPLES = ("form", "amount", "digit", "cat", "sideways")
"""Pages of `examples/`, which are in the repository: the file holds only what is read on them."""


def written(lines: list[str], *, seed: int, height: int, gap: float, slope: float = 0.0) -> np.ndarray:
    """Ink, bytes, of lines of numbers; with a gap below 0 digits overlap. Sixteen levels, to keep the file small."""
    random = np.random.default_rng(seed)
    margin, pitch = height, 1.7 * height
    width = max(map(len, lines)) * (height + round(gap * height)) + 2 * margin
    ink = np.zeros((2 * margin + round(pitch * len(lines) + width * abs(slope)), width), np.float32)
    for row, line in enumerate(lines):
        x = margin
        for sign in line:
            if sign == " ":
                x += round(1.2 * height)
                continue
            tall = round(height * random.uniform(0.9, 1.05))
            glyph = draw(int(sign), random=random, height=tall, wildness=0.25, pen=0.1)
            y = round(margin + row * pitch + x * abs(slope))
            part = ink[y : y + tall, x : x + glyph.shape[1]]
            np.maximum(part, glyph[:, : part.shape[1]], out=part)
            x += glyph.shape[1] + round(gap * height)
    rows, columns = np.nonzero(ink)
    ink = ink[: rows.max() + margin // 2, : columns.max() + margin // 2]
    return (17 * np.rint(15 * ink)).astype(np.uint8)


def planes() -> dict[str, np.ndarray]:
    """Drawn pages."""
    made = {
        f"{count} digits, gap {gap}": written(
            ["4829310567"[count - 1 :: -1]], seed=10 * count + round(100 * gap), height=38 + 3 * count, gap=gap
        )
        for count in range(1, 9)
        for gap in (0.2, -0.08)
    }
    made["three lines"] = written(["27 1828", "314 15", "1618 0"], seed=5, height=34, gap=0.2)
    made["sloping lines"] = written(["50421 7", "96388 1"], seed=6, height=30, gap=0.15, slope=0.12)
    broken = written(["5740"], seed=7, height=60, gap=0.3)
    broken[int(0.45 * len(broken)) : int(0.45 * len(broken)) + 3] = 0
    made["broken strokes"] = broken
    stray = written(["6093"], seed=8, height=40, gap=0.3)
    stray[3:5, 5:7] = 255
    stray[-3:-1, 4:-4] = 255
    stray[20:80, :5] = 204
    made["dust, a rule and an edge"] = stray
    made["a 4 in two strokes that do not touch"] = _drawn([[(20, 12), (14, 50), (46, 50)], [(52, 14), (50, 84)]])
    made["a 5 with a loose bar"] = _drawn(
        [[(26, 20), (22, 46), (44, 42), (54, 58), (44, 80), (20, 82)], [(34, 16), (58, 14)]]
    )
    made["zeros that share their walls"] = rings([20, 58, 92, 133], tall=46)
    made["zeros that overlap"] = rings([20, 50, 84], tall=60, pen=5)
    made["a scribble"] = _drawn([np.random.default_rng(9).integers(10, 110, (14, 2)).tolist()], pen=3)
    made["a cross"] = _drawn([[(10, 10), (110, 110)], [(10, 110), (110, 10)]], pen=5)
    made["paper"] = np.zeros((20, 30), np.uint8)
    return made


def rings(places: list[int], *, tall: int, pen: int = 4) -> np.ndarray:
    """Zeros side by side that begin at these columns, each 40 broad."""
    ink = np.zeros((tall + 30, places[-1] + 70), np.uint8)
    for x in places:
        cv2.ellipse(ink, (x + 20, tall // 2 + 15), (20, tall // 2), 0, 0, 360, 255, pen, cv2.LINE_AA)
    return (17 * np.rint(ink / 17.0)).astype(np.uint8)


def _drawn(strokes: list[list[tuple[int, int]]], *, pen: int = 7) -> np.ndarray:
    """Strokes of straight pieces, columns and rows of a square of 120."""
    ink = np.zeros((120, 120), np.uint8)
    cv2.polylines(ink, [np.array(points, np.int32) for points in strokes], False, 255, pen, cv2.LINE_AA)
    return (17 * np.rint(ink / 17.0)).astype(np.uint8)


def pictures() -> dict[str, np.ndarray]:
    """Grey pictures that are in the file."""
    paper = written(["470 62", "9138"], seed=11, height=44, gap=0.2).astype(np.float32) / 255
    light = 210 - 60 * np.linspace(0, 1, paper.shape[1])[None] * np.linspace(0.4, 1, paper.shape[0])[:, None]
    grain = np.random.default_rng(12).normal(0, 3, paper.shape)
    photo = np.clip(light * (1 - 0.7 * cv2.GaussianBlur(paper, (0, 0), 0.7)) + grain, 0, 255)
    table = np.full((photo.shape[0] + 60, photo.shape[1] + 50), 40.0)
    table[30:-30, 25:-25] = photo
    digit = np.zeros((28, 28), np.uint8)
    small = draw(3, random=np.random.default_rng(13), height=20, wildness=0.2, pen=0.12)
    digit[4:24, 14 - small.shape[1] // 2 :][:, : small.shape[1]] = np.rint(255 * small)
    ruled = (255 - 200 * paper).astype(np.uint8)
    ruled[64:66] = 150
    ruled[136:138] = 150
    made = {"a photograph": photo, "a sheet on a table": table, "ruled paper": ruled, "white on black": 255 - ruled}
    coarse = {name: (4 * np.rint(levels.astype(np.float64) / 4)).clip(0, 255) for name, levels in made.items()}
    coarse["one small digit"] = digit
    coarse["grey"] = np.full((40, 50), 128)
    return {name: levels.astype(np.uint8) for name, levels in coarse.items()}


def read_plane(ink: np.ndarray, classify: Classify) -> Page:
    """What the package reads in ink that is known."""
    rows = written_rows(ink.astype(np.float32) / np.float32(255))
    lines = without_stains(read_rows(rows, classify))
    return page_of(lines, turn=0, scale=1.0, shape=ink.shape, empty="no digits" if rows else "blank")


def answer(page: Page) -> Record:
    """A page as numbers and text."""
    lines = [
        {
            "text": line.text,
            "digits": [
                [digit.digit, round(digit.confidence, 4), digit.unsure, *digit.box]
                for number in line.numbers
                for digit in number.digits
            ],
        }
        for line in page.lines
    ]
    return {"rotation": page.rotation, "note": page.note, "lines": lines}


def coded_levels(levels: np.ndarray) -> Record:
    """Bytes with their shape."""
    return {"height": len(levels), "width": levels.shape[1], "levels": coded(levels)}


def levels_of(record: Record) -> np.ndarray:
    """The other way round."""
    return np.frombuffer(bytes_of(record["levels"]), np.uint8).reshape(record["height"], record["width"])


def main() -> None:
    """Write the file."""
    stub = train()
    classify = open_stub(stub)
    record = {
        "stub": stub,
        "planes": [
            {"name": name, **coded_levels(ink), **answer(read_plane(ink, classify))} for name, ink in planes().items()
        ],
        "pictures": [
            {"name": name, **coded_levels(levels), **answer(find_page(levels, classify))}
            for name, levels in pictures().items()
        ],
        "examples": [
            {"file": f"{name}.png", **answer(find_page(draw_page(name).pixels, classify))} for name in EXAMPLES
        ],
    }
    FILE.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
