"""What the service counts, as Prometheus reads it.

In: a word about each request. Out: text, exposition format 0.0.4. Labels have values from fixed sets, never what
a client wrote, so their number is bounded. Source of the format:
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import os
import resource
import sys
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds in seconds: a digit takes one millisecond, a photographed page up to a second."""

Labels = dict[str, str]
Sample = tuple[str, Labels, float]


class Histogram:
    """How many values fell into each bucket, and their sum."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """Count one value, in seconds."""
        self.counts[bisect_left(BUCKETS, value)] += 1
        self.sum += value

    def samples(self, name: str, labels: Labels) -> Iterator[Sample]:
        """The cumulative counts, the sum and the number of values."""
        total = 0
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), self.counts, strict=True):
            total += count
            yield f"{name}_bucket", {**labels, "le": bound}, total
        yield f"{name}_sum", labels, self.sum
        yield f"{name}_count", labels, total


class Metrics:
    """The counters of one service; told from its event loop alone."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.rejected: Counter[str] = Counter()
        self.durations: dict[str, Histogram] = {}
        self.in_flight = 0

    def finished(self, *, route: str, status: int, seconds: float, reason: str | None) -> None:
        """Count a request that was answered; `reason` is the code of its problem."""
        self.requests[route, status] += 1
        if reason is not None:
            self.rejected[reason] += 1
        histogram = self.durations.get(route)
        if histogram is None:
            histogram = self.durations[route] = Histogram()
        histogram.add(seconds)

    def text(self, *, gauges: Mapping[str, tuple[str, float]], info: Labels) -> str:
        """Everything that was counted.

        Args:
            gauges: By name, what it is and its value now.
            info: What is constant: the model and the version.
        """
        families = [
            *self._counted(),
            *_family("inkdigit_info", "gauge", "The model and the version.", [("inkdigit_info", info, 1)]),
        ]
        for name, (about, value) in {**gauges, **_process()}.items():
            families += _family(name, "counter" if name.endswith("_total") else "gauge", about, [(name, {}, value)])
        return "\n".join(families) + "\n"

    def _counted(self) -> Iterator[str]:
        name = "inkdigit_requests_total"
        requests = [(name, {"route": r, "status": str(s)}, n) for (r, s), n in sorted(self.requests.items())]
        yield from _family(name, "counter", "Requests that were answered.", requests)
        name = "inkdigit_rejected_total"
        rejected = [(name, {"reason": reason}, n) for reason, n in sorted(self.rejected.items())]
        yield from _family(name, "counter", "Requests that were refused, by the code of the problem.", rejected)
        name = "inkdigit_request_seconds"
        durations = [
            sample
            for route, histogram in sorted(self.durations.items())
            for sample in histogram.samples(name, {"route": route})
        ]
        yield from _family(name, "histogram", "From the headers to the answer.", durations)


def _family(name: str, kind: str, about: str, samples: Iterable[tuple[str, Labels, float]]) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"
    for sample, labels, value in samples:
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"{sample}{{{inside}}} {value}" if inside else f"{sample} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _process() -> dict[str, tuple[str, float]]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "process_cpu_seconds_total": ("Processor time, user and system.", usage.ru_utime + usage.ru_stime),
        "process_start_time_seconds": ("When the service began, seconds since 1970.", STARTED),
    }
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        figures["process_resident_memory_bytes"] = ("Memory in use.", pages * os.sysconf("SC_PAGE_SIZE"))
        figures["process_open_fds"] = ("Open files and connections.", len(list(Path("/proc/self/fd").iterdir())))
    return figures


STARTED = time.time()
