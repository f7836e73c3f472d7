"""The table of thresholds: probabilities, and a temperature that divides."""

from dataclasses import asdict

from inkdigit.page.thresholds import Thresholds


def test_thresholds_are_probabilities() -> None:
    table = asdict(Thresholds())
    assert table.pop("temperature") > 0
    assert all(0 < value <= 1 for value in table.values())
