"""The reader of protobuf messages gives what Google's gives, and refuses the rest in one way."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import AttributeProto, NodeProto, StringStringEntryProto, TensorProto

from inkdigit.formats.protobuf import FIXED32, VARINT, Field, Malformed, Reader, Schema, varint

NODE = Schema("node", {
    1: Field("input", many=True), 2: Field("output", many=True), 3: Field("name"), 4: Field("op_type"),
    6: Field("doc_string"),
})  # fmt: skip
ATTRIBUTE = Schema("attribute", {
    1: Field("name"), 2: Field("f", FIXED32), 3: Field("i", VARINT), 8: Field("ints", VARINT, many=True),
    20: Field("type", VARINT), 6: Field("g", refusal="has a graph in it"),
})  # fmt: skip
ENTRY = Schema("entry", {1: Field("key"), 2: Field("value")})
INT64 = st.integers(-(2**63), 2**63 - 1)


def read(content: bytes, schema: Schema, *, most: int = 1_000):  # type: ignore[no-untyped-def]
    return Reader(most_fields=most).read(memoryview(content), schema)


@given(st.lists(st.text(max_size=5), max_size=4), st.text(max_size=200), st.text(max_size=5))
def test_texts_are_read_as_the_library_wrote_them(inputs: list[str], name: str, doc: str) -> None:
    node = NodeProto(input=inputs, name=name, doc_string=doc)
    message = read(node.SerializeToString(), NODE)
    assert [bytes(part).decode() for part in message.parts("input")] == inputs
    assert (message.text("name"), message.text("doc_string"), message.text("op_type")) == (name, doc, "")


@given(INT64, st.lists(INT64, max_size=5))
def test_numbers_are_read_as_the_library_wrote_them(i: int, ints: list[int]) -> None:
    message = read(AttributeProto(name="a", i=i, ints=ints, f=0.5).SerializeToString(), ATTRIBUTE)
    assert (message.number("i"), message.numbers("ints"), message.number("type")) == (i, ints, 0)


@given(st.lists(st.integers(0, 2**63 - 1), max_size=5))
def test_numbers_may_be_packed(numbers: list[int]) -> None:
    """ONNX's own proto3 writer packs them; so does the library here, for another field of the same form."""
    packed = TensorProto(int64_data=numbers).SerializeToString()
    schema = Schema("weight", {7: Field("ints", VARINT, many=True)})
    assert read(packed, schema).numbers("ints") == numbers


@given(st.integers(0, 2**64 - 1))
def test_a_varint_has_one_form(number: int) -> None:
    written, left = bytearray(), number
    while left >= 0x80:
        written.append(left & 0x7F | 0x80)
        left >>= 7
    written.append(left)
    assert varint(memoryview(bytes(written) + b"rest"), 0) == (number, len(written))
    with pytest.raises(Malformed):
        varint(memoryview(bytes([*written[:-1], written[-1] | 0x80, 0])), 0)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """And what is read, the library reads too."""
    with contextlib.suppress(Malformed):
        message = read(content, ENTRY)
        texts = message.text("key"), message.text("value")
        theirs = StringStringEntryProto.FromString(content)
        assert texts == (theirs.key, theirs.value)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x0a", "no varint"),
        (b"\x0a\x05abc", "ends early: a field of 5 bytes where 3 are left"),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a field of 18,446,744,073,709,551,615 bytes where 0"),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "no varint"),
        (b"\x0a" + b"\x80" * 11, "no varint"),
        (b"\x0a\x01a\x0a\x01b", "has two of key in its entry"),
        (b"\x1a\x01a", "has a field 3 in its entry"),
        (b"\x08\x01", "has key of another type"),
        (b"\x0d\x00\x00", "ends early: a field of 4 bytes where 2 are left"),
        (b"\x09" + b"\x00" * 8, "wire type 1"),
        (b"\x0b\x0c", "wire type 3"),
        (b"\x00\x00", "has a field 0"),
        (b"\x0a\x01\xff", "has key that is not UTF-8"),
    ],
)
def test_what_is_no_message_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        read(content, ENTRY).text("key")


def test_a_field_that_is_forbidden_says_why() -> None:
    with pytest.raises(Malformed, match="has a graph in it"):
        read(b"\x32\x00", ATTRIBUTE)


def test_the_reader_tires() -> None:
    reader = Reader(most_fields=10)
    reader.read(memoryview(b"\x0a\x00" * 8), NODE)
    with pytest.raises(Malformed, match="more than 10 parts"):
        reader.read(memoryview(b"\x0a\x00" * 3), NODE)
    with pytest.raises(Malformed, match="more than 10 parts"):
        read(b"\x42\x20" + b"\x01" * 32, ATTRIBUTE, most=10)
