"""What `test_worker.py` has done in a process of its own; imported there alone."""

import os
import sys
import threading
from typing import Any

from inkdigit.errors import BadInput, BadPicture
from inkdigit.worker import Message

kept: list[bytes] = []


def answer(request: Message) -> Message:
    do = request.fields["do"]
    if do == "echo":
        return Message(request.fields, bytes(request.data)[::-1])
    return DOINGS[do]()


def bad_picture() -> Message:
    raise BadPicture("too-small", "a.png", "is odd", hint="try again")


def bad_input() -> Message:
    raise BadInput("cannot open", "b", "is bad")


def leave() -> Message:
    os._exit(0)


def fail() -> Message:
    raise RuntimeError("no error of ours")


def say(words: bytes) -> Message:
    """Write where the replies go: on the second descriptor that `main` made."""
    for descriptor in range(3, 10):
        try:
            os.write(descriptor, words)
        except OSError:
            continue
    return Message({})


def close() -> Message:
    os.closerange(3, 20)
    return Message({})


def hang() -> Message:
    threading.Event().wait()
    return Message({})


def memory(n: int) -> Message:
    block = bytearray(n)
    block[::4096] = b"x" * len(block[::4096])
    return Message({})


def speak() -> Message:
    os.write(1, b"x" * 100)
    print("more", file=sys.stdout)
    return Message({"printed": True})


def abort() -> Message:
    os.abort()


DOINGS: dict[str, Any] = {
    "pid": lambda: Message({"pid": os.getpid()}),
    "bad picture": bad_picture,
    "bad input": bad_input,
    "abort": abort,
    "exit": leave,
    "raise": fail,
    "garbage": lambda: say((5).to_bytes(8, "big") + bytes(8) + b"{xx]}"),
    "huge": lambda: say(b"\xff" * 16),
    "no object": lambda: say((2).to_bytes(8, "big") + bytes(8) + b"[]"),
    "close": close,
    "hang": hang,
    "environment": lambda: Message(dict(os.environ)),
    "some memory": lambda: memory(50_000_000),
    "much memory": lambda: memory(600_000_000),
    "print": speak,
}
