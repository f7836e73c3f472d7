import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.datastructures import UploadFile

from asgi import Answer, Headers, ask, form
from inkdigit.server.bodies import RawRequest, ink_from_bytes, ink_from_text, ink_of, upload_from_text
from inkdigit.server.problems import Problem

ROW = [0.0] * 28
IMAGE = [ROW] * 28
KIND: Headers = [("content-type", "multipart/form-data; boundary=XX")]
PART = b'--XX\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'


def refused(body: bytes | str, *, most: int = 100) -> tuple[str, str | None]:
    with pytest.raises(Problem) as caught:
        ink_from_text(body if isinstance(body, bytes) else body.encode(), most=most)
    return caught.value.code, caught.value.pointer


def with_value(value: str) -> str:
    return '{"images": [[' + ", ".join([str(ROW)] * 27) + ", [" + "0," * 27 + value + "]]]}"


# Ink ------------------------------------------------------------------------------------------------------------


def test_numbers_come_through_as_they_are() -> None:
    images = np.random.default_rng(0).random((3, 28, 28))
    ink = ink_from_text(json.dumps({"images": images.tolist()}).encode(), most=3)
    assert ink.dtype == np.float32
    assert np.array_equal(ink, images.astype(np.float32))


def test_bytes_are_ink_from_0_to_255() -> None:
    images = np.arange(2 * 784, dtype=np.uint16).astype(np.uint8)
    assert np.array_equal(ink_from_bytes(images.tobytes(), most=2).ravel(), images.astype(np.float32) / np.float32(255))


def test_784_numbers_are_28_rows_of_28() -> None:
    images = np.random.default_rng(0).random((3, 28, 28)).astype(np.float32)
    flat = json.dumps({"images": images.reshape(3, 784).tolist()}).encode()
    assert np.array_equal(ink_from_text(flat, most=3), images)


def test_a_value_above_1_says_that_all_are_up_to_255() -> None:
    images = np.zeros((2, 28, 28))
    images[0, 0, 0], images[1, 0, 0] = 255, 1
    ink = ink_from_text(json.dumps({"images": images.tolist()}).encode(), most=2)
    assert (ink[0, 0, 0], ink[1, 0, 0]) == (1, np.float32(1) / np.float32(255))


def test_what_numpy_does_not_like_at_once_is_read_all_the_same() -> None:
    """A text that holds "true" outside of the numbers; lists that are good."""
    body = json.dumps({"images": [IMAGE]}).replace("images", "im\\u0061ges")
    assert ink_from_text(body.encode(), most=1).shape == (1, 28, 28)


def test_whole_numbers_are_numbers() -> None:
    assert ink_from_text(with_value("1").encode(), most=1)[0, 27, 27] == 1


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "[1", '{"images": [NaN]}', '{"images": [Infinity]}', "[" * 100_000, '{"images": ' + "[" * 200,
        '{"images": [' + "1" * 5_000 + "e}", '{"images": 1, ' + json.dumps({"images": [IMAGE]})[1:],
            '{"images": "\\ud800',
        b'\xef\xbb\xbf{"images": []}',
        '{"images": []}'.encode("utf-16"), b'{"images": ["\xff"]}', "{'images': []}", '{"images": [],}',
    ],
)  # fmt: skip
def test_what_is_no_json_is_malformed(body: bytes | str) -> None:
    assert refused(body) in {("malformed-json", None), ("too-many-digits", None)}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ("[]", ""), ("1", ""), ("null", ""), ("{}", "/images"), ('{"images": [], "more": 1}', "/images"),
        ('{"image": []}', "/images"), (json.dumps({"images": [IMAGE], "more": 1}), ""),
        ('{"images": []}', "/images"), ('{"images": 7}', "/images"), ('{"images": null}', "/images"),
        ('{"images": [7]}', "/images/0"), (json.dumps({"images": [IMAGE, [ROW] * 27]}), "/images/1"),
        (json.dumps({"images": [[[0.0] * 784]]}), "/images/0/0"), (json.dumps({"images": [[0.0] * 783]}), "/images/0"),
        (json.dumps({"images": [[*IMAGE[:27], ROW[:27]]]}), "/images/0/27"),
        (json.dumps({"images": [[*IMAGE[:27], [*ROW, 0.0]]]}), "/images/0/27"),
        (json.dumps({"images": [[0.0] * 785]}), "/images/0"), ('{"a": 1}', "/images"), ('{"a": [[1]]}', "/images"),
    ],
)  # fmt: skip
def test_what_has_another_shape_is_pointed_at(body: str, pointer: str) -> None:
    assert refused(body) == ("wrong-shape", pointer)


