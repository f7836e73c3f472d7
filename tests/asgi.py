"""Requests to an ASGI application within the process: whatever a client could send, byte for byte."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str:
        [value] = [value for key, value in self.headers if key == name]
        return value

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Of a problem, its code."""
        assert self["content-type"] == "application/problem+json"
        assert self.json["status"] == self.status
        return str(self.json["type"]).removeprefix("/problems/")


def scope_of(method: str, target: str, headers: Headers) -> dict[str, Any]:
    path, _, query = target.partition("?")
    named = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    if not any(name == b"host" for name, _ in named):
        named.insert(0, (b"host", b"localhost"))
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "query_string": query.encode(), "headers": [h for h in named if h[1] != b"(none)"],
        "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8000), "scheme": "http", "root_path": "", "state": {},
    }  # fmt: skip


async def answer(
    app: ASGIApp, method: str, target: str, headers: Headers = (), body: bytes | Sequence[bytes] = b""
) -> Answer:
    """One request; a body of several pieces comes in as many messages."""
    pieces = [body] if isinstance(body, bytes) else list(body) or [b""]
    messages = [
        {"type": "http.request", "body": piece, "more_body": i + 1 < len(pieces)} for i, piece in enumerate(pieces)
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope_of(method, target, headers), receive, send)
    start, *rest = sent
    pairs = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
    # Of the answer to HEAD a server sends no body.
    content = b"" if method == "HEAD" else b"".join(message["body"] for message in rest)
    return Answer(start["status"], pairs, content)


def ask(app: ASGIApp, method: str, target: str, headers: Headers = (), body: bytes | Sequence[bytes] = b"") -> Answer:
    """The same, from a test that is not asynchronous."""
    return asyncio.run(answer(app, method, target, headers, body))


def form(*files: tuple[str, str, bytes], boundary: str = "XX") -> tuple[Headers, bytes]:
    """The headers and the body of a form of files: (field, file name, content)."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        "Content-Type: image/png\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, file, content in files
    ]
    kind = f"multipart/form-data; boundary={boundary}"
    return [("content-type", kind)], b"".join(parts) + f"--{boundary}--\r\n".encode()
