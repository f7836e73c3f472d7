"""What a running service consists of: the model, built once, and everything that requests share.

In: a served model, settings and a log. Out: a `Service`, handed to every layer.
"""

from dataclasses import dataclass

from inkdigit.server.bodies import Bodies
from inkdigit.server.logs import Log
from inkdigit.server.metrics import Metrics
from inkdigit.server.model import Served
from inkdigit.server.pages import Pages
from inkdigit.server.settings import Settings
from inkdigit.server.tasks import Tasks
from inkdigit.server.workers import Workers


@dataclass(eq=False)
class Service:
    """One service; `draining` is set when it is told to stop.

    Args:
        served: The model, which has passed its self-test.
        settings: What was asked for.
        log: Where lines go.
        workers: The threads for what takes a moment.
        long: The threads for what may take a second.
        tasks: What they do.
        bodies: What is being received.
        metrics: What is counted.
        pages: The files of the page.
        draining: Whether it stops.
    """

    served: Served
    settings: Settings
    log: Log
    workers: Workers
    long: Workers
    tasks: Tasks
    bodies: Bodies
    metrics: Metrics
    pages: Pages
    draining: bool = False

    def close(self) -> None:
        """End the threads and write what is left of the log."""
        self.workers.close()
        self.long.close()
        self.log.flush()


def make_service(served: Served, *, settings: Settings, log: Log) -> Service:
    """Put a service together; nothing runs yet."""
    limits = settings.limits
    tasks = Tasks(served.reader, limits)
    moment, long = Workers(limits, waiting=limits.waiting), Workers(limits, waiting=limits.waiting_long)
    return Service(served, settings, log, moment, long, tasks, Bodies(limits), Metrics(), Pages(served))