@pytest.mark.parametrize(
    "value",
    ["-1", "-0.001", "255.001", "256", "1e308", "1e400", "true", "false", "null", '"1"', "[0]", "9" * 400, "9" * 5_000],
)
def test_what_is_no_ink_is_pointed_at(value: str) -> None:
    code, pointer = refused(with_value(value))
    assert (code, pointer) in {("wrong-value", "/images/0/27/27"), ("malformed-json", None)}
    assert code == "wrong-value" or len(value) >= 400 or value == "1e400"


def test_784_texts_are_no_numbers() -> None:
    assert refused(json.dumps({"images": [[["0"] * 28] * 28]})) == ("wrong-value", "/images/0/0/0")


@pytest.mark.parametrize("size", [0, 1, 783, 785, 784 * 2 - 1])
def test_bytes_are_a_multiple_of_784(size: int) -> None:
    with pytest.raises(Problem, match="wrong-shape"):
        ink_from_bytes(bytes(size), most=10)


def test_too_many_digits_are_refused_unparsed() -> None:
    with pytest.raises(Problem, match="too-many-digits"):
        ink_from_bytes(bytes(784 * 3), most=2)
    assert refused(json.dumps({"images": [IMAGE] * 3}), most=2)[0] == "too-many-digits"
    assert refused('{"images": [' + "[]," * 2_000_000 + "[]]}")[0] == "too-many-digits"


def test_another_type_is_refused() -> None:
    problem = ink_of(RawRequest("text/plain", b""), most=1)
    assert isinstance(problem, Problem)
    assert problem.code == "unsupported-media-type"


LEAVES: st.SearchStrategy[Any] = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)


@settings(max_examples=300, deadline=None)
@given(
    DOCUMENTS.map(json.dumps).map(str.encode)
    | st.binary(max_size=60)
    | DOCUMENTS.map(lambda d: json.dumps({"images": d}).encode())
)
def test_whatever_comes_is_a_problem_of_the_client(body: bytes) -> None:
    with pytest.raises(Problem) as caught:
        ink_from_text(body, most=100)
    assert 400 <= caught.value.status < 500


# Pictures -------------------------------------------------------------------------------------------------------

Asks = Callable[..., Answer]


@pytest.fixture
def read(app: FastAPI) -> Asks:
    return lambda headers, body: ask(app, "POST", "/v1/read?single=true", headers, body)


def test_a_picture_comes_in_a_form_under_either_name(read: Asks, png: bytes) -> None:
    for field in ("image", "file"):
        assert read(*form((field, "a.png", png))).json["file"] == "a.png"
    assert read(*form(("picture", "a.png", png))).code == "no-picture"
    text = PART.replace(b'; filename="a"', b"") + b"1\r\n--XX--\r\n"
    assert read(KIND, text).code == "no-picture"


