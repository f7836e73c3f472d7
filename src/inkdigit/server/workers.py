"""The service as several processes that accept from one socket, each with a model of its own.

In: how many, and what each does. Out: nothing; they run until a signal, and one that dies is replaced. Whoever looks
after them answers no request and opens no model.
"""

import contextlib
import multiprocessing
import signal
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

from inkdigit.errors import InkdigitError
from inkdigit.server.process import STOPS, serve
from inkdigit.server.settings import Settings

GLANCE, BACKOFF = 0.1, 1.0
"""Seconds between two looks at the processes, and between the starts of one and of what replaces it."""

MARGIN = 5.0  # seconds beyond the time to drain before a process is killed


class Worker:
    """A process that serves.

    Args:
        listener: The socket that all accept from.
        model: As for `inkdigit.load`.
        settings: What was asked for.
    """

    def __init__(self, listener: socket.socket, model: str | None, settings: Settings) -> None:
        # A new interpreter: ONNX Runtime does not bear a fork.
        context = multiprocessing.get_context("spawn")
        self._told, tell = context.Pipe(duplex=False)
        self.process = context.Process(target=_work, args=(listener, model, settings, tell), daemon=True)
        self.process.start()
        tell.close()
        self._born = time.monotonic()
        self.says: str | InkdigitError | None = None

    def listen(self) -> str | InkdigitError | None:
        """The name of its model once it answers requests, or why it never will; None before."""
        with contextlib.suppress(EOFError):
            if self.says is None and self._told.poll():
                self.says = self._told.recv()
        return self.says

    @property
    def to_be_replaced(self) -> bool:
        """Whether it died; one that died at once is left alone for a moment."""
        return not self.process.is_alive() and time.monotonic() - self._born > BACKOFF


def serve_with(
    count: int, listener: socket.socket, model: str | None, settings: Settings, *, when_ready: Callable[[str], None]
) -> None:
    """Serve in several processes until SIGTERM, SIGINT or SIGHUP; let each answer what it accepted, and return.

    Args:
        count: How many.
        listener: From `process.bind`; closed when they are told to stop.
        model: As for `inkdigit.load`.
        settings: What was asked for, with `shared_metrics`.
        when_ready: Told the name of the model once all of them answer requests.

    Raises:
        UsageError: There is no model of that name.
        BadInput: The model cannot be used.
        InkdigitError: A process ended before it was ready.
    """
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in STOPS}
    workers = [Worker(listener, model, settings) for _ in range(count)]
    try:
        while not (stop.wait(GLANCE) or all(worker.listen() for worker in workers)):
            if not all(worker.process.is_alive() for worker in workers):
                raise InkdigitError("cannot serve", "", "a process ended before it was ready")
        _begin([worker.says for worker in workers], when_ready)
        while not stop.wait(GLANCE):
            for i, worker in enumerate(workers):
                if worker.to_be_replaced:
                    _forget(worker, settings)
                    workers[i] = Worker(listener, model, settings)
    finally:
        listener.close()  # whoever comes now finds nobody, instead of a line that nobody serves
        _end([worker.process for worker in workers], settings.limits.drain + MARGIN)
        for number, handler in before.items():
            signal.signal(number, handler)


def _work(listener: socket.socket, model: str | None, settings: Settings, tell: Connection) -> None:
    """In the new process."""
    try:
        serve(listener, model, settings, when_ready=tell.send)
    except InkdigitError as error:
        tell.send(error)


def _begin(said: list[str | InkdigitError | None], when_ready: Callable[[str], None]) -> None:
    for one in said:
        if isinstance(one, InkdigitError):
            raise one
    names = [one for one in said if isinstance(one, str)]
    if len(names) == len(said):  # else it was stopped before
        when_ready(names[0])


def _forget(worker: Worker, settings: Settings) -> None:
    """Take what a dead process had in hand out of the sums; what it had counted stays."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.process.pid, str(settings.shared_metrics))  # type: ignore[no-untyped-call]


def _end(processes: list[multiprocessing.context.SpawnProcess], seconds: float) -> None:
    for process in processes:
        process.terminate()
    end = time.monotonic() + seconds
    for process in processes:
        process.join(max(0.0, end - time.monotonic()))
        process.kill()
