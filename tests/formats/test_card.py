"""The card survives a round trip, and whatever is not exactly a card is refused in one line."""

import dataclasses
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.errors import BadInput
from inkdigit.formats.card import LARGEST_COUNT, LATER_FIELDS, LONGEST_TEXT, RULES, from_json, to_json
from inkdigit.types import Card

CARD = Card(
    name="mlp-128",
    parameters=101_770,
    temperature=1.25,
    threshold=0.6,
    calibrated=True,
    training_data="mnist",
    training_data_sha256="ab" * 32,
    test_accuracy=0.9789,
    package_version="0.1.0",
)

texts = st.text(st.characters(codec="utf-8"), max_size=LONGEST_TEXT)
fractions = st.floats(0, 1)
cards = st.builds(
    Card,
    name=texts,
    parameters=st.integers(0, LARGEST_COUNT),
    temperature=st.floats(0, 1e299, exclude_min=True),
    threshold=fractions,
    calibrated=st.booleans(),
    training_data=texts,
    training_data_sha256=texts,
    test_accuracy=st.none() | fractions,
    package_version=texts,
    format=st.just(1),
    framing=st.just(1),
    classes=st.sampled_from(["0123456789", "0123456789-"]),
    levels=texts,
    held_out_accuracy=st.none() | fractions,
)


def altered(**fields: object) -> str:
    return json.dumps(dataclasses.asdict(CARD) | fields)


def with_literal(field: str, literal: str) -> str:
    """The card with a field written as no JSON writer would."""
    return altered(**{field: "HERE"}).replace('"HERE"', literal)


def without(field: str) -> str:
    fields = dataclasses.asdict(CARD)
    del fields[field]
    return json.dumps(fields)


@given(cards)
def test_a_card_reads_back_equal(card: Card) -> None:
    assert from_json(to_json(card)) == card


@given(cards)
def test_the_text_is_one_line_of_ascii(card: Card) -> None:
    assert to_json(card).isascii()
    assert to_json(card).isprintable()


@given(st.text())
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        from_json(text)
    assert str(caught.value).isprintable()


def test_every_field_has_a_rule() -> None:
    assert list(RULES) == [field.name for field in dataclasses.fields(Card)]


def test_whole_numbers_are_numbers() -> None:
    """JavaScript writes 1.0 as 1."""
    assert from_json(altered(temperature=1, threshold=0, test_accuracy=1)).temperature == 1.0


def test_cards_of_older_files_lack_the_later_fields() -> None:
    for field in LATER_FIELDS:
        assert from_json(without(field)) == CARD


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"not JSON \(line 1\)"),
        ("{", r"not JSON"),
        ("\ufeff" + to_json(CARD), "JSON"),
        (to_json(CARD) + "x", "not JSON"),
        (to_json(CARD)[:-1], "not JSON"),
        ("[]", "expected a JSON object, got a list"),
        ("null", "expected a JSON object, got null"),
        ('"card"', 'expected a JSON object, got "card"'),
        ("1", "expected a JSON object, got 1"),
        ("{}", "format: is missing"),
        ("[" * 60_000, "not usable JSON"),
        ('{"a":' * 10_000, "not usable JSON"),
        (" " * 70_000, "70,000 characters; the limit is 65,536"),
        (with_literal("parameters", "9" * 5_000), "not usable JSON"),
        (with_literal("temperature", "9" * 4_000), "a number above 0, got a number of more than 30 digits"),
        (with_literal("temperature", "NaN"), "holds NaN"),
        (with_literal("threshold", "-Infinity"), "holds -Infinity"),
        (with_literal("temperature", "1e999"), "temperature: expected a number above 0, got Infinity"),
        ('{"name": "a", "name": "b"}', "name: is given twice"),
        (altered(name={"x": 1}).replace('"x": 1', '"x": 1, "x": 2'), "x: is given twice"),
        (altered(format=3), r"made by a newer version \(3\); this one reads up to 1"),
        (altered(format=3, colour="red"), "made by a newer version"),
        (altered(format=10**40), r"made by a newer version \(a number of more than 30 digits\)"),
        (altered(format=0), "format: expected 1, got 0"),
        (altered(format=True), "format: expected 1, got true"),
        (altered(format="1"), 'format: expected 1, got "1"'),
        (altered(framing=2), "framing: expected 1, got 2"),
        (altered(classes="9876543210"), 'classes: expected "0123456789" or "0123456789-", got "9876543210"'),
        (altered(classes="-0123456789"), 'got "-0123456789"'),
        (altered(classes=10), "got 10"),
        (altered(classes=list("0123456789")), "classes: expected .* got a list"),
        (altered(colour="red"), "colour: is not a field of this format"),
        (altered(**{"x" * 500: 1}), r"x…x+: is not a field"),
        (altered(name=7), r"name: expected a text of at most 1,000 characters, got 7"),
        (altered(name="x" * 1_001), "name: expected a text of at most"),
        (altered(name="\ud800"), "name: expected a text"),
        (altered(parameters=-1), "parameters: expected a whole number from 0 to 2.53, got -1"),
        (altered(parameters=1.5), "parameters: expected a whole number"),
        (altered(parameters=True), "parameters: expected a whole number .* got true"),
        (altered(parameters=2**53 + 1), "parameters: expected a whole number"),
        (altered(temperature=0), "temperature: expected a number above 0, got 0"),
        (altered(temperature=-1.5), "temperature: expected a number above 0, got -1.5"),
        (altered(temperature=None), "temperature: expected a number above 0, got null"),
        (altered(temperature="1"), "temperature: expected a number above 0"),
        (altered(temperature=True), "temperature: expected a number above 0"),
        (altered(threshold=1.01), "threshold: expected a number from 0 to 1, got 1.01"),
        (altered(threshold=-0.01), "threshold: expected a number from 0 to 1"),
        (altered(calibrated=1), "calibrated: expected true or false, got 1"),
        (altered(training_data=None), "training_data: expected a text"),
        (altered(training_data_sha256=12), "training_data_sha256: expected a text"),
        (altered(test_accuracy=97.89), "test_accuracy: expected null or a number from 0 to 1, got 97.89"),
        (altered(package_version={}), "package_version: expected a text .* got an object"),
        *((without(field), f"{field}: is missing") for field in RULES if field not in LATER_FIELDS),
    ],
)
def test_what_is_no_card_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        from_json(text)
    assert str(caught.value).startswith("bad model card: ")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) <= 200


@pytest.mark.parametrize(
    ("field", "value"), [("temperature", float("nan")), ("threshold", 2.0), ("format", 2), ("name", "\udfff")]
)
def test_a_card_that_could_not_be_read_is_not_written(field: str, value: object) -> None:
    with pytest.raises(BadInput, match=field):
        to_json(dataclasses.replace(CARD, **{field: value}))  # type: ignore[arg-type]


def test_reading_a_card_loads_no_heavy_package() -> None:
    heavy = {"keras", "jax", "onnx", "onnxruntime", "matplotlib", "PIL", "cv2"}
    code = f"import sys, inkdigit.formats.card; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
