"""Signals that ask a training to stop.

The first Ctrl-C, SIGTERM or SIGHUP is remembered and the training stops at the next chunk, having
saved; a second Ctrl-C stops at once, and the run directory is still valid because every file in it
appears whole. Knows nothing of what is saved.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class StopRequest:
    """Whether, and by which signal, the training was asked to stop; 0 for not."""

    signal_number = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Remember a signal; a second Ctrl-C is obeyed at once."""
        if self.signal_number and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.signal_number = number


@contextlib.contextmanager
def stop_requests() -> Iterator[StopRequest]:
    """Remember signals instead of dying of them, for as long as the context lasts; only in the main thread."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, request) for number in numbers}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
