"""The text of /metrics, read by the parser of prometheus-client."""

import math
import os
import subprocess
import sys
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from asgi import ask
from inkdigit.server.metrics import BUCKETS, Metrics
from server.conftest import MakeApp

Labels = tuple[tuple[str, str], ...]


def parsed(text: bytes) -> dict[tuple[str, Labels], float]:
    """Every sample."""
    samples: dict[tuple[str, Labels], float] = {}
    for family in text_string_to_metric_families(text.decode()):
        assert family.type in {"counter", "gauge", "histogram"}
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in samples
            samples[key] = sample.value
    return samples


def test_the_text_is_what_prometheus_reads(make_app: MakeApp) -> None:
    app = make_app()
    ask(app, "GET", "/healthz")
    ask(app, "POST", "/v1/read")
    answer = ask(app, "GET", "/metrics")
    assert answer["content-type"].startswith("text/plain; version=")
    samples = parsed(answer.body)
    assert samples["inkdigit_requests_total", (("route", "/healthz"), ("status", "200"))] == 1
    assert samples["inkdigit_rejected_total", (("reason", "unsupported-media-type"),)] == 1
    assert samples["inkdigit_in_flight", ()] == 1  # this very request
    assert samples["process_resident_memory_bytes", ()] > 1e7
    [info] = [labels for name, labels in samples if name == "inkdigit_info"]
    assert dict(info)["model"] == "mlp"


def test_no_client_can_make_labels(make_app: MakeApp) -> None:
    app = make_app()
    for path in ("/", "/x", "/v1/read"):
        ask(app, "GET", path)
    before = parsed(ask(app, "GET", "/metrics").body).keys()
    for i in range(300):
        ask(
            app,
            "GET",
            f"/random/{i}?{i}",
            [("host", f"h{i % 2}.example" if i % 3 else "localhost"), ("x-request-id", f"i{i}")],
        )
    new = parsed(ask(app, "GET", "/metrics").body).keys() - before
    assert {labels for name, labels in new if name.endswith("requests_total")} <= {
        (("route", "other"), ("status", "403")), (("route", "/metrics"), ("status", "200")),
    }  # fmt: skip
    assert len(new) <= 20


def test_buckets_are_cumulative_and_add_up() -> None:
    metrics = Metrics({"model": 'a"b\\c\nd'})
    for seconds in (0.0005, 0.001, 0.0011, 0.3, 100.0):
        metrics.finished(route="/a", status=200, seconds=seconds, reason=None)
    samples = parsed(metrics.text())
    counts = {
        dict(labels)["le"]: n for (name, labels), n in samples.items() if name == "inkdigit_request_seconds_bucket"
    }
    assert [counts[str(bound)] for bound in (0.001, 0.0025, 0.25, 0.5, 5.0)] == [2, 3, 3, 4, 4]
    assert counts["+Inf"] == samples["inkdigit_request_seconds_count", (("route", "/a"),)] == 5
    assert math.isclose(samples["inkdigit_request_seconds_sum", (("route", "/a"),)], 100.3026)
    assert len(counts) == len(BUCKETS) + 1
    assert samples["inkdigit_info", (("model", 'a"b\\c\nd'),)] == 1


COUNTS = """
import sys
from pathlib import Path
from inkdigit.server.metrics import Metrics
metrics = Metrics({"model": "mlp"}, shared=Path(sys.argv[1]))
metrics.finished(route="/a", status=200, seconds=0.1, reason=None)
metrics.in_flight.inc()
sys.stdout.buffer.write(metrics.text())
"""


def test_processes_that_share_a_folder_give_the_sum_of_what_they_counted(tmp_path: Path) -> None:
    def count() -> dict[tuple[str, Labels], float]:
        environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
        words = [sys.executable, "-c", COUNTS, str(tmp_path)]
        return parsed(subprocess.run(words, capture_output=True, check=True, env=environment).stdout)

    for n in (1, 2, 3):
        samples = count()
        assert samples["inkdigit_requests_total", (("route", "/a"), ("status", "200"))] == n
        assert samples["inkdigit_request_seconds_count", (("route", "/a"),)] == n
        assert samples["inkdigit_in_flight", ()] == n
        assert samples["inkdigit_info", (("model", "mlp"),)] == 1
