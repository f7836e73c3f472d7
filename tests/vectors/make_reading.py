"""Make reading.json: what each stage behind the reading networks, and all of them, make of made pictures.

    PYTHONPATH=tests python -m vectors.make_reading

`test_reading_vectors.py` holds the package to the file, and the page's tests hold its TypeScript twin to it. All is
synthetic; the networks are those of `stub`. Grey levels are base64 of the zlib stream of their bytes, numbers of a map
or of logits that of float32, low byte first, channels last.
"""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from inkdigit.architectures import BLANK, COSINE, NUMBERS, SINE, STEP
from inkdigit.data.strokes import draw
from inkdigit.page.boxes import RotatedBox
from inkdigit.page.cells import walls_of
from inkdigit.page.decode import characters_of, log_probabilities, text_probability
from inkdigit.page.detect import Detected, Detection, detect_numbers, numbers_in
from inkdigit.page.lines import lines_of
from inkdigit.page.looks import ReadNumber, Seen, best_of
from inkdigit.page.numbers import numbers_of
from inkdigit.page.parting import parted_and_joined
from inkdigit.page.reading import Networks, read_page
from inkdigit.page.strips import cut_strip
from inkdigit.page.thresholds import Thresholds
from inkdigit.types import Page
from vectors.stub import StubDetector, stub_line

FILE = Path(__file__).parent / "reading.json"
Record = dict[str, Any]

DECIMALS = 6

PAGES = {
    "two lines": (["407 12", "9 83"], 0.0, 36), "leaning": (["2048", "71"], 0.1, 40), "large": (["35"], 0.0, 150),
    "small": (["16 7", "25"], 0.0, 14), "upside down": (["64"], 3.1, 40), "nothing": ([], 0.0, 30),
}  # fmt: skip
"""Of each page its lines, the angle at which they are written, and the height of its digits."""


def written(lines: list[str], *, angle: float, height: int, seed: int) -> np.ndarray:
    """Grey levels of a page with some lines of numbers."""
    random = np.random.default_rng(seed)
    rows, columns = round(height * (2 * len(lines) + 1.5)), round(height * 7)
    ink = np.zeros((rows, columns), np.float32)
    for row, line in enumerate(lines):
        x = height // 2
        for sign in line:
            if sign != " ":
                glyph = draw(int(sign), random=random, height=height, wildness=0.3, pen=0.06)
                top = height // 2 + 2 * row * height
                window = ink[top : top + glyph.shape[0], x : x + glyph.shape[1]]
                np.maximum(window, glyph[: window.shape[0], : window.shape[1]], out=window)
            x += round(0.9 * height)
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), -np.degrees(angle), 1)
    turned = cv2.warpAffine(ink, turn, (columns, rows))
    # Sixteen levels, to keep the file small.
    return np.asarray(255 - 17 * np.rint(13 * turned), np.uint8)


def pages() -> dict[str, np.ndarray]:
    """The pages that are read."""
    made = enumerate(PAGES.items())
    return {name: written(lines, angle=angle, height=size, seed=i) for i, (name, (lines, angle, size)) in made}


def read(name: str, grey: np.ndarray) -> Page:
    """Read a page with the stubs, which know no second look: at another size they see something else altogether."""
    return read_page(grey, Networks(StubDetector(PAGES[name][1]), stub_line), Thresholds(again=0.0))


def answer(page: Page) -> Record:
    """A page as the file has it: of a number text, confidence, unsure, box and cell, and the same of its characters."""
    return {
        "rotation": page.rotation,
        "note": page.note,
        "lines": [
            [
                {
                    "text": number.text,
                    "confidence": round(number.confidence, DECIMALS),
                    "unsure": number.unsure,
                    "box": number.box,
                    "cell": number.cell,
                    "characters": [
                        {"text": one.text, "confidence": round(one.confidence, DECIMALS), "unsure": one.unsure,
                         "box": one.box}
                        for one in number.characters
                    ],
                }
                for number in line.numbers
            ]
            for line in page.lines
        ],
    }  # fmt: skip


