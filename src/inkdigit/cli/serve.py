"""`inkdigit serve`: the page and the HTTP service."""

import os
import secrets
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkdigit.cli import console
from inkdigit.cli.address import address_of, bind, is_loopback
from inkdigit.cli.options import option, whole_option
from inkdigit.errors import BadInput, MissingPackage, UsageError

if TYPE_CHECKING:
    import socket

    from inkdigit.server.settings import Settings

SHORTEST_TOKEN, LONGEST_TOKEN = 16, 4096  # bytes
VARIABLE = "INKDIGIT_TOKEN"
SHARED_METRICS = "PROMETHEUS_MULTIPROC_DIR"
MOST_WORKERS = 64
NEEDED = ("fastapi", "httptools", "prometheus_client", "python_multipart", "uvicorn")
WHO = "Who may use it"


def serve(
    host: Annotated[
        str, option(None, "ADDRESS", "Where to listen; other machines can reach it only with a token.")
    ] = "127.0.0.1",
    port: Annotated[int, whole_option(None, "The port; 0 takes any that is free.")] = 8000,
    model: Annotated[
        str | None,
        option(
            None,
            "MODEL",
            "A shipped model, a run directory, or anybody's .onnx, .keras, .h5 or model.json file.",
            show_default="cnn",
        ),
    ] = None,
    workers: Annotated[int, whole_option(None, "Processes that share the port, each with its own model.")] = 1,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    token_file: Annotated[
        Path | None, option(WHO, "FILE", f"Holds the token that requests must bear; without it {VARIABLE} does.")
    ] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="No token, even where other machines can reach it.", rich_help_panel=WHO)
    ] = False,
    allow_host: Annotated[
        list[str] | None, option(WHO, "NAME", "A name by which browsers call this machine; may be repeated.")
    ] = None,
) -> int:
    """Serve the drawing page, and an HTTP API that reads pictures.

    It listens on this machine alone unless --host says otherwise. Each request has a line of JSON on stderr, without
    its picture; on a terminal only those that failed. Ctrl-C or SIGTERM stops it, once what was accepted is answered.

    Examples:
      inkdigit serve --open
      curl -F image=@photo.jpg http://127.0.0.1:8000/v1/read
      INKDIGIT_TOKEN=... inkdigit serve --host 0.0.0.0 --allow-host reader.example
    """
    if not 1 <= workers <= MOST_WORKERS:
        raise UsageError("cannot serve", f"--workers {workers}", f"expected 1 to {MOST_WORKERS}")
    _check_packages()
    with bind(host, port) as listener:
        beyond = not is_loopback(listener)
        token, is_new = _token(token_file, no_auth=no_auth, beyond=beyond)
        settings = _settings([host, *(allow_host or [])], token, beyond=beyond, workers=workers)
        if is_new and token:
            console.remark(f"inkdigit: the token, shown this once: {token.decode()}")
        where = address_of(listener)
        _serve(workers, listener, model, settings, lambda name: _greet(name, where, open_page=open_page))
    console.remark("inkdigit: stopped")
    return 0


def _serve(
    workers: int, listener: "socket.socket", model: str | None, settings: "Settings", greet: Callable[[str], None]
) -> None:
    """Serve in this process, or look after several that do."""
    from inkdigit.server.process import serve

    if workers == 1:
        serve(listener, model, settings, workers=1, when_ready=greet)
        return
    if sys.platform == "win32":
        raise UsageError("cannot serve", "--workers", "several processes need Linux or macOS")
    with tempfile.TemporaryDirectory(prefix="inkdigit-metrics-") as folder:
        os.environ[SHARED_METRICS] = folder  # the processes inherit it
        settings = replace(settings, shared_metrics=Path(folder))
        try:
            serve(listener, model, settings, workers=workers, when_ready=greet)
        finally:
            del os.environ[SHARED_METRICS]


def _settings(names: list[str], token: bytes | None, *, beyond: bool, workers: int) -> "Settings":
    """What was asked for, and the share of this machine's cores that a process has."""
    from inkdigit.machine import Machine
    from inkdigit.server.settings import Limits, Settings

    cores = Machine.here().cores
    known = frozenset(name.lower().removesuffix(".") for name in names)
    limits = Limits(working=max(1, cores // workers))
    return Settings(token=token, names=known, beyond_loopback=beyond, limits=limits)


def _check_packages() -> None:
    for name in NEEDED:
        if find_spec(name) is None:
            hint = 'run pip install ".[serve]" in the checkout'
            raise MissingPackage("serving needs more packages", name, "is not installed", hint=hint)


def _token(file: Path | None, *, no_auth: bool, beyond: bool) -> tuple[bytes | None, bool]:
    """The token, if there is to be one, and whether it was made here."""
    given = os.environ.get(VARIABLE)
    if no_auth:
        if file is not None:
            raise UsageError("choose one of", "--token-file and --no-auth")
        if beyond:
            console.remark("inkdigit: warning: --no-auth: every machine that can reach this one may use the service")
        return None, False
    if file is not None:
        return _from_file(file), False
    if given is not None:
        return _checked(given.encode(errors="surrogateescape"), VARIABLE), False
    return (secrets.token_urlsafe(32).encode(), True) if beyond else (None, False)


def _from_file(path: Path) -> bytes:
    from inkdigit.files import read_regular

    content = read_regular(path, limit=LONGEST_TOKEN, what="cannot read token")
    if path.stat().st_mode & 0o077:
        raise BadInput("cannot use token", path, "others may read the file", hint=f"chmod 600 {path}")
    return _checked(content, path)


def _checked(token: bytes, where: object) -> bytes:
    token = token.strip()
    if len(token) < SHORTEST_TOKEN or not all(33 <= byte <= 126 for byte in token):
        why = f"expected at least {SHORTEST_TOKEN} ASCII characters without spaces"
        raise UsageError("cannot use token", where, why, hint="openssl rand -base64 32 makes one")
    return token


def _greet(name: str, where: str, *, open_page: bool) -> None:
    console.remark(f"inkdigit: reading with {name} at {where} (API: {where}/docs); stop with Ctrl-C")
    if open_page:
        import webbrowser

        # A browser may take its time to start, or stay in the foreground.
        threading.Thread(target=webbrowser.open, args=(where,), daemon=True).start()
