"""The files that a browser asks for, in memory: a path is looked up in a table and nowhere else.

In: the served model. Out: for each path its bytes, its type and its tag. No file system stands behind it, so a
path cannot leave it. The table of the page comes from `export.site`, the same that `export --format site` writes;
it is made when it is first asked for.
"""

import asyncio
import hashlib
import threading
from dataclasses import dataclass
from pathlib import PurePosixPath

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from inkdigit.errors import BadInput
from inkdigit.files import read_regular
from inkdigit.formats.check import ModelFile, check_model_file
from inkdigit.models import zoo
from inkdigit.models.recognizer import LARGEST
from inkdigit.server.model import Served
from inkdigit.server.problems import Problem

INDEX = "index.html"

TYPES = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".json": "application/json", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml",
    ".png": "image/png", ".ico": "image/x-icon", ".webp": "image/webp", ".woff2": "font/woff2",
    ".wasm": "application/wasm", ".txt": "text/plain; charset=utf-8",
}  # fmt: skip
OTHERWISE = "application/octet-stream"


@dataclass(frozen=True, eq=False)
class File:
    """What is sent for a path."""

    content: bytes
    media_type: str
    tag: str


class Pages:
    """The table of the page, as an application for every path that is no route.

    Args:
        served: Its model is the page's default; the shipped ones are there to choose from.
    """

    def __init__(self, served: Served) -> None:
        self._served = served
        self._lock = threading.Lock()
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
        headers = {"etag": file.tag, "cache-control": "no-cache"}
        if file.tag in Headers(scope=scope).get("if-none-match", ""):
            response = Response(status_code=304, headers=headers)
        else:
            response = Response(file.content, headers={**headers, "content-type": file.media_type})
        await response(scope, receive, send)

    def find(self, path: str) -> File | None:
        """The file for a path that begins with "/"; the first look takes a fraction of a second."""
        with self._lock:
            if self._table is None:
                self._table = {name: _as_file(name, content) for name, content in _site(self._served).items()}
        return self._table.get(path[1:] or INDEX) if path.startswith("/") else None


def _as_file(name: str, content: bytes) -> File:
    media_type = TYPES.get(PurePosixPath(name).suffix.lower(), OTHERWISE)
    return File(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:16]}"')


def _site(served: Served) -> dict[str, bytes]:
    from inkdigit.export.site import site_files  # only once someone asks for the page: it takes a fraction of a second

    return site_files(models_of(served))


def models_of(served: Served) -> dict[str, ModelFile]:
    """The models of the page: the served one first, then the shipped ones.

    One of eight bits, whose layers the page cannot compute, serves the API alone.
    """
    models = {served.name: served.file} if has_layers(served.file) else {}
    for name in zoo.NAMES:
        if name not in models:
            path = zoo.path_of(name)
            models[name] = check_model_file(read_regular(path, limit=LARGEST), where=path)
    return models


def has_layers(file: ModelFile) -> bool:
    """Whether a model file is a chain of layers that can be written for a browser."""
    from inkdigit.formats.from_onnx import chain_from_onnx

    try:
        chain_from_onnx(file)
    except BadInput:
        return False
    return True
