"""The address that a command listens at: taken before anything is loaded, so that a port in use is said at once.

In: a host and a port. Out: a socket that listens, and what a browser calls it. Knows nothing of what is served.
"""

import errno
import socket
from ipaddress import ip_address

from inkdigit.errors import Busy, CannotWrite, UsageError

WHAT = "cannot listen"
BACKLOG = 2048


def bind(host: str, port: int) -> socket.socket:
    """Take an address, and a port, 0 for any that is free; whoever connects now waits for the service to be ready.

    Raises:
        UsageError: There is no such address here, or the port is none.
        Busy: The port is in use.
        CannotWrite: It is not permitted.
    """
    where = f"{host}:{port}"
    if not 0 <= port <= 65_535:
        raise UsageError(WHAT, where, "a port is a number from 0 to 65,535")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise UsageError(WHAT, where, "the host has no address", hint="try --host 127.0.0.1") from error
    family, _, _, _, address = found[0]
    try:
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise _refused(where, error) from error


def is_loopback(listener: socket.socket) -> bool:
    """Whether only this machine can reach it."""
    return ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback


def address_of(listener: socket.socket) -> str:
    """The URL at which a browser of this machine finds it."""
    host, port = listener.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _refused(where: str, error: OSError) -> Exception:
    why = (error.strerror or str(error)).lower()
    if error.errno == errno.EADDRINUSE:
        return Busy(WHAT, where, "the port is in use", hint="choose another with --port, 0 for any that is free")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return CannotWrite(WHAT, where, why, hint="ports below 1024 are the administrator's; choose another")
    return UsageError(WHAT, where, why)
