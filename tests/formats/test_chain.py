"""A chain is refused, with the name of the layer, if any part of it does not fit."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from inkdigit.errors import BadInput
from inkdigit.formats.chain import Chain, Layer, check_chain


def dense(name: str, inputs: int, units: int, activation: str = "relu") -> Layer:
    weights = {"kernel": np.ones((inputs, units), np.float32), "bias": np.zeros(units, np.float32)}
    return Layer("Dense", name, {"units": units, "activation": activation, "use_bias": True}, weights)


FLATTEN = Layer("Flatten", "flatten", {}, {})
HIDDEN, LAST = dense("hidden", 784, 4), dense("digits", 4, 10, "softmax")
WHOLE = Chain((FLATTEN, HIDDEN, LAST), (28, 28))


def of(*layers: Layer, **changes: Any) -> Chain:
    return replace(WHOLE, layers=layers, **changes)


def test_the_shape_after_every_layer_is_given() -> None:
    assert check_chain(WHOLE, what="cannot") == ((784,), (4,), (10,))
    assert check_chain(WHOLE, what="cannot", classes=10)


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (784,)])
def test_an_image_may_come_in_three_shapes(shape: tuple[int, ...]) -> None:
    assert check_chain(replace(WHOLE, input_shape=shape), what="cannot")[-1] == (10,)


@pytest.mark.parametrize(
    "end",
    [
        (replace(LAST, options={**LAST.options, "activation": "linear"}), Layer("Softmax", "s", {}, {})),
        (LAST, Layer("Dropout", "d", {"rate": 0.5}, {}), Layer("Flatten", "f", {}, {})),
        (dense("letters", 4, 26, "softmax"),),
    ],
)
def test_the_end_may_have_several_forms(end: tuple[Layer, ...]) -> None:
    check_chain(of(FLATTEN, HIDDEN, *end), what="cannot")


NO_SOFTMAX = "does not end the network with a softmax over its classes"
TURNED = {name: LAST.weights[name] for name in ("bias", "kernel")}
NAN = np.full(10, np.nan, np.float32)


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        (of(), "cannot: has no layers"),
        (replace(WHOLE, input_shape=(1, 28, 28)), r"cannot: input: expected .*, got \(1, 28, 28\)"),
        (of(FLATTEN, HIDDEN), f'layer "hidden": {NO_SOFTMAX}'),
        (of(dense("rows", 28, 10, "softmax")), f'layer "rows": {NO_SOFTMAX}'),
        (of(FLATTEN), NO_SOFTMAX),
        (of(FLATTEN, HIDDEN, replace(LAST, name="hidden")), 'layer "hidden": has the name of another layer'),
        (of(FLATTEN, HIDDEN, replace(LAST, name="a/b")), 'layer "a/b": has a name'),
        (of(FLATTEN, HIDDEN, replace(LAST, kind="LSTM")), 'layer "digits": LSTM is not supported'),
        (of(FLATTEN, HIDDEN, replace(LAST, options={"units": 10})), "expected the options units, activation, use_bias"),
        (of(FLATTEN, HIDDEN, replace(LAST, options={**LAST.options, "units": "10"})), "units 10 is not supported; exp"),
        (of(FLATTEN, LAST), "expected the weights kernel 784x10, bias 10, got kernel 4x10, bias 10"),
        (of(FLATTEN, HIDDEN, replace(LAST, weights={})), "got none"),
        (of(FLATTEN, HIDDEN, replace(LAST, weights={**LAST.weights, "bias": NAN})), "cannot: digits/bias: .* not fin"),
        (of(FLATTEN, HIDDEN, replace(LAST, weights={**LAST.weights, "bias": np.zeros(10)})), "are not float32"),
        (
            of(FLATTEN, HIDDEN, replace(LAST, weights={name: LAST.weights[name] for name in ("bias", "kernel")})),
            "got bias 10, kernel 4x10",
        ),
    ],
)
def test_what_does_not_fit_is_refused(chain: Chain, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        check_chain(chain, what="cannot")


def test_the_number_of_classes_can_be_asked_for() -> None:
    with pytest.raises(BadInput, match="a softmax over 11 classes"):
        check_chain(WHOLE, what="cannot", classes=11)
