"""Shaped array aliases and the frozen records that travel between the stages.

A stage takes these in and gives these out. Knows nothing of what a stage does with them.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from inkdigit.shapes import Bool, Float32, Int64, UInt8

Images = UInt8[np.ndarray, "n 28 28"]
"""Grey levels as MNIST stores them: 0 paper, 255 ink."""

Labels = UInt8[np.ndarray, " n"]
"""What each image shows: its digit, 0 to 9, or `NO_DIGIT`."""

NO_DIGIT = 10
"""The label of an image that shows no digit: a letter, a scribble, half a digit, two of them."""

Which = Int64[np.ndarray, " k"] | Bool[np.ndarray, " n"] | slice
"""Some of n images: by their indices, in any order; by a mask; or a range of them."""

Ink = Float32[np.ndarray, "n 28 28"]
"""What a network sees: 0.0 paper, 1.0 ink."""

Probabilities = Float32[np.ndarray, "n 10"]
"""One row per image, adding up to 1."""

Outputs = Float32[np.ndarray, "n classes"]
"""What a network gives: a probability for each class of its card, the ten digits and perhaps "no digit"; each row adds
up to 1."""

Confusion = Int64[np.ndarray, "10 10"]
"""Counts, row = true digit, column = predicted digit."""


@dataclass(frozen=True, eq=False)
class Digits:
    """Labelled images of one part of a data set; never written to.

    Args:
        images: uint8 (n, 28, 28), framed as MNIST is, 0 paper, 255 ink.
        labels: uint8 (n,), 0 to 9 for a digit, 10 for what is none.
        name: What the user called the data: "mnist", "strokes", or a path.
        part: "train", "validation" or "test".
        synthetic: Whether a program made the images.
        reserved: How many images, at the end, were made of originals that no image before them was made of, so that
            these are new to a network that learned from the others; or those at the end that have always been held out,
            as MNIST's last 5,000. 0 where every image is as good as any other.
        writers: A number for whoever wrote each image, or None where that is not known.
    """

    images: Images
    labels: Labels
    name: str
    part: str
    synthetic: bool = False
    reserved: int = 0
    writers: Int64[np.ndarray, " n"] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the bytes of the images followed by those of the labels; 47 MB take 30 ms, once."""
        digest = hashlib.sha256(np.ascontiguousarray(self.images).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        return digest.hexdigest()

    @property
    def ink(self) -> Ink:
        """What a network sees: float32 (n, 28, 28), 0.0 paper, 1.0 ink; made anew at each call."""
        return self.images.astype(np.float32) / np.float32(255)

    @property
    def are_digits(self) -> Bool[np.ndarray, " n"]:
        """Which images show a digit."""
        return self.labels != NO_DIGIT

    def take(self, which: Which, *, part: str = "") -> "Digits":
        """Return some of the images with their labels; of a range they are views, nothing is copied.

        Args:
            which: Indices, in ascending order where `reserved` counts; a mask; or a range.
            part: What they are from then on; as they were if not given.

        Raises:
            IndexError: An index, or the length of a mask, does not fit.
        """
        reserved = int((np.arange(len(self))[which] >= len(self) - self.reserved).sum()) if self.reserved else 0
        writers = self.writers if self.writers is None else self.writers[which]
        images, labels = self.images[which], self.labels[which]
        return replace(self, images=images, labels=labels, part=part or self.part, reserved=reserved, writers=writers)


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training images gave; a line of `metrics.jsonl`.

    Losses are in nats, accuracies are fractions, `seconds` is wall time. The validation figures
    are None when nothing was held out; accuracy is None where it is not counted while training.
    """

    epoch: int
    loss: float
    accuracy: float | None
    val_loss: float | None
    val_accuracy: float | None
    learning_rate: float
    seconds: float


@dataclass(frozen=True)
class LayerRow:
    """A line of the layer table: the layer's name, what it is, its output shape and its trained weights."""

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True)
class ClassScore:
    """How well one digit is recognised; precision, recall and F1 are fractions, 0.0 where undefined."""

    digit: int
    n: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class ReliabilityBin:
    """The answers whose confidence lies in [low, high): how many, how sure on average, how often right."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class ConfusedPair:
    """A digit that was read as another one, and how often."""

    truth: int
    predicted: int
    n: int


@dataclass(frozen=True)
class Mistake:
    """A wrong answer: the image's index in its part, both digits, and the probability of each."""

    index: int
    truth: int
    predicted: int
    confidence: float
    truth_probability: float


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Everything measured of one model on one set of labelled images.

    Args:
        model: What was evaluated, as the user named it.
        data: On what: "mnist test", "strokes test (synthetic)".
        n: Number of images.
        accuracy: Fraction read correctly.
        interval: 95 % Wilson interval of the accuracy.
        loss: Mean cross-entropy in nats of the probabilities as the network gives them.
        ece: Expected calibration error, 15 equal-width bins, of the network's own probabilities.
        temperature: The temperature of the model's card, fitted on held-out training images; 1.0 if none.
        calibrated_ece: The same error after that temperature.
        confusion: int64 (10, 10), row = truth, column = answer.
        per_class: Ten scores.
        reliability: The 15 bins of the calibrated confidences.
        confused: Wrong pairs, most frequent first.
        mistakes: Wrong answers, the most confident first.
        part: "test", or "held-out" where the data has no test part and images were measured that were held out.
    """

    model: str
    data: str
    n: int
    accuracy: float
    interval: tuple[float, float]
    loss: float
    ece: float
    temperature: float
    calibrated_ece: float
    confusion: Confusion
    per_class: tuple[ClassScore, ...]
    reliability: tuple[ReliabilityBin, ...]
    confused: tuple[ConfusedPair, ...]
    mistakes: tuple[Mistake, ...]
    part: str = "test"


@dataclass(frozen=True)
class Card:
    """What a model file says about itself, as JSON under the key `inkdigit` of the ONNX metadata.

    Args:
        name: Recipe or model name.
        parameters: Number of trained weights.
        temperature: Divide the log-probabilities by this before reading a confidence.
        threshold: A calibrated confidence below this is called unsure.
        calibrated: Whether the two were fitted on held-out images (else 1.0 and 0.5).
        training_data: Name of the data, with "(synthetic)" where a program made it.
        training_data_sha256: Digest of the images and labels trained on.
        test_accuracy: Fraction on the test part, None if not measured.
        held_out_accuracy: Fraction on images that were held out of the training, where there was no test part.
        package_version: Version of inkdigit that wrote the file.
        format: Version of this card.
        framing: Version of the framing (20x20 box, centre of mass in 28x28).
        classes: What each output stands for, a character each: the ten digits, and where there is an eleventh,
            "-" for no digit at all (a letter, a scribble, half a digit, two of them).
        levels: What the network itself is given, as found out where it is foreign; ink of 0..1 is turned into it.
    """

    name: str
    parameters: int
    temperature: float
    threshold: float
    calibrated: bool
    training_data: str
    training_data_sha256: str
    test_accuracy: float | None
    package_version: str
    format: int = 1
    framing: int = 1
    classes: str = "0123456789"
    levels: str = "0 paper to 1 ink"
    held_out_accuracy: float | None = None


Box = tuple[int, int, int, int]
"""x, y of the top left corner, width, height, in pixels of the picture as it was given (upright after EXIF)."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a recognizer says of framed glyphs.

    Args:
        digit: uint8 (n,), the likeliest digit of each.
        confidence: float32 (n,), calibrated probability that the glyph is a digit and this one.
        unsure: bool (n,), whether the confidence lies below the card's threshold.
        probabilities: float32 (n, 10); each row adds up to the probability that the glyph is a digit at all.
    """

    digit: Labels
    confidence: Float32[np.ndarray, " n"]
    unsure: Bool[np.ndarray, " n"]
    probabilities: Float32[np.ndarray, "n 10"]

    def __len__(self) -> int:
        return len(self.digit)

    def __getitem__(self, rows: slice) -> "Predictions":
        """Some of the predictions, views of the same arrays."""
        return Predictions(self.digit[rows], self.confidence[rows], self.unsure[rows], self.probabilities[rows])


@dataclass(frozen=True)
class Character:
    """One character of a number: a digit, or one of `. , - / :`; `unsure` also where it may be neither."""

    text: str
    confidence: float
    unsure: bool
    box: Box


Cell = tuple[int, int]
"""Row and column in a table or a row of boxes, counted from 0."""


@dataclass(frozen=True)
class Number:
    """Characters side by side, as written, and whether to doubt any of it; its cell, where it stands in a table."""

    text: str
    confidence: float
    unsure: bool
    box: Box
    characters: tuple[Character, ...]
    cell: Cell | None = None


@dataclass(frozen=True)
class Line:
    """The numbers of one written line, left to right; `text` has a space between them."""

    text: str
    box: Box
    numbers: tuple[Number, ...]


@dataclass(frozen=True)
class Page:
    """The numbers of one picture.

    Args:
        lines: In reading order.
        rotation: Degrees, 0, 90, 180 or 270, by which the picture was turned clockwise to be read;
            the boxes are in the picture as it was given.
        note: What the user should know, "blank" for instance, or None.
    """

    lines: tuple[Line, ...]
    rotation: int = 0
    note: str | None = None

    @property
    def text(self) -> str:
        """The lines, each on its own line."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True)
class Reading:
    """The one digit of one picture.

    Args:
        digit: None where the picture is blank.
        confidence: Calibrated, 0 to 1; less than the largest probability where other ink or the first look contradicts.
        unsure: Whether to doubt it: below the model's threshold, contradicted, in doubt at the first look, or nothing
            to read.
        probabilities: Ten numbers that add up to the probability of its being a digit; None where blank.
        box: Where the digit's ink is; None where blank.
        note: What the user should know, or None.
    """

    digit: int | None
    confidence: float
    unsure: bool
    probabilities: tuple[float, ...] | None
    box: Box | None = None
    note: str | None = None
