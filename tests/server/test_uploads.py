import io

import numpy as np
import pytest
from PIL import Image

from asgi import form
from inkdigit.data.strokes import strokes
from inkdigit.server import uploads
from inkdigit.server.limits import Limits
from inkdigit.server.model import Served
from inkdigit.server.problems import Problem
from inkdigit.server.schemas import Pages
from inkdigit.server.uploads import Sent
from server.conftest import as_png

LIMITS = Limits()


def sent(*files: tuple[str, str, bytes]) -> Sent:
    headers, body = form(*files)
    return Sent(headers[0][1], body)


def singles(served: Served, *requests: Sent, limits: Limits = LIMITS) -> list[bytes | Exception]:
    return uploads.singles(served.reader, requests, limits=limits)


def code(answer: bytes | Exception) -> str:
    assert isinstance(answer, Problem)
    return answer.code


def encoded(format_: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(255 - strokes(1, seed=5).images[0]).save(buffer, format_)
    return buffer.getvalue()


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_the_content_decides_and_a_wrong_type_is_noted(served: Served, format_: str) -> None:
    content = encoded(format_)
    [right, wrong, unknown] = singles(
        served, Sent(f"image/{format_.lower()}", content),
        Sent("image/apng" if format_ != "PNG" else "image/gif", content),
        Sent("image/x-unknown", content),
    )  # fmt: skip
    assert isinstance(wrong, bytes)
    assert f"{format_}, though sent as image/".encode().lower() in wrong.lower()
    assert right == unknown
    assert isinstance(right, bytes)
    assert b"though" not in right


def test_several_pictures_have_an_answer_each_and_a_bad_one_its_error(served: Served, png: bytes) -> None:
    request = sent(("image", "a", png), ("other", "x", b""), ("image", "b", png[:-20]), ("image", "c", png))
    for [answer] in (singles(served, request), uploads.pages(served.reader, [request], limits=LIMITS)):
        assert isinstance(answer, bytes)
        first, second, third = Pages.model_validate_json(answer).model_dump()["results"]
        assert (first["file"], second["file"], third["file"]) == ("a", "b", "c")
        assert second["error"]["code"] == "truncated"
        assert {**first, "file": ""} == {**third, "file": ""}


def test_too_many_pictures_are_refused(served: Served, png: bytes) -> None:
    assert code(singles(served, sent(*[("image", "a", png)] * 33))[0]) == "too-many-pictures"
    assert isinstance(singles(served, sent(*[("image", "a", png)] * 32))[0], bytes)
    assert code(singles(served, sent(*[("image", "a", b"")] * 1_000))[0]) == "malformed-multipart"


def test_a_form_without_a_picture_says_so(served: Served, png: bytes) -> None:
    assert code(singles(served, sent(("picture", "a", png)))[0]) == "no-picture"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty-file"),
        (b"<svg xmlns=''/>", "unsupported-format"),
        (b"%!PS-Adobe", "unsupported-format"),
        (b"%PDF-1.7", "unsupported-format"),
        (b"aGVsbG8gd29ybGQ=" * 10, "unsupported-format"),
        (b"data:image/png;base64,iVBORw0KGgo", "unsupported-format"),
        (b"\x89PNG\r\n", "truncated"),
        (as_png(np.zeros((4, 4), np.uint8)), "too-small"),
        (as_png(np.zeros((9000, 10), np.uint8)), "too-many-pixels"),
        (as_png(np.zeros((8000, 8000), np.uint8)), "too-many-pixels"),
    ],
)
def test_a_bad_picture_is_the_problem_of_its_kind(served: Served, content: bytes, expected: str) -> None:
    [answer] = singles(served, Sent("image/png", content))
    assert code(answer) == expected
    assert isinstance(answer, Problem)
    assert 400 <= answer.status < 500


def test_a_name_is_a_label_and_nothing_else(served: Served, png: bytes) -> None:
    for name in ("../../etc/passwd", "a\x1bb", "\u202egnp.exe", "<img onerror=1>", "=cmd()", "x" * 4000):
        [answer] = singles(served, sent(("image", name, png)))
        assert isinstance(answer, bytes)
        assert b"\x1b" not in answer
        assert "\u202e".encode() not in answer
        assert len(answer) < 1_000


def test_a_large_picture_among_small_ones_is_read_like_alone(served: Served, png: bytes) -> None:
    large = as_png(np.kron(255 - strokes(1, seed=6).images[0], np.ones((30, 30), np.uint8)).astype(np.uint8))
    alone = singles(served, Sent("image/png", large)) + singles(served, Sent("image/png", png))
    assert singles(served, Sent("image/png", large), Sent("image/png", png)) == alone


def test_work_that_takes_too_long_is_given_up_between_pictures(served: Served, png: bytes) -> None:
    request = sent(*[("image", "a", png)] * 3)
    [answer] = uploads.pages(served.reader, [request], limits=Limits(work=0))
    assert code(answer) == "deadline"
