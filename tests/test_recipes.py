"""The catalogue reproduces its sources, and no recipe can hold a value outside its range (C16)."""

import math
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest

from inkdigit import networks
from inkdigit.errors import UsageError
from inkdigit.recipes import CATALOGUE, RECIPES, Recipe, change, find, parameter_count
from starting_weights import drawn_by_numpy


@pytest.fixture(autouse=True, scope="module")
def _starting_weights() -> Iterator[None]:
    with drawn_by_numpy():
        yield


PARAMETERS = {
    "mlp-128-sgd": 101_770,
    "mlp-128": 101_770,
    "mlp-128x2": 118_282,
    "mlp-256x2": 269_322,
    "mlp-512x2-dropout": 669_706,
    "cnn-small": 34_826,
}
# units, L2, dropout, optimiser, learning rate, label form, epochs, batch size: the table of the sources
SOURCES = {
    "mlp-128-sgd": ((128,), 0, 0, "sgd", 0.01, "one-hot", 5, 32),
    "mlp-128": ((128,), 0, 0, "adam", 0.001, "integer", 5, 32),
    "mlp-128x2": ((128, 128), 0.002, 0, "adam", 0.001, "integer", 10, 32),
    "mlp-256x2": ((256, 256), 0, 0, "adam", 0.001, "one-hot", 10, 32),
    "mlp-512x2-dropout": ((512, 512), 0, 0.2, "rmsprop", 0.001, "integer", 50, 128),
}


@pytest.mark.parametrize(("name", "expected"), PARAMETERS.items())
def test_parameter_counts(name: str, expected: int) -> None:
    assert parameter_count(find(name)) == expected
    assert networks.build(find(name), seed=0).count_params() == expected


@pytest.mark.parametrize("name", SOURCES)
def test_the_training_of_the_sources(name: str) -> None:
    r = find(name)
    settings = (r.hidden, r.l2, r.dropout, r.optimizer, r.learning_rate, r.labels, r.epochs, r.batch_size)
    assert settings == SOURCES[name]
    assert (r.schedule, r.augment, r.momentum, r.weight_decay, r.activation) == ("constant", "none", 0, 0, "relu")


@pytest.mark.parametrize("name", SOURCES)
def test_the_layers_of_the_sources(name: str) -> None:
    """The layers are those that a notebook writes, option by option."""
    units, l2, dropout, *_ = SOURCES[name]
    theirs: list[Any] = [keras.Input((28, 28)), keras.layers.Flatten()]
    for n in units:
        penalty = keras.regularizers.L2(l2) if l2 else None
        theirs.append(keras.layers.Dense(n, activation="relu", kernel_regularizer=penalty))
        theirs += [keras.layers.Dropout(dropout)] if dropout else []
    theirs.append(keras.layers.Dense(10, activation="softmax"))
    expected, got = keras.Sequential(theirs).layers, networks.build(find(name), seed=0).layers
    assert [type(layer) for layer in got] == [type(layer) for layer in expected]
    for mine, other in zip(got, expected, strict=True):
        same = {"units", "activation", "use_bias", "rate", "kernel_regularizer", "bias_regularizer"}
        assert _config(mine, same) == _config(other, same)


def _config(layer: Any, keys: set[str]) -> dict[str, Any]:
    config = {key: value for key, value in layer.get_config().items() if key in keys}
    if penalty := config.pop("kernel_regularizer", None):
        config["l2"] = np.float32(penalty["config"]["l2"])
    return config


def test_names_are_found_once() -> None:
    assert len(RECIPES) == len(CATALOGUE)
    assert all(find(recipe.name) is recipe for recipe in CATALOGUE)


@pytest.mark.parametrize(
    ("name", "hint"), [("mlp128", "did you mean mlp-128"), ("", "inkdigit recipes"), ("\x1b[31m", "lists all")]
)
def test_an_unknown_name(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"no such recipe.*{hint}") as caught:
        find(name)
    assert str(caught.value).isprintable()


