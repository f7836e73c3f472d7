"""Charts of the results page, as SVG files that stand by themselves: sharp at any size, right on light and on dark.

In: numbers and words. Out: the text of one file each. Knows nothing of models or of how anything was measured.

Ours is dark ink, what others published is grey pencil. A file brings its own paper, so that it can be read wherever a
page shows it, and follows the reader's colour scheme where the page lets it.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import NamedTuple

FONT = "'Avenir Next', Avenir, 'Segoe UI', 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif"
STYLE = f"""
svg {{ --paper: #fcfdff; --ink: #1a2238; --soft: #5b6378; --pale: #8b93a7; --hair: #dce1ec; }}
@media (prefers-color-scheme: dark) {{
  svg {{ --paper: #12151d; --ink: #e6e9f2; --soft: #9ba3b7; --pale: #737c92; --hair: #2c3342; }}
}}
text {{ font: 13px {FONT}; fill: var(--soft); font-variant-numeric: tabular-nums; }}
.paper {{ fill: var(--paper); }}
.title {{ font-size: 17px; font-weight: 600; fill: var(--ink); }}
.head {{ font-weight: 600; }}
.note, .tick {{ font-size: 12px; }}
.ours {{ font-weight: 600; fill: var(--ink); }}
.halo {{ paint-order: stroke; stroke: var(--paper); stroke-width: 4; stroke-linejoin: round; }}
.middle {{ text-anchor: middle; }}
.end {{ text-anchor: end; }}
.grid {{ stroke: var(--hair); fill: none; }}
.bar {{ stroke: var(--pale); stroke-width: 2; stroke-linecap: round; }}
.dot {{ fill: var(--pale); stroke: var(--paper); stroke-width: 1.5; }}
.hollow {{ fill: var(--paper); stroke: var(--pale); stroke-width: 1.5; }}
.bar.ours {{ stroke: var(--ink); stroke-width: 2.5; }}
.dot.ours {{ fill: var(--ink); }}
.curve {{ fill: none; stroke: var(--pale); stroke-width: 1.75; stroke-linejoin: round; }}
.curve.ours {{ stroke: var(--ink); stroke-width: 2.5; }}
"""
WIDTH = 860
ROW = 23


@dataclass(frozen=True)
class Axis:
    """Numbers along a line of pixels, evenly or by their logarithm.

    Args:
        low, high: The numbers at its ends; above 0 where it is logarithmic.
        start, end: The pixels at its ends.
        ticks: The numbers that are written at it.
        form: How they are written.
    """

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    form: Callable[[float], str]
    logarithmic: bool = True

    def at(self, value: float) -> float:
        """Return the pixel of a number; what lies beyond an end is put there."""
        value = min(max(value, self.low), self.high)
        share = (value - self.low) / (self.high - self.low)
        if self.logarithmic:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)


@dataclass(frozen=True)
class Row:
    """One figure with what it could have been: percent, and the words beside it.

    Args:
        name: Whose it is.
        value: The figure.
        low, high: Its interval.
        ours: Drawn in ink.
        hollow: Drawn as a ring: not to be compared with the others as it stands.
        words: At the right; the figure itself if empty.
    """

    name: str
    value: float
    low: float
    high: float
    ours: bool = False
    hollow: bool = False
    words: str = ""


@dataclass(frozen=True)
class Curve:
    """A line with a name: points (x, y) from left to right; emphasised, or one of many."""

    name: str
    points: tuple[tuple[float, float], ...]
    ours: bool = True


@dataclass(frozen=True)
class Point:
    """A dot with a name; `low` and `high` are the ends of the line through it."""

    name: str
    x: float
    y: float
    low: float
    high: float


@dataclass
class Sheet:
    """What has been drawn so far."""

    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, style: str = "") -> None:
        """Write words; (x, y) is where their line begins, ends or has its middle, as the style says."""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{style}">{escape(words)}</text>')

    def path(self, steps: str, style: str) -> None:
        """Draw a line."""
        self.parts.append(f'<path d="{steps}" class="{style}"/>')

    def dot(self, x: float, y: float, radius: float, style: str, words: str) -> None:
        """Draw a dot that says its words when pointed at."""
        self.parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" class="{style}"><title>{escape(words)}</title></circle>'
        )

    def file(self, height: float, label: str) -> str:
        """Return the whole file."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
            f'height="{height:.0f}" role="img" aria-label="{escape(label)}">\n<style>{STYLE}</style>\n'
            f'<rect class="paper" width="{WIDTH}" height="{height:.0f}" rx="10"/>\n'
            + "\n".join(self.parts)
            + "\n</svg>\n"
        )


def interval_chart(groups: Sequence[tuple[str, Sequence[Row]]], *, title: str, notes: Sequence[str]) -> str:
    """Draw figures with their intervals, a line each, in groups, on one logarithmic axis of percent.

    Args:
        groups: Name and rows of each; a group without rows is left out.
        title: The chart in one sentence.
        notes: Lines of small words below.
    """
    sheet, top = Sheet(), 62.0
    shown = [(name, rows) for name, rows in groups if rows]
    low = min(row.low for _, rows in shown for row in rows)
    high = max(row.high for _, rows in shown for row in rows)
    low, high = max(low, 0.02) * 0.9, max(high, 2.0) * 1.02
    axis = Axis(low, high, 330, 782, _ticks(low, high), _percent)
    bottom = top + sum(ROW * (len(rows) + 1) + 10 for _, rows in shown)
    sheet.text(24, 36, title, "title")
    for tick in axis.ticks:
        sheet.path(f"M{axis.at(tick):.1f} {top - 4:.0f}V{bottom:.0f}", "grid")
        sheet.text(axis.at(tick), bottom + 18, axis.form(tick), "tick middle")
    for name, rows in shown:
        top += ROW
        sheet.text(24, top - 3, name, "head")
        for row in sorted(rows, key=lambda row: -row.value):
            top += ROW
            _interval(sheet, axis, row, top - 7)
        top += 10
    for i, note in enumerate(notes):
        sheet.text(24, bottom + 46 + 18 * i, note, "note")
    return sheet.file(bottom + 46 + 18 * len(notes), title)


def _interval(sheet: Sheet, axis: Axis, row: Row, y: float) -> None:
    style = "ours" if row.ours else ""
    words = row.words or f"{row.value:.2f} %"
    sheet.text(38, y + 4, row.name, style)
    sheet.path(f"M{axis.at(row.low):.1f} {y:.1f}H{axis.at(row.high):.1f}", f"bar {style}")
    said = f"{row.name}: {words}, 95 % interval {row.low:.2f} to {row.high:.2f} %"
    sheet.dot(axis.at(row.value), y, 5.5 if row.ours else 4.5, "hollow" if row.hollow else f"dot {style}", said)
    sheet.text(WIDTH - 24, y + 4, words, f"end {style}")


def curve_chart(
    curves: Sequence[Curve], *, x: Axis, y: Axis, title: str, words: tuple[str, str], notes: Sequence[str]
) -> str:
    """Draw falling curves, each named at its left end with its first number; below a logarithmic y is a line for 0.

    Args:
        curves: At least one, with at least one point each.
        x, y: The axes, in pixels of the sheet; y ends above where it starts.
        title: The chart in one sentence.
        words: What the axes say: at the right end of x, and above y.
        notes: Lines of small words below.
    """
    sheet, floor = Sheet(), y.start + 26
    sheet.text(24, 36, title, "title")
    _axes(sheet, x, y, floor, words, right=True)
    sheet.text(x.end + 10, floor + 4, "none", "tick")
    for curve in sorted(curves, key=lambda curve: curve.ours):
        points = [(x.at(a), y.at(b) if b > 0 else floor) for a, b in curve.points]
        steps = f"M{points[0][0]:.1f} {points[0][1]:.1f}" + "".join(f"L{a:.1f} {b:.1f}" for a, b in points[1:])
        sheet.path(steps, "curve ours" if curve.ours else "curve")
    starts = [y.at(curve.points[0][1]) for curve in curves]
    for curve, start, place in zip(curves, starts, spread_out(starts, apart=17), strict=True):
        style = "ours" if curve.ours else ""
        sheet.path(f"M{x.start - 10} {place:.1f}L{x.start - 2} {start:.1f}", "grid")
        sheet.text(x.start - 72, place + 4, curve.name, f"end {style}")
        sheet.text(x.start - 14, place + 4, f"{curve.points[0][1]:.2f} %", f"end {style}")
    for i, note in enumerate(notes):
        sheet.text(24, floor + 74 + 18 * i, note, "note")
    return sheet.file(floor + 74 + 18 * len(notes), title)


def point_chart(points: Sequence[Point], *, x: Axis, y: Axis, title: str, words: tuple[str, str]) -> str:
    """Draw dots, each with its name at its right.

    Args:
        points: At least one.
        x, y: The axes, in pixels of the sheet; y ends above where it starts.
        title: The chart in one sentence.
        words: What the axes say: at the right end of x, and above y.
    """
    sheet = Sheet()
    sheet.text(24, 36, title, "title")
    _axes(sheet, x, y, y.start + 14, words)
    taken = [Box(x.at(point.x) - 8, y.at(point.y), 16) for point in points]
    for point in sorted(points, key=lambda point: point.y):
        across, down = x.at(point.x), y.at(point.y)
        sheet.path(f"M{across:.1f} {y.at(point.low):.1f}V{y.at(point.high):.1f}", "bar ours")
        sheet.dot(across, down, 5.5, "dot ours", f"{point.name}: {point.y:.2f} % after {_seconds(point.x)}")
        name = _free_place(taken, across, down, 7.6 * len(point.name))
        taken.append(name)
        sheet.text(name.left, name.middle + 4, point.name, "ours halo")
    return sheet.file(y.start + 78, title)


class Box(NamedTuple):
    """Where something is written: its left end, the middle of its line, and how wide it is."""

    left: float
    middle: float
    width: float

    def meets(self, other: "Box") -> bool:
        """Whether the two are in each other's way."""
        apart = self.left > other.left + other.width or other.left > self.left + self.width
        return not apart and abs(self.middle - other.middle) < 15


def _free_place(taken: Sequence[Box], across: float, down: float, width: float) -> Box:
    """Where a name fits beside its dot: at the right, at the left, then above and below."""
    right, left = across + 11, across - 11 - width
    beside = [Box(right, down, width), Box(left, down, width)]
    near = [Box(side, down + step, width) for step in (-16, 16, -32, 32, -48, 48) for side in (right - 8, left + 8)]
    inside = [box for box in beside + near if box.left > 84 and box.left + width < WIDTH - 10]
    return next((box for box in inside if not any(box.meets(other) for other in taken)), beside[0])


def _axes(sheet: Sheet, x: Axis, y: Axis, floor: float, words: tuple[str, str], *, right: bool = False) -> None:
    for tick in y.ticks:
        sheet.path(f"M{x.start} {y.at(tick):.1f}H{x.end}", "grid")
        sheet.text(x.end + 10 if right else x.start - 10, y.at(tick) + 4, y.form(tick), "tick" if right else "tick end")
    sheet.path(f"M{x.start} {floor:.1f}H{x.end}", "grid")
    for tick in x.ticks:
        sheet.text(x.at(tick), floor + 20, x.form(tick), "tick middle")
    sheet.text(x.end, floor + 44, words[0], "note end")
    sheet.text(WIDTH - 24 if right else 24, y.end - 16, words[1], "note end" if right else "note")


def spread_out(places: Sequence[float], *, apart: float) -> list[float]:
    """Move what stands too close together, downwards, keeping the order.

    >>> spread_out([10, 12, 40], apart=15)
    [10, 25, 40]
    """
    moved, lowest = dict[int, float](), -math.inf
    for i in sorted(range(len(places)), key=lambda i: places[i]):
        lowest = moved[i] = max(places[i], lowest + apart)
    return [moved[i] for i in range(len(places))]


def percent_axis(values: Iterable[float], *, start: float, end: float) -> Axis:
    """Return a logarithmic axis that has room for these percentages, those that are 0 left out."""
    some = [value for value in values if value > 0]
    low, high = min(some) / 1.3, max(some) * 1.25
    return Axis(low, high, start, end, _ticks(low, high), _percent)


def time_axis(seconds: Iterable[float], *, start: float, end: float) -> Axis:
    """Return a logarithmic axis that has room for these times."""
    some = list(seconds)
    low, high = min(some) / 1.6, max(some) * 2.5
    steps = (1, 3, 10, 30, 60, 180, 600, 1800, 3600, 10_800, 36_000, 86_400)
    return Axis(low, high, start, end, tuple(step for step in steps if low <= step <= high), _seconds)


def _ticks(low: float, high: float) -> tuple[float, ...]:
    return tuple(tick for tick in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0) if low <= tick <= high)


def _percent(value: float) -> str:
    return f"{value:g} %"


def _seconds(value: float) -> str:
    """Write a time in its largest whole unit.

    >>> _seconds(10), _seconds(600), _seconds(10_800)
    ('10 s', '10 min', '3 h')
    """
    for size, unit in ((3600, "h"), (60, "min")):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} s"