def made_maps(random: np.random.Generator) -> np.ndarray:
    """Maps (5, rows, columns) with numbers at several angles, one of them long."""
    maps = random.normal(-6, 1, (5, 44, 60)).astype(np.float32)
    for x, y, width, height, angle in (
        (26, 6, 40, 3, -0.1),
        (42, 14, 18, 6, 0.3),
        (20, 30, 16, 3, -0.5),
        (48, 34, 3, 5, 3),
    ):
        corners = cv2.boxPoints(((x, y), (width, height), float(np.degrees(angle))))
        mask = cv2.fillPoly(np.zeros(maps.shape[1:], np.uint8), [np.rint(corners).astype(np.int32)], 1) > 0
        maps[NUMBERS][mask] = random.normal(4, 1, int(mask.sum()))
        maps[COSINE][mask], maps[SINE][mask] = np.cos(angle), np.sin(angle)
    return maps


def made_walls() -> np.ndarray:
    """The probability of walls (rows, columns): a table of 3 by 4 cells, and a row of 5 boxes below it."""
    walls = np.zeros((60, 80), np.float32)
    for y in (4, 12, 20, 28):
        walls[y, 5:61] = 0.9
    for x in (5, 19, 33, 47, 60):
        walls[4:29, x] = 0.9
    walls[40:42, 10:56] = walls[50, 10:56] = 0.8
    for x in range(10, 56, 9):
        walls[40:51, x] = 0.8
    walls[16, 19:33] = 0.0
    return walls


def made_logits(random: np.random.Generator) -> np.ndarray:
    """Logits (classes, places) of a line."""
    logits = random.normal(0, 1.5, (BLANK + 1, 24))
    for place, label in enumerate(
        [17, 4, 4, 17, 4, 17, 10, 17, 0, 0, 15, 15, 17, 12, 12, 7, 17, 16, 17, 9, 9, 17, 17, 1]
    ):
        logits[label, place] += 5
    return logits.astype(np.float32)


BOXES = [
    RotatedBox(float(x), float(y), float(width), float(height), angle)
    for x, y, width, height, angle in [
        (40, 30, 60, 20, 0.05), (150, 38, 80, 24, 0.05), (300, 40, 50, 20, 0.0), (60, 80, 30, 20, 0.05),
        (200, 92, 44, 18, 0.05), (120, 170, 60, 22, 0.05), (110, 45, 12, 8, 0.05), (210, 182, 60, 22, 0.05),
    ]
]  # fmt: skip
"""Of numbers, for lines and cells."""

IN_BOXES = [RotatedBox(x, 182, 14, 20, 0.02) for x in (58, 94, 132)]
"""Digits in the row of boxes of `made_walls`."""

CLOSE = [RotatedBox(280, 84, 20, 20, 0.0), RotatedBox(299, 85, 24, 22, 0.0)]
"""Two numbers that are one, beside the table."""

CUTS = [RotatedBox(60, 40, 90, 30, 0.0), RotatedBox(120, 60, 100, 36, 0.2), RotatedBox(90, 70, 200, 130, -0.1)]
"""Parts that are cut out of the first page."""


SCORE = 0.7
"""How sure the detector is of the line whose numbers are told apart."""


