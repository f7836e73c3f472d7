"""Files of foreign models, damaged in thousands of ways: opened, or one of our own errors."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest

from inkdigit.errors import BadInput
from inkdigit.formats.any_onnx import check_any_onnx
from inkdigit.formats.hdf5 import SECONDS
from inkdigit.formats.tf_graph import chain_from_graph
from inkdigit.models.open import open_model
from inkdigit.worker import Message, Worker, WorkerFailed
from models.test_foreign_old import DESCRIBED, network, tfjs, write_h5

TRIES = 300


def mutated(content: bytes, *, seed: int) -> bytes:
    """One to eight changes, a third of them in the first or the last 2,000 bytes, where a file says what it is."""
    random = np.random.default_rng(seed)
    data = bytearray(content)
    for _ in range(random.integers(1, 9)):
        edge = min(2_000, len(data))
        anywhere, start, end = random.integers(len(data)), random.integers(edge), len(data) - 1 - random.integers(edge)
        at = int(random.choice([anywhere, start, end]))
        match random.integers(0, 4):
            case 0:
                data[at] = int(random.integers(256))
            case 1:
                data[at : at + 4] = random.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"])
            case 2:
                del data[at : at + int(random.integers(1, 9))]
            case _:
                data[at:at] = data[at : at + int(random.integers(1, 33))]
        if not data:
            return b""
    return bytes(data[: int(random.integers(1, len(data) + 1))] if random.random() < 0.1 else data)


def onnx_check(content: bytes, tries: int) -> None:
    for seed in range(tries):
        with contextlib.suppress(BadInput):
            assert check_any_onnx(mutated(content, seed=seed), where="m.onnx") >= 0


def hdf5_copies(content: bytes, tries: int) -> int:
    """How many damaged files end the process, which then is another one."""
    crashes, worker = 0, Worker("inkdigit.formats.hdf5:copied", memory=600_000_000, seconds=SECONDS)
    for seed in range(tries):
        try:
            with contextlib.suppress(BadInput):
                worker.ask(Message({}, mutated(content, seed=seed)))
        except WorkerFailed:
            crashes += 1
    worker.close()
    return crashes


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    model = network()
    return write_h5(tmp_path_factory.mktemp("old") / "old.h5", model, DESCRIBED["Keras 2.2"](model)).read_bytes()


@pytest.fixture(scope="module")
def theirs() -> bytes:
    from inkdigit.formats.onnx import onnx_bytes, onnx_from_chain

    model = open_model("mlp")
    return onnx_bytes(onnx_from_chain(model.chain, model.card))


def test_onnx(theirs: bytes) -> None:
    onnx_check(theirs, TRIES)


def test_hdf5(old: bytes) -> None:
    assert hdf5_copies(old, TRIES) < TRIES / 20


@pytest.mark.long
def test_many_of_each(theirs: bytes, old: bytes) -> None:
    onnx_check(theirs, 20_000)
    assert hdf5_copies(old, 20_000) < 1_000


def altered(value: Any, random: np.random.Generator) -> Any:
    """A JSON value with something else in one place or another."""
    if random.random() < 0.02:
        return random.choice(np.array([None, -1, 0, 10**9, "x", [], {}, [None], 0.5, True], object))
    if isinstance(value, dict):
        return {key: altered(one, random) for key, one in value.items() if random.random() > 0.005}
    if isinstance(value, list):
        return [altered(one, random) for one in value]
    return value


def test_descriptions_of_tensorflow_js(tmp_path: Path) -> None:
    described, content = tfjs(network())
    (tmp_path / "shard1of2.bin").write_bytes(content)
    (tmp_path / "shard2of2.bin").write_bytes(b"")
    opened = 0
    for seed in range(25):
        (tmp_path / "model.json").write_text(json.dumps(altered(described, np.random.default_rng(seed))))
        with contextlib.suppress(BadInput):
            opened += open_model(tmp_path).card.parameters > 0
    assert opened < 25


def test_graphs_of_tensorflow() -> None:
    side = {"shape": {"shape": {"dim": [{"size": "-1"}, {"size": "784"}]}}}
    fused = {"fused_ops": {"list": {"s": ["Qmlhc0FkZA=="]}}}
    nodes = [
        {"name": "in", "op": "Placeholder", "attr": side},
        {"name": "k", "op": "Const"}, {"name": "b", "op": "Const"}, {"name": "s", "op": "Const"},
        {"name": "m", "op": "_FusedMatMul", "input": ["in", "k", "b"], "attr": fused},
        {"name": "r", "op": "Reshape", "input": ["m", "s"]},
        {"name": "p", "op": "Softmax", "input": ["r"]},
    ]  # fmt: skip
    arrays = {"k": np.ones((784, 10)), "b": np.ones(10), "s": np.array([-1, 10])}
    kinds = [layer.kind for layer in chain_from_graph(nodes, arrays, where="m").layers]
    assert kinds == ["Dense", "Flatten", "Activation"]
    for seed in range(1_000):
        with contextlib.suppress(BadInput):
            chain_from_graph(altered(nodes, np.random.default_rng(seed)), arrays, where="m")
