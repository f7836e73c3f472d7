"""What a service may do, and who may speak to it: every number and every name in one place.

In: what the user asked for. Out: `Settings`, handed down to whoever needs one of them; nothing below reads the
environment or counts cores. The limits of one picture's pixels stand in `pictures.decode`.
"""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """How much of anything a client may ask for; the defaults are those of the documentation."""

    body: int = 8 << 20  # bytes of a request's body
    picture: int = 5 << 20  # bytes of one picture
    pictures: int = 32  # in one request
    parts: int = 100  # files in a form, and as many other fields
    frames: int = 10_000  # digits in one `classify`
    held: int = 64 << 20  # bytes of all bodies that are being received or worked on, together
    url: int = 8 << 10  # bytes of a request's target
    headers: int = 16 << 10  # bytes of all its headers
    header_count: int = 100
    connections: int = 1_000  # open at once
    working: int = 1  # threads for what takes a moment, and as many for what may take a second: pages, large bodies
    waiting: int = 48  # requests that wait for one of the first
    waiting_long: int = 16  # requests that wait for one of the others
    patience: float = 0.2  # seconds that a request waits for a thread before it is refused
    work: float = 5.0  # seconds that the work on a request may take
    header_time: float = 10.0  # seconds from the first byte of a request, or from the connection, to its last header
    body_time: float = 30.0  # seconds for the body
    keep_alive: int = 5  # seconds that a connection stays open without a request
    drain: int = 10  # seconds for the requests that were accepted before the service stops


@dataclass(frozen=True)
class Settings:
    """What does not change while a service runs."""

    token: bytes | None = field(default=None, repr=False)  # what requests must bear; None where the API is open
    names: frozenset[str] = frozenset()  # by which a client may call it beside the loopback ones, in lower case
    beyond_loopback: bool = False  # whether clients of other machines are meant; any IP address is then a good `Host`
    limits: Limits = field(default_factory=Limits)
    shared_metrics: Path | None = None  # the folder in which several processes keep what they count
