import pytest
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from inkdigit.server.admission import AccessControl
from inkdigit.server.problems import Problem
from inkdigit.server.settings import Settings

TOKEN = b"a-token-of-some-length"


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """What is behind the control."""


def verdict(
    headers: list[tuple[bytes, bytes]],
    *,
    method: str = "GET",
    needs_token: bool = False,
    settings: Settings | None = None,
) -> str:
    path = "/guarded" if needs_token else "/"
    control = AccessControl(nothing, settings=settings or Settings(), guarded=frozenset({"/guarded"}))
    try:
        control.check(method, path, Headers(raw=headers))
    except Problem as problem:
        return problem.code
    return "passes"


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "localhost:8000",
        "127.0.0.1",
        "127.0.0.1:8000",
        "127.8.9.1",
        "[::1]",
        "[::1]:8000",
    ],
)
def test_loopback_names_pass(host: str) -> None:
    assert verdict([(b"host", host.encode())]) == "passes"


@pytest.mark.parametrize(
    "host",
    ["", "evil.com", "127.0.0.1.evil.com", "localhost.evil.com", "localhost@evil", "localhost/", "localhost:",
     "a localhost", "localhost:80@evil", "[::1", "[localhost]", "::1", "8.8.8.8", "0x7f.1", "localhost:8000:1",
     "loc\xe4lhost", "localhost,evil"],
)  # fmt: skip
def test_every_other_name_is_refused(host: str) -> None:
    expected = "passes" if host == "localhost:" else "host-not-allowed"
    assert verdict([(b"host", host.encode("latin-1"))]) == expected


def test_no_host_and_two_hosts_are_refused() -> None:
    assert verdict([]) == "host-not-allowed"
    assert verdict([(b"host", b"localhost"), (b"host", b"localhost")]) == "host-not-allowed"


def test_beyond_loopback_addresses_and_given_names_pass() -> None:
    settings = Settings(names=frozenset({"reader.example"}), beyond_loopback=True)
    assert verdict([(b"host", b"192.168.1.7:80")], settings=settings) == "passes"
    assert verdict([(b"host", b"Reader.Example")], settings=settings) == "passes"
    assert verdict([(b"host", b"evil.example")], settings=settings) == "host-not-allowed"


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ([], True),
        ([(b"origin", b"http://localhost:8000")], True),
        ([(b"origin", b"https://LOCALHOST:8000")], True),
        ([(b"origin", b"https://evil.com")], False),
        ([(b"origin", b"null")], False),
        ([(b"origin", b"http://localhost:9999")], False),
        ([(b"origin", b"http://localhost:8000"), (b"origin", b"https://evil.com")], False),
        ([(b"sec-fetch-site", b"same-origin")], True),
        ([(b"sec-fetch-site", b"none")], True),
        ([(b"sec-fetch-site", b"cross-site")], False),
        ([(b"sec-fetch-site", b"same-site")], False),
    ],
)
def test_only_pages_of_the_service_may_post(headers: list[tuple[bytes, bytes]], passes: bool) -> None:
    host = [(b"host", b"localhost:8000")]
    assert verdict([*host, *headers], method="POST") == ("passes" if passes else "origin-not-allowed")
    assert verdict([*host, *headers]) == "passes"


@pytest.mark.parametrize(
    ("values", "passes"),
    [
        ([b"Bearer " + TOKEN], True),
        ([b"bearer  " + TOKEN], True),
        ([], False),
        ([b"Bearer"], False),
        ([b"Bearer " + TOKEN[:-1]], False),
        ([b"Bearer " + TOKEN + b"x"], False),
        ([b"Basic " + TOKEN], False),
        ([TOKEN], False),
        (["Bearer schlüssel".encode()], False),
        ([b"Bearer " + TOKEN, b"Bearer " + TOKEN], False),
    ],
)
def test_the_token_is_asked_for_where_there_is_one(values: list[bytes], passes: bool) -> None:
    headers = [(b"host", b"localhost"), *((b"authorization", value) for value in values)]
    settings = Settings(token=TOKEN)
    assert verdict(headers, needs_token=True, settings=settings) == ("passes" if passes else "token-required")
    assert verdict(headers, needs_token=False, settings=settings) == "passes"
    assert verdict(headers, needs_token=True) == "passes"


def test_settings_do_not_show_the_token() -> None:
    assert TOKEN.decode() not in repr(Settings(token=TOKEN))
