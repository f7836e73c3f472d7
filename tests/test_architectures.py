"""The tables of layers: shapes follow from them, and the stored networks are as small as they must be."""

import pytest

from inkdigit.architectures import ALPHABET, BLANK, DETECTOR, GAP, LINE, MARK, SIGNS, SINE, Architecture


@pytest.mark.parametrize("architecture", [LINE, DETECTOR], ids=lambda one: one.name)
def test_every_layer_takes_what_was_given_before(architecture: Architecture) -> None:
    known = {""}
    for layer in architecture.layers:
        assert set(layer.inputs) <= known
        assert layer.name not in known
        known.add(layer.name)
        if layer.kind == "add":
            assert len({architecture.channels[name] for name in layer.inputs}) == 1


def test_outputs_are_what_is_read_from_them() -> None:
    assert LINE.layers[-1].filters == len(ALPHABET) + 1 == BLANK + 1
    assert DETECTOR.layers[-1].filters == SINE + 1
    assert {*SIGNS, GAP, MARK, *"0123456789"} == set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET)


def test_stored_in_half_precision_they_are_small() -> None:
    assert 2 * LINE.parameters < 1_600_000
    assert 2 * DETECTOR.parameters < 900_000
