"""The time of day is UTC wherever the machine stands, and seconds add up."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from inkdigit.clock import Clock, unix_time, utc_now


@pytest.fixture(params=["UTC", "Asia/Kathmandu", "America/Los_Angeles"])
def _zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as zone:
        zone.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_zone")
def test_times_are_in_utc_whatever_the_time_zone() -> None:
    told = datetime.fromisoformat(utc_now())
    assert told.utcoffset() == timedelta(0)
    assert abs(told.timestamp() - unix_time()) < 60


def test_a_part_that_comes_twice_adds_up_also_after_an_error() -> None:
    clock = Clock()
    for _ in range(2):
        with pytest.raises(ValueError, match="no"), clock.measure("fit"):
            raise ValueError("no")
    with clock.measure("save"):
        pass
    assert list(clock.seconds) == ["fit", "save"]
    assert min(clock.seconds.values()) >= 0
