"""To wait in a test for what another process or thread does: the one place of the tests that reads a clock.

    until(lambda: path.exists(), "the run directory")

A test does not measure how long something took: that would test the machine. It waits far longer than any machine
needs, and fails only where nothing comes at all.
"""

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 60.0
"""Seconds after which nothing is expected any more, also on a slow machine with other work."""

PAUSE = 0.01


def until(condition: Callable[[], Any], what: str, *, seconds: float = PATIENCE) -> Any:
    """The first true answer of `condition`, asked again and again; fails naming `what` where there is none in time."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < end, f"waited {seconds:g} s in vain for {what}"
        time.sleep(PAUSE)
    return answer
