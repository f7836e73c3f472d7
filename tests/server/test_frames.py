import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkdigit.server.frames import from_bytes, from_text, taken
from inkdigit.server.problems import Problem

ROW = [0.0] * 28
IMAGE = [ROW] * 28


def refused(body: bytes | str, *, most: int = 100) -> tuple[str, str | None]:
    with pytest.raises(Problem) as caught:
        from_text(body if isinstance(body, bytes) else body.encode(), most=most)
    return caught.value.code, caught.value.pointer


def with_value(value: str) -> str:
    return '{"images": [[' + ", ".join([str(ROW)] * 27) + ", [" + "0," * 27 + value + "]]]}"


def test_numbers_come_through_as_they_are() -> None:
    images = np.random.default_rng(0).random((3, 28, 28))
    ink = from_text(json.dumps({"images": images.tolist()}).encode(), most=3)
    assert ink.dtype == np.float32
    assert np.array_equal(ink, images.astype(np.float32))


def test_bytes_are_ink_from_0_to_255() -> None:
    images = np.arange(2 * 784, dtype=np.uint16).astype(np.uint8)
    assert np.array_equal(from_bytes(images.tobytes(), most=2).ravel(), images.astype(np.float32) / np.float32(255))


def test_whole_numbers_are_numbers() -> None:
    assert from_text(with_value("1").encode(), most=1)[0, 27, 27] == 1


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "[1", '{"images": [NaN]}', '{"images": [Infinity]}', "[" * 100_000, '{"images": ' + "[" * 200,
        '{"images": [' + "1" * 5_000 + "e}", '{"images": [], "images": []}', '{"images": "\\ud800',
        b'\xef\xbb\xbf{"images": []}',
        '{"images": []}'.encode("utf-16"), b'{"images": ["\xff"]}', "{'images': []}", '{"images": [],}',
    ],
)  # fmt: skip
def test_what_is_no_json_is_malformed(body: bytes | str) -> None:
    assert refused(body) in {("malformed-json", None), ("too-many-digits", None)}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ("[]", ""), ("1", ""), ("null", ""), ("{}", ""), ('{"images": [], "more": 1}', ""), ('{"image": []}', ""),
        ('{"images": []}', "/images"), ('{"images": 7}', "/images"), ('{"images": null}', "/images"),
        ('{"images": [7]}', "/images/0"), (json.dumps({"images": [IMAGE, [ROW] * 27]}), "/images/1"),
        (json.dumps({"images": [[[0.0] * 784]]}), "/images/0"), (json.dumps({"images": [[0.0] * 784]}), "/images/0"),
        (json.dumps({"images": [[*IMAGE[:27], ROW[:27]]]}), "/images/0/27"),
        (json.dumps({"images": [[*IMAGE[:27], [*ROW, 0.0]]]}), "/images/0/27"),
        (json.dumps({"images": [["0"] * 28] * 28}), "/images/0/0"), ('{"a": {"b": 1}}', ""),
    ],
)  # fmt: skip
def test_what_has_another_shape_is_pointed_at(body: str, pointer: str) -> None:
    assert refused(body) == ("wrong-shape", pointer)


@pytest.mark.parametrize(
    "value",
    ["-1", "-0.001", "1.001", "256", "1e308", "1e400", "true", "false", "null", '"1"', "[0]", "9" * 400, "9" * 5_000],
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
        from_bytes(bytes(size), most=10)


def test_too_many_digits_are_refused_unparsed() -> None:
    with pytest.raises(Problem, match="too-many-digits"):
        from_bytes(bytes(784 * 3), most=2)
    assert refused(json.dumps({"images": [IMAGE] * 3}), most=2)[0] == "too-many-digits"
    assert refused('{"images": [' + "[]," * 2_000_000 + "[]]}")[0] == "too-many-digits"


def test_another_type_is_refused() -> None:
    with pytest.raises(Problem, match="unsupported-media-type"):
        taken("text/plain", b"", most=1)


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
        from_text(body, most=100)
    assert 400 <= caught.value.status < 500
