"""The report of an evaluation, written to a folder.

In: an evaluation and what belongs to it. Out: `report.html` (one file that needs no other), its
figures as `evaluation.json`, and pictures as PNG for slides and notes. Measures nothing itself.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from inkdigit.evaluation import plots
from inkdigit.evaluation.look import sample
from inkdigit.evaluation.metrics import to_json
from inkdigit.evaluation.page import Story, render
from inkdigit.evaluation.rendering import figure_png
from inkdigit.files import make_folder, write_whole
from inkdigit.models.model import FirstLayer
from inkdigit.types import Epoch, Evaluation, Images, Labels, LayerRow, Probabilities

GRID = 120  # images in the grid of predictions


def write_report(
    folder: Path,
    evaluation: Evaluation,
    *,
    images: Images,
    labels: Labels,
    probabilities: Probabilities,
    epochs: Sequence[Epoch] = (),
    first_layer: FirstLayer | None = None,
    layers: Sequence[LayerRow] = (),
    title: str,
    facts: Mapping[str, str] | None = None,
    synthetic: bool = False,
) -> Path:
    """Write `report.html`, `evaluation.json` and the pictures; takes about a second.

    Args:
        folder: Made if need be; files of an earlier report are replaced.
        evaluation: Of these images.
        images: All that were evaluated, in the order the evaluation's indices count.
        labels: Their digits.
        probabilities: The network's own, before any temperature.
        epochs: Of the training, for the curves; none for a foreign model.
        first_layer: Weights from every pixel to each unit, or None.
        layers: The layer table: name, kind, shape and parameters of each.
        title: Of the page.
        facts: How it was trained, name and value as people read them; "command" is the command
            line that repeats it.
        synthetic: Whether a program made the images; the page then says so.

    Returns:
        The path of `report.html`.

    Raises:
        CannotWrite: The folder cannot be made or written to.
    """
    story = Story(evaluation, images, labels, probabilities, epochs, first_layer, layers, title, facts or {}, synthetic)
    make_folder(folder)
    for name, figure in _pictures(story):
        write_whole(folder / f"{name}.png", figure_png(figure))
    write_whole(folder / "evaluation.json", json.dumps(to_json(evaluation), allow_nan=False) + "\n")
    page = folder / "report.html"
    write_whole(page, render(story))
    return page


def _pictures(story: Story) -> Iterator[tuple[str, Figure]]:
    if story.epochs:
        yield "curves", plots.curves(story.epochs)
    yield "confusion", plots.confusion_heatmap(story.evaluation)
    shown = sample(len(story.images), most=GRID)
    grid = plots.prediction_grid(story.images[shown], story.labels[shown], story.probabilities[shown], columns=15)
    yield "predictions", grid
    yield "mistakes", plots.mistake_gallery(story.evaluation, story.images)
    yield "reliability", plots.reliability_diagram(story.evaluation)
    if story.first_layer is not None and len(story.first_layer):
        yield "first-layer", plots.first_layer(story.first_layer)
