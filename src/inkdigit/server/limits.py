"""How much of anything a client may ask for.

In: nothing. Out: `Limits`. The limits of one picture's pixels stand in `images.decode`.
"""

import os
from dataclasses import dataclass, field


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Limits:
    """Every limit in one place; the defaults are those of the documentation.

    Args:
        body: Bytes of a request's body.
        picture: Bytes of one picture.
        pictures: Pictures in one request.
        parts: Parts of a multipart body, whatever they hold.
        frames: Digits in one `classify`.
        held: Bytes of all bodies that are being received or worked on, together.
        url: Bytes of a request's target.
        headers: Bytes of all its headers.
        header_count: How many headers it may have.
        connections: Open at once.
        working: Threads for what takes a moment, and as many for what may take a second: pages, large pictures.
        waiting: Requests that wait for one of the first.
        waiting_long: Requests that wait for one of the others.
        patience: Seconds that a request waits for a thread before it is refused.
        work: Seconds that the work on a request may take.
        header_time: Seconds from the first byte of a request, or from the connection, to the end of its headers.
        body_time: Seconds for the body.
        keep_alive: Seconds that a connection stays open without a request.
        linger: Seconds that the rest of a refused body is read and thrown away, so that the client sees the answer.
        drain: Seconds for the requests that were accepted before the service stops.
    """

    body: int = 8 << 20
    picture: int = 5 << 20
    pictures: int = 32
    parts: int = 100
    frames: int = 10_000
    held: int = 64 << 20
    url: int = 8 << 10
    headers: int = 16 << 10
    header_count: int = 100
    connections: int = 1_000
    working: int = field(default_factory=lambda: cores())
    waiting: int = 48
    waiting_long: int = 16
    patience: float = 0.2
    work: float = 5.0
    header_time: float = 10.0
    body_time: float = 30.0
    keep_alive: int = 5
    linger: float = 2.0
    drain: int = 10
