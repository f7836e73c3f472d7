"""The charts of the results page, composed from what was measured, what is published, and the trainings.

In: `Measured` records, and the files of docs/results/. Out: SVG files. How a chart is drawn, `charts` knows.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from charts import Axis, Curve, Point, Row, curve_chart, interval_chart, percent_axis, point_chart, time_axis
from inkdigit.files import make_folder, write_whole
from inkdigit.models.zoo import COMMITTEE_NAME, NAMES
from recipes import Training, by_recipe, read
from results import FOLDER, KINDS, Measured, on_few_cores, published

MOST_REFUSED = 0.02
"""Where the chart of refusing ends."""


def draw(folder: Path, models: Sequence[Measured], *, part: str) -> None:
    """Draw the charts: errors.svg, refusing.svg and, where trainings on one or two cores are recorded, training.svg."""
    make_folder(folder)
    write_whole(folder / "errors.svg", errors_chart(models, part=part))
    write_whole(folder / "refusing.svg", refusing_chart(models, part=part))
    if two := on_few_cores(read(FOLDER / "trainings.json")):
        write_whole(folder / "training.svg", training_chart(two, {model.sha256: model.name for model in models}))


def errors_chart(models: Sequence[Measured], *, part: str) -> str:
    """Draw our errors beside the published ones, with intervals."""
    rows: dict[str, list[Row]] = {kind: [] for kind in KINDS}
    for one in published():
        rows[one.kind].append(Row(one.name, one.error, *one.interval, hollow=one.selected))
    for model in models:
        if not model.name.startswith(f"{COMMITTEE_NAME}-"):
            low, high = model.digits.interval
            error = 100 * model.digits.error
            rows[model.kind].append(Row(f"inkdigit {model.name}", error, 100 * low, 100 * high, ours=True))
    return interval_chart(
        [(KINDS[kind], some) for kind, some in rows.items()],
        title=f"Error on MNIST's {part} images: ours in ink, published in pencil",
        notes=[
            "Lines: what so many errors in 10,000 images tell, 95 % intervals (Wilson). Logarithmic; the further left, "
            "the better.",
            "Rings: selected on the test images, so not comparable. Sources and remarks: docs/results.md.",
        ],
    )


def refusing_chart(models: Sequence[Measured], *, part: str) -> str:
    """Draw the error of what is answered against the share of the least sure that is refused."""
    shown = [model for model in models if not model.name.startswith(f"{COMMITTEE_NAME}-")]
    readers_only = all(model.name in NAMES for model in shown)
    curves = [
        Curve(
            model.name,
            tuple((100 * share, 100 * risk) for share, risk in model.digits.curve if share <= MOST_REFUSED),
            ours=readers_only or model.name not in NAMES,
        )
        for model in sorted(shown, key=lambda model: -model.digits.error)
    ]
    x = Axis(0, 100 * MOST_REFUSED, 164, 780, (0, 0.5, 1, 1.5, 2), lambda value: f"{value:g} %", logarithmic=False)
    y = percent_axis((b for curve in curves for _, b in curve.points), start=372, end=92)
    return curve_chart(
        curves,
        x=x,
        y=y,
        title="What is left of the error when the least sure are refused",
        words=(f"share of MNIST's {part} images that is refused", "error of the rest"),
        notes=["One image of 10,000 is 0.01 %: the low ends of the curves are a few images."],
    )


def training_chart(trainings: Sequence[Training], shipped: Mapping[str, str]) -> str:
    """Draw the error against the seconds of training on one or two cores; a line where there were several seeds.

    A point is named after the first shipped model that came out, which `shipped` knows by its SHA-256, or else after
    its recipe. Trainings with other options, or replaced by another, of which nothing is shipped: see the table.
    """
    points = []
    for recipe, group in by_recipe(trainings):
        errors = [100 * (1 - one.test_accuracy) for one in group]
        seconds = fmean(one.seconds for one in group)
        names = [shipped[one.sha256] for one in group if one.sha256 in shipped]
        if not names and ("*" in recipe or recipe in shipped.values()):
            continue
        points.append(Point((names or [recipe])[0], seconds, fmean(errors), min(errors), max(errors)))
    return point_chart(
        points,
        x=time_axis((point.x for point in points), start=84, end=820),
        y=percent_axis((end for point in points for end in (point.low, point.high)), start=390, end=86),
        title="What training longer is worth, on one or two cores",
        words=("time of training", "error on MNIST's test images, after the last epoch"),
    )
