"""Every figure of the results page, from the weights that are shipped: python benchmarks/accuracy.py [--held-out]

Each shipped model, and the committee, on MNIST's 10,000 test images, on which nothing was chosen; --held-out takes the
last 5,000 training images instead, by which something may be chosen. "network": the images as they are. "read": each
as a picture of one digit, for the two readers. Confidences are after the temperature of the model's card; of a network
with an eleventh class, "no digit", they say which digit it is, given that it is one. Beside the digits, two sets of
what is none: letters in fonts, and shapes that `data.negatives` makes. Prints JSON; a minute for the two readers.

--write docs/results.md puts the tables into the page, --plots docs/results draws its charts.
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import plots
import results
from inkdigit.data import idx, mnist, negatives
from inkdigit.data.degradations import degrade, enlarge
from inkdigit.evaluation.calibration import ece, unsure_threshold
from inkdigit.evaluation.metrics import cross_entropy, wilson
from inkdigit.evaluation.selective import auroc, selective_risk
from inkdigit.formats.card import DIGITS
from inkdigit.frame import centre_glyph
from inkdigit.learning.calibrate import UNSURE_RATE
from inkdigit.models.model import Model, averaged, of_digits
from inkdigit.models.open import open_model
from inkdigit.models.zoo import COMMITTEE, COMMITTEE_NAME, NAMES, SHIPPED, path_of
from inkdigit.reader import Reader
from inkdigit.shapes import Bool, Float, Float32, UInt8
from inkdigit.types import Images, Ink, Labels, Probabilities, Reading
from machine import emit, progress
from results import Figures, Measured

HELD_OUT = 5_000
MADE, SEED = 2_000, 2026
REFUSED = tuple(0.0002 * step for step in range(251))
"""Shares of the least sure answers that are refused for the risk-coverage curve: up to 5 %."""

Picture = UInt8[np.ndarray, "height width"]


@dataclass(frozen=True, eq=False)
class Shapes:
    """What is no digit: framed as MNIST is, and as pictures, ink 255."""

    frames: Ink
    pictures: list[Picture]


@dataclass(frozen=True, eq=False)
class Exam:
    """What the models are asked.

    Args:
        part: "test" or "held out".
        images, labels: The digits.
        no_digits: Sets of shapes, by name.
        held_out: The digits by which the committee's threshold is found: the last 5,000 training images.
    """

    part: str
    images: Images
    labels: Labels
    no_digits: dict[str, Shapes]
    held_out: Images


@dataclass(frozen=True, eq=False)
class Outputs:
    """What a network says of all that it was asked; each row adds up to the probability of being a digit."""

    digits: Probabilities
    no_digits: dict[str, Probabilities]
    held_out: Probabilities


def main() -> None:
    """Measure the models that are named, or all that are shipped."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--models", default=",".join(SHIPPED))
    arguments.add_argument("--committee", default=",".join(COMMITTEE), metavar="NAME,NAME,...", help="its members")
    arguments.add_argument("--held-out", action="store_true", help="not the test part but the end of the training part")
    arguments.add_argument("--markdown", action="store_true", help="print the page's tables instead of JSON")
    arguments.add_argument("--write", type=Path, metavar="PAGE.md", help="put the tables into the page")
    arguments.add_argument("--plots", type=Path, metavar="DIR", help="draw the page's charts into this folder")
    options = arguments.parse_args()
    if not mnist.available():
        raise SystemExit("MNIST is not at hand, so nothing can be measured: inkdigit data fetch")
    together = options.committee.split(",") if options.committee else []
    exam, skipped = prepare(held_out=options.held_out)
    models = measure_all(options.models.split(","), together, exam)
    if options.write:
        results.write(options.write, models, part=exam.part)
    if options.plots:
        plots.draw(options.plots, models, part=exam.part)
    if options.markdown:
        print(results.markdown(models, part=exam.part))
        return
    figures = {"part": exam.part, "skipped": skipped, "models": {model.name: model.record() for model in models}}
    emit("accuracy", figures)


