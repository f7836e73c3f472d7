import hashlib

from fastapi import FastAPI

from asgi import ask
from inkdigit.server.model import Served
from inkdigit.server.pages import Pages, entry


def test_only_what_is_in_the_table_is_found(served: Served) -> None:
    pages = Pages(served)
    assert pages.find("/models/index.json") is not None
    for path in (
        "/../pages.py",
        "//models/index.json",
        "/models",
        "/models/",
        "models/index.json",
        "*",
        "",
        "/index.html/",
    ):
        assert pages.find(path) is None, path


def test_a_file_has_its_type_and_a_tag_of_its_content(served: Served) -> None:
    file = Pages(served).find("/models/index.json")
    assert file is not None
    content, media_type, tag = file
    assert tag == f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    assert media_type == "application/json"
    assert entry("a/b.JS", b"")[1] == "text/javascript; charset=utf-8"
    assert entry("weights.bin", b"")[1] == "application/octet-stream"


def test_what_a_browser_has_is_not_sent_again(app: FastAPI) -> None:
    first = ask(app, "GET", "/models/index.json")
    assert (first.status, first["cache-control"]) == (200, "no-cache")
    again = ask(app, "GET", "/models/index.json", [("if-none-match", f'"other", W/{first["etag"]}')])
    assert (again.status, again.body, again["etag"]) == (304, b"", first["etag"])
    assert ask(app, "GET", "/models/index.json", [("if-none-match", '"x"')]).body == first.body
    assert ask(app, "GET", "/models/index.json", [("range", "bytes=0-0")]).body == first.body


def test_the_page_is_read_only(app: FastAPI) -> None:
    answer = ask(app, "POST", "/models/index.json")
    assert (answer.status, answer["allow"]) == (405, "GET, HEAD")


def test_without_a_built_page_the_rest_works(app: FastAPI, served: Served) -> None:
    answer = ask(app, "GET", "/")
    if Pages(served).find("/index.html") is None:
        assert answer.code == "no-page"
    else:
        assert answer["content-type"] == "text/html; charset=utf-8"
        assert b"<script>" not in answer.body
        assert b" style=" not in answer.body
    assert ask(app, "GET", "/docs").status == 200
