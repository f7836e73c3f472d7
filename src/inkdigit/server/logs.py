"""The log: a line of JSON per request, and per thing that happened.

In: fields. Out: lines on a stream. They never hold a picture, the name of one, a token or a URL: of a request they
have the template of its route. Lines are gathered and written ten times a second, since a write for each would
cost as much as a refusal; the last ones are written when the service ends.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

from pydantic_core import to_json

EVERY = 0.1  # seconds


@runtime_checkable
class Stream(Protocol):
    """What a log is written to."""

    def write(self, text: str, /) -> object:
        """Take some text."""

    def flush(self) -> object:
        """Let it go."""


class Log:
    """Writes lines to a stream, or nowhere.

    Args:
        stream: A text stream; None for no log.
        trouble_only: Whether what went well is left out, as for a person at a terminal.
    """

    def __init__(self, stream: Stream | None = None, *, trouble_only: bool = False) -> None:
        self._stream = stream
        self._trouble_only = trouble_only
        self._lines: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def write(self, level: str, fields: Mapping[str, object]) -> None:
        """Note one line with the time, "info", "warning" or "error", and what happened."""
        if self._stream is None or (self._trouble_only and level == "info"):
            return
        time = datetime.now(UTC).isoformat(timespec="milliseconds")[:23] + "Z"
        self._lines.append(to_json({"time": time, "level": level, **fields}).decode())
        if self._timer is None:
            self._later()

    def flush(self) -> None:
        """Write what was noted; a stream that has gone away must not stop the service."""
        self._timer = None
        lines, self._lines = self._lines, []
        if lines and self._stream is not None:
            with contextlib.suppress(OSError, ValueError):
                self._stream.write("\n".join(lines) + "\n")
                self._stream.flush()

    def _later(self) -> None:
        try:
            self._timer = asyncio.get_running_loop().call_later(EVERY, self.flush)
        except RuntimeError:  # before or after the service runs
            self.flush()


class ServerHandler(logging.Handler):
    """Brings what uvicorn has to say, warnings and errors, into the same log.

    Args:
        log: Where it goes.
    """

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write the message, and of an exception its name and place: its text may quote the client."""
        fields: dict[str, object] = {"event": "server", "message": " ".join(record.getMessage().split())}
        if record.exc_info and record.exc_info[1]:
            fields["error"] = place_of(record.exc_info[1])
        self._log.write("error" if record.levelno >= logging.ERROR else "warning", fields)


def place_of(error: BaseException) -> str:
    """The name of an exception and the innermost lines that it came through.

    >>> place_of(ValueError("secret"))
    'ValueError'
    """
    lines, trace = [], error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        lines.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " ".join([type(error).__name__, *lines[-4:]])
