"""Protobuf messages, read without knowing more of them than a schema says.

In: bytes, and a schema of the fields that are allowed. Out: a `Message` with the values of each.
Knows nothing of ONNX. What the schema does not name is refused, unless the reader is told to pass over it; nothing is
copied.

Source of the format: https://protobuf.dev/programming-guides/encoding
"""

from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""The wire types that are in use, by their numbers in the format."""

SIZES = {FIXED64: 8, FIXED32: 4}


class Malformed(ValueError):
    """The bytes are not a message of the schema; the text says why."""


class Field(NamedTuple):
    """What a schema allows under a field number.

    Args:
        name: Under which the values are given out.
        wire: VARINT, BYTES (text, a message, or raw data) or FIXED32.
        many: Whether it may occur more than once; numbers may then also come packed into one BYTES field.
        refusal: If given, why a message that has this field is refused.
    """

    name: str
    wire: int = BYTES
    many: bool = False
    refusal: str = ""


class Schema(NamedTuple):
    """The name of a kind of message and its fields by number."""

    name: str
    fields: dict[int, Field]


class Message:
    """The values of a message, by the names of its fields; a field that is not there has none."""

    def __init__(self) -> None:
        self._parts: dict[str, list[memoryview]] = {}
        self._numbers: dict[str, list[int]] = {}

    def add(self, name: str, value: "memoryview | int") -> None:
        """Add one value of a field."""
        if isinstance(value, int):
            self._numbers.setdefault(name, []).append(value)
        else:
            self._parts.setdefault(name, []).append(value)

    def parts(self, name: str) -> list[memoryview]:
        """The values of a BYTES field."""
        return self._parts.get(name, [])

    def numbers(self, name: str) -> list[int]:
        """The values of a VARINT field, as signed 64-bit numbers."""
        return self._numbers.get(name, [])

    def number(self, name: str) -> int:
        """The value of a VARINT field that occurs once, or 0, which protobuf leaves out."""
        return next(iter(self.numbers(name)), 0)

    def part(self, name: str) -> memoryview:
        """The value of a BYTES field that occurs once, or nothing."""
        return next(iter(self.parts(name)), memoryview(b""))

    def text(self, name: str) -> str:
        """The value of a text field, or an empty one.

        Raises:
            Malformed: It is not UTF-8.
        """
        try:
            return bytes(self.part(name)).decode()
        except UnicodeDecodeError as error:
            raise Malformed(f"has {name} that is not UTF-8") from error


class Reader:
    """Reads messages, and messages in messages, until it has seen a number of fields.

    Args:
        most_fields: In all messages together. A field may be two bytes long, and each takes a microsecond.
        others: Whether a field that the schema does not name is passed over, and not refused.
    """

    def __init__(self, *, most_fields: int, others: bool = False) -> None:
        self._most, self._left, self._others = most_fields, most_fields, others
        self._of_ours = "" if others else ", which no inkdigit model has"

    def read(self, content: memoryview, schema: Schema) -> Message:
        """Split one message into its fields; those that are messages themselves are left as bytes.

        Raises:
            Malformed: A field ends after the message does, is not in the schema, or comes twice.
        """
        message, seen = Message(), set()
        for number, wire, value in self._fields(content):
            field = schema.fields.get(number)
            if field is None and self._others:
                continue
            if field is None:
                raise Malformed(f"has a field {number} in its {schema.name}{self._of_ours}")
            if field.refusal:
                raise Malformed(field.refusal)
            if number in seen and not field.many:
                raise Malformed(f"has two of {field.name} in its {schema.name}")
            seen.add(number)
            if wire == field.wire:
                message.add(field.name, value)
            elif field.many and (wire, field.wire) == (BYTES, VARINT) and isinstance(value, memoryview):
                for packed in self._packed(value):
                    message.add(field.name, packed)
            else:
                raise Malformed(f"has {field.name} of another type in its {schema.name}")
        return message

    def _fields(self, content: memoryview) -> Iterator[tuple[int, int, memoryview | int]]:
        at = 0
        while at < len(content):
            self._count()
            tag, at = varint(content, at)
            wire = tag & 7
            value: memoryview | int
            if wire == VARINT:
                value, at = varint(content, at)
                value = value - (1 << 64) if value >= 1 << 63 else value  # two's complement, as int64 is stored
            elif wire == BYTES or (wire in SIZES and (wire == FIXED32 or self._others)):
                size, at = varint(content, at) if wire == BYTES else (SIZES[wire], at)
                if size > len(content) - at:
                    raise Malformed(f"ends early: a field of {size:,} bytes where {len(content) - at:,} are left")
                value, at = content[at : at + size], at + size
            else:
                raise Malformed(f"has a field of wire type {wire}{self._of_ours}")
            yield tag >> 3, wire, value

    def _packed(self, content: memoryview) -> Iterator[int]:
        at = 0
        while at < len(content):
            self._count()
            value, at = varint(content, at)
            yield value - (1 << 64) if value >= 1 << 63 else value

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Malformed(f"has more than {self._most:,} parts")


def varint(content: memoryview, at: int) -> tuple[int, int]:
    """Read a whole number of seven bits a byte, lowest first.

    Args:
        content: Where it is.
        at: Its first byte.

    Returns:
        The number, 0 to 2^64 - 1, and where the next field begins.

    Raises:
        Malformed: It has no end, more than 64 bits, or more bytes than it needs.

    >>> varint(memoryview(bytes([0x96, 0x01])), 0)
    (150, 2)
    """
    value = 0
    for i, byte in enumerate(content[at : at + 10]):
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            if value >= 1 << 64 or (byte == 0 and i > 0):
                break
            return value, at + i + 1
    raise Malformed("has a number that is no varint")