WRONG_NUMBERS: list[tuple[str, str, list[float], str]] = [
    ("epochs", "--epochs", [0, -1, 10**9, 100_001], "from 1 and below 100001"),
    ("batch_size", "--batch-size", [0, -1, 60_001, 2**64], "from 1 and below 60001"),
    ("learning_rate", "--learning-rate", [math.nan, math.inf, -math.inf, 0, -1, 100, 1e6], "above 0 and below 100"),
    ("dropout", "--dropout", [1, 1.5, -0.1, math.nan], "from 0 and below 1"),
    ("l2", "--l2", [-1e-9, math.nan, math.inf], "from 0 and below 100"),
    ("momentum", "--momentum", [1, -0.1, math.nan], "from 0 and below 1"),
    ("weight_decay", "--weight-decay", [-1, math.nan, math.inf], "from 0 and below 100"),
    ("augment_strength", "--augment-strength", [-0.1, 10, math.nan], "from 0 and below 10"),
    ("thickness", "--thickness", [-0.1, 1.1, math.nan], "from 0 and below 1"),
    ("p_identity", "--p-identity", [-0.1, 1, math.nan], "from 0 and below 1"),
    ("adversarial", "--adversarial", [-0.1, 10, math.nan], "from 0 and below 10"),
]


@pytest.mark.parametrize(
    ("field", "option", "value", "allowed"),
    [(field, option, value, allowed) for field, option, values, allowed in WRONG_NUMBERS for value in values],
)
def test_a_number_out_of_range(field: str, option: str, value: float, allowed: str) -> None:
    with pytest.raises(UsageError) as caught:
        change(find("mlp-128"), **{field: value})
    assert str(caught.value) == f"value out of range: {option}: got {value}; give a number {allowed}"


CHOICES = {
    "activation": "relu, tanh, sigmoid, gelu, elu, silu",
    "optimizer": "sgd, adam, adamw, rmsprop",
    "schedule": "constant, cosine",
    "labels": "integer, one-hot",
    "augment": "none, affine, elastic, rigid",
    "precision": "float32, bfloat16",
}


def test_unknown_choices() -> None:
    """In a process of its own: here beartype, which the tests add, would refuse them first."""
    program = """
import sys
from inkdigit.errors import UsageError
from inkdigit.recipes import change, find
for field in sys.argv[1:]:
    for value in ("", "RELU", "swish"):
        try:
            change(find("mlp-128"), **{field: value})
        except UsageError as error:
            print(error)
"""
    done = subprocess.run([sys.executable, "-c", program, *CHOICES], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        f"no such choice: --{field}: got {value}; choose one of {allowed}"
        for field, allowed in CHOICES.items()
        for value in ("", "RELU", "swish")
    ]


@pytest.mark.parametrize("hidden", [(0,), (-1,), (128, 0), (20_001,), (16,) * 17])
def test_layers_out_of_range(hidden: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="--hidden"):
        Recipe("custom", hidden)


@pytest.mark.parametrize("hidden", [(), (1,), (20_000,), (16,) * 16])
def test_the_ends_of_the_ranges_are_inside(hidden: tuple[int, ...]) -> None:
    assert Recipe("custom", hidden, epochs=100_000, batch_size=60_000, dropout=0.99, learning_rate=99.9)


def test_no_hidden_layers_is_a_recipe() -> None:
    assert parameter_count(Recipe("linear", ())) == 7_850


def test_a_changed_recipe_says_so_in_its_name() -> None:
    mlp, cnn = find("mlp-128"), find("cnn-small")
    assert change(mlp, epochs=None, dropout=None) is mlp
    assert change(mlp, epochs=5, hidden=(128,)) is mlp
    assert change(mlp, epochs=6).name == "mlp-128*"
    assert change(mlp, epochs=6).published == ""
    assert change(mlp, hidden=(300, 100)).name == "mlp-300-100"
    assert change(cnn, hidden=(50,)).name == "cnn-32-64-50"


@pytest.mark.parametrize("field", ["augment_strength", "thickness", "p_identity"])
def test_how_to_augment_is_of_no_use_where_nothing_is_augmented(field: str) -> None:
    option = field.replace("_", "-")
    with pytest.raises(UsageError, match=f"--{option}: no image is augmented; give --augment"):
        change(RECIPES["mlp-128"], **{field: 0.5})
    assert getattr(change(RECIPES["mlp-128"], augment="affine", **{field: 0.5}), field) == 0.5
    assert change(RECIPES["cnn-best"], augment="none").augment == "none"
