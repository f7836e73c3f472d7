"""The log: a line of JSON per request, and per thing that happened, by the standard library's `logging`.

In: records, whose attribute `fields` holds what is to be said. Out: lines. They never hold a picture, the name of
one, a token or a URL: of a request they have the template of its route.
"""

import contextlib
import logging
import sys
import threading
import time
import traceback
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from pydantic_core import to_json

LOG = logging.getLogger("inkdigit.server")
EVERY, MOST = 0.1, 10_000  # seconds; lines


class JsonHandler(logging.Handler):
    """Writes records as lines of JSON to stderr, in a thread of its own, ten times a second.

    To write lets go of the interpreter: on the event loop, beside a thread that works, that costs several times what a
    refusal does, and a reader that stops would stop the service. Of lines that nobody takes the oldest are lost.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=MOST)
        threading.Thread(target=self._keep_writing, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line; of an exception the name and the place alone, since its text may quote the client."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:23] + "Z"
        fields = getattr(record, "fields", None) or {"message": " ".join(record.getMessage().split())}
        if record.exc_info and record.exc_info[1]:
            fields = {**fields, "error": place_of(record.exc_info[1])}
        self._lines.append(to_json({"time": time, "level": record.levelname.lower(), **fields}).decode() + "\n")

    def flush(self) -> None:
        """Write what was kept; a stream that has gone away, or was never there, must not stop the service."""
        lines = "".join(self._lines.popleft() for _ in range(len(self._lines)))
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.stderr.write(lines)
            sys.stderr.flush()

    def _keep_writing(self) -> None:
        while True:
            time.sleep(EVERY)
            self.flush()


def to_stderr() -> None:
    """Write the log to stderr; on a terminal only what was refused or failed, as a person wants it.

    Uvicorn's own messages come into the same log, errors only: of bad requests `deadlines` says more.
    """
    least = logging.WARNING if sys.stderr and sys.stderr.isatty() else logging.INFO
    for logger, level in ((LOG, least), (logging.getLogger("uvicorn"), logging.ERROR)):
        logger.handlers, logger.propagate = [JsonHandler()], False
        logger.setLevel(level)


def place_of(error: BaseException) -> str:
    """The name of an exception and the innermost lines that it came through.

    >>> place_of(ValueError("secret"))
    'ValueError'
    """
    frames = traceback.walk_tb(error.__traceback__)
    lines = [f"{Path(frame.f_code.co_filename).name}:{line}" for frame, line in frames]
    return " ".join([type(error).__name__, *lines[-4:]])
