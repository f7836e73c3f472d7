"""What was written is read back equal; whatever is damaged is refused, never with a traceback."""

import json
import os
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foreign_networks import FOREIGN
from inkdigit.errors import BadInput
from inkdigit.formats.chain import Chain, Layer
from inkdigit.formats.keras_chain import chain_from_keras
from inkdigit.formats.reference import run_chain
from inkdigit.formats.tfjs import chain_from_tfjs, tfjs_files

WEIGHTS = "group1-shard1of1.bin"
RANDOM = np.random.default_rng(0)
LAST = Layer("Dense", "digits", {"units": 10, "activation": "softmax", "use_bias": True}, {
    "kernel": RANDOM.normal(0, 1, (4, 10)).astype(np.float32), "bias": np.arange(10, dtype=np.float32),
})  # fmt: skip
POOL = Layer("AveragePooling2D", "pool", {"pool_size": (14, 14), "strides": (14, 14), "padding": "valid"}, {})
SMALL = Chain((POOL, Layer("Flatten", "flatten", {}, {}), LAST), (28, 28, 1))
FILES = tfjs_files(SMALL, metadata={}, bits=8)
INK = RANDOM.uniform(0, 1, (2, 28, 28)).astype(np.float32)
MODEL = json.loads(FILES["model.json"])


@pytest.mark.parametrize("name", FOREIGN)
def test_a_network_comes_back(name: str) -> None:
    chain = chain_from_keras(FOREIGN[name]())
    files = tfjs_files(chain, metadata={})
    back = chain_from_tfjs(files)
    assert (back.input_shape, back.ink_scale) == (chain.input_shape, chain.ink_scale)
    np.testing.assert_array_equal(run_chain(back, INK), run_chain(chain, INK))
    assert tfjs_files(back, metadata={}) == files


def damaged(change: Any) -> dict[str, bytes]:
    return {**FILES, "model.json": json.dumps(change).encode()}


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, part in inner for path in paths(part, (*here, key)))]


def with_other(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    key, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = with_other(value[key], tuple(rest), other)
    return copy


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["Dense", "same"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=6,
)


@given(st.sampled_from(paths(MODEL)), JSON)
@settings(deadline=None, max_examples=400)
def test_any_other_json_is_refused_or_makes_a_network(path: tuple[Any, ...], other: Any) -> None:
    try:
        chain = chain_from_tfjs(damaged(with_other(MODEL, path, other)))
    except BadInput:
        return
    tfjs_files(chain, metadata={})


@given(st.binary(max_size=300) | st.integers(0, len(FILES["model.json"])).map(lambda end: FILES["model.json"][:end]))
@settings(deadline=None)
def test_what_is_no_such_json_is_refused(content: bytes) -> None:
    if content.rstrip() != FILES["model.json"].rstrip():
        with pytest.raises(BadInput):
            chain_from_tfjs({**FILES, "model.json": content})


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(name: str) -> None:
    with pytest.raises(BadInput, match=f"{name}: is missing"):
        chain_from_tfjs({other: content for other, content in FILES.items() if other != name})


@pytest.mark.parametrize("content", [b"", FILES[WEIGHTS][:-1], FILES[WEIGHTS] + b"\0"])
def test_weights_of_another_size_are_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="damaged"):
        chain_from_tfjs({**FILES, WEIGHTS: content})


@pytest.mark.parametrize("shape", [[-4, -10], [2**40, 2**40], [1.5, 2], ["4", 10]])
def test_a_shape_that_no_array_has_is_refused(shape: list[Any]) -> None:
    path = ("weightsManifest", 0, "weights", 0, "shape")
    with pytest.raises(BadInput):
        chain_from_tfjs(damaged(with_other(MODEL, path, shape)))
