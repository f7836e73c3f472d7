"""The service as a process: from a port that is taken to the last answer.

In: an address and a service. Out: nothing; it runs until a signal. Binding comes first and loads nothing, so a
port that is in use is said at once.
"""

import errno
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable
from ipaddress import ip_address
from types import FrameType
from typing import TYPE_CHECKING

from inkdigit.errors import Busy, CannotWrite, UsageError

if TYPE_CHECKING:
    import uvicorn

    from inkdigit.server.service import Service

WHAT = "cannot listen"
BACKLOG = 2048


def bind(host: str, port: int) -> socket.socket:
    """Take an address; whoever connects from now on waits for the service to be ready.

    Args:
        host: An address or a name of this machine.
        port: 0 for any that is free.

    Raises:
        UsageError: There is no such address here, or the port is none.
        Busy: The port is in use.
        CannotWrite: It is not permitted.
    """
    where = f"{host}:{port}"
    if not 0 <= port <= 65_535:
        raise UsageError(WHAT, where, "a port is a number from 0 to 65,535")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
    except (OSError, UnicodeError) as error:
        raise UsageError(WHAT, where, "the host has no address", hint="try --host 127.0.0.1") from error
    listener = socket.socket(family, kind)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _refused(where, error) from error
    listener.set_inheritable(False)
    return listener


def is_loopback(listener: socket.socket) -> bool:
    """Whether only this machine can reach it."""
    return ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback


def address_of(listener: socket.socket) -> str:
    """The URL at which a browser of this machine finds it."""
    host, port = listener.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(listener: socket.socket, service: "Service", *, when_ready: Callable[[], None]) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP; then answer what was accepted, and return.

    Args:
        listener: From `bind`.
        service: Whose requests these are.
        when_ready: Called once requests are answered.
    """
    from inkdigit.server.logs import ServerHandler

    logger = logging.getLogger("uvicorn")
    logger.handlers, logger.propagate = [ServerHandler(service.log)], False
    logger.setLevel(logging.ERROR)  # its warnings are about requests that `protocol` has a line for
    # The event loop must not wait the usual 5 ms for a worker to let go of the interpreter.
    sys.setswitchinterval(0.0005)
    server = _server(service, when_ready)
    hang_up = signal.signal(signal.SIGHUP, server.handle_exit)
    try:
        server.run(sockets=[listener])
    finally:
        signal.signal(signal.SIGHUP, hang_up)
        service.close()


def config_of(service: "Service") -> "uvicorn.Config":
    """How uvicorn is set up; what it would tell of itself or believe of a proxy is off."""
    import uvicorn

    from inkdigit.server.app import app_of
    from inkdigit.server.protocol import protocol_for

    limits = service.settings.limits
    return uvicorn.Config(
        app_of(service), http=protocol_for(service), ws="none", lifespan="off", backlog=BACKLOG,
        log_config=None, access_log=False, proxy_headers=False, server_header=False, date_header=True,
        timeout_keep_alive=limits.keep_alive, timeout_graceful_shutdown=limits.drain,
    )  # fmt: skip


def _server(service: "Service", when_ready: Callable[[], None]) -> "uvicorn.Server":
    import uvicorn

    class Server(uvicorn.Server):
        """Tells when it is ready, says at once that it stops, and does not raise the signal again when it has."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            # What is there now stays: to look through it again takes 40 ms, in which nobody is answered. What a
            # request leaves behind goes without being looked for; that costs 4 % where it is done all the time.
            gc.freeze()
            gc.set_threshold(20_000, 20, 20)
            when_ready()

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            service.draining = True
            self.force_exit = self.should_exit and sig == signal.SIGINT  # Ctrl-C twice
            self.should_exit = True

    return Server(config_of(service))


def _refused(where: str, error: OSError) -> Exception:
    why = (error.strerror or str(error)).lower()
    if error.errno == errno.EADDRINUSE:
        return Busy(WHAT, where, "the port is in use", hint="choose another with --port, 0 for any that is free")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return CannotWrite(WHAT, where, why, hint="ports below 1024 are the administrator's; choose another")
    return UsageError(WHAT, where, why)
