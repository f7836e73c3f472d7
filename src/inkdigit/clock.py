"""Wall time of the parts of a piece of work, from a clock that never jumps."""

import contextlib
import time
from collections.abc import Iterator


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
