import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_multipart.multipart import MultipartParser

from asgi import form
from inkdigit.server.multipart import media_type, parts
from inkdigit.server.problems import Problem

KIND = "multipart/form-data; boundary=XX"
HEAD = b'--XX\r\nContent-Disposition: form-data; name="image"\r\n\r\n'


def refused(body: bytes, kind: str = KIND) -> str:
    with pytest.raises(Problem) as caught:
        parts(kind, body, most=100)
    assert caught.value.code == "malformed-multipart"
    return caught.value.detail


def by_the_library(body: bytes) -> list[bytes]:
    """The contents of the parts as python-multipart finds them."""
    found: list[bytearray] = []

    def begin() -> None:
        found.append(bytearray())

    def data(piece: bytes, start: int, end: int) -> None:
        found[-1].extend(piece[start:end])

    MultipartParser(b"XX", {"on_part_begin": begin, "on_part_data": data}).write(body)
    return [bytes(one) for one in found]


@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"\r\n", b"--XX", b"\r\n--X", b"--", b""]), max_size=5))
def test_contents_are_those_that_another_parser_finds(contents: list[bytes]) -> None:
    contents = [one for one in contents if b"\r\n--XX" not in b"\r\n" + one]
    _, body = form(*(("image", "a.png", one) for one in contents))
    if contents:
        assert [part.content for part in parts(KIND, body, most=100)] == contents == by_the_library(body)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_whatever_comes_is_taken_apart_or_refused(data: st.DataObject) -> None:
    """Bodies cut, doubled and stirred: parts, or the one problem; nothing else."""
    _, good = form(("image", "a.png", b"abc"), ("other", "b", b"\r\n" * 9))
    body = bytearray(good)
    for _ in range(data.draw(st.integers(0, 4))):
        at, piece = data.draw(st.integers(0, len(body))), data.draw(st.binary(max_size=8))
        body[at : at + data.draw(st.integers(0, 9))] = piece
    kind = data.draw(st.sampled_from([KIND, KIND.upper(), "multipart/form-data", KIND[:-1], KIND + '; a="b']))
    try:
        found = parts(kind, bytes(body), most=100)
    except Problem as problem:
        code, found = problem.code, []
    else:
        code = "malformed-multipart"
    assert code == "malformed-multipart"
    assert all(part.content in bytes(body) for part in found)


def test_a_part_has_its_name_its_file_and_its_type() -> None:
    _, body = form(("image", "../../x.png", b"1"))
    [part] = parts(KIND, b"a preamble\r\n" + body + b"an epilogue", most=1)
    assert part == ("image", "../../x.png", "image/png", b"1")


@pytest.mark.parametrize(
    "boundary", ["", "; boundary=", "; boundary=" + "x" * 71, "; boundary=" + "x" * 10_000, '; boundary="x "']
)
def test_a_boundary_has_1_to_70_characters(boundary: str) -> None:
    assert "boundary" in refused(HEAD + b"1\r\n--XX--", "multipart/form-data" + boundary)


def test_a_boundary_of_70_characters_is_one() -> None:
    long = "x" * 70
    headers, body = form(("image", "a", b"1"), boundary=long)
    assert parts(headers[0][1], body, most=1)[0].content == b"1"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not in the body"),
        (HEAD + b"1\r\n", "ends early"),
        (HEAD + b"1", "ends early"),
        (b"--XX\r\nContent-Type: a/b\r\n\r\n1\r\n--XX--", "Content-Disposition"),
        (b"--XX\r\nContent-Disposition: form-data\r\n\r\n1\r\n--XX--", "Content-Disposition"),
        (b"--XX\r\nContent-Disposition: form-data; name*=UTF-8''image\r\n\r\n1\r\n--XX--", "Content-Disposition"),
        (b"--XX\r\n" + b"A: b\r\n" * 2 + b"\r\n1\r\n--XX--", "each once"),
        (b"--XX\r\n" + b"".join(b"A%d: b\r\n" % i for i in range(9)) + b"\r\n1\r\n--XX--", "more than 8"),
        (b"--XX\r\nA: " + b"x" * (1 << 20) + b"\r\n\r\n1\r\n--XX--", "4,096"),
        (b"--XXX\r\n\r\n1\r\n--XX--", "behind a boundary"),
        (b"1\r\n".join([HEAD] * 100_000), "more than 100"),
        (b"\r\n".join([HEAD + b"1"] * 101) + b"\r\n--XX--", "more than 100"),
        (b"\r\n" * (4 << 20), "not in the body"),
    ],
)
def test_what_is_no_form_is_refused_in_little_time(body: bytes, why: str) -> None:
    began = time.process_time()
    assert why in refused(body)
    assert time.process_time() - began < 1.0  # the aim is 0.1; the bound is for slow machines


def test_a_form_within_a_form_is_only_bytes() -> None:
    inner = form(("image", "a", b"1"), boundary="YY")[1]
    _, body = form(("image", "a", inner))
    assert parts(KIND, body, most=9)[0].content == inner


def test_a_backslash_escapes_only_itself_and_quotes() -> None:
    assert media_type('a; f="C:\\new\\"x"')[1]["f"] == 'C:\\new"x'
