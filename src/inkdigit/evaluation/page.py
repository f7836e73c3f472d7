"""The report as one HTML page: what it says, in which order.

In: a `Story` (an evaluation and what belongs to it). Out: the text of a page that needs no other
file, no script and no network. Every word that comes from outside is escaped. Writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

import numpy as np

from inkdigit.evaluation import plots, tables
from inkdigit.evaluation.look import PLURALS, per_hundred, percent, plural, sample, strongest, weight_scale
from inkdigit.evaluation.rendering import digit_address, figure_svg, weights_address
from inkdigit.evaluation.summary import figures
from inkdigit.models.model import FirstLayer, calibrated
from inkdigit.types import ConfusedPair, Epoch, Evaluation, Images, Labels, LayerRow, Mistake, Probabilities

PAIRS, EXAMPLES, WORST, UNITS, GLANCE = 5, 6, 24, 64, 120


@dataclass(frozen=True, eq=False)
class Story:
    """Everything that the page tells; see `report.write_report` for the fields."""

    evaluation: Evaluation
    images: Images
    labels: Labels
    probabilities: Probabilities
    epochs: Sequence[Epoch]
    first_layer: FirstLayer | None
    layers: Sequence[LayerRow]
    title: str
    facts: Mapping[str, str]
    synthetic: bool


def render(story: Story) -> str:
    """Return the page."""
    sections = (opening(story), glance(story), wrong(story), learned(story), answers(story), honesty(story),
                neurons(story), trained(story))  # fmt: skip
    style = files("inkdigit.evaluation").joinpath("style.css").read_text("utf-8")
    body = "\n".join(section for section in sections if section).replace(" %", "\N{NO-BREAK SPACE}%")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(story.title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def opening(story: Story) -> str:
    """Say the one number, how sure it is, and show where among the answers the mistakes lie."""
    evaluation = story.evaluation
    low, high = evaluation.interval
    misread = len(evaluation.mistakes)
    note = (
        '<p class="note">These digits were drawn by a program. Real handwriting is harder, '
        "and this number says little about it.</p>"
        if story.synthetic
        else ""
    )
    first = [("95 % interval", f"{percent(low)} to {percent(high)}"), ("misread", f"{misread:,} of {evaluation.n:,}")]
    shown = first + figures(evaluation)
    if evaluation.part != "test":
        note += (
            '<p class="note">The data has no test part: these images were held out of the training, which was '
            "watched and calibrated on them. This is a held-out accuracy.</p>"
        )
    listed = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in shown)
    return (
        f'<header><p class="eyebrow">{escape(story.title)}</p>'
        f'<h1><span class="number">{per_hundred(evaluation.accuracy)}</span> of 100 digits read right</h1>'
        f'<p class="lede"><b>{escape(evaluation.model)}</b> on <b>{escape(evaluation.data)}</b></p>'
        f'{note}<dl class="figures">{listed}</dl>{_all_answers(story)}</header>'
    )


def _all_answers(story: Story) -> str:
    """Lay all answers to each digit on a line, the surest at the left, and strike through the mistakes."""
    honest = calibrated(story.probabilities, temperature=story.evaluation.temperature)
    confidence, answers = honest.max(axis=1), honest.argmax(axis=1)
    rows = []
    for digit in range(10):
        own = np.flatnonzero(story.labels == digit)
        order = own[np.argsort(-confidence[own], kind="stable")]
        places = (np.flatnonzero(answers[order] != digit) + 0.5) / max(len(own), 1)
        words = f"{plural(len(places), 'mistake')} in {len(own):,} {PLURALS[digit]}"
        rows.append((str(digit), places.tolist(), words))
    label = "All answers, a line for each digit: " + "; ".join(words for _, _, words in rows)
    return (
        f'<figure class="answers">{tables.mistake_lines(rows, label=label)}'
        f"<figcaption>All {story.evaluation.n:,} answers: a line for each digit, the surest answers at the left. "
        "Every red stroke is a mistake.</figcaption></figure>"
    )


def glance(story: Story) -> str:
    """Show a fair sample of the images, each with its answer, right and wrong marked."""
    shown = sample(len(story.images), most=GLANCE)
    truths, answers = story.labels[shown], story.probabilities[shown].argmax(axis=1)
    tiles = []
    for index, truth, answer in zip(shown.tolist(), truths.tolist(), answers.tolist(), strict=True):
        verdict = "right" if truth == answer else "wrong"
        words = f"Image {index}: a handwritten {truth} read as {answer}"
        picture = f'<img class="digit" src="{digit_address(story.images[index])}" alt="{words}" title="{words}"'
        tiles.append(f'<li>{picture} width="28" height="28"><span class="{verdict}">{answer}</span></li>')
    return _section(
        "A first look",
        f"<p>{plural(len(shown), 'image')}, evenly spread over all of them, with the answer below each: "
        f'{int((truths == answers).sum())} right.</p><ul class="glance">{"".join(tiles)}</ul>',
    )


def wrong(story: Story) -> str:
    """Tell what goes wrong: the commonest confusions in words, then the surest mistakes to look at."""
    evaluation = story.evaluation
    if not evaluation.mistakes:
        return _section("What goes wrong", f"<p>Nothing: all {plural(evaluation.n, 'image')} were read right.</p>")
    pairs = "".join(_pair(story, pair) for pair in evaluation.confused[:PAIRS])
    worst = "".join(_mistake(story, mistake) for mistake in evaluation.mistakes[:WORST])
    shown = min(WORST, len(evaluation.mistakes))
    return _section("What goes wrong", f'<ul class="pairs">{pairs}</ul>') + _section(
        "The surest mistakes",
        f"<p>The {plural(shown, 'wrong answer')} given with the most confidence. "
        "Some may be beyond anyone's reading; the others are worth learning from.</p>"
        f'<ul class="gallery">{worst}</ul>',
    )


def _pair(story: Story, pair: ConfusedPair) -> str:
    """Say one confusion in words, with a few examples."""
    total = int(story.evaluation.confusion[pair.truth].sum())
    examples = [m for m in story.evaluation.mistakes if (m.truth, m.predicted) == (pair.truth, pair.predicted)]
    pictures = "".join(_image(story, mistake) for mistake in examples[:EXAMPLES])
    return (
        f'<li><p class="pair"><b>{pair.truth}</b> read as <b class="wrong">{pair.predicted}</b></p>'
        f"<p>{pair.n:,} of {total:,} {PLURALS[pair.truth]} ({percent(pair.n / total)})</p>"
        f'<p class="examples">{pictures}</p></li>'
    )


def _mistake(story: Story, mistake: Mistake) -> str:
    """Show one mistake with the truth, the answer and how sure each was."""
    return (
        f"<li>{_image(story, mistake)}"
        f'<p><span class="right">is {mistake.truth}</span> <span class="wrong">read {mistake.predicted}</span></p>'
        f'<p class="sure"><span class="bar wrong" style="--part:{mistake.confidence:.3f}"></span>'
        f"{percent(mistake.confidence)}</p>"
        f'<p class="sure"><span class="bar" style="--part:{mistake.truth_probability:.3f}"></span>'
        f"{percent(mistake.truth_probability)} for {mistake.truth}</p></li>"
    )


def _image(story: Story, mistake: Mistake) -> str:
    words = (
        f"Image {mistake.index}: a handwritten {mistake.truth} read as {mistake.predicted} "
        f"with {percent(mistake.confidence)}"
    )
    address = digit_address(story.images[mistake.index])
    return f'<img class="digit" src="{address}" alt="{words}" title="{words}" width="28" height="28">'


def learned(story: Story) -> str:
    """Draw the curves of the training, if there was one."""
    if not story.epochs:
        return ""
    charts = "".join(
        f"<figure>{figure_svg(plots.curve(story.epochs, name), label=f'{name.capitalize()} over the epochs')}</figure>"
        for name in ("loss", "accuracy")
    )
    last, gap = story.epochs[-1], ""
    if last.val_accuracy is not None and last.accuracy is not None:
        gap = (
            f" It ended at {percent(last.accuracy)} of the images it learned from "
            f"and {percent(last.val_accuracy)} of those held out."
        )
    return _section(
        "How it learned",
        f'<p>{_passes(len(story.epochs))} over the training images.{gap}</p><div class="charts">{charts}</div>',
    )


def _passes(count: int) -> str:
    return "One pass" if count == 1 else f"{count:,} passes"


def answers(story: Story) -> str:
    """Show the confusion matrix and the figures of each digit."""
    return _section(
        "Every digit against every answer",
        "<p>A row for each true digit, a column for each answer. "
        "The stronger the red, the larger the share of that digit that went wrong there.</p>"
        + tables.confusion(story.evaluation),
    ) + _section("Digit by digit", tables.per_class(story.evaluation))


def honesty(story: Story) -> str:
    """Explain the calibration in a sentence or two, with its diagram."""
    evaluation = story.evaluation
    off = percent(evaluation.calibrated_ece, 2)
    top = evaluation.reliability[-1]
    surest = (
        f" It gave {top.n:,} of its {evaluation.n:,} answers with more than {percent(top.low, 0)}; "
        f"{percent(top.accuracy, 2)} of those were right."
        if top.n
        else ""
    )
    tempered = (
        f" Its own probabilities were off by {percent(evaluation.ece, 2)}; a temperature of "
        f"{evaluation.temperature:.2f}, fitted on held-out training images, was applied first."
        if evaluation.temperature != 1
        else ""
    )
    chart = figure_svg(plots.reliability_diagram(evaluation), label=f"Reliability diagram; calibration error {off}")
    return _section(
        "Does it know when it is unsure?",
        f'<div class="beside"><p>On the line, confidence means what it says: of the answers given with 90 %, nine in '
        f"ten are right. This model is off by {off} on average.{surest}{tempered} The larger the dot, the "
        f"more answers.</p><figure>{chart}</figure></div>",
    )


def neurons(story: Story) -> str:
    """Show what the strongest units of the first layer look at."""
    if story.first_layer is None or not len(story.first_layer):
        return ""
    units = strongest(story.first_layer, most=UNITS)
    scale = weight_scale(story.first_layer[units])
    tiles = "".join(
        f'<img src="{weights_address(story.first_layer[unit], scale=scale)}" alt="Weights of unit {unit}" '
        f'title="unit {unit}" width="28" height="28">'
        for unit in units
    )
    count = f"all {len(units)}" if len(units) == len(story.first_layer) else f"{len(units)} of {len(story.first_layer)}"
    return _section(
        "What the neurons look at",
        f"<p>The weights of {count} units of the first layer, the strongest first. Ink on "
        '<b class="right">blue</b> wakes a unit, ink on <b class="wrong">red</b> silences it.</p>'
        f'<div class="units">{tiles}</div>',
    )


def trained(story: Story) -> str:
    """List the facts of the training, the layers, and how to get this page again."""
    command = story.facts.get("command", "inkdigit evaluate RUN --report FOLDER")
    again = f"<p>To make this again:</p><pre><code>{escape(command)}</code></pre>"
    rest = {name: value for name, value in story.facts.items() if name != "command"}
    parts = (tables.facts(rest) if rest else "", tables.layers(story.layers) if story.layers else "", again)
    return _section("How it was made", "".join(parts))


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>"
