"""Between the watch and the routes: who may pass, and which paths there are.

In: any request. Out: a page's file, or what the API answers; a `Problem` for everything else. What is here costs
next to nothing and waits for nothing.
"""

import asyncio

from inkdigit.server.bodies import Receive
from inkdigit.server.contract import BEHIND
from inkdigit.server.guard import HARMLESS, Guard
from inkdigit.server.headers import first
from inkdigit.server.pages import File
from inkdigit.server.problems import KINDS, Problem
from inkdigit.server.service import Service
from inkdigit.server.watch import KEY, App, Scope, Send

PROBLEMS = "/problems/"
READ_ONLY = frozenset({"GET"})


class Door:
    """Lets requests through to the API, or sends a file of the page.

    Args:
        api: The routes.
        methods: Every path of the API, with the methods it knows.
        service: Whose door it is.
    """

    def __init__(self, api: App, *, methods: dict[str, frozenset[str]], service: Service) -> None:
        self._api, self._methods, self._service = api, methods, service
        self._guard = Guard(service.settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http":
            await self._api(scope, receive, send)
            return
        path, method = scope["path"], scope["method"]
        known = self._methods.get(path)
        if known is not None:
            scope[KEY].route = path
        self._guard.check(method, scope["headers"], needs_token=path in BEHIND)
        if known is None:
            await self._send_page(scope, send)
            return
        _check_method(method, known)
        if method not in HARMLESS and self._service.draining:
            raise Problem("draining", "the service stops", close=True)
        await self._api(scope, receive, send)

    async def _send_page(self, scope: Scope, send: Send) -> None:
        path, pages = scope["path"], self._service.pages
        if path.startswith(PROBLEMS) and path[len(PROBLEMS) :] in KINDS:
            scope[KEY].route = PROBLEMS
            _check_method(scope["method"], READ_ONLY)
            await _send(send, 308, [(b"location", b"/docs#" + path[len(PROBLEMS) :].encode())])
            return
        file = pages.find(path) if pages.ready else await asyncio.to_thread(pages.find, path)
        if file is None:
            why = "this installation has no page; see /docs" if path == "/" else "see /docs for what there is"
            raise Problem("no-page" if path == "/" else "not-found", why)
        scope[KEY].route = "page"
        _check_method(scope["method"], READ_ONLY)
        await _send_file(send, file, first(scope["headers"], b"if-none-match"))


def _check_method(method: str, known: frozenset[str]) -> None:
    if method not in known:
        allowed = sorted(known | {"HEAD"} if "GET" in known else known)
        allow = (b"allow", ", ".join(allowed).encode())
        raise Problem("method-not-allowed", f"expected {' or '.join(allowed)}", headers=(allow,))


async def _send_file(send: Send, file: File, held: bytes | None) -> None:
    """Send a file, or word that the browser has it; always whole, whatever Range asks for."""
    tag = file.tag.encode()
    headers = [(b"etag", tag), (b"cache-control", b"no-cache")]
    if held is not None and tag in held:
        await _send(send, 304, headers)
    else:
        await _send(send, 200, [*headers, (b"content-type", file.media_type.encode())], file.content)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    if status != 304:
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
