import io

import numpy as np
import pytest
from PIL import Image

from inkdigit.data.strokes import strokes
from inkdigit.server.bodies import RawRequest, Upload
from inkdigit.server.model import Served
from inkdigit.server.problems import Problem
from inkdigit.server.schemas import Reading, Results
from inkdigit.server.service import Service
from inkdigit.server.settings import Limits, Settings
from server.conftest import as_png


@pytest.fixture(scope="module")
def service(served: Served) -> Service:
    return Service(served, Settings())


def sent(content: bytes, declared: str = "image/png", name: str = "a") -> list[Upload]:
    return [Upload(name, declared, content)]


def code(answer: bytes | Exception) -> str:
    assert isinstance(answer, Problem)
    return answer.code


def encoded(format_: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(255 - strokes(1, seed=5).images[0]).save(buffer, format_)
    return buffer.getvalue()


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_the_content_decides_and_a_wrong_type_is_noted(service: Service, format_: str) -> None:
    content = encoded(format_)
    wrong_type = "image/apng" if format_ != "PNG" else "image/gif"
    kinds = (f"image/{format_.lower()}", wrong_type, "image/x-unknown")
    right, wrong, unknown = service.singles([sent(content, kind) for kind in kinds])
    assert isinstance(wrong, bytes)
    assert f"{format_}, though sent as image/".lower().encode() in wrong.lower()
    assert right == unknown
    assert isinstance(right, bytes)
    assert b"though" not in right


def test_several_pictures_have_an_answer_each_and_a_bad_one_its_error(service: Service, png: bytes) -> None:
    request = [*sent(png, name="a"), *sent(png[:-20], name="b"), *sent(png, name="c")]
    for [answer] in (service.singles([request]), service.pages([request])):
        assert isinstance(answer, bytes)
        first, second, third = Results.model_validate_json(answer).model_dump()["results"]
        assert (first["file"], second["file"], third["file"]) == ("a", "b", "c")
        assert second["error"]["code"] == "truncated"
        assert {**first, "file": ""} == {**third, "file": ""}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty-file"),
        (b"<svg xmlns=''", "unreadable-image"),
        (b"PK\x03\x04....", "unsupported-format"),
        (b"%!PS-Adobe", "unsupported-format"),
        (b"%PDF-1.7", "unreadable-image"),
        (b"aGVsbG8gd29ybGQ=" * 10, "unsupported-format"),
        (b"data:image/png;base64,iVBORw0KGgo", "unsupported-format"),
        (b"\x89PNG\r\n", "truncated"),
        (as_png(np.zeros((4, 4), np.uint8)), "too-small"),
        (as_png(np.zeros((9000, 10), np.uint8)), "too-many-pixels"),
        (as_png(np.zeros((8000, 8000), np.uint8)), "too-many-pixels"),
    ],
)
def test_a_bad_picture_is_the_problem_of_its_kind(service: Service, content: bytes, expected: str) -> None:
    [answer] = service.singles([sent(content)])
    assert code(answer) == expected
    assert isinstance(answer, Problem)
    assert 400 <= answer.status < 500


def test_a_large_picture_among_small_ones_is_read_like_alone(service: Service, png: bytes) -> None:
    large = as_png(np.kron(255 - strokes(1, seed=6).images[0], np.ones((30, 30), np.uint8)).astype(np.uint8))
    alone = service.singles([sent(large)]) + service.singles([sent(png)])
    assert service.singles([sent(large), sent(png)]) == alone


def test_work_that_takes_too_long_is_given_up_between_pictures(served: Served, png: bytes) -> None:
    service = Service(served, Settings(limits=Limits(work=0)))
    with pytest.raises(Problem, match="deadline"):
        service.pages([sent(png) * 3])


def test_digits_of_several_requests_have_their_own_answers(service: Service, served: Served) -> None:
    images = strokes(5, seed=3).images
    raw = "application/octet-stream"
    requests = [RawRequest(raw, images[:2].tobytes()), RawRequest(raw, b"1"), RawRequest(raw, images[2:].tobytes())]
    first, second, third = service.digits(requests)
    assert code(second) == "wrong-shape"
    assert isinstance(first, bytes)
    assert isinstance(third, bytes)
    results = [*Results.model_validate_json(first).results, *Results.model_validate_json(third).results]
    assert [one.file for one in results] == ["images#0", "images#1", "images#0", "images#1", "images#2"]
    assert [one.digit for one in results if isinstance(one, Reading)] == served.reader.classify(images).digit.tolist()
    assert service.digits([RawRequest(raw, b"1")])[0].code == "wrong-shape"  # type: ignore[union-attr]
