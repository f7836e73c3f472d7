"""The service as a process: from a port that is taken to the last answer.

In: an address, a model and settings. Out: nothing; it runs until a signal. Binding comes first and loads nothing, so a
port that is in use is said at once.
"""

import asyncio
import errno
import gc
import signal
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import TYPE_CHECKING

from inkdigit.errors import Busy, CannotWrite, UsageError

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from inkdigit.server.settings import Settings

WHAT = "cannot listen"
BACKLOG = 2048
STOPS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


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


def serve(listener: socket.socket, model: str | None, settings: "Settings", when_ready: Callable[[str], None]) -> None:
    """Open the model and serve in this process until SIGTERM, SIGINT or SIGHUP; answer what was accepted, and return.

    Args:
        listener: From `bind`.
        model: As for `inkdigit.load`.
        settings: What was asked for.
        when_ready: Told the name of the model once requests are answered.

    Raises:
        UsageError: There is no model of that name.
        BadInput: The model cannot be used.
    """
    from inkdigit.server.model import open_model

    with ThreadPoolExecutor(1) as pool:
        # Both take a quarter of a second, much of it in C.
        framework = pool.submit(__import__, "inkdigit.server.app")
        served = open_model(model)
        framework.result()
    from inkdigit.server import logs
    from inkdigit.server.app import create_app

    logs.configure(sys.stderr)
    _run(listener, create_app(served, settings=settings), lambda: when_ready(served.name))


def config_of(app: "FastAPI") -> "uvicorn.Config":
    """How uvicorn is set up; what it would tell of itself or believe of a proxy is off."""
    import uvicorn

    from inkdigit.server.deadlines import DeadlineProtocol

    limits = app.state.service.settings.limits
    return uvicorn.Config(
        app, http=DeadlineProtocol, ws="none", lifespan="on", backlog=BACKLOG,
        log_config=None, access_log=False, proxy_headers=False, server_header=False, date_header=True,
        timeout_keep_alive=limits.keep_alive, timeout_graceful_shutdown=limits.drain,
    )  # fmt: skip


def _run(listener: socket.socket, app: "FastAPI", when_ready: Callable[[], None]) -> None:
    import uvicorn

    # The event loop must not wait the usual 5 ms for a thread to let go of the interpreter.
    sys.setswitchinterval(0.0005)
    server = uvicorn.Server(config_of(app))
    # Uvicorn raises the signal that stopped it again when it has ended; it then comes here, and changes nothing.
    before = {number: signal.signal(number, server.handle_exit) for number in STOPS}
    try:
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
            runner.run(_serve(server, listener, when_ready))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _serve(server: "uvicorn.Server", listener: socket.socket, when_ready: Callable[[], None]) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not (server.started or serving.done()):
        await asyncio.sleep(0.005)
    # What is there now stays: to look through it again takes 40 ms, in which nobody is answered.
    gc.freeze()
    when_ready()
    await serving


def _refused(where: str, error: OSError) -> Exception:
    why = (error.strerror or str(error)).lower()
    if error.errno == errno.EADDRINUSE:
        return Busy(WHAT, where, "the port is in use", hint="choose another with --port, 0 for any that is free")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return CannotWrite(WHAT, where, why, hint="ports below 1024 are the administrator's; choose another")
    return UsageError(WHAT, where, why)
