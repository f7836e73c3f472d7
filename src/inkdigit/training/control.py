"""How a training is followed and stopped: a listener is told how it goes, signals ask it to stop.

The first Ctrl-C, SIGTERM or SIGHUP is remembered and the training stops at the next chunk, having
saved, or between two stages; a second Ctrl-C stops at once, and the run directory is still valid
because every file in it appears whole. Remembered, because an exception may be raised where it is
lost: JAX calls back into Python when it collects garbage. Knows nothing of what is saved
or shown: the command line's listener draws a table.
"""

import contextlib
import shlex
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from inkdigit.errors import Interrupted
from inkdigit.recipes import Recipe
from inkdigit.training.rundir import RUN
from inkdigit.types import Digits, Epoch, LayerRow

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Windows has no SIGHUP."""


class Listener:
    """Told of each stage as it happens; every method may be overridden, none needs to be."""

    def will_load(self, source: str) -> None:
        """The run directory is held, and the data is about to be loaded."""

    def begins(self, recipe: Recipe, layers: tuple[LayerRow, ...], train: Digits, validation: Digits | None) -> None:
        """The network is built and the data loaded."""

    def moved(self, epoch: int, fraction: float, loss: float, accuracy: float | None) -> None:
        """A part of an epoch is done; `loss` and `accuracy` are those of the epoch so far."""

    def epoch_done(self, epoch: Epoch) -> None:
        """An epoch is done and measured."""

    def remark(self, text: str) -> None:
        """Something worth a line, such as a damaged checkpoint that was passed over."""


class StopRequest:
    """Whether, and by which signal, the training was asked to stop; 0 for not."""

    signal_number = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Remember a signal; a second Ctrl-C is obeyed at once."""
        if self.signal_number and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.signal_number = number

    def check(self, folder: Path) -> None:
        """Stop here if that was asked for: between two stages, where what is on the disk is enough to go on from.

        Raises:
            Interrupted: It was.
        """
        if self.signal_number:
            raise self.interrupted(folder)

    def interrupted(self, folder: Path, saved: str = "") -> Interrupted:
        """What to tell the user; the folder stands in the command only, so that the command fits into the line."""
        begun = (folder / RUN).exists()
        return Interrupted(
            f"stopped by {signal.Signals(self.signal_number).name}",
            why=saved,
            signal_number=self.signal_number,
            hint=f"go on with: inkdigit train --resume --run {shlex.quote(str(folder))}" if begun else "",
        )


@contextlib.contextmanager
def stop_requests() -> Iterator[StopRequest]:
    """Remember signals instead of dying of them, for as long as the context lasts; only in the main thread."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    before = {number: signal.signal(number, request) for number in numbers}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
