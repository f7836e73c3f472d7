"""Charts as inline SVG: sharp at any size, and coloured by the style sheet, so right on light and dark.

In: numbers. Out: text of one `<svg>` element with its words for those who cannot see it. Knows
nothing of evaluations; classes in the markup are styled in `style.css`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from inkdigit.evaluation.look import round_ticks

Format = Callable[[float], str]


@dataclass(frozen=True)
class Line:
    """One curve: its name, the class that colours it, and its points (x, y)."""

    name: str
    style: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Frame:
    """The rectangle of a chart in pixels, and the numbers at its edges."""

    left: float
    top: float
    right: float
    bottom: float
    low_x: float
    high_x: float
    low_y: float
    high_y: float

    def x(self, value: float) -> float:
        """Return the pixel column of a number."""
        return self.left + (value - self.low_x) / ((self.high_x - self.low_x) or 1) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Return the pixel row of a number; larger numbers are higher up."""
        return self.bottom - (value - self.low_y) / ((self.high_y - self.low_y) or 1) * (self.bottom - self.top)


def line_chart(lines: Sequence[Line], *, name: str, form: Format, label: str) -> str:
    """Draw curves over whole numbers, each named at its right end.

    Args:
        lines: At least one, each with at least one point.
        name: Of the numbers on the vertical axis: "loss".
        form: How to write such a number.
        label: The chart in one sentence, for a screen reader.
    """
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points]
    margin = 0.06 * (max(ys) - min(ys)) or 0.01
    frame = Frame(48, 12, 352, 212, min(xs), max(xs), min(ys) - margin, max(ys) + margin)
    parts = [_grid(frame, form), _epoch_axis(frame)]
    parts += [_curve(frame, line, form, name) for line in lines]
    parts += _end_names(frame, lines)
    return _svg(440, 246, label, parts)


def reliability_chart(bins: Sequence[tuple[float, float, int]], *, label: str) -> str:
    """Draw how often answers of each confidence are right, against the diagonal of perfect honesty.

    Args:
        bins: Mean confidence, fraction right and number of answers of each bin that has any.
        label: The chart in one sentence, for a screen reader.
    """
    frame = Frame(48, 12, 328, 292, 0, 1, 0, 1)
    total = sum(n for _, _, n in bins) or 1
    parts = [_grid(frame, _percent), f'<path class="diagonal" d="M{frame.left} {frame.bottom}L{frame.right} 12"/>']
    parts += [
        f'<text class="tick middle" x="{frame.x(tick):.0f}" y="312">{_percent(tick)}</text>'
        for tick in (0, 0.2, 0.4, 0.6, 0.8, 1)
    ]
    parts.append('<text class="tick middle" x="188" y="332">confidence</text>')
    for confidence, accuracy, n in bins:
        words = f"{n:,} answers given with {_percent(confidence)} on average: {_percent(accuracy)} right"
        parts.append(
            f'<circle class="dot" cx="{frame.x(confidence):.1f}" cy="{frame.y(accuracy):.1f}" '
            f'r="{3.5 + 7 * (n / total) ** 0.5:.1f}"><title>{escape(words)}</title></circle>'
        )
    return _svg(344, 340, label, parts)


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


def _svg(width: int, height: int, label: str, parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _grid(frame: Frame, form: Format) -> str:
    return "".join(
        f'<path class="grid" d="M{frame.left} {frame.y(tick):.1f}H{frame.right}"/>'
        f'<text class="tick end" x="{frame.left - 8}" y="{frame.y(tick) + 4:.1f}">{escape(form(tick))}</text>'
        for tick in round_ticks(frame.low_y, frame.high_y, most=6)
    )


def _epoch_axis(frame: Frame) -> str:
    ticks = [tick for tick in round_ticks(frame.low_x, frame.high_x, most=6) if tick == int(tick)]
    return "".join(f'<text class="tick middle" x="{frame.x(tick):.1f}" y="232">{tick:.0f}</text>' for tick in ticks)


def _curve(frame: Frame, line: Line, form: Format, name: str) -> str:
    """Draw the line, and a dot per point that says its number when pointed at."""
    path = "L".join(f"{frame.x(x):.1f} {frame.y(y):.1f}" for x, y in line.points)
    radius = 3 if len(line.points) <= 20 else 1.2
    dots = "".join(
        f'<circle cx="{frame.x(x):.1f}" cy="{frame.y(y):.1f}" r="{radius}">'
        f"<title>{escape(f'epoch {x:.0f}, {line.name} {name} {form(y)}')}</title></circle>"
        for x, y in line.points
    )
    return f'<g class="curve {line.style}"><path d="M{path}"/>{dots}</g>'


def _end_names(frame: Frame, lines: Sequence[Line]) -> list[str]:
    """Name each curve beside its last point, names at least 15 pixels apart."""
    parts, lowest = [], -100.0
    for line in sorted(lines, key=lambda line: -line.points[-1][1]):
        lowest = max(frame.y(line.points[-1][1]) + 4, lowest + 15)
        parts.append(
            f'<text class="name {line.style}" x="{frame.right + 10}" y="{lowest:.1f}">{escape(line.name)}</text>'
        )
    return parts