def prepare(*, held_out: bool) -> tuple[Exam, list[str]]:
    """Load what is to be asked; also what is not there."""
    test, train = mnist.load("test"), mnist.load("train")
    spared = train.images[-HELD_OUT:], train.labels[-HELD_OUT:]
    images, labels = spared if held_out else (test.images, test.labels)
    no_digits, skipped = {"made": made_shapes(images)}, list[str]()
    folder = Path(os.environ.get("INKDIGIT_DATA_DIR", "data")) / "handwriting" / "not-digits"
    if folder.is_dir():
        no_digits["letters"] = letters(folder)
    else:
        skipped.append(f"letters in fonts: {folder} is not there")
        progress(f"skipped: {skipped[-1]}")
    return Exam("held out" if held_out else "test", images, labels, no_digits, spared[0]), skipped


def letters(folder: Path) -> Shapes:
    """Letters in fonts, of which some I and J look like a 1."""
    [path] = folder.glob("*images-idx3-ubyte.gz")
    stack = idx.read_images(path, size=None)
    return Shapes(np.stack([centre_glyph(_ink(image)) for image in stack]), list(stack))


def made_shapes(images: Images, *, n: int = MADE) -> Shapes:
    """Shapes that a program makes, some of them of these digits: of the kinds that the readers learned to refuse."""
    random = np.random.default_rng(SEED)

    def digit() -> Float32[np.ndarray, "height width"]:
        return negatives.cropped(enlarge(_ink(images[random.integers(len(images))])))

    drawn = [degrade(negatives.draw_negative(digit, random), random, strength=0.8) for _ in range(n)]
    pictures = [np.rint(255 * np.pad(np.clip(shape, 0, 1), 14)).astype(np.uint8) for shape in drawn]
    return Shapes(np.stack([centre_glyph(shape) for shape in drawn]), pictures)


def measure_all(names: Sequence[str], together: Sequence[str], exam: Exam) -> list[Measured]:
    """Measure each model, and the committee from what its members answered."""
    models, said, opened = [], dict[str, Outputs](), dict[str, Model]()
    for name in dict.fromkeys([*names, *together]):
        opened[name] = open_model(path_of(name))
        said[name] = ask(opened[name], exam)
        card = opened[name].card
        models.append(
            Measured(
                name=name,
                network=shape_of(opened[name]),
                parameters=card.parameters,
                size=path_of(name).stat().st_size,
                temperature=card.temperature,
                threshold=card.threshold,
                refuses=len(card.classes) > len(DIGITS),
                sha256=opened[name].sha256,
                digits=of_network(said[name].digits, exam.labels, threshold=card.threshold),
                no_digits=refused(said[name], threshold=card.threshold),
                read=read(Reader(opened[name]), exam) if name in NAMES else None,
            )
        )
        progress(f"{name}: {models[-1].digits.errors} errors of {models[-1].digits.n:,}")
    return [*models, *([committee(together, models, said, exam)] if together else [])]


def ask(recognizer: Model, exam: Exam) -> Outputs:
    """Let a network answer to everything."""

    def answer(ink: Ink) -> Probabilities:
        return recognizer.classify(ink).probabilities

    no_digits = {name: answer(shapes.frames) for name, shapes in exam.no_digits.items()}
    return Outputs(answer(_ink(exam.images)), no_digits, answer(_ink(exam.held_out)))


def committee(names: Sequence[str], models: Sequence[Measured], said: dict[str, Outputs], exam: Exam) -> Measured:
    """The mean of its members' answers; its threshold is found on held-out digits, as theirs were."""
    each = [said[name] for name in names]
    members = [model for model in models if model.name in names]
    mean = Outputs(
        averaged([one.digits for one in each]),
        {kind: averaged([one.no_digits[kind] for one in each]) for kind in exam.no_digits},
        averaged([one.held_out for one in each]),
    )
    given = averaged([given_digit(one.digits) for one in each])
    threshold = unsure_threshold(mean.held_out.max(axis=1), rate=UNSURE_RATE)
    unsure = doubted(mean.digits, threshold=threshold)
    return Measured(
        name=COMMITTEE_NAME,
        network=f"the mean of {len(names)}",
        parameters=sum(model.parameters for model in members),
        size=sum(model.size for model in members),
        temperature=1.0,
        threshold=threshold,
        refuses=all(model.refuses for model in members),
        sha256="",
        digits=figures(given, exam.labels, sure=given.max(axis=1), unsure=unsure),
        no_digits=refused(mean, threshold=threshold),
        read=None,
        members=tuple(names),
    )


