"""The text of /metrics, read by a parser that forgives nothing."""

import math
import re

from asgi import ask
from inkdigit.server.metrics import BUCKETS, Metrics
from server.conftest import MakeApp

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)')

Labels = tuple[tuple[str, str], ...]


def parsed(text: str) -> dict[tuple[str, Labels], float]:
    """Every sample; fails where the exposition format 0.0.4 is not kept."""
    assert text.endswith("\n")
    samples: dict[tuple[str, Labels], float] = {}
    kinds: dict[str, str] = {}
    family = ""
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            family = line.split(" ", 3)[2]
            assert family not in kinds
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == family
            assert kind in {"counter", "gauge", "histogram"}
            assert (kind == "counter") == name.endswith("_total")
            kinds[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            name, inside, value = match.groups()
            endings = {"_bucket", "_sum", "_count"} if kinds[family] == "histogram" else {""}
            assert name in {family + ending for ending in endings}
            labels = tuple(LABEL.findall(inside or ""))
            assert ",".join(f'{key}="{text}"' for key, text in labels) == (inside or "")
            assert (name, labels) not in samples
            samples[name, labels] = float(value)
    return samples


def test_the_text_is_what_prometheus_reads(make_app: MakeApp) -> None:
    app = make_app()
    ask(app, "GET", "/healthz")
    ask(app, "POST", "/v1/read")
    answer = ask(app, "GET", "/metrics")
    assert answer["content-type"].startswith("text/plain; version=0.0.4")
    samples = parsed(answer.body.decode())
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
    before = parsed(ask(app, "GET", "/metrics").body.decode()).keys()
    for i in range(300):
        ask(
            app,
            "GET",
            f"/random/{i}?{i}",
            [("host", f"h{i % 2}.example" if i % 3 else "localhost"), ("x-request-id", f"i{i}")],
        )
    new = parsed(ask(app, "GET", "/metrics").body.decode()).keys() - before
    assert {labels for name, labels in new if name.endswith("requests_total")} <= {
        (("route", "other"), ("status", "403")), (("route", "/metrics"), ("status", "200")),
    }  # fmt: skip
    assert len(new) <= 20


def test_buckets_are_cumulative_and_add_up() -> None:
    metrics = Metrics()
    for seconds in (0.0005, 0.001, 0.0011, 0.3, 100.0):
        metrics.finished(route="/a", status=200, seconds=seconds, reason=None)
    samples = parsed(metrics.text(gauges={}, info={"model": 'a"b\\c\nd'}))
    counts = {
        dict(labels)["le"]: n for (name, labels), n in samples.items() if name == "inkdigit_request_seconds_bucket"
    }
    assert [counts[str(bound)] for bound in (0.001, 0.0025, 0.25, 0.5, 5.0)] == [2, 3, 3, 4, 4]
    assert list(counts.values()) == sorted(counts.values())
    assert counts["+Inf"] == samples["inkdigit_request_seconds_count", (("route", "/a"),)] == 5
    assert math.isclose(samples["inkdigit_request_seconds_sum", (("route", "/a"),)], 100.3026)
    assert len(counts) == len(BUCKETS) + 1
