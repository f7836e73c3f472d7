"""The files that a browser asks for, in memory: a path is looked up in a table and nowhere else.

In: the served model. Out: for each path its bytes, its type and its tag. No file system stands behind it, so a
path cannot leave it. The table of the page comes from `export.site`, the same that `export --format site` writes;
it is made when it is first asked for.
"""

import asyncio
import hashlib
import threading
from pathlib import PurePosixPath
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from inkdigit.server.model import Served
from inkdigit.server.problems import Problem

INDEX = "index.html"

TYPES = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".json": "application/json", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml",
    ".png": "image/png", ".ico": "image/x-icon", ".webp": "image/webp", ".woff2": "font/woff2",
    ".wasm": "application/wasm", ".txt": "text/plain; charset=utf-8",
}  # fmt: skip


def type_of(name: str) -> str:
    """The media type that the name of a file says; the system's own table differs from one to the next."""
    return TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


class File(NamedTuple):
    """What is sent for a path."""

    content: bytes
    media_type: str
    tag: str


class Pages:
    """The table of the page, as an application for every path that is no route.

    The served model is the page's default; the shipped ones are there to choose from.
    """

    def __init__(self, served: Served) -> None:
        self._served, self._lock = served, threading.Lock()
        self._table: dict[str, File] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a file, or word that the browser has it; always whole, whatever Range asks for.

        Raises:
            Problem: "not-found", "no-page" or "method-not-allowed".
        """
        path = scope["path"]
        file = self.find(path) if self._table is not None else await asyncio.to_thread(self.find, path)
        if file is None:
            why = "this installation has no page; see /docs" if path == "/" else "see /docs for what there is"
            raise Problem("no-page" if path == "/" else "not-found", why)
        if scope["method"] != "GET":
            raise Problem("method-not-allowed", "expected GET or HEAD", allow="GET, HEAD")
        known = file.tag in Headers(scope=scope).get("if-none-match", "")
        headers = {"etag": file.tag, "cache-control": "no-cache"} | ({} if known else {"content-type": file.media_type})
        await Response(None if known else file.content, 304 if known else 200, headers)(scope, receive, send)

    def find(self, path: str) -> File | None:
        """The file for a path that begins with "/"; the first look takes a fraction of a second."""
        with self._lock:
            if self._table is None:
                self._table = {
                    name: File(content, type_of(name), f'"{hashlib.sha256(content).hexdigest()[:16]}"')
                    for name, content in _site(self._served).items()
                }
        return self._table.get(path[1:] or INDEX) if path.startswith("/") else None


def _site(served: Served) -> dict[str, bytes]:
    from inkdigit.export.site import site_files, with_shipped  # only once someone asks for the page

    return site_files(with_shipped(served.name, served.model))
