from asgi import ask
from inkdigit.server.watch import Watch
from server.conftest import MakeApp


def stopping(make_app: MakeApp) -> Watch:
    app = make_app()
    app._app._service.draining = True  # type: ignore[attr-defined]
    return app


def test_who_drains_takes_no_work_and_says_so(make_app: MakeApp) -> None:
    app = stopping(make_app)
    for method, path, status in (
        ("POST", "/v1/read", 503),
        ("GET", "/readyz", 503),
        ("GET", "/healthz", 200),
        ("GET", "/metrics", 200),
    ):
        answer = ask(app, method, path)
        assert answer.status == status
        if status == 503:
            assert answer.code == "draining"
            assert 1 <= int(answer["retry-after"]) <= 3


def test_health_is_never_behind_the_line(make_app: MakeApp) -> None:
    """With no room in either line, what needs no worker is answered."""
    from inkdigit.server.limits import Limits

    app = make_app(limits=Limits(waiting=0, waiting_long=0))
    raw = [("content-type", "application/octet-stream")]
    assert ask(app, "POST", "/v1/classify", raw, bytes(784)).code == "overloaded"
    assert ask(app, "POST", "/v1/read", raw, bytes(784)).code == "overloaded"
    for path in ("/healthz", "/readyz", "/metrics", "/v1/model", "/docs", "/openapi.json", "/models/index.json"):
        assert ask(app, "GET", path).status == 200


def test_the_host_is_looked_at_before_the_path(make_app: MakeApp) -> None:
    app = make_app(token=b"a-token-of-some-length")
    evil = [("host", "evil.com")]
    assert {ask(app, "GET", path, evil).code for path in ("/", "/nowhere", "/v1/model", "/healthz")} == {
        "host-not-allowed"
    }
