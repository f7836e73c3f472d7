"""Where the service listens and who may speak to it.

In: what the user asked for. Out: `Settings`. Knows nothing of pictures.
"""

from dataclasses import dataclass, field

from inkdigit.server.limits import Limits

LOCALHOST = "127.0.0.1"
PORT = 8000


@dataclass(frozen=True)
class Settings:
    """What does not change while the service runs.

    Args:
        host: The address it is bound to.
        token: What `Authorization: Bearer` must say, in bytes; None where the API is open.
        names: Names beside the loopback ones by which a client may call it, in lower case.
        beyond_loopback: Whether clients of other machines are meant; then any IP address is a good `Host`.
        limits: How much a client may ask for.
    """

    host: str = LOCALHOST
    token: bytes | None = field(default=None, repr=False)
    names: frozenset[str] = frozenset()
    beyond_loopback: bool = False
    limits: Limits = field(default_factory=Limits)
