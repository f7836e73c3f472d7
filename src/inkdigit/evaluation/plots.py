"""The pictures of an evaluation, as Matplotlib figures.

In: an evaluation, images, epochs or weights. Out: a `Figure` that no window shows and no file
holds yet: the report, TensorBoard and the notebook each do with it what they need. Keeps no
state and never touches pyplot.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from inkdigit.evaluation.look import (
    BLUE,
    DIVERGING,
    GREY,
    HAIRLINE,
    INK,
    PAPER,
    RED,
    RIGHT_SIGN,
    WRONG_SIGN,
    error_shares,
    mosaic,
    percent,
    strongest,
    weight_scale,
)
from inkdigit.evaluation.rendering import tips
from inkdigit.models.model import FirstLayer
from inkdigit.shapes import UInt8
from inkdigit.types import Epoch, Evaluation, Images, Labels, Probabilities

DIVERGING_MAP = LinearSegmentedColormap.from_list("against-for", DIVERGING)
MISTAKE_MAP = LinearSegmentedColormap.from_list("mistakes", (PAPER, RED))
LINE_OF_TEXT = 11  # points
CAPTION = 9  # rows of pixels under each image of a gallery


def curves(epochs: Sequence[Epoch]) -> Figure:
    """Draw loss and accuracy over the epochs, training and validation."""
    figure = Figure(figsize=(8, 3))
    left, right = figure.subplots(1, 2, gridspec_kw=_margins(0.06, 0.16, 0.9, 0.89) | {"wspace": 0.42})
    _curve(left, epochs, "loss")
    _curve(right, epochs, "accuracy")
    return figure


def curve(epochs: Sequence[Epoch], name: str) -> Figure:
    """Draw one of the curves, "loss" or "accuracy", training and validation."""
    figure = Figure(figsize=(4.4, 2.6))
    _curve(figure.subplots(gridspec_kw=_margins(0.12, 0.18, 0.8, 0.88)), epochs, name)
    return figure


def confusion_heatmap(evaluation: Evaluation) -> Figure:
    """Draw how often each digit was read as each; the colour shows mistakes only, so that they are seen."""
    figure = Figure(figsize=(5.6, 5.6))
    axes = figure.subplots(gridspec_kw=_margins(0.09, 0.09, 0.99, 0.93))
    shares = error_shares(evaluation.confusion)
    axes.imshow(shares, cmap=MISTAKE_MAP, vmin=0, vmax=shares.max() or 1)
    for truth, row in enumerate(evaluation.confusion):
        for answer, count in enumerate(row):
            strong = shares[truth, answer] > 0.6 * shares.max() > 0
            colour = BLUE if truth == answer else PAPER if strong else INK if count else HAIRLINE
            weight = "bold" if truth == answer else "normal"
            axes.text(answer, truth, f"{count:,}" if count else "·", ha="center", va="center",
                      color=colour, fontsize=8.5, fontweight=weight)  # fmt: skip
    axes.set(xticks=range(10), yticks=range(10), xlabel="read as", ylabel="true digit")
    _title(axes, f"{percent(evaluation.accuracy, 2)} of {evaluation.n:,} read right")
    _calm(axes, frame=False)
    return figure


def prediction_grid(images: Images, labels: Labels, probabilities: Probabilities, *, columns: int = 10) -> Figure:
    """Draw digits with the answers given; right and wrong differ in sign and colour.

    Args:
        images: What was read, at least one.
        labels: The true digits.
        probabilities: The answers.
        columns: Images per row.
    """
    captions = []
    for label, answer in zip(labels.tolist(), probabilities.argmax(axis=1).tolist(), strict=True):
        verdict = RIGHT_SIGN if answer == label else f"{WRONG_SIGN} is {label}"
        captions.append((f"{answer} {verdict}", answer == label))
    return _gallery(images, captions, columns=columns, width=0.8)


def mistake_gallery(evaluation: Evaluation, images: Images, *, most: int = 24, columns: int = 8) -> Figure:
    """Draw the surest wrong answers, each with the truth, the answer and its confidence.

    Args:
        evaluation: Of these images.
        images: All that were evaluated.
        most: How many to show at most.
        columns: Images per row.
    """
    worst = evaluation.mistakes[:most]
    if not worst:
        return _nothing("no mistakes")
    captions = [(f"{m.truth} read as {m.predicted}, {percent(m.confidence, 0)}", False) for m in worst]
    return _gallery(images[[mistake.index for mistake in worst]], captions, columns=columns, width=1.15)


def first_layer(weights: FirstLayer, *, most: int = 64, columns: int = 16) -> Figure:
    """Draw what the strongest units look at: blue where ink speaks for the unit, red where against, one scale.

    Args:
        weights: From every pixel to each unit, at least one unit.
        most: How many units to show at most.
        columns: Units per row.
    """
    shown = weights[strongest(weights, most=most)]
    columns, scale = min(columns, len(shown)), weight_scale(shown)
    picture = mosaic(shown, columns=columns)
    height = 8 * picture.shape[0] / picture.shape[1] + 0.4
    figure = Figure(figsize=(8, height))
    axes = figure.add_axes((0.01, 0.01, 0.98, 1 - 0.4 / height))
    axes.imshow(picture, cmap=DIVERGING_MAP, vmin=-scale, vmax=scale)
    _title(axes, f"{len(shown)} of {len(weights)} units of the first layer")
    axes.set_axis_off()
    return figure


def reliability_diagram(evaluation: Evaluation) -> Figure:
    """Draw how often answers of each confidence are right; on the diagonal confidence means what it says."""
    figure = Figure(figsize=(4.4, 4.2))
    axes = figure.subplots(gridspec_kw=_margins(0.16, 0.13, 0.97, 0.92))
    axes.plot([0, 1], [0, 1], ":", color=GREY, linewidth=1.2, zorder=1)
    bins = [row for row in evaluation.reliability if row.n]
    areas = [20 + 180 * (row.n / evaluation.n) ** 0.5 for row in bins]
    dots = axes.scatter([row.confidence for row in bins], [row.accuracy for row in bins], s=areas, color=BLUE,
                        edgecolor=PAPER, zorder=2)  # fmt: skip
    words = "{:,} answers given with {:.0%} on average: {:.0%} right"
    dots.set_gid(tips([words.format(row.n, row.confidence, row.accuracy) for row in bins]))
    axes.set(xlim=(0, 1.03), ylim=(0, 1.03), xlabel="confidence", ylabel="answered right")
    _title(axes, f"Calibration error {percent(evaluation.calibrated_ece, 2)}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    _calm(axes)
    return figure


def per_class(evaluation: Evaluation) -> Figure:
    """Draw precision and recall of each digit, side by side on one scale."""
    figure = Figure(figsize=(6, 3.4))
    axes = figure.subplots(gridspec_kw=_margins(0.08, 0.1, 0.97, 0.91))
    for score in evaluation.per_class:
        axes.plot([score.precision, score.recall], [score.digit] * 2, color=HAIRLINE, linewidth=3, zorder=1)
    digits = range(10)
    axes.scatter([s.recall for s in evaluation.per_class], digits, color=BLUE, label="recall", zorder=2)
    axes.scatter([s.precision for s in evaluation.per_class], digits, facecolor=PAPER, edgecolor=INK,
                 marker="D", s=26, label="precision", zorder=2)  # fmt: skip
    axes.set(yticks=digits, ylabel="digit")
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    _title(axes, "Recall and precision of each digit")
    axes.legend(frameon=False, loc="best", labelcolor=INK)
    _calm(axes)
    return figure


def _curve(axes: Axes, epochs: Sequence[Epoch], name: str) -> None:
    """Draw a figure of the epochs, each line named at its right end, each point with its words."""
    ends = []
    for part, field, style, colour in (("training", name, "--o", GREY), ("validation", f"val_{name}", "-o", BLUE)):
        points = [(epoch.epoch, value) for epoch in epochs if (value := getattr(epoch, field)) is not None]
        if points:
            (line,) = axes.plot(
                *zip(*points, strict=True), style, color=colour, label=part, markersize=4, linewidth=1.6
            )
            line.set_gid(tips([f"epoch {number}, {part} {name} {value:.4g}" for number, value in points]))
            ends.append((points[-1], part, colour))
    _title(axes, name.capitalize())
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if name == "accuracy":
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.grid(axis="y", color=HAIRLINE, linewidth=0.8)
    _calm(axes)
    _name_ends(axes, ends)


def _name_ends(axes: Axes, ends: Sequence[tuple[tuple[float, float], str, str]]) -> None:
    """Write the name of each line beside its last point, names at least a line apart."""
    low, high = axes.get_ylim()
    scale = axes.bbox.height * 72 / axes.figure.dpi / (high - low)  # points, as fonts are measured, for 1.0
    above = float("inf")
    for (x, y), name, colour in sorted(ends, key=lambda end: -end[0][1]):
        shift = min(0.0, above - LINE_OF_TEXT - scale * y)
        above = scale * y + shift
        axes.annotate(name, (x, y), (8, shift), textcoords="offset points", va="center", color=colour, fontsize=9,
                      fontweight="bold", annotation_clip=False)  # fmt: skip


def _gallery(images: Images, captions: Sequence[tuple[str, bool]], *, columns: int, width: float) -> Figure:
    """Draw images in rows on one axes (a hundred axes take seconds), each with a caption and whether it is right.

    `width` is that of a column, in inches.
    """
    columns = min(columns, len(images))
    picture: UInt8[np.ndarray, "high wide"] = 255 - mosaic(images, columns=columns, below=CAPTION, gap=4)
    figure = Figure(figsize=(width * columns, width * columns * picture.shape[0] / picture.shape[1]))
    axes = figure.add_axes((0.01, 0.01, 0.98, 0.98))
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set_axis_off()
    for i, (text, right) in enumerate(captions):
        left, bottom = i % columns * 32 + 14, i // columns * (32 + CAPTION) + 28
        axes.text(left, bottom + 1, text, ha="center", va="top", fontsize=8, color=BLUE if right else RED)
    return figure


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", color=INK, fontsize=10.5)


def _margins(left: float, bottom: float, right: float, top: float) -> dict[str, float]:
    """Name the edges of the axes; a layout engine would find the same ones, a tenth of a second later."""
    return {"left": left, "bottom": bottom, "right": right, "top": top}


def _nothing(text: str) -> Figure:
    figure = Figure(figsize=(4, 1))
    figure.text(0.5, 0.5, text, ha="center", va="center", color=GREY)
    return figure


def _calm(axes: Axes, *, frame: bool = True) -> None:
    """Give axes the house look: quiet frame, no tick marks, grey words."""
    for side, spine in axes.spines.items():
        spine.set_visible(frame and side in {"left", "bottom"})
        spine.set_color(HAIRLINE)
    axes.tick_params(length=0, labelsize=8.5, labelcolor=GREY)
    axes.xaxis.label.set(color=GREY, fontsize=9)
    axes.yaxis.label.set(color=GREY, fontsize=9)