def test_a_picture_comes_in_json_as_base64_or_as_a_data_url(read: Asks, png: bytes) -> None:
    kind = [("content-type", "application/json; charset=utf-8")]
    plain = base64.b64encode(png).decode()
    for text, note in (
        (plain, None),
        (f"data:image/png;base64,{plain}", None),
        (f"data:image/gif;base64,{plain}", "PNG, though sent as image/gif"),
    ):
        answer = read(kind, json.dumps({"image": text}).encode())
        assert (answer.status, answer.json["note"]) == (200, note)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed-json"), (b"{", "malformed-json"), (b'\xef\xbb\xbf{"image": ""}', "malformed-json"),
        ('{"image": ""}'.encode("utf-16"), "malformed-json"), (b"[" * 100_000, "malformed-json"),
        (b'{"image": "", "image": ""}', "malformed-json"), (b'{"image": "\\ud800"}', "malformed-json"),
        (b"[]", "wrong-shape"), (b"{}", "wrong-shape"), (b'{"image": 1}', "wrong-shape"),
        (b'{"image": null}', "wrong-shape"),
        (b'{"image": "", "x": 1}', "wrong-shape"),
        (b'{"image": "data:image/png,AAAA"}', "malformed-base64"), (b'{"image": "data:AAAA"}', "malformed-base64"),
        (b'{"image": "A"}', "malformed-base64"), (b'{"image": "AAA"}', "malformed-base64"),
        (b'{"image": "AA\\nAA"}', "malformed-base64"), (b'{"image": "AA AA"}', "malformed-base64"),
        (b'{"image": "A-_A"}', "malformed-base64"), ('{"image": "ÄÄÄÄ"}'.encode(), "malformed-base64"),
    ],
)  # fmt: skip
def test_json_without_a_picture_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(Problem) as caught:
        upload_from_text(body)
    assert caught.value.code == code
    assert caught.value.status in {400, 422}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        PART + b"1\r\n",
        PART + b"1",
        b"--XX\r\nContent-Type: a/b\r\n\r\n1\r\n--XX--\r\n",
        b"--XX\r\nContent-Disposition: form-data\r\n\r\n1\r\n--XX--\r\n",
        b"--XX\r\nA: " + b"x" * (1 << 20) + b"\r\n\r\n1\r\n--XX--\r\n",
        b"--XXX\r\n\r\n1\r\n--XX--\r\n",
        b"\r\n".join([PART + b"1"] * 101) + b"\r\n--XX--\r\n",
        b"\r\n".join([PART.replace(b'; filename="a"', b"") + b"1"] * 10_000) + b"\r\n--XX--\r\n",
        b"\r\n" * (4 << 19),
        PART + b"\r\n--X" * (1 << 20),
    ],
    ids=lambda content: f"{content[:10]!r}{len(content)}",
)
def test_what_is_no_form_is_refused(read: Asks, body: bytes) -> None:
    assert read(KIND, body).code in {"malformed-multipart", "no-picture"}


@pytest.mark.parametrize("boundary", ["", "; boundary=", '; boundary="x '])
def test_a_form_has_a_boundary(read: Asks, boundary: str) -> None:
    assert read([("content-type", "multipart/form-data" + boundary)], PART + b"1\r\n--XX--\r\n").status in {400, 422}


def test_a_form_within_a_form_is_only_bytes(read: Asks, png: bytes) -> None:
    inner = form(("image", "a", png), boundary="YY")[1]
    assert read(*form(("image", "a", inner))).code == "unsupported-format"


def test_too_many_pictures_are_refused(read: Asks, png: bytes) -> None:
    assert len(read(*form(*[("image", "a", png)] * 32)).json["results"]) == 32
    assert read(*form(*[("image", "a", b"")] * 33)).code == "too-many-pictures"
    assert read(*form(*[("image", "a", b"")] * 1_000)).code == "malformed-multipart"


def test_a_name_is_a_label_and_nothing_else(read: Asks, png: bytes) -> None:
    for name in ("../../etc/passwd", "a\x1bb", "\u202egnp.exe", "<img onerror=1>", "=cmd()", "x" * 4000):
        answer = read(*form(("image", name, png)))
        assert answer.status == 200
        assert b"\x1b" not in answer.body
        assert "\u202e".encode() not in answer.body
        assert len(answer.body) < 1_000


def test_no_room_for_a_large_picture_is_no_fault_and_passes(
    read: Asks, monkeypatch: pytest.MonkeyPatch, png: bytes
) -> None:
    def full(self: UploadFile, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(UploadFile, "write", full)
        assert read(*form(("image", "a", png))).code == "overloaded"
    assert read(*form(("image", "a", png))).status == 200


def test_a_picture_that_waits_on_the_disk_is_read_like_one_in_memory(read: Asks, png: bytes) -> None:
    large = png + bytes(3 << 20)
    assert read(*form(("image", "a", large))).json == read(*form(("image", "a", png))).json


# Starlette leaves the file of a part without an end to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_comes_is_a_form_or_refused(app: FastAPI, data: st.DataObject) -> None:
    """Forms cut, doubled and stirred."""
    _, good = form(("image", "a.png", b"abc"), ("other", "b", b"\r\n" * 9))
    body = bytearray(good)
    for _ in range(data.draw(st.integers(0, 4))):
        at, piece = data.draw(st.integers(0, len(body))), data.draw(st.binary(max_size=8))
        body[at : at + data.draw(st.integers(0, 9))] = piece
    kind = data.draw(
        st.sampled_from([KIND[0][1], KIND[0][1].upper(), "multipart/form-data", KIND[0][1][:-1], KIND[0][1] + '; a="b'])
    )
    answer = ask(app, "POST", "/v1/read", [("content-type", kind)], bytes(body))
    assert answer.status in {400, 415, 422}
