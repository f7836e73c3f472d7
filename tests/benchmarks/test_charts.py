"""Charts as XML: everything is on the sheet, in its place, and escaped."""

import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charts import (
    Axis,
    Curve,
    Point,
    Row,
    curve_chart,
    interval_chart,
    percent_axis,
    point_chart,
    spread_out,
    time_axis,
)

SVG = "{http://www.w3.org/2000/svg}"


def words(chart: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(chart).iter(f"{SVG}text")]


def circles(chart: str) -> list[tuple[float, float]]:
    return [(float(c.get("cx", 0)), float(c.get("cy", 0))) for c in ET.fromstring(chart).iter(f"{SVG}circle")]


@given(st.floats(0.01, 100), st.floats(1.1, 50), st.floats(0, 1))
def test_a_logarithmic_axis_keeps_ratios(low: float, factor: float, share: float) -> None:
    axis = Axis(low, low * factor, 100, 900, (), str)
    assert axis.at(low) == pytest.approx(100)
    assert axis.at(low * factor) == pytest.approx(900)
    assert axis.at(low * factor**share) == pytest.approx(100 + 800 * share, abs=1e-6)
    assert axis.at(low / 10) == pytest.approx(100)


def test_the_axes_have_round_ticks_and_room() -> None:
    percent = percent_axis([0.19, 0, 0.92], start=300, end=0)
    assert percent.ticks == (0.2, 0.5, 1.0)
    assert percent.low < 0.19
    assert percent.high > 0.92
    time = time_axis([1.5, 7_000], start=0, end=9)
    assert [time.form(tick) for tick in (1, 30, 60, 600, 10_800)] == ["1 s", "30 s", "1 min", "10 min", "3 h"]


@given(st.lists(st.floats(0, 500), min_size=1, max_size=12), st.floats(1, 30))
def test_names_that_are_spread_out_keep_their_order_and_distance(places: list[float], apart: float) -> None:
    moved = spread_out(places, apart=apart)
    assert all(new >= old for old, new in zip(places, moved, strict=True))
    for before, after in itertools.pairwise(sorted(moved)):
        assert after - before >= apart - 1e-6
    order = sorted(range(len(places)), key=lambda i: places[i])
    assert order == sorted(order, key=lambda i: moved[i])


def test_figures_with_intervals_stand_by_size_within_their_group() -> None:
    rows = [
        Row("theirs <b>", 0.35, 0.25, 0.49),
        Row("ours", 0.9, 0.7, 1.1, ours=True),
        Row("lucky", 0.1, 0.05, 0.2, hollow=True),
    ]
    chart = interval_chart([("Nets & more", rows), ("Nothing", [])], title="A title", notes=["a note"])
    assert [word for word in words(chart) if word in {"ours", "theirs <b>", "lucky"}] == ["ours", "theirs <b>", "lucky"]
    assert "Nothing" not in words(chart)
    across = [x for x, _ in circles(chart)]
    assert across == sorted(across, reverse=True)
    down = [y for _, y in circles(chart)]
    assert down == sorted(down)
    assert chart.count('class="dot ours"') == 1
    assert chart.count('class="hollow"') == 1


def test_a_curve_that_reaches_zero_ends_on_the_line_for_none() -> None:
    x = Axis(0, 2, 100, 700, (0, 1, 2), str, logarithmic=False)
    y = percent_axis([0.5, 0.1], start=300, end=50)
    chart = curve_chart([Curve("net", ((0, 0.5), (1, 0.1), (2, 0)))], x=x, y=y, title="t", words=("a", "b"), notes=[])
    [path] = re.findall(r'<path d="([^"]*)" class="curve ours"', chart)
    assert path.startswith("M100.0 ")
    assert path.endswith("L700.0 326.0")
    assert "0.50 %" in words(chart)


def test_names_of_dots_do_not_cover_one_another() -> None:
    points = [Point(f"network-{i}", 100 + 3 * i, 0.5 + 0.01 * i, 0.4, 0.6) for i in range(4)]
    chart = point_chart(
        points,
        x=time_axis([1, 3_000], start=84, end=820),
        y=percent_axis([0.3, 2], start=390, end=86),
        title="t",
        words=("a", "b"),
    )
    places = [
        (float(text.get("x", 0)), float(text.get("y", 0)))
        for text in ET.fromstring(chart).iter(f"{SVG}text")
        if (text.text or "").startswith("network-")
    ]
    assert len(set(places)) == 4
    for (a, b), (c, d) in itertools.combinations(places, 2):
        assert abs(b - d) >= 13 or abs(a - c) >= 60


def test_a_chart_needs_nothing_from_outside() -> None:
    chart = interval_chart([("g", [Row("a", 1, 0.8, 1.2)])], title='T"<&', notes=[])
    assert "prefers-color-scheme: dark" in chart
    assert not re.search(r"(?:href|src|url\(|@import|<script)", chart)
    assert ET.fromstring(chart).get("aria-label") == 'T"<&'
