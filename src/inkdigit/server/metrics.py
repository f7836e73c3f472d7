"""What the service counts, as Prometheus reads it.

In: a word about each request. Out: text. Labels have values from fixed sets, never what a client wrote, so their
number is bounded. Of several processes each keeps its figures in a folder that they share, and whichever is asked gives
the sum (prometheus-client's multiprocess mode), without what it knows of itself alone: its memory, its processor time.
"""

from pathlib import Path

import prometheus_client as prometheus
from prometheus_client.multiprocess import MultiProcessCollector

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds in seconds: a digit takes one millisecond, a photographed page up to a second."""

prometheus.disable_created_metrics()  # type: ignore[no-untyped-call]  # when each began would double the text


class Metrics:
    """The counters of a service; processes that share a folder were started with PROMETHEUS_MULTIPROC_DIR set to it."""

    def __init__(self, info: dict[str, str], *, shared: Path | None = None) -> None:
        self._shared = shared
        self._own = own = prometheus.CollectorRegistry()
        if shared is None:
            prometheus.ProcessCollector(registry=own)
        name, about = "inkdigit_requests", "Requests that were answered."
        self._requests = prometheus.Counter(name, about, ["route", "status"], registry=own)
        name, about = "inkdigit_rejected", "Requests that were refused, by the code of the problem."
        self._rejected = prometheus.Counter(name, about, ["reason"], registry=own)
        name, about = "inkdigit_request_seconds", "From the headers to the answer."
        self._seconds = prometheus.Histogram(name, about, ["route"], buckets=BUCKETS, registry=own)
        self.in_flight = self._gauge("inkdigit_in_flight", "Requests that have no answer yet.")
        self.working = self._gauge("inkdigit_working", "Threads that work.")
        self.queue_depth = self._gauge("inkdigit_queue_depth", "Requests that wait for a thread.")
        self.held = self._gauge("inkdigit_held_bytes", "Bodies in memory.")
        name, about = "inkdigit_info", "The model and the version."
        prometheus.Gauge(name, about, list(info), registry=own, multiprocess_mode="max").labels(**info).set(1)

    def finished(self, *, route: str, status: int, seconds: float, reason: str | None) -> None:
        """Count a request that was answered; `reason` is the code of its problem."""
        self._requests.labels(route, status).inc()
        self._seconds.labels(route).observe(seconds)
        if reason is not None:
            self._rejected.labels(reason).inc()

    def text(self) -> bytes:
        """Everything that was counted, in the exposition format."""
        registry = self._own
        if self._shared is not None:
            registry = prometheus.CollectorRegistry()
            MultiProcessCollector(registry, path=str(self._shared))  # type: ignore[no-untyped-call]
        return prometheus.generate_latest(registry)

    def _gauge(self, name: str, about: str) -> prometheus.Gauge:
        """A value that goes up and down; that of a process which has died is forgotten."""
        return prometheus.Gauge(name, about, registry=self._own, multiprocess_mode="livesum")