def stages() -> Record:
    """What each stage gives by itself."""
    random = np.random.default_rng(5)
    maps, walls, logits = made_maps(random), made_walls(), made_logits(random)
    log_p = log_probabilities(logits, 1.3)
    characters = characters_of(log_p)
    text = "".join(one.text for one in characters)
    first = pages()["two lines"]
    # Three looks at one line, of which two see the same.
    others = [logits + random.normal(0, 1.2, logits.shape).astype(np.float32) for _ in range(3)]
    best = best_of([seen_of(one) for one in others])
    grids = walls_of(walls, scale=4.0, angle=0.02)
    spots = [made_detection(box) for box in [*BOXES, *IN_BOXES, *CLOSE]]
    return {
        "maps": floats(maps.transpose(1, 2, 0)),
        "detections": [_detection(one) for one in numbers_in(maps)],
        "turned": sorted(_detection(one) for one in seen_in(maps).numbers),
        "direction": seen_in(maps[:, :16, :32]).angle,
        "walls": floats(walls),
        "boxes": [[box.x, box.y, box.width, box.height, box.angle] for box in BOXES],
        "cells": [grids.cell(box.x, box.y) for box in BOXES],
        "grids": [[list(grid.rows), list(grid.columns)] for grid in grids.grids],
        "spots": [_outline(one) for one in spots],
        "parted": sorted(_detection(one) for one in parted_and_joined(spots, grids)),
        "lines": lines_of(BOXES, 0.05),
        "logits": floats(logits.T),
        "characters": [[one.text, one.first, one.last, round(one.probability, DECIMALS)] for one in characters],
        "looks": [floats(one.T) for one in others],
        "best": {"text": best.seen.text, "probability": best.probability},
        "probability": text_probability(log_p, text),
        "score": SCORE,
        "numbers": [
            [number.text, round(number.confidence, DECIMALS)]
            for number in numbers_of(ReadNumber(seen_of(logits), 1.0), SCORE, Thresholds(), shape=(200, 300))
        ],
        "cuts": [[box.x, box.y, box.width, box.height, box.angle] for box in CUTS],
        "strips": [levels(cut_strip(first, box)) for box in CUTS],
    }


def seen_in(maps: np.ndarray) -> Detected:
    """What is found where the detector sees `maps`, and in smaller copies nothing."""
    shape = maps.shape[1:]

    def detect(picture: np.ndarray) -> np.ndarray:
        rows, columns = (side // STEP for side in picture.shape[2:])
        return maps[None] if (rows, columns) == shape else np.full((1, len(maps), rows, columns), -9, np.float32)

    return detect_numbers(np.full([STEP * side for side in shape], 255, np.uint8), detect)


def seen_of(logits: np.ndarray) -> Seen:
    """A look at a line, of which only the text counts."""
    log_p = log_probabilities(logits, 1.3)
    return Seen(BOXES[0], np.zeros((40, 96), np.float32), log_p, tuple(characters_of(log_p)))


def made_detection(box: RotatedBox) -> Detection:
    """What the detector would find of a box: a grid of places two pixels apart, half a height smaller."""
    inner = box.grown(-box.height / 4, -box.height / 4)
    columns, rows = (max(2, int(side // 2)) for side in (inner.width, inner.height))
    places = [
        inner.place((i + 0.5) * inner.width / columns, (j + 0.5) * inner.height / rows)
        for j in range(rows) for i in range(columns)
    ]  # fmt: skip
    return Detection(np.round(places, 3), 2.0, box.angle, exact=True, score=0.9)


def _outline(one: Detection) -> Record:
    return {"places": one.outline.ravel().tolist(), "angle": one.angle}


def _detection(one: Detection) -> list[float]:
    box = one.box
    return [round(value, DECIMALS) for value in (box.x, box.y, box.width, box.height, box.angle, one.score)]


def levels(grey: np.ndarray) -> Record:
    """Grey levels as the file has them."""
    return {"height": len(grey), "width": grey.shape[1], "levels": coded(grey)}


def floats(values: np.ndarray) -> Record:
    """Numbers as the file has them."""
    return {"shape": list(values.shape), "floats": coded(values.astype("<f4"))}


def coded(values: np.ndarray) -> str:
    """Numbers as text: base64 of a zlib stream."""
    return base64.b64encode(zlib.compress(np.ascontiguousarray(values).tobytes(), 9)).decode()


def main() -> None:
    """Write the file."""
    read_pages = [
        {"name": name, "angle": PAGES[name][1], "picture": levels(grey), "page": answer(read(name, grey))}
        for name, grey in pages().items()
    ]
    FILE.write_text(
        json.dumps({"stages": stages(), "pages": read_pages}, separators=(",", ":")) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
