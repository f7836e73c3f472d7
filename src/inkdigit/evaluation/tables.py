"""The tables of the report, and the lines of its answers, as HTML.

In: an evaluation, layers, facts. Out: text of one element each, with headers and words a screen reader can
follow; colours are shares that `style.css` turns into ink.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from inkdigit.evaluation.look import PLURALS, error_shares, percent, plural
from inkdigit.types import Evaluation


def confusion(evaluation: Evaluation) -> str:
    """Return the confusion matrix: a row for each true digit, a column for each answer."""
    shares = error_shares(evaluation.confusion)
    top = float(shares.max()) or 1.0
    head = "".join(f'<th scope="col">{digit}</th>' for digit in range(10))
    rows = "".join(
        f'<tr><th scope="row">{truth}</th>'
        + "".join(_cell(evaluation, truth, answer, float(shares[truth, answer]) / top) for answer in range(10))
        + "</tr>"
        for truth in range(10)
    )
    return (
        '<div class="scroll"><table class="confusion"><caption>true digit down, read as across</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(evaluation: Evaluation, truth: int, answer: int, strength: float) -> str:
    count, total = int(evaluation.confusion[truth, answer]), int(evaluation.confusion[truth].sum())
    if not count:
        return '<td class="none"><span aria-label="0">·</span></td>'
    words = f"{count:,} of {total:,} {PLURALS[truth]} read as {answer} ({percent(count / total)})"
    style = 'class="hit"' if truth == answer else f'class="miss" style="--part:{strength:.3f}"'
    return f'<td {style} title="{words}">{count:,}</td>'


def per_class(evaluation: Evaluation) -> str:
    """Return the figures of each digit, with a bar for the share that was misread."""
    most = max((1 - score.recall for score in evaluation.per_class if score.n), default=0) or 1.0
    rows = "".join(
        f'<tr><th scope="row">{score.digit}</th><td>{score.n:,}</td>'
        f"<td>{percent(score.recall)}</td><td>{percent(score.precision)}</td><td>{percent(score.f1)}</td>"
        f'<td class="misread"><span class="bar wrong" style="--part:{(1 - score.recall) / most:.3f}"></span>'
        f"{percent(1 - score.recall)}</td></tr>"
        for score in evaluation.per_class
        if score.n
    )
    heads = (
        ("digit", "the true digit"),
        ("images", "how many there were"),
        ("recall", "of these digits, the share that was read right"),
        ("precision", "of these answers, the share that was right"),
        ("F1", "harmonic mean of recall and precision"),
        ("misread", "of these digits, the share that was read as another"),
    )
    head = "".join(f'<th scope="col" title="{words}">{name}</th>' for name, words in heads)
    return (
        '<div class="scroll"><table class="figures-table"><caption>recall: of these digits, how many were read right; '
        "precision: of these answers, how many were right</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def layers(rows: Sequence[Any]) -> str:
    """Return the layer table with its sum; each row has name, kind, shape and parameters."""
    body = "".join(
        f'<tr><th scope="row">{escape(row.name)}</th><td>{escape(row.kind)}</td>'
        f"<td>{escape('×'.join(map(str, row.shape)))}</td><td>{row.parameters:,}</td></tr>"
        for row in rows
    )
    total = sum(row.parameters for row in rows)
    return (
        f'<div class="scroll"><table class="layers"><caption>{plural(len(rows), "layer")}</caption><thead><tr>'
        '<th scope="col">layer</th><th scope="col">kind</th><th scope="col">output</th>'
        f'<th scope="col">weights</th></tr></thead><tbody>{body}</tbody>'
        f'<tfoot><tr><th scope="row" colspan="3">together</th><td>{total:,}</td></tr></tfoot></table></div>'
    )


def facts(pairs: Mapping[str, str]) -> str:
    """Return names and values, one line each."""
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs.items())
    return f'<dl class="facts">{rows}</dl>'


def mistake_lines(rows: Sequence[tuple[str, Sequence[float], str]], *, label: str) -> str:
    """Draw every answer as a place on a line and every mistake as a stroke across it.

    Args:
        rows: Name of each line, where on it the mistakes are (0.0 left to 1.0 right), and words for it.
        label: The chart in one sentence, for a screen reader.
    """
    parts = []
    for name, places, words in rows:
        strokes = "".join(f"M{x:g} 0v16" for x in sorted({round(1000 * place, 1) for place in places}))
        parts.append(
            f'<div title="{escape(words)}"><span>{escape(name)}</span>'
            '<svg viewBox="0 0 1000 16" preserveAspectRatio="none" aria-hidden="true">'
            f'<path class="line" d="M0 8h1000"/><path class="stroke" d="{strokes}"/></svg></div>'
        )
    return f'<div class="lines" role="img" aria-label="{escape(label)}">{"".join(parts)}</div>'
