"""The state of a training as one safetensors file, from which it continues bit for bit.

In: a `Position` (state, epoch, best so far). Out: `checkpoint.safetensors`, the one before it as
`checkpoint.previous.safetensors`. Each file carries the SHA-256 of all it says, so a damaged one is
known for what it is. Nothing in the file can run. Knows nothing of recipes or data.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.numpy
from jax import Array
from safetensors import SafetensorError

from inkdigit.errors import BadInput
from inkdigit.files import cannot_write, read_regular, sha256, write_whole
from inkdigit.training.device import put
from inkdigit.training.rundir import CHECKPOINT, PREVIOUS
from inkdigit.training.step import EpochMetrics, State

FORMAT = 2
LARGEST = 2 << 30  # bytes

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Best:
    """The weights with the lowest validation loss so far, and for how many epochs no better ones came."""

    loss: float
    waited: int
    weights: list[Array]


@dataclass(frozen=True, eq=False)
class Position:
    """Where a training stands: `state` is in epoch `epoch` (from 1), of which `done` steps are taken."""

    state: State
    epoch: int
    done: int
    best: Best | None = None


def save(folder: Path, position: Position) -> None:
    """Write `position` to the folder's checkpoint, keeping the one before.

    Raises:
        CannotWrite: The file did not reach the disk; the one before is still there.
    """
    newest = folder / CHECKPOINT
    content = _pack(position)
    try:
        if newest.exists():
            newest.replace(folder / PREVIOUS)
    except OSError as error:
        raise cannot_write(newest, error) from error
    write_whole(newest, content)


def load(folder: Path, *, like: State, on_fallback: Callable[[str], None]) -> Position | None:
    """Read the newest checkpoint that is whole, or None where none was ever written.

    Args:
        folder: The run directory.
        like: A state of the right shapes: a file that holds other ones is refused.
        on_fallback: Is told when the newest file is damaged and the one before it is used.

    Raises:
        BadInput: There are checkpoints, and none can be used.
    """
    there = [folder / name for name in (CHECKPOINT, PREVIOUS) if (folder / name).exists()]
    problems = []
    for path in there:
        try:
            position = _unpack(path, like)
        except BadInput as error:
            problems.append(error)
            continue
        for problem in problems:
            on_fallback(f"{problem}; using the one before it, {path.name}")
            # Now it is the newest: the next `save` must not keep the damaged one in its place.
            path.replace(folder / CHECKPOINT)
        return position
    if problems:
        raise problems[0]
    return None


def _pack(position: Position) -> bytes:
    best = position.best.weights if position.best else []
    arrays = {name: np.asarray(array) for name, array in _named(position.state, best)}
    facts: dict[str, object] = {
        "format": FORMAT,
        "epoch": position.epoch,
        "done": position.done,
        "best": [position.best.loss.hex(), position.best.waited] if position.best else None,
    }
    return safetensors.numpy.save(arrays, metadata={"inkdigit": json.dumps(facts | {"sha256": _digest(arrays, facts)})})


def _unpack(path: Path, like: State) -> Position:
    content = read_regular(path, limit=LARGEST, what="cannot read checkpoint")
    try:
        arrays = safetensors.numpy.load(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        facts = json.loads(header["__metadata__"]["inkdigit"])
        whole = facts.pop("sha256") == _digest(arrays, facts) and facts["format"] == FORMAT
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput("cannot read checkpoint", path, "is not a checkpoint, or was damaged") from error
    if not whole:
        raise BadInput("cannot read checkpoint", path, "was damaged: its contents do not match its checksum")
    _check_shapes(path, arrays, _named(like, like.weights if facts["best"] else []))
    best = facts["best"] and Best(
        float.fromhex(facts["best"][0]), facts["best"][1], _stack(arrays, "best", like.weights)
    )
    return Position(_state(arrays, like), facts["epoch"], facts["done"], best or None)


def _named(state: State, best: list[Array]) -> Iterator[tuple[str, Array]]:
    yield from ((f"weights/{i}", w) for i, w in enumerate(state.weights))
    yield from ((f"optimizer/{i}", s) for i, s in enumerate(state.optimizer_state))
    yield "step", state.step
    yield from ((f"metrics/{name}", value) for name, value in state.metrics._asdict().items())
    yield from ((f"best/{i}", w) for i, w in enumerate(best))


def _state(arrays: Arrays, like: State) -> State:
    metrics = EpochMetrics(**{name: put(arrays[f"metrics/{name}"]) for name in EpochMetrics._fields})
    optimizer_state = _stack(arrays, "optimizer", like.optimizer_state)
    return State(_stack(arrays, "weights", like.weights), optimizer_state, put(arrays["step"]), metrics)


def _stack(arrays: Arrays, group: str, like: list[Array]) -> list[Array]:
    return [put(arrays[f"{group}/{i}"]) for i in range(len(like))]


def _check_shapes(path: Path, arrays: Arrays, expected: Iterator[tuple[str, Array]]) -> None:
    for name, array in expected:
        found = arrays.get(name)
        if found is None or found.shape != array.shape or found.dtype != array.dtype:
            got = "nothing" if found is None else f"{found.dtype}{list(found.shape)}"
            raise BadInput(
                "cannot use checkpoint", path, f"{name}: expected {array.dtype}{list(array.shape)}, got {got}"
            )


def _digest(arrays: Arrays, facts: dict[str, object]) -> str:
    parts = (part for name in sorted(arrays) for part in (name.encode(), np.ascontiguousarray(arrays[name]).tobytes()))
    return sha256(json.dumps(facts).encode(), *parts)
