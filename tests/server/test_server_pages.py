import hashlib
from dataclasses import replace

import numpy as np

from asgi import ask
from inkdigit.formats.check import ModelFile, check_model_file
from inkdigit.formats.onnx import onnx_bytes
from inkdigit.formats.quantize import to_int8
from inkdigit.server.model import Served
from inkdigit.server.pages import Pages, as_file, models_of, style
from inkdigit.server.watch import Watch


def test_the_served_model_comes_first_and_the_shipped_ones_are_there(served: Served) -> None:
    models = models_of(served)
    assert list(models) == ["mlp", "cnn"]
    assert models["mlp"] is served.file
    assert isinstance(models["cnn"], ModelFile)


def test_a_model_of_eight_bits_serves_the_api_and_leaves_the_page_to_the_shipped_ones(served: Served) -> None:
    ink = np.random.default_rng(0).random((20, 28, 28), np.float32)
    small = onnx_bytes(to_int8(served.file, card=replace(served.file.card, name="small"), ink=ink))
    file = check_model_file(small, where="small")
    pages = Pages(Served("small", served.reader, file))
    assert list(models_of(Served("small", served.reader, file))) == ["cnn", "mlp"]
    assert pages.find("/models/cnn/model.json") is not None


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


def test_a_file_has_its_type_and_a_tag_of_its_content() -> None:
    file = as_file("a/b.JS", b"1")
    assert file.media_type == "text/javascript; charset=utf-8"
    assert file.tag == f'"{hashlib.sha256(b"1").hexdigest()[:16]}"'
    assert as_file("weights.bin", b"").media_type == "application/octet-stream"
    assert b"url(" not in style().content


def test_what_a_browser_has_is_not_sent_again(app: Watch) -> None:
    first = ask(app, "GET", "/models/index.json")
    assert (first.status, first["cache-control"]) == (200, "no-cache")
    again = ask(app, "GET", "/models/index.json", [("if-none-match", f'"other", W/{first["etag"]}')])
    assert (again.status, again.body, again["etag"]) == (304, b"", first["etag"])
    assert ask(app, "GET", "/models/index.json", [("if-none-match", '"x"')]).body == first.body
    assert ask(app, "GET", "/models/index.json", [("range", "bytes=0-0")]).body == first.body


def test_the_page_is_read_only(app: Watch) -> None:
    answer = ask(app, "POST", "/models/index.json")
    assert (answer.status, answer["allow"]) == (405, "GET, HEAD")


def test_without_a_built_page_the_rest_works(app: Watch, served: Served) -> None:
    answer = ask(app, "GET", "/")
    if Pages(served).find("/index.html") is None:
        assert answer.code == "no-page"
    else:
        assert answer["content-type"] == "text/html; charset=utf-8"
        assert b"<script>" not in answer.body
        assert b" style=" not in answer.body
    assert ask(app, "GET", "/docs").status == 200
