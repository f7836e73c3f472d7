"""The service as a process, or several, from a socket that listens to the last answer.

In: a socket, a model and settings. Out: nothing; it runs until a signal.
"""

import gc
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from inkdigit.server.model import Served, open_model
from inkdigit.server.settings import Settings

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

GLANCE = 0.1  # seconds between two looks at several processes
STOPS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def serve(
    listener: socket.socket, model: str | None, settings: Settings, *, workers: int, when_ready: Callable[[str], None]
) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP; then answer what was accepted, and return.

    Args:
        listener: A socket that listens; closed in the end.
        model: As for `inkdigit.load`, with the same errors.
        settings: What was asked for.
        workers: 1 for this process alone. Of several, each opens the model for itself and accepts from the same
            socket, and one that dies is replaced by this process, which answers nothing.
        when_ready: Told the name of the model once requests are taken; the first may wait a moment.
    """
    with ThreadPoolExecutor(1) as pool:
        # Both take a quarter of a second, much of it in C.
        framework = pool.submit(__import__, "inkdigit.server.app")
        served = open_model(model)  # of several processes, here only to say once what cannot be used
        framework.result()
    if workers == 1:
        _serve_here(listener, _build(served, settings), settings, lambda: when_ready(served.name))
    else:
        config = config_of(partial(_build_worker, model, settings), settings, workers=workers)
        _look_after(listener, config, settings, lambda: when_ready(served.name))


def config_of(app: "FastAPI | Callable[[], FastAPI]", settings: Settings, *, workers: int = 1) -> "uvicorn.Config":
    """How uvicorn is set up; what it would tell of itself or believe of a proxy is off."""
    import uvicorn

    from inkdigit.server.deadlines import DeadlineProtocol

    return uvicorn.Config(
        app, factory=workers > 1, workers=workers, http=DeadlineProtocol, ws="none",
        log_config=None, access_log=False, proxy_headers=False, server_header=False, date_header=True,
        timeout_keep_alive=settings.limits.keep_alive, timeout_graceful_shutdown=settings.limits.drain,
    )  # fmt: skip


def _serve_here(listener: socket.socket, app: "FastAPI", settings: Settings, ready: Callable[[], None]) -> None:
    import uvicorn

    server = uvicorn.Server(config_of(app, settings))
    # Uvicorn raises the signal that stopped it again when it has ended; it then comes here, and changes nothing.
    for number in STOPS:
        signal.signal(number, server.handle_exit)
    ready()
    server.run(sockets=[listener])


def _look_after(
    listener: socket.socket, config: "uvicorn.Config", settings: Settings, ready: Callable[[], None]
) -> None:
    from prometheus_client.multiprocess import mark_process_dead
    from uvicorn.supervisors import Multiprocess

    several = Multiprocess(config, sockets=[listener])
    stop = several.should_exit  # set, too, where a process says that it can never start
    for number in STOPS:
        signal.signal(number, lambda *_: stop.set())
    several.init_processes()
    ready()
    while not stop.wait(GLANCE):
        before = {one.pid for one in several.processes}
        several.keep_subprocess_alive()
        for pid in before - {one.pid for one in several.processes}:
            mark_process_dead(pid, str(settings.shared_metrics))  # type: ignore[no-untyped-call]
    listener.close()  # whoever comes now finds nobody, instead of a line that nobody serves
    several.terminate_all()
    several.join_all()


def _build_worker(model: str | None, settings: Settings) -> "FastAPI":
    """In one of several processes, the application; of the signals of a terminal the first process tells it."""
    for number in set(STOPS) - {signal.SIGTERM}:
        signal.signal(number, signal.SIG_IGN)
    return _build(open_model(model), settings)


def _build(served: Served, settings: Settings) -> "FastAPI":
    from inkdigit.server import logs
    from inkdigit.server.app import create_app

    logs.to_stderr()
    app = create_app(served, settings=settings)
    # What is there now stays: to look through it again takes 40 ms, in which nobody is answered.
    gc.freeze()
    return app
