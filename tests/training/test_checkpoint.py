"""A checkpoint comes back bit for bit or not at all; a damaged one gives way to the one before it (C06, C07, C10)."""

import errno
import json
import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import safetensors.numpy
from jax import Array

from faults import Disk, Killed
from inkdigit.errors import BadInput, CannotWrite
from inkdigit.training import checkpoint
from inkdigit.training.checkpoint import Best, Position
from inkdigit.training.rundir import CHECKPOINT, PREVIOUS
from inkdigit.training.step import EpochMetrics, State


def weights(seed: int) -> list[Array]:
    r = np.random.default_rng(seed)
    return [jnp.asarray(r.normal(size=size).astype(np.float32)) for size in ((6, 5), (5,), ())]


def position(seed: int = 0, *, best: bool = True) -> Position:
    metrics = EpochMetrics(jnp.float32(12.5 + seed), jnp.int32(7), jnp.int32(31), jnp.int32(-1))
    state = State(weights(seed), [*weights(seed + 100), *weights(seed + 101)], jnp.int32(1_000 + seed), metrics)
    return Position(state, 3 + seed, 17, Best(0.1 + 0.2, 4, weights(seed + 200)) if best else None)


def same(a: Position | None, b: Position) -> bool:
    if a is None or (a.epoch, a.done) != (b.epoch, b.done) or (a.best is None) != (b.best is None):
        return False
    if a.best and b.best and (a.best.loss, a.best.waited) != (b.best.loss, b.best.waited):
        return False
    arrays = [jax.tree.leaves((p.state, p.best.weights if p.best else ())) for p in (a, b)]
    pairs = list(zip(*arrays, strict=True))
    return all(x.dtype == y.dtype and np.asarray(x).tobytes() == np.asarray(y).tobytes() for x, y in pairs)


def load(folder: Path, *, like: State | None = None) -> tuple[Position | None, list[str]]:
    said: list[str] = []
    return checkpoint.load(folder, like=like or position(9).state, on_fallback=said.append), said


def test_no_checkpoint_is_none(tmp_path: Path) -> None:
    assert load(tmp_path) == (None, [])


@pytest.mark.parametrize("best", [True, False])
def test_it_comes_back_bit_for_bit(tmp_path: Path, best: bool) -> None:
    checkpoint.save(tmp_path, position(best=best))
    found, said = load(tmp_path)
    assert same(found, position(best=best))
    assert said == []


def test_numbers_that_are_hard_to_write(tmp_path: Path) -> None:
    hard = jnp.asarray(np.array([np.nan, np.inf, -0.0, 1e-45, 3.4e38], np.float32))
    state = position().state._replace(weights=[hard])
    there = Position(state, 1, 0, Best(float("inf"), 0, [hard]))
    checkpoint.save(tmp_path, there)
    found, _ = load(tmp_path, like=state)
    assert same(found, there)


def test_the_same_position_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        checkpoint.save(tmp_path / name, position())
    assert (tmp_path / "a" / CHECKPOINT).read_bytes() == (tmp_path / "b" / CHECKPOINT).read_bytes()


def test_the_one_before_is_kept(tmp_path: Path) -> None:
    for seed in range(3):
        checkpoint.save(tmp_path, position(seed))
    assert same(load(tmp_path)[0], position(2))
    (tmp_path / CHECKPOINT).unlink()
    assert same(load(tmp_path)[0], position(1))
    assert sorted(p.name for p in tmp_path.iterdir()) == [PREVIOUS]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda b: b"",
    "one byte": lambda b: b[:1],
    "header only": lambda b: b[: 8 + int.from_bytes(b[:8], "little")],
    "half": lambda b: b[: len(b) // 2],
    "last byte lost": lambda b: b[:-1],
    "a byte more": lambda b: b + b"\0",
    "text": lambda b: b"this is no checkpoint\n" * 50,
    "zeros": lambda b: bytes(len(b)),
    "header of 2**63": lambda b: (2**63).to_bytes(8, "little") + b[8:],
    "deep": lambda b: (200_000).to_bytes(8, "little") + b"[" * 200_000,
    "no facts": lambda b: safetensors.numpy.save({"step": np.zeros((), np.int32)}),
    "facts of another kind": lambda b: safetensors.numpy.save({}, metadata={"inkdigit": "[]"}),
    "facts that are no JSON": lambda b: safetensors.numpy.save({}, metadata={"inkdigit": "{"}),
    "first bit": lambda b: _flipped(b, 0),
    "last bit": lambda b: _flipped(b, 8 * len(b) - 1),
    "a bit of a weight": lambda b: _flipped(b, 8 * (len(b) - 40)),
}


