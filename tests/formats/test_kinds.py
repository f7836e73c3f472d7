"""Shapes are those that Keras gives; what does not fit is refused in words."""

import os
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers as kl

from inkdigit.formats.kinds import ACTIVATIONS, KINDS, Unfit, pads

IMAGE = (9, 7, 4)
SIDES = st.integers(1, 4)
PAIRS = st.tuples(SIDES, SIDES)
WINDOWS = {"strides": PAIRS, "padding": st.sampled_from(["valid", "same"])}
POOLS = st.fixed_dictionaries({"pool_size": PAIRS, **WINDOWS})
CONVOLUTIONS = st.fixed_dictionaries({
    "kernel_size": PAIRS, **WINDOWS, "dilation_rate": PAIRS, "activation": st.just("relu"), "use_bias": st.booleans(),
})  # fmt: skip


def agrees_with_keras(kind: str, options: dict[str, Any]) -> None:
    assert all(rule.holds(options[name]) for name, rule in KINDS[kind].options.items())
    try:
        layer = getattr(kl, kind)(**options)
        expected = tuple(layer.compute_output_shape((None, *IMAGE))[1:])
    except ValueError:  # strides and dilation together, or a window larger than the image
        expected = None
    if expected is None or min(expected) < 1:
        return
    assert KINDS[kind].gives(options, IMAGE) == expected


@given(POOLS, st.sampled_from(["MaxPooling2D", "AveragePooling2D"]))
@settings(deadline=None, max_examples=60)
def test_a_pool_gives_what_it_gives_in_keras(options: dict[str, Any], kind: str) -> None:
    agrees_with_keras(kind, options)


@given(CONVOLUTIONS, st.integers(1, 3), st.sampled_from([1, 2, 4]))
@settings(deadline=None, max_examples=100)
def test_a_convolution_gives_what_it_gives_in_keras(options: dict[str, Any], times: int, groups: int) -> None:
    agrees_with_keras("Conv2D", {**options, "filters": groups * times, "groups": groups})
    agrees_with_keras("DepthwiseConv2D", {**options, "depth_multiplier": times})


@given(POOLS, st.integers(1, 30), st.integers(1, 30))
def test_padding_makes_room_for_the_windows_that_keras_has(options: dict[str, Any], down: int, across: int) -> None:
    top, left, bottom, right = pads(options, (down, across, 1))
    for length, before, after, size, stride in zip(
        (down, across), (top, left), (bottom, right), options["pool_size"], options["strides"], strict=True
    ):
        if options["padding"] == "valid":
            assert before == after == 0
        else:
            assert 0 <= after - before <= 1
            assert (length + before + after - size) // stride + 1 == -(-length // stride)


@pytest.mark.parametrize(
    ("kind", "options", "shape", "why"),
    [
        ("MaxPooling2D", {"pool_size": (3, 3), "strides": (1, 1), "padding": "valid"}, (2, 5, 1), "larger than the im"),
        ("MaxPooling2D", {"pool_size": (3, 3), "strides": (1, 1), "padding": "valid"}, (28, 28), "expects an image"),
        ("GlobalAveragePooling2D", {"keepdims": False}, (784,), "expects an image"),
        ("Reshape", {"target_shape": (7, 7)}, (50,), r"cannot give \(50,\) the shape \(7, 7\)"),
        ("Rescaling", {"scale": (1.0, 2.0), "offset": 0.0}, IMAGE, "nor one for each of 4 channels"),
    ],
)
def test_what_does_not_fit_says_why(kind: str, options: dict[str, Any], shape: tuple[int, ...], why: str) -> None:
    with pytest.raises(Unfit, match=why):
        KINDS[kind].gives(options, shape)


@pytest.mark.parametrize("groups", [3, 8])
def test_groups_divide_the_channels(groups: int) -> None:
    options = {"kernel_size": (1, 1), "filters": 4, "groups": groups, "use_bias": True}
    with pytest.raises(Unfit, match="do not divide"):
        KINDS["Conv2D"].weights(options, IMAGE)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("Dense", "units", 0), ("Dense", "units", True), ("Dense", "units", 2.0), ("Dense", "units", 10**7),
        ("Dense", "activation", "hard_sigmoid"), ("Dense", "use_bias", 1), ("Conv2D", "strides", (1, 0)),
        ("Conv2D", "strides", [1, 1]), ("Conv2D", "padding", "causal"), ("Dropout", "rate", 1.0),
        ("BatchNormalization", "epsilon", -0.1), ("BatchNormalization", "epsilon", float("nan")),
        ("ReLU", "max_value", 0), ("LeakyReLU", "negative_slope", float("inf")), ("Rescaling", "scale", ()),
        ("Reshape", "target_shape", (-1, 28)), ("LeakyReLU", "negative_slope", None),
    ],
)  # fmt: skip
def test_an_option_has_a_rule(kind: str, name: str, value: Any) -> None:
    assert not KINDS[kind].options[name].holds(value)


def test_every_kind_and_activation_is_one_of_keras() -> None:
    from keras import activations

    assert all(hasattr(kl, kind) for kind in KINDS)
    assert all(hasattr(activations, name) for name in ACTIVATIONS)
