"""The log: a line of JSON per request, and per thing that happened, by the standard library's `logging`.

In: records, whose attribute `fields` holds what is to be said. Out: lines. They never hold a picture, the name of
one, a token or a URL: of a request they have the template of its route.
"""

import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from pydantic_core import to_json

NAME = "inkdigit.server"


class JsonFormatter(logging.Formatter):
    """Makes a line of JSON of a record, with the time in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; of an exception the name and the place alone, since its text may quote the client."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:23] + "Z"
        fields = getattr(record, "fields", None) or {"message": " ".join(record.getMessage().split())}
        if record.exc_info and record.exc_info[1]:
            fields = {**fields, "error": place_of(record.exc_info[1])}
        return to_json({"time": time, "level": record.levelname.lower(), **fields}).decode()


def to_stderr() -> None:
    """Write the log to stderr, if there is one; on a terminal only what was refused or failed, as a person wants it.

    Uvicorn's own messages come into the same log, errors only: of bad requests `deadlines` says more.
    """
    handler = logging.StreamHandler() if sys.stderr else logging.NullHandler()
    handler.setFormatter(JsonFormatter())
    least = logging.WARNING if sys.stderr and sys.stderr.isatty() else logging.INFO
    for name, level in ((NAME, least), ("uvicorn", logging.ERROR)):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)
    logging.raiseExceptions = False  # a stream that has gone away must not stop the service


def place_of(error: BaseException) -> str:
    """The name of an exception and the innermost lines that it came through.

    >>> place_of(ValueError("secret"))
    'ValueError'
    """
    frames = traceback.walk_tb(error.__traceback__)
    lines = [f"{Path(frame.f_code.co_filename).name}:{line}" for frame, line in frames]
    return " ".join([type(error).__name__, *lines[-4:]])
