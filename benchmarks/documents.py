"""How well documents are read: python benchmarks/documents.py [--data FOLDER] [--made N]

FOLDER (INKDIGIT_DATA_DIR/documents if not given) holds made pictures of everyday kinds with truth.json; nothing was
trained on them. Beside it, N documents of each kind that inkdigit itself composes, of digits that no network learned
from. For each kind: the numbers that stand there, the share read right with their signs and in their order, and the
share of wrong among those given without doubt. "right" is the mean of the kinds. Prints JSON.
"""

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import inkdigit
from inkdigit.data import source
from inkdigit.evaluation.calibration import ece
from inkdigit.types import Page
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.pages import KINDS, whole_page
from machine import emit, progress

MARK = "?"


@dataclass
class Score:
    """What came of the documents of one kind."""

    numbers: int = 0
    right: int = 0
    sure: int = 0
    sure_and_wrong: int = 0
    outputs: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, wanted: list[str], page: Page) -> None:
        """Count one document: a number is right that is in the longest common subsequence of both."""
        read = [number for line in page.lines for number in line.numbers]
        pairs = aligned(wanted, [number.text for number in read])
        right = {place for _, place in pairs}
        self.numbers += len(wanted)
        self.right += len(pairs)
        self.sure += sum(not number.unsure for number in read)
        self.sure_and_wrong += sum(not number.unsure and place not in right for place, number in enumerate(read))
        self.outputs += [(number.confidence, place in right) for place, number in enumerate(read)]

    def figures(self) -> dict[str, float | int]:
        """As the benchmark prints them."""
        return {
            "numbers": self.numbers,
            "right": round(self.right / max(1, self.numbers), 4),
            "sure": round(self.sure / max(1, self.numbers), 4),
            "sure_and_wrong": round(self.sure_and_wrong / max(1, self.sure), 4),
        }


def aligned(wanted: list[str], read: list[str]) -> list[tuple[int, int]]:
    """The places of the longest common subsequence of two lists of numbers."""
    n, m = len(wanted), len(read)
    longest = np.zeros((n + 1, m + 1), int)
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            same = longest[i + 1, j + 1] + 1 if wanted[i] == read[j] else 0
            longest[i, j] = max(same, longest[i + 1, j], longest[i, j + 1])
    i = j = 0
    pairs = []
    while i < n and j < m:
        if wanted[i] == read[j] and longest[i, j] == longest[i + 1, j + 1] + 1:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif longest[i + 1, j] >= longest[i, j + 1]:
            i += 1
        else:
            j += 1
    return pairs


def main() -> None:
    """Measure what is there, and what is made."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    default = Path(os.environ.get("INKDIGIT_DATA_DIR", "data")) / "documents"
    arguments.add_argument("--data", type=Path, default=default)
    arguments.add_argument("--made", type=int, default=5, metavar="N")
    options = arguments.parse_args()
    emit("documents", {
        "given": measured(given(options.data)) if (options.data / "truth.json").exists() else None,
        "made": measured(made(options.made)),
    })  # fmt: skip


Documents = Iterator[tuple[str, "Path | np.ndarray", list[str]]]
"""Of each document its kind, its picture and the numbers on it."""


def given(folder: Path) -> Documents:
    """The documents of a folder."""
    truth = json.loads((folder / "truth.json").read_text())
    for name, document in truth.items():
        yield document["kind"], folder / name, [number for line in document["lines"] for number in line]


def made(each: int) -> Documents:
    """Documents of every kind that inkdigit composes."""
    digits = source.load_parts("mnist", ["train"])["train"]
    drawings = DigitSource(digits.images[-5000:], digits.labels[-5000:])
    for place, kind in enumerate(KINDS):
        for number in range(each):
            page = whole_page(kind, drawings, np.random.default_rng([17, place, number]))
            numbers = [text for line in page.lines for text in line if MARK not in text]
            yield kind, page.grey, numbers


def measured(documents: Documents) -> dict[str, object]:
    """Read all, and count."""
    reader = inkdigit.load()
    scores: dict[str, Score] = {}
    for kind, picture, wanted in documents:
        scores.setdefault(kind, Score()).add(wanted, reader.read(picture))
    for kind, score in scores.items():
        progress(f"{kind}: {score.figures()}")
    outputs = [pair for score in scores.values() for pair in score.outputs]
    confidence = np.array([pair[0] for pair in outputs], np.float32)
    right = np.array([pair[1] for pair in outputs], bool)
    sure, wrong = (sum(getattr(score, name) for score in scores.values()) for name in ("sure", "sure_and_wrong"))
    counted = [score for score in scores.values() if score.numbers]
    return {
        "kinds": {kind: score.figures() for kind, score in scores.items()},
        "right": round(float(np.mean([score.right / score.numbers for score in counted])), 4),
        "sure_and_wrong": round(wrong / max(1, sure), 4),
        "ece": round(float(ece(confidence, right)), 4) if len(right) else None,
    }


if __name__ == "__main__":
    main()