def _flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_one_gives_way_to_the_one_before(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    checkpoint.save(tmp_path, position(0))
    checkpoint.save(tmp_path, position(1))
    newest = tmp_path / CHECKPOINT
    newest.write_bytes(damage(newest.read_bytes()))
    found, said = load(tmp_path)
    assert same(found, position(0))
    assert len(said) == 1
    assert said[0].startswith(f"cannot read checkpoint: {newest}: ")
    assert said[0].endswith(f"; using the one before it, {PREVIOUS}")
    checkpoint.save(tmp_path, position(2))
    newest.write_bytes(b"")
    assert same(load(tmp_path)[0], position(0)), "the damaged one must not have taken the place of the one before"


def test_when_all_are_damaged_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT).write_bytes(b"x")
    with pytest.raises(BadInput, match=r"cannot read checkpoint: .*checkpoint\.safetensors: .*damaged"):
        load(tmp_path)
    (tmp_path / PREVIOUS).write_bytes(b"")
    with pytest.raises(BadInput, match=r"cannot read checkpoint: .*checkpoint\.safetensors: .*damaged") as caught:
        load(tmp_path)
    assert caught.value.exit_code == 3


def test_two_hundred_flipped_bits_are_all_found(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, position())
    content = (tmp_path / CHECKPOINT).read_bytes()
    for bit in random.Random(0).sample(range(8 * len(content)), 200):
        (tmp_path / CHECKPOINT).write_bytes(_flipped(content, bit))
        with pytest.raises(BadInput):
            load(tmp_path)


def test_facts_that_were_changed_are_found(tmp_path: Path) -> None:
    """The epoch and the best loss decide the training as much as the weights do."""
    checkpoint.save(tmp_path, position())
    content = (tmp_path / CHECKPOINT).read_bytes()
    assert b'\\"epoch\\": 3' in content
    (tmp_path / CHECKPOINT).write_bytes(content.replace(b'\\"epoch\\": 3', b'\\"epoch\\": 2'))
    with pytest.raises(BadInput, match=r"does not match|do not match"):
        load(tmp_path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / CHECKPOINT)
    with pytest.raises(BadInput, match="is not a regular file"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("like", "why"),
    [
        (
            lambda s: s._replace(weights=[s.weights[0].T, *s.weights[1:]]),
            r"weights/0: expected float32\[5, 6\], got float32\[6, 5\]",
        ),
        (lambda s: s._replace(weights=[*s.weights, jnp.zeros(2)]), r"weights/3: expected float32\[2\], got nothing"),
        (
            lambda s: s._replace(optimizer_state=[*s.optimizer_state, jnp.zeros(2)]),
            r"optimizer/6: expected float32\[2\], got nothing",
        ),
        (lambda s: s._replace(step=jnp.float32(0)), r"step: expected float32\[\], got int32\[\]"),
    ],
)
def test_another_network_is_refused_by_name(tmp_path: Path, like: Callable[[State], State], why: str) -> None:
    checkpoint.save(tmp_path, position())
    with pytest.raises(BadInput, match=f"cannot use checkpoint: .*{why}"):
        load(tmp_path, like=like(position().state))


def test_best_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    wrong = replace(position(), best=Best(1.0, 0, [jnp.zeros(3)]))
    checkpoint.save(tmp_path, wrong)
    with pytest.raises(BadInput, match="best/0"):
        load(tmp_path)


def test_a_newer_format_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(checkpoint, "FORMAT", checkpoint.FORMAT + 1)
        checkpoint.save(tmp_path, position())
    with pytest.raises(BadInput, match="checkpoint"):
        load(tmp_path)


def calls_of_a_save(folder: Path) -> int:
    checkpoint.save(folder, position(0))
    disk = Disk()
    with disk.failing():
        checkpoint.save(folder, position(1))
    return len(disk.calls)


@pytest.mark.parametrize("error", [Killed(), OSError(errno.ENOSPC, "No space left on device")], ids=["kill", "full"])
@pytest.mark.parametrize("newest_is_damaged", [False, True])
def test_a_save_that_fails_anywhere_loses_nothing(
    tmp_path: Path, error: BaseException, newest_is_damaged: bool
) -> None:
    """Whichever call is the last one, what was acknowledged before is still there: the old position, or the new."""
    for k in range(1, calls_of_a_save(tmp_path) + 1):
        folder = tmp_path / str(k)
        folder.mkdir()
        checkpoint.save(folder, position(0))
        if newest_is_damaged:
            checkpoint.save(folder, position(5))
            (folder / CHECKPOINT).write_bytes(b"damaged")
            assert same(load(folder)[0], position(0))
        with Disk(k, error).failing(), pytest.raises((Killed, CannotWrite)):
            checkpoint.save(folder, position(1))
        found, said = load(folder)
        assert same(found, position(0)) or same(found, position(1))
        assert said == []
        left = {path.name for path in folder.iterdir()} - {CHECKPOINT, PREVIOUS}
        assert isinstance(error, Killed) or not left


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, position())
    content = (tmp_path / CHECKPOINT).read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert json.loads(header["__metadata__"]["inkdigit"])["epoch"] == 3
