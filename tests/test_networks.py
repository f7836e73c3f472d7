"""A recipe's network: its weights at the start, its table, its file."""

import keras
import numpy as np
import pytest

from inkdigit import networks
from inkdigit.recipes import CATALOGUE, Recipe, find, parameter_count

EVERY_KIND_OF_LAYER = {"mlp-128", "mlp-512x2-dropout", "cnn-small", "cnn-quick", "reader-mlp"}
"""Dense, dropout, convolution, with a reject class; the other recipes have more of the same."""


@pytest.mark.parametrize(
    "recipe",
    [
        *[pytest.param(one, marks=[] if one.name in EVERY_KIND_OF_LAYER else pytest.mark.long) for one in CATALOGUE],
        Recipe("linear", ()),
        Recipe("deep", (7,) * 16, dropout=0.1, l2=0.1),
        Recipe("three", (5,), convolutions=((1,), (2,), (3,))),
        Recipe("unpooled", (5,), convolutions=((1, 2), (3,)), pooling=False),
        Recipe("9 % 'odd' / name\n", (3,), activation="gelu"),
    ],
    ids=lambda recipe: recipe.name,
)
def test_every_recipe_builds(recipe: Recipe) -> None:
    model = networks.build(recipe, seed=0)
    assert model.count_params() == parameter_count(recipe)
    assert sum(row.parameters for row in networks.layer_table(model)) == parameter_count(recipe)
    answers = np.asarray(model(np.zeros((3, 28, 28), np.float32)))
    assert answers.shape == (3, recipe.classes)
    np.testing.assert_allclose(answers.sum(1), 1, rtol=1e-5)


def kernels(recipe: Recipe, seed: int) -> list[np.ndarray]:
    model = networks.build(recipe, seed=seed)
    return [np.asarray(layer.kernel.value) for layer in model.layers if hasattr(layer, "kernel")]


def test_the_seed_decides_the_weights() -> None:
    first, again, other = (kernels(find("mlp-128x2"), seed) for seed in (0, 0, 2**31 - 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_layers_of_one_shape_begin_differently() -> None:
    first, second, _ = kernels(Recipe("square", (784, 784)), 0)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("recipe", [find("mlp-128x2"), find("cnn-small")], ids=lambda recipe: recipe.name)
def test_kernels_are_glorot_uniform(recipe: Recipe) -> None:
    """As Keras draws them: the same range and spread, held against its own initialiser."""
    for kernel in kernels(recipe, 3):
        theirs = np.asarray(keras.initializers.GlorotUniform(seed=1)(kernel.shape))
        assert kernel.dtype == np.float32
        assert np.abs(kernel).max() <= np.abs(theirs).max() * 1.05
        assert kernel.std() == pytest.approx(theirs.std(), rel=0.1)
        assert abs(kernel.mean()) < 4 * kernel.std() / np.sqrt(kernel.size)


def test_biases_begin_at_zero() -> None:
    model = networks.build(find("cnn-small"), seed=0)
    assert all(not np.asarray(layer.bias.value).any() for layer in model.layers if hasattr(layer, "bias"))


def test_the_file_records_the_initialiser() -> None:
    model = networks.build(find("cnn-small"), seed=0)
    recorded = [layer.get_config().get("kernel_initializer") for layer in model.layers]
    assert {entry["class_name"] for entry in recorded if entry} == {"GlorotUniform"}


def test_the_penalty_is_on_hidden_kernels_only() -> None:
    model = networks.build(find("mlp-128x2"), seed=0)
    penalised = [layer.name for layer in model.layers if getattr(layer, "kernel_regularizer", None)]
    assert penalised == ["hidden_1", "hidden_2"]


def test_a_convolutional_network_drops_out_before_its_output() -> None:
    names = [layer.name for layer in networks.build(find("cnn-small"), seed=0).layers]
    assert names == ["channel", "conv_1", "pool_1", "conv_2", "pool_2", "flatten", "dropout", "digits"]


def test_the_layer_table() -> None:
    rows = networks.layer_table(networks.build(find("mlp-512x2-dropout"), seed=0))
    table = [(row.name, row.kind, row.shape, row.parameters) for row in rows]
    assert table == [
        ("flatten", "Flatten", (784,), 0),
        ("hidden_1", "Dense", (512,), 401_920),
        ("dropout_1", "Dropout", (512,), 0),
        ("hidden_2", "Dense", (512,), 262_656),
        ("dropout_2", "Dropout", (512,), 0),
        ("digits", "Dense", (10,), 5_130),
    ]


def test_the_odds_of_no_digit_move_as_the_priors_do() -> None:
    """Bayes: of two classes with the same likelihoods, the odds move by the ratio of the priors' odds."""
    model = networks.build(Recipe("tiny", (4,), reject_class=True), seed=0)
    ink = np.random.default_rng(0).random((5, 28, 28), np.float32)
    before = model.predict(ink, verbose=0)
    networks.expect_no_digit(model, shown=0.4, expected=0.1)
    after = model.predict(ink, verbose=0)
    np.testing.assert_allclose(after.sum(axis=1), 1, rtol=1e-5)
    ratio = (after[:, 10:] / after[:, :10]) / (before[:, 10:] / before[:, :10])
    np.testing.assert_allclose(ratio, (0.1 / 0.9) / (0.4 / 0.6), rtol=1e-4)
