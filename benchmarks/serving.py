"""How much the service bears: python benchmarks/serving.py [--model mlp] [--seconds 10]

The service runs in a process of its own on one core, the client on another. Closed loop: 10 connections, each sends
when it has its answer. Open loop, for overload: requests are due at a constant rate whatever becomes of them, and a
latency counts from when the request was due. Also: from the start of the process to the first 200 of /readyz, memory
when idle, and after 10,000 good and bad uploads. The pictures are synthetic (`strokes`). Prints JSON.

With --workers 2 instead: one process on one core, then two on two, the client on both. What the client takes of the
two cores is left out by processor time: `a_core` is requests for each second of it that the service had, `scaling` how
many times more two processes would answer with both cores to themselves.
"""

import argparse
import asyncio
import contextlib
import io
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import uvloop
from PIL import Image

from inkdigit.data.strokes import strokes
from machine import emit, progress

CONNECTIONS, MOST_CONNECTIONS = 10, 400
STARTS, UPLOADS = 7, 10_000
COMMAND = [str(Path(sys.executable).parent / "inkdigit"), "serve", "--port", "0"]
BOUNDARY = "----inkdigit"


def main() -> None:
    """Measure all of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="cnn")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    here, there = cores[-1], cores[0]
    os.sched_setaffinity(0, {here})
    uvloop.install()
    if options.workers > 1:
        emit("serving with several processes", several(options.model, options.workers, options.seconds))
        return
    figures: dict[str, Any] = {"model": options.model, "cores": {"client": here, "service": there}}
    figures["start"] = starts(options.model, there)
    with service(options.model, there) as (url, process):
        figures["idle_mb"] = resident(process.pid)
        figures["closed"] = closed(url, process.pid, options.seconds)
        figures["overload"] = overload(url, figures["closed"]["read_form"]["a_second"], options.seconds)
    with service(options.model, there) as (url, process):
        figures["memory"] = memory(url, process.pid)
    emit("serving", figures)


@dataclass(frozen=True)
class Load:
    """A request as bytes, and how many digits it holds."""

    name: str
    request: bytes
    digits: int = 1


@dataclass
class Tally:
    """What came back: latencies in seconds by status."""

    latencies: dict[int, list[float]] = field(default_factory=dict)
    lost: Counter[str] = field(default_factory=Counter)
    began: float = 0.0
    ended: float = 0.0

    def add(self, status: int, seconds: float) -> None:
        """Count one answer."""
        self.latencies.setdefault(status, []).append(seconds)


class Connection(asyncio.Protocol):
    """One connection that carries one request at a time."""

    def __init__(self, client: "Client") -> None:
        self.client, self.buffer, self.due = client, b"", 0.0
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready."""
        self.transport = transport
        self.client.free(self)

    def ask(self, request: bytes, due: float) -> None:
        """Send a request that was due then."""
        self.due = due
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Wait for the whole answer, of which the length is in its headers."""
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self.buffer.find(b"content-length: ") + 16
        length = int(self.buffer[at : self.buffer.find(b"\r\n", at)])
        if len(self.buffer) >= head + 4 + length:
            status, self.buffer = int(self.buffer[9:12]), b""
            self.client.answered(self, status)

    def connection_lost(self, error: Exception | None) -> None:
        """A reset, or an end without an answer."""
        if self.due:
            self.client.tally.lost[type(error).__name__] += 1


class Client:
    """Sends one load for some seconds; `rate` None: as fast as the answers come."""

    def __init__(self, url: str, load: Load, *, rate: float | None) -> None:
        self.host, self.port = "127.0.0.1", int(url.rpartition(":")[2])
        self.load, self.rate, self.tally = load, rate, Tally()
        self.idle: deque[Connection] = deque()
        self.open, self.running = 0, False

    async def run(self, seconds: float, *, warm: float = 1.0) -> Tally:
        """Warm up, measure, and wait for the last answers."""
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS if self.rate is None else MOST_CONNECTIONS):
            await loop.create_connection(lambda: Connection(self), self.host, self.port)
        self.running = True
        sending = asyncio.create_task(self._open_loop()) if self.rate else None
        while self.rate is None and self.idle:
            self.idle.pop().ask(self.load.request, time.perf_counter())
        await asyncio.sleep(warm)
        self.tally = Tally(began=time.perf_counter())
        await asyncio.sleep(seconds)
        self.tally.ended = time.perf_counter()
        self.running = False
        tally = self.tally
        self.tally = Tally()
        if sending:
            await sending
        await asyncio.sleep(0.5)
        for connection in self.idle:
            connection.due = 0.0
            connection.transport.close()
        return tally

    async def _open_loop(self) -> None:
        assert self.rate
        due = time.perf_counter()
        while self.running:
            now = time.perf_counter()
            while due <= now:
                if self.idle:
                    self.idle.popleft().ask(self.load.request, due)
                else:
                    self.tally.lost["no connection free"] += 1
                due += 1 / self.rate
            await asyncio.sleep(0.001)

    def free(self, connection: Connection) -> None:
        """A connection without a request."""
        self.idle.append(connection)

    def answered(self, connection: Connection, status: int) -> None:
        """Count it, and send the next where the loop is closed."""
        now = time.perf_counter()
        self.tally.add(status, now - connection.due)
        if self.rate is None and self.running:
            connection.ask(self.load.request, now)
        else:
            connection.due = 0.0
            self.free(connection)


def several(model: str, workers: int, seconds: float) -> dict[str, Any]:
    """One process on one core, and several on as many: requests a second, and for each second of processor time."""
    cores = range(os.cpu_count() or 1)
    figures: dict[str, Any] = {}
    for count in (1, workers):
        os.sched_setaffinity(0, cores)
        with service(model, ",".join(map(str, cores[:count])), "--workers", str(count)) as (url, process):
            family = [process.pid, *children(process.pid)]
            before = sum(map(processor_seconds, family))
            client = Client(url, loads()[0], rate=None)
            tally = asyncio.run(client.run(seconds, warm=0.0))
            used = sum(map(processor_seconds, family)) - before
        good = sorted(tally.latencies.get(200, []))
        figures[f"x{count}"] = {"a_second": len(good) / (tally.ended - tally.began), "a_core": len(good) / used,
                                "busy_cores": used / (tally.ended - tally.began), **spread(good)}  # fmt: skip
        progress(f"{count}: {figures[f'x{count}']}")
    return figures | {"scaling": workers * figures[f"x{workers}"]["a_core"] / figures["x1"]["a_core"]}


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def closed(url: str, pid: int, seconds: float) -> dict[str, Any]:
    """Each load at 10 connections; `cpu_us` is processor time of the service per request."""
    figures = {}
    for load in loads():
        before = processor_seconds(pid)
        tally = asyncio.run(Client(url, load, rate=None).run(seconds))
        good = sorted(tally.latencies.get(200, []))
        wall = tally.ended - tally.began
        used = processor_seconds(pid) - before
        figures[load.name] = {
            "a_second": len(good) / wall,
            "digits_a_second": load.digits * len(good) / wall,
            "cpu_us": 1e6 * used / max(1, len(good)) * wall / (wall + 1.5),
            **spread(good),
            "others": others(tally),
        }
        progress(f"{load.name}: {figures[load.name]}")
    return figures


def overload(url: str, capacity: float, seconds: float) -> dict[str, Any]:
    """Twice and ten times what it bears."""
    figures = {}
    for times in (2, 10):
        load = loads()[0]
        tally = asyncio.run(Client(url, load, rate=min(times * capacity, 12_000)).run(seconds))
        good, refused = (sorted(tally.latencies.get(status, [])) for status in (200, 503))
        wall = tally.ended - tally.began
        figures[f"x{times}"] = {
            "offered_a_second": min(times * capacity, 12_000),
            "sent_a_second": sum(map(len, tally.latencies.values())) / wall,
            "goodput": len(good) / wall / capacity,
            "accepted": spread(good),
            "refused": {"n": len(refused), **spread(refused)},
            "others": others(tally, 503),
        }
        progress(f"overload {times}: {figures[f'x{times}']}")
    return figures


def others(tally: Tally, *known: int) -> dict[str, int]:
    """Outputs of other statuses, and what was lost."""
    statuses = {str(s): len(found) for s, found in tally.latencies.items() if s not in {200, *known}}
    return {**statuses, **tally.lost}


def spread(ordered: list[float]) -> dict[str, float]:
    """Milliseconds within which half, 99 % and 99.9 % of the answers came."""
    if not ordered:
        return {}
    at = {"p50_ms": 0.5, "p99_ms": 0.99, "p999_ms": 0.999}
    return {
        name: round(1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))], 2) for name, part in at.items()
    }


def starts(model: str, core: int) -> dict[str, float]:
    """Seconds from the start of the process to the first 200 of /readyz; the port is asked until it answers."""
    seconds = []
    for _ in range(STARTS):
        began = time.perf_counter()
        with service(model, core, both=True):
            seconds.append(time.perf_counter() - began)
    progress(f"start: {seconds}")
    return {"n": STARTS, "median_s": statistics.median(seconds), "least_s": min(seconds), "most_s": max(seconds)}


def memory(url: str, pid: int) -> dict[str, float]:
    """Megabytes before and after many uploads, every second of them bad."""
    png, form = picture(), "multipart/form-data; boundary=" + BOUNDARY
    bodies = [(png, "image/png"), (png[:-40], "image/png"), (multipart(png), form), (multipart(png)[:-9], form),
              (b"\x00" * 784, "application/octet-stream"), (b"not a picture", "image/jpeg")]  # fmt: skip
    paths = ["/v1/read?single=true", "/v1/read", "/v1/read?single=true", "/v1/read", "/v1/classify", "/v1/read"]
    port = int(url.rpartition(":")[2])

    async def send(count: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for i in range(count):
            body, kind = bodies[i % len(bodies)]
            writer.write(request(paths[i % len(bodies)], kind, body))
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        writer.close()

    idle = resident(pid)
    asyncio.run(send(UPLOADS // 10))
    warm = resident(pid)
    asyncio.run(send(UPLOADS))
    after = resident(pid)
    progress(f"memory: {idle:.1f} idle, {warm:.1f} after 1,000 uploads, {after:.1f} after 10,000 more")
    return {"idle_mb": idle, "warm_mb": warm, "after_mb": after}


def loads() -> list[Load]:
    """A form and a raw picture of one digit, raw bytes of one and of a thousand, and a thousand as JSON."""
    png, frames = picture(), strokes(1000, seed=5).images
    kind = "application/octet-stream"
    text = json.dumps({"images": (frames / 255).round(3).tolist()}).encode()
    return [
        Load("read_form", request("/v1/read?single=true", f"multipart/form-data; boundary={BOUNDARY}", multipart(png))),
        Load("read_raw", request("/v1/read?single=true", "image/png", png)),
        Load("classify_1", request("/v1/classify", kind, frames[:1].tobytes())),
        Load("classify_1000", request("/v1/classify", kind, frames.tobytes()), digits=1000),
        Load("classify_1000_json", request("/v1/classify", "application/json", text), digits=1000),
    ]


def picture() -> bytes:
    """A digit of 28x28, dark on white, as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(np.uint8(255) - strokes(1, seed=5).images[0]).save(buffer, "PNG")
    return buffer.getvalue()


def multipart(content: bytes) -> bytes:
    """A form with the field `image`."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n'
    return f"{head}Content-Type: image/png\r\n\r\n".encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def request(path: str, kind: str, body: bytes) -> bytes:
    """A whole request."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@contextlib.contextmanager
def service(
    model: str, core: int | str, *more: str, both: bool = False
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """The service on some cores, or on every one, ready; its address and its process. Its log goes to a file."""
    command = COMMAND if both else ["taskset", "-c", str(core), *COMMAND]
    own = os.sched_getaffinity(0)
    if both:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    with tempfile.NamedTemporaryFile() as log:
        process = subprocess.Popen([*command, "--model", model, *more], stderr=log)
        os.sched_setaffinity(0, own)
        try:
            while not (said := re.search(rb"http://[\d.]+:\d+", Path(log.name).read_bytes())):
                time.sleep(0.001)
            url = said.group().decode()
            with urllib.request.urlopen(f"{url}/readyz"):
                pass
            yield url, process
        finally:
            process.terminate()
            assert process.wait() == 0


def resident(pid: int) -> float:
    """Megabytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def processor_seconds(pid: int) -> float:
    """Seconds of processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
