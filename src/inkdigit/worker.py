"""A process of its own for what may crash, hang or fill the memory: decoders and networks that somebody else wrote.

In: the name of a function of this package, limits, requests. Out: its replies; or a `WorkerFailed` that says how it
ended, after which the next request starts a new process. What such a process says is believed no more than the file
that it works on: messages are JSON and plain bytes, nothing in them can run. The limit of memory holds where the
system has one for private memory (Linux); the limit of time holds everywhere. It is no jail: the process may read what
its user may read.
"""

import contextlib
import importlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

from inkdigit.errors import BadInput, BadPicture, printable

HEADER = 16  # bytes: the length of the JSON and that of the data, big-endian
LARGEST_FIELDS = 1 << 20  # bytes of JSON
LARGEST_DATA = 1 << 30


class Message(NamedTuple):
    """Words and numbers that JSON has, and bytes."""

    fields: dict[str, Any]
    data: bytes | memoryview = b""


Answer = Callable[[Message], Message]


class WorkerFailed(Exception):
    """The process ended before it answered, or said what makes no sense; the text says how, in words of a user."""


class Worker:
    """A process that answers requests one after another; any number of threads may ask.

    Args:
        function: "module:name" of a function `Message -> Message` of this package; imported in the process.
        memory: Bytes of private memory, beyond which the process fails.
        seconds: For one request, beyond which it is ended; the start of the process counts for the first.
    """

    def __init__(self, function: str, *, memory: int, seconds: float) -> None:
        self._function, self._memory, self._seconds = function, memory, seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, request: Message, *, seconds: float | None = None) -> Message:
        """Have one request answered.

        Args:
            request: What the function is given.
            seconds: Instead of the usual limit.

        Raises:
            BadInput: The function raised one.
            WorkerFailed: The process ended, or took too long.
        """
        limit = seconds or self._seconds
        with self._lock:
            process = self._running()
            late = threading.Event()
            clock = threading.Timer(limit, _end, (process, late))
            clock.start()
            try:
                _write(process.stdin, request)
                reply = _read(process.stdout)
            except (OSError, ValueError, EOFError) as error:
                raise WorkerFailed(self._what_happened(process, late, limit)) from error
            finally:
                clock.cancel()
            if late.is_set():  # just after it answered: it was ended all the same
                self._what_happened(process, late, limit)
        if (refusal := reply.fields.get("error")) is not None:
            raise _error(refusal)
        return reply

    @property
    def runs(self) -> bool:
        """Whether the process has begun and not ended since."""
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        """End the process, if it runs."""
        if (process := self._process) is not None:
            self._process = None
            process.kill()
            _forget(process)

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and not self.runs:  # it ended while nobody asked
            _forget(self._process)
            self._process = None
        if self._process is None:
            code = "from inkdigit.worker import main; main()"
            self._process = subprocess.Popen(
                # -P: a file `json.py` in the folder that somebody works in is no module of ours.
                [sys.executable, "-P", "-c", code, self._function, str(self._memory)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={**_environment(), "OPENBLAS_NUM_THREADS": "1"},
            )  # fmt: skip
        return self._process

    def _what_happened(self, process: "subprocess.Popen[bytes]", late: threading.Event, seconds: float) -> str:
        self._process = None
        process.kill()
        _forget(process)
        if late.is_set():
            return f"took longer than {seconds:g} s"
        return f"crashed, or needs more than {self._memory // 1_000_000:,} MB"

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()


def _environment() -> dict[str, str]:
    """What the process inherits: no secret of a service."""
    return {name: value for name, value in os.environ.items() if not name.endswith("TOKEN")}


def _end(process: "subprocess.Popen[bytes]", late: threading.Event) -> None:
    late.set()
    process.kill()


def _forget(process: "subprocess.Popen[bytes]") -> None:
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _error(refusal: Any) -> BadInput:
    """The error that the function raised: words alone, made printable again."""
    said = {name: str(refusal.get(name, "")) for name in ("what", "where", "why", "hint", "code")}
    if said["code"]:
        return BadPicture(said["code"], said["where"], said["why"], hint=said["hint"])
    return BadInput(said["what"], said["where"], said["why"], hint=said["hint"])


def _write(pipe: Any, message: Message) -> None:
    fields = json.dumps(message.fields).encode()
    pipe.write(len(fields).to_bytes(8, "big") + len(message.data).to_bytes(8, "big") + fields)
    pipe.write(message.data)
    pipe.flush()


def _read(pipe: Any) -> Message:
    header = _exactly(pipe, HEADER)
    n_fields, n_data = int.from_bytes(header[:8], "big"), int.from_bytes(header[8:], "big")
    if n_fields > LARGEST_FIELDS or n_data > LARGEST_DATA:
        raise ValueError("a message is too large")
    fields = json.loads(_exactly(pipe, n_fields))
    if not isinstance(fields, dict):
        raise ValueError("a message has no fields")
    return Message(fields, _exactly(pipe, n_data))


def _exactly(pipe: BinaryIO, n: int) -> bytes:
    data = pipe.read(n)
    if len(data) != n:
        raise EOFError
    return data


def main() -> None:
    """In the process: answer what comes on the standard input until it ends."""
    # What a C library prints must not stand among the replies.
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    module, _, name = sys.argv[1].partition(":")
    answer: Answer = getattr(importlib.import_module(module), name)
    _limit_memory(int(sys.argv[2]))
    while True:
        try:
            request = _read(requests)
        except EOFError:
            return
        _write(replies, _reply(answer, request))


def _reply(answer: Answer, request: Message) -> Message:
    try:
        return answer(request)
    except BadInput as error:
        said = {"what": error.what, "where": printable(error.where), "why": error.why, "hint": error.hint}
        code = {"code": error.code} if isinstance(error, BadPicture) else {}
        return Message({"error": {**said, **code}})


def _limit_memory(most: int) -> None:
    """Of private memory that can be written to: address space alone is plentiful, and libraries reserve much."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
