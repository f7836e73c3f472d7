"""What time it is, and how long the parts of a piece of work take.

The one place that asks for the time of day; seconds that are measured come from a clock that never jumps.
"""

import contextlib
import datetime
import time
from collections.abc import Iterator


def unix_time() -> float:
    """Seconds since the beginning of 1970, UTC."""
    return time.time()


def utc_now() -> str:
    """The time in UTC to the second, as "2026-01-31T12:00:00+00:00", whatever the time zone of the machine."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


class Clock:
    """Adds up the seconds of each named part.

    >>> clock = Clock()
    >>> with clock.measure("fit"):
    ...     pass
    >>> sorted(clock.seconds)
    ['fit']
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def measure(self, part: str) -> Iterator[None]:
        """Add the time that the context lasts to `part`, also when it ends in an error."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[part] = round(self.seconds.get(part, 0.0) + time.perf_counter() - began, 4)
