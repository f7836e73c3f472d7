"""How well bad pictures of digits are read: python benchmarks/robustness.py [--images 2000 | --all] [--picture OUT.png]

Each of the fifteen corruptions of `inkdigit.data.corruptions` spoils MNIST's test images, on which nothing was
chosen. Measured for both shipped models: "network", the images given as they are to the network, and "reader",
each read as a picture of one digit, whose ink is found and framed first. Prints JSON; "mean" and "all" are over the
fifteen, without the images as they were ("clean"): "mean" of the figures, "all" of the reader's answers together.
--held-out takes the last 5,000 training images, of which the shipped models learned nothing but their calibration: by
these something may be chosen. --picture draws ten digits of each kind and stops there.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import inkdigit
from inkdigit.data import mnist
from inkdigit.data.corruptions import CORRUPTIONS
from inkdigit.evaluation.calibration import ece
from inkdigit.models.zoo import NAMES
from inkdigit.reader import Reader
from inkdigit.shapes import Bool, Float64
from inkdigit.types import Images, Labels, Reading
from machine import emit, progress

HELD_OUT = 5000

ZOOM, GAP, LABEL = 3, 6, 150
"""Of the picture, pixels: how large one becomes, the space between two digits, and that for the names."""


def main() -> None:
    """Measure the models that are named, or draw what the corruptions look like."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--images", type=int, default=2000, help="how many, spread evenly over the part")
    arguments.add_argument("--all", action="store_true", help="all of the part")
    arguments.add_argument("--held-out", action="store_true", help="not the test part but the end of the training part")
    arguments.add_argument("--models", default=",".join(NAMES))
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--picture", type=Path, metavar="OUT.png")
    options = arguments.parse_args()
    digits = mnist.load("train" if options.held_out else "test")
    images, labels = (some[-HELD_OUT:] if options.held_out else some for some in (digits.images, digits.labels))
    if options.picture:
        contact_sheet(images, labels, seed=options.seed).save(options.picture)
        return
    n = len(labels) if options.all else min(options.images, len(labels))
    chosen = np.arange(n) * len(labels) // n
    images, labels = images[chosen], labels[chosen]
    kinds = {"clean": images} | spoiled(images, seed=options.seed)
    models = {name: measure(name, kinds, labels) for name in options.models.split(",")}
    part = "held out" if options.held_out else "test"
    emit("robustness", {"part": part, "n": n, "seed": options.seed, "models": models})


def spoiled(images: Images, *, seed: int) -> dict[str, Images]:
    """The images through every corruption, each with random numbers of its own."""
    return {
        name: corrupt(images, np.random.default_rng([seed, place]))
        for place, (name, corrupt) in enumerate(CORRUPTIONS.items())
    }


def measure(model: str, kinds: dict[str, Images], labels: Labels) -> dict[str, object]:
    """What one model makes of each kind, and the means over the corruptions."""
    reader = inkdigit.load(model)
    figures, answers = {}, {}
    for kind, images in kinds.items():
        predictions = reader.classify(images)
        answers[kind] = read(reader, images, labels)
        figures[kind] = {
            "network": share(predictions.digit == labels),
            "network_unsure": share(predictions.unsure),
            "reader": share(answers[kind].right),
            "reader_unsure": share(answers[kind].unsure),
        }
        progress(f"{model}, {kind}: {figures[kind]}")
    corrupted = [figures[kind] for kind in CORRUPTIONS]
    means = {key: round(fmean(one[key] for one in corrupted), 5) for key in corrupted[0]}
    together = honesty(*(answers[kind] for kind in CORRUPTIONS))
    return {"mean": means, "all": together, "clean": honesty(answers["clean"]), "kinds": figures}


@dataclass(frozen=True, eq=False)
class Outputs:
    """What a reader said of some images: whether rightly, how sure, and whether in doubt."""

    right: Bool[np.ndarray, " n"]
    confidence: Float64[np.ndarray, " n"]
    unsure: Bool[np.ndarray, " n"]


def read(reader: Reader, images: Images, labels: Labels) -> Outputs:
    """The images read as pictures of one digit; a picture called blank counts as wrong."""
    readings = [answer for answer in reader.read_all(images, single=True) if isinstance(answer, Reading)]
    right = np.array([answer.digit == label for answer, label in zip(readings, labels, strict=True)])
    confidence = np.array([answer.confidence for answer in readings], np.float64)
    return Outputs(right, confidence, np.array([answer.unsure for answer in readings]))


def honesty(*answers: Outputs) -> dict[str, float]:
    """How far the confidence of all these answers of a reader can be trusted, blank pictures among them."""
    right, confidence, unsure = (
        np.concatenate([getattr(one, part) for one in answers]) for part in ("right", "confidence", "unsure")
    )
    return {"right_when_sure": share(right[~unsure]), "ece": round(ece(confidence, right), 5)}


def share(true: Bool[np.ndarray, " n"]) -> float:
    """Which part is true, 0.0 to 1.0."""
    return round(float(true.mean()), 5)


def contact_sheet(images: Images, labels: Labels, *, seed: int) -> Image.Image:
    """One row for each corruption, the first of each digit in it, as the network is given them: light ink."""
    first = images[[int(np.argmax(labels == digit)) for digit in range(10)]]
    rows = {"clean": first} | spoiled(first, seed=seed)
    tile = 28 * ZOOM + GAP
    sheet = Image.new("L", (LABEL + 10 * tile + GAP, len(rows) * tile + GAP), 90)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(16)
    for row, (name, ten) in enumerate(rows.items()):
        top = GAP + row * tile
        draw.text((GAP, top + tile // 2), name, 255, font, anchor="lm")
        for column, image in enumerate(ten.repeat(ZOOM, 1).repeat(ZOOM, 2)):
            sheet.paste(Image.fromarray(image), (LABEL + column * tile, top))
    return sheet


if __name__ == "__main__":
    main()
