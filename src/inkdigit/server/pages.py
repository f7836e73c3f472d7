"""The files that a browser asks for, in memory: a path is looked up in a table and nowhere else.

In: the served model. Out: for each path its bytes, its type and its tag. No file system stands behind it, so a path
cannot leave it. The table of the page comes from `export.site`, and is made when it is first asked for.
"""

import asyncio
import hashlib
import threading
from importlib.resources import files
from pathlib import PurePosixPath

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from inkdigit.server.model import Served
from inkdigit.server.problems import Problem

TYPES = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".json": "application/json", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml",
    ".png": "image/png", ".ico": "image/x-icon", ".webp": "image/webp", ".woff2": "font/woff2",
    ".wasm": "application/wasm", ".txt": "text/plain; charset=utf-8",
}  # fmt: skip

DOCS = {"/docs": "docs.html", "/docs.css": "docs.css", "/docs.js": "docs.js"}
"""The documentation: a page whose own script draws it from /openapi.json, with nothing from elsewhere."""


def entry(name: str, content: bytes) -> tuple[bytes, str, str]:
    """A file's content, the media type that its name says, and its tag; the system's table of types may differ."""
    media_type = TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")
    return content, media_type, f'"{hashlib.sha256(content).hexdigest()[:16]}"'


class Pages:
    """The table of the page, whose default is the served model, as an application for every path that is no route."""

    def __init__(self, served: Served) -> None:
        self._served, self._lock = served, threading.Lock()
        self._table: dict[str, tuple[bytes, str, str]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a file, whole whatever Range asks for; or word that the browser has it, or that there is none."""
        path = scope["path"]
        file = self.find(path) if self._table or path in DOCS else await asyncio.to_thread(self.find, path)
        if file is None:
            why = "this installation has no page; see /docs" if path == "/" else "see /docs for what there is"
            raise Problem("no-page" if path == "/" else "not-found", why)
        if scope["method"] != "GET":
            raise Problem("method-not-allowed", "expected GET or HEAD", allow="GET, HEAD")
        content, media_type, tag = file
        headers = {"etag": tag, "cache-control": "no-cache"}
        if tag in Headers(scope=scope).get("if-none-match", ""):
            response = Response(None, 304, headers)
        else:
            response = Response(content, 200, {**headers, "content-type": media_type})
        await response(scope, receive, send)

    def find(self, path: str) -> tuple[bytes, str, str] | None:
        """Content, media type and tag for a path that begins with "/"; the first look takes a fraction of a second."""
        if path in DOCS:
            return entry(DOCS[path], (files("inkdigit.server") / "pages" / DOCS[path]).read_bytes())
        from inkdigit.export.site import site_files, with_shipped  # only once someone asks for the page

        with self._lock:
            if self._table is None:
                site = site_files(with_shipped(self._served.name, self._served.model))
                self._table = {name: entry(name, content) for name, content in site.items()}
        return self._table.get(path[1:] or "index.html") if path.startswith("/") else None
