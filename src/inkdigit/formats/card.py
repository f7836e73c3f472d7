"""The card of a model file: what it says about itself, as JSON.

In: a `Card`, or the text stored under `METADATA_KEY` in the ONNX metadata. Out: the text, or the
`Card`, every field of it checked. Knows nothing of ONNX, and loads no more than the standard
library, because reading a picture begins here.
"""

import dataclasses
import json
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from inkdigit.errors import BadInput, printable
from inkdigit.types import Card

METADATA_KEY = "inkdigit"
NEWEST_FORMAT = 1
FRAMING = 1
DIGITS = "0123456789"
CLASSES = (DIGITS, DIGITS + "-")  # the hyphen: no digit at all

# A card is about 400 characters; the bound keeps a hostile one from costing memory.
LONGEST_CARD = 65_536
LONGEST_TEXT = 1_000
LARGEST_COUNT = 2**53  # the last whole number that JavaScript, too, holds exactly


class Rule(NamedTuple):
    """What a field must be: in words, and as a test."""

    expected: str
    holds: Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    """A string that can be stored: a lone surrogate, which JSON can spell, has no UTF-8 form."""
    return type(value) is str and len(value) <= LONGEST_TEXT and not any("\ud800" <= c <= "\udfff" for c in value)


def _is_number(value: Any) -> bool:
    """A finite number; not True, which Python counts as 1, and by comparison, because `isfinite` fails on 10**400."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300


def _is_fraction(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


TEXT = Rule(f"a text of at most {LONGEST_TEXT:,} characters", _is_text)
FRACTION = Rule("a number from 0 to 1", _is_fraction)

RULES: dict[str, Rule] = {
    "name": TEXT,
    "parameters": Rule("a whole number from 0 to 2^53", lambda v: type(v) is int and 0 <= v <= LARGEST_COUNT),
    "temperature": Rule("a number above 0", lambda v: _is_number(v) and v > 0),
    "threshold": FRACTION,
    "calibrated": Rule("true or false", lambda v: type(v) is bool),
    "training_data": TEXT,
    "training_data_sha256": TEXT,
    "test_accuracy": Rule("null or a number from 0 to 1", lambda v: v is None or _is_fraction(v)),
    "package_version": TEXT,
    "format": Rule(f"{NEWEST_FORMAT}", lambda v: type(v) is int and v == NEWEST_FORMAT),
    "framing": Rule(f"{FRAMING}", lambda v: type(v) is int and v == FRAMING),
    "classes": Rule(" or ".join(f'"{classes}"' for classes in CLASSES), lambda v: v in CLASSES),
    "levels": TEXT,
    "held_out_accuracy": Rule("null or a number from 0 to 1", lambda v: v is None or _is_fraction(v)),
}

LATER_FIELDS = {"levels", "held_out_accuracy"}
"""Fields that cards of older files do not have."""


def to_json(card: Card) -> str:
    """Write a card as one line of ASCII JSON that `from_json` reads back equal.

    Raises:
        BadInput: A field has a value that no reader would accept.

    >>> to_json(Card("mlp-128", 101_770, 1.0, 0.5, False, "mnist", "", None, "0.1.0"))[:41]
    '{"name": "mlp-128", "parameters": 101770,'
    """
    fields = dataclasses.asdict(card)
    _check_values(fields)
    return json.dumps(fields, allow_nan=False)


def from_json(text: str) -> Card:
    """Read a card, and refuse whatever is not exactly one.

    Args:
        text: A JSON object with every field of `Card`, those of `LATER_FIELDS` perhaps, and no other.

    Raises:
        BadInput: Not JSON, a newer format, or a field that is missing, unknown, given twice or out of range.

    >>> from_json("{}")
    Traceback (most recent call last):
    inkdigit.errors.BadInput: bad model card: format: is missing
    """
    fields = _parse(text)
    _check_format(fields)
    _check_names(fields)
    _check_values(fields)
    return Card(**fields)


def _parse(text: str) -> dict[str, Any]:
    """Parse a JSON object, stricter than Python does: no NaN, no key twice, no endless nesting."""
    if len(text) > LONGEST_CARD:
        _refuse("", f"{len(text):,} characters; the limit is {LONGEST_CARD:,}")
    try:
        fields = json.loads(text, object_pairs_hook=_without_twins, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        # ValueError: a syntax error, or an integer of more than 4,300 digits. RecursionError: deep nesting.
        why = f"not JSON (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else "not usable JSON"
        raise BadInput("bad model card", "", why) from error
    if type(fields) is not dict:
        _refuse("", f"expected a JSON object, got {_shown(fields)}")
    return fields


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that is given twice: Python would keep the last, another reader the first."""
    fields: dict[str, Any] = {}
    for key, value in pairs:
        if key in fields:
            _refuse(_short(key), "is given twice")
        fields[key] = value
    return fields


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and the infinities, which are no JSON but which Python reads."""
    _refuse("", f"holds {name}, which is not a number")


def _check_format(fields: dict[str, Any]) -> None:
    """Look at the version first: of a newer card, the other fields may be anything."""
    version = fields.get("format")
    if type(version) is int and version > NEWEST_FORMAT:
        _refuse("", f"made by a newer version ({_shown(version)}); this one reads up to {NEWEST_FORMAT}")


def _check_names(fields: dict[str, Any]) -> None:
    # `format` first: a stranger's JSON is best described by what marks ours.
    for name in sorted(RULES, key=lambda name: name != "format"):
        if name not in fields and name not in LATER_FIELDS:
            _refuse(name, "is missing")
    for name in fields:
        if name not in RULES:
            _refuse(_short(name), "is not a field of this format")


def _check_values(fields: dict[str, Any]) -> None:
    for name, rule in RULES.items():
        if name in fields and not rule.holds(fields[name]):
            _refuse(name, f"expected {rule.expected}, got {_shown(fields[name])}")


def _refuse(field: str, why: str) -> NoReturn:
    raise BadInput("bad model card", field, why)


def _shown(value: Any) -> str:
    """A value as JSON in at most 40 characters; a container or an endless number is only named."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and abs(value) > 10**30:
        return "a number of more than 30 digits"
    return _short(json.dumps(value, default=repr))


def _short(text: str) -> str:
    return printable(text, limit=40)
