"""How well real handwriting is read: python benchmarks/handwriting.py [--data FOLDER] [--model MODEL] [SET ...]

FOLDER (INKDIGIT_DATA_DIR/handwriting if not given) holds collections that were never trained on:
drawn/ and archive/ (pictures of one digit, labels.csv), usps/ (IDX), cheques/ (strings, labels.csv),
pages/ (photographs, lines.json), not-digits/ (letters, IDX). MNIST's test images are measured beside
them, each read as a picture of one digit. Prints JSON.
"""

import argparse
import csv
import json
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

import inkdigit
from inkdigit.data import idx, mnist
from inkdigit.evaluation.calibration import ece
from inkdigit.pictures.given import Given
from inkdigit.reader import Reader
from inkdigit.types import Page, Reading
from machine import emit, progress

Figures = dict[str, float | int]


def main() -> None:
    """Measure the sets that are named, or all that are there."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("sets", nargs="*", metavar="SET", help=f"any of {', '.join(SETS)}")
    default = Path(os.environ.get("INKDIGIT_DATA_DIR", "data")) / "handwriting"
    arguments.add_argument("--data", type=Path, default=default)
    arguments.add_argument("--model")
    options = arguments.parse_args()
    reader, figures, answers = inkdigit.load(options.model), {}, []
    for name in options.sets or SETS:
        if name != "mnist" and not (options.data / name).is_dir():
            progress(f"{name}: not there")
            continue
        began = time.perf_counter()
        measured, right = SETS[name](reader, options.data / name)
        answers += right if name in ("drawn", "usps") else []
        figures[name] = measured | {"seconds": round(time.perf_counter() - began, 2)}
        progress(f"{name}: {figures[name]}")
    if answers:
        figures["drawn + usps"] = {"n": len(answers), "ece": round(_ece(answers), 5)}
    emit("handwriting", figures)


Outputs = list[tuple[float, bool]]
"""The confidence of each answer, and whether it was right."""


def drawn(reader: Reader, folder: Path) -> tuple[Figures, Outputs]:
    """Pictures of one digit, with a table of their truth."""
    truth = _table(folder / "labels.csv")
    return _digits(reader, [folder / file for file in truth], [int(text) for text in truth.values()])


def usps(reader: Reader, folder: Path) -> tuple[Figures, Outputs]:
    """A pair of IDX files of 16x16 pictures."""
    return _digits(reader, _stack(folder), _labels(folder))


def mnist_test(reader: Reader, folder: Path) -> tuple[Figures, Outputs]:
    """MNIST's test images, each as a picture of one digit."""
    digits = mnist.load("test")
    return _digits(reader, digits.images, digits.labels.tolist())


def not_digits(reader: Reader, folder: Path) -> tuple[Figures, Outputs]:
    """Letters: how many are called unsure, or blank."""
    read = _readings(reader, _stack(folder))
    return {"n": len(read), "rejected": round(float(np.mean([reading.unsure for reading in read])), 5)}, []


def cheques(reader: Reader, folder: Path) -> tuple[Figures, Outputs]:
    """Amounts: how many strings are read without a mistake."""
    truth = _table(folder / "labels.csv")
    texts = ["".join(_lines(page)) for page in reader.read_all([folder / file for file in truth])]
    exact = float(np.mean([text == right for text, right in zip(texts, truth.values(), strict=True)]))
    wrong = sum(_edits(text, right) for text, right in zip(texts, truth.values(), strict=True))
    return {
        "n": len(truth),
        "exact": round(exact, 5),
        "digit_error_rate": round(wrong / _length(truth.values()), 5),
    }, []


def pages(reader: Reader, folder: Path) -> tuple[Figures, Outputs]:
    """Photographed pages: how many digits are right, and how many lines."""
    truth: dict[str, list[str]] = json.loads((folder / "lines.json").read_text())
    wrong = total = exact = lines = 0
    for file, expected in truth.items():
        read = _lines(reader.read(folder / file))
        wrong += _edits("".join(read), "".join(expected))
        total += _length(expected)
        exact += sum(line in read for line in expected)
        lines += len(expected)
    return {"n": total, "accuracy": round(1 - wrong / total, 5), "lines_exact": round(exact / lines, 5)}, []


SETS: dict[str, Callable[[Reader, Path], tuple[Figures, Outputs]]] = {
    "drawn": drawn, "usps": usps, "archive": drawn, "cheques": cheques, "pages": pages, "not-digits": not_digits,
    "mnist": mnist_test,
}  # fmt: skip


def _digits(reader: Reader, pictures: Iterable[Given], truth: list[int]) -> tuple[Figures, Outputs]:
    read = _readings(reader, pictures)
    answers = [(reading.confidence, reading.digit == digit) for reading, digit in zip(read, truth, strict=True)]
    right = np.array([is_right for _, is_right in answers])
    unsure = np.array([reading.unsure for reading in read])
    return {
        "n": len(truth),
        "accuracy": round(float(right.mean()), 5),
        "errors": int((~right).sum()),
        "unsure": round(float(unsure.mean()), 5),
        "accuracy_when_sure": round(float(right[~unsure].mean()), 5),
        "ece": round(_ece(answers), 5),
    }, answers


def _readings(reader: Reader, pictures: Iterable[Given]) -> list[Reading]:
    read = []
    for answer in reader.read_all(pictures, single=True):
        assert isinstance(answer, Reading), answer
        read.append(answer)
    return read


def _lines(page: Page | object) -> list[str]:
    assert isinstance(page, Page), page
    # Digits alone, as the truth of these collections is; a page's reader gives the signs between them too.
    return ["".join(one for one in line.text if one.isdigit()) for line in page.lines]


def _ece(answers: Outputs) -> float:
    confidence, right = (np.array(column) for column in zip(*answers, strict=True))
    return ece(confidence.astype(np.float64), right.astype(bool))


def _table(path: Path) -> dict[str, str]:
    with path.open(newline="", encoding="utf-8") as file:
        return {row["file"]: row["text"] for row in csv.DictReader(file)}


def _stack(folder: Path) -> UInt8[np.ndarray, "n height width"]:
    [path] = folder.glob("*images-idx3-ubyte.gz")
    return idx.read_images(path, size=None)


def _labels(folder: Path) -> list[int]:
    [path] = folder.glob("*labels-idx1-ubyte.gz")
    return idx.read_labels(path).tolist()


def _length(texts: Iterable[str]) -> int:
    return sum(map(len, texts))


def _edits(text: str, right: str) -> int:
    """Levenshtein distance: digits to change, add or remove."""
    row = list(range(len(right) + 1))
    for i, sign in enumerate(text, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(right, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (sign != other))
    return row[-1]


if __name__ == "__main__":
    main()