def figures(
    probabilities: Probabilities, labels: Labels, *, sure: Float[np.ndarray, " n"], unsure: Bool[np.ndarray, " n"]
) -> Figures:
    """Measure answers to digits.

    Args:
        probabilities: Which digit each image is, given that it is one; all alike for no answer.
        labels: The true digits.
        sure: The confidence of each answer.
        unsure: Which answers are called unsure.
    """
    none = probabilities.max(axis=1) == probabilities.min(axis=1)
    correct = (probabilities.argmax(axis=1) == labels) & ~none
    errors = int((~correct).sum())
    return Figures(
        n=len(labels),
        errors=errors,
        interval=wilson(errors, len(labels)),
        nll=cross_entropy(probabilities, labels),
        ece=ece(sure, correct),
        auroc=auroc(sure, correct),
        unsure=float(unsure.mean()),
        curve=tuple(zip(REFUSED, selective_risk(sure, correct, refused=REFUSED), strict=True)),
    )


def of_network(probabilities: Probabilities, labels: Labels, *, threshold: float) -> Figures:
    """Measure what a network says of digits; each row adds up to the probability of being one."""
    given = given_digit(probabilities)
    return figures(given, labels, sure=given.max(axis=1), unsure=doubted(probabilities, threshold=threshold))


def refused(answers: Outputs, *, threshold: float) -> dict[str, float]:
    """Share of each set of what is no digit that is unsure."""
    return {
        name: float(doubted(probabilities, threshold=threshold).mean())
        for name, probabilities in answers.no_digits.items()
    }


def read(reader: Reader, exam: Exam) -> tuple[Figures, dict[str, float]]:
    """The digits and the other shapes, each read as a picture of one digit."""
    readings = _readings(reader, list(exam.images))
    alike = (1 / len(DIGITS),) * len(DIGITS)
    given = given_digit(np.array([reading.probabilities or alike for reading in readings], np.float32))
    sure, unsure = (np.array([getattr(reading, name) for reading in readings]) for name in ("confidence", "unsure"))
    shapes = {
        name: float(np.mean([reading.unsure for reading in _readings(reader, shapes.pictures)]))
        for name, shapes in exam.no_digits.items()
    }
    return figures(given, exam.labels, sure=sure, unsure=unsure), shapes


def _readings(reader: Reader, pictures: Sequence[Picture]) -> list[Reading]:
    return [answer for answer in reader.read_all(pictures, single=True) if isinstance(answer, Reading)]


def given_digit(probabilities: Probabilities) -> Probabilities:
    """Which digit it is, given that it is one."""
    return of_digits(np.column_stack([probabilities, 1 - probabilities.sum(axis=1)]))


def doubted(probabilities: Probabilities, *, threshold: float) -> Bool[np.ndarray, " n"]:
    """What a recognizer calls unsure: below the threshold, or likelier no digit than any one digit."""
    sure = probabilities.max(axis=1)
    return (sure < threshold) | (1 - probabilities.sum(axis=1) > sure)


def shape_of(recognizer: Model) -> str:
    """Describe a network by its layers, as "784-128-10" or "conv 32, pool, 128, 10"."""
    words = []
    for layer in recognizer.chain.layers:
        options = layer.options
        if layer.kind == "Dense":
            words.append(str(options["units"]))
        elif "filters" in options:
            words.append(f"conv {options['filters']}" + (" stride 2" if tuple(options["strides"]) == (2, 2) else ""))
        elif "Global" in layer.kind:
            words.append("mean")
        elif "Pooling" in layer.kind:
            words.append("pool")
    return ", ".join(words) if any(not word.isdigit() for word in words) else "-".join(["784", *words])


def _ink(images: UInt8[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape"]:
    return images.astype(np.float32) / np.float32(255)


if __name__ == "__main__":
    main()
