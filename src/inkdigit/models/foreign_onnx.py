"""Anybody's ONNX file as a `Model`, run by ONNX Runtime in a process of its own.

In: the bytes of a file that takes a digit and gives ten numbers. Out: a `Model`. It is checked before it runs, then
loaded and asked in a process with limits of memory and time: a network that somebody else made may crash, fill the
memory or never end. How its input lies (channels first or last or none, 28x28 or 32x32, one or three channels, a fixed
batch) it says itself; what its numbers mean is tried, see `preparation`.
"""

from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np

from inkdigit.errors import BadInput, printable
from inkdigit.files import sha256
from inkdigit.formats.any_onnx import SAVE_AGAIN, check_any_onnx
from inkdigit.formats.check import WHAT
from inkdigit.models.foreign import CLASSES, asked, foreign_card
from inkdigit.models.model import Model
from inkdigit.models.preparation import SHAPES, Pixels, Preparation
from inkdigit.models.runtime import session_of
from inkdigit.types import Outputs
from inkdigit.worker import Message, Worker, WorkerFailed

MEMORY, SECONDS = 1_500_000_000, 30.0
"""Of the process, and for a batch: a ResNet-50 takes 200 MB and 2 s."""

AT_ONCE, BATCH = 512, 64
"""Images that are sent to the process at once, and that the network is given at once where it takes any number."""

TYPES = {
    "tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8, "tensor(int8)": np.int8, "tensor(int32)": np.int32, "tensor(int64)": np.int64,
}  # fmt: skip
"""What an input may be, as ONNX Runtime calls it."""

HINT = "give a network that takes one image of 28x28 (or 32x32) and gives ten numbers"

Sides = tuple[int, ...]
"""Of an input or an output; 0 where the file does not say."""


class Entry(NamedTuple):
    """The input of a network: its name, its type, and its sides, batch included."""

    name: str
    kind: str
    sides: Sides


def open_onnx_file(content: bytes, *, where: Path) -> Model:
    """Open an ONNX file that another program wrote.

    Args:
        content: The whole file.
        where: Where it came from, for messages and for its name.

    Raises:
        BadInput: It is refused by the check or by ONNX Runtime, takes or gives something else, crashes, or takes too
            long or too much memory.
    """
    parameters = check_any_onnx(content, where=where)
    guest = Guest(content, where=where)
    refusals: list[BadInput] = []
    for shape in guest.shapes:
        usual = Preparation(shape, scale=255.0 if guest.is_whole else 1.0)
        try:
            found = asked(guest.predict, usual, where=where)
        except BadInput as error:  # where a side is not said, another shape may be the right one
            refusals.append(error)
            continue
        classes = found.outputs(np.zeros((1, 28, 28), np.float32)).shape[1]
        card = foreign_card(where, parameters=parameters, classes=classes, preparation=found.preparation)
        return Model(where.name, card, found.outputs, guest.refuse, guest.refuse, sha256(content))
    raise refusals[0]


class Guest:
    """A network in a process of its own; any number of threads may ask it.

    Args:
        content: The file, checked.
        where: Where it came from, for messages.

    Raises:
        BadInput: ONNX Runtime refuses it, or it takes no image.
    """

    def __init__(self, content: bytes, *, where: Path) -> None:
        self._content, self._where = content, where
        self._worker = Worker("inkdigit.models.foreign_onnx:answer", memory=MEMORY, seconds=SECONDS)
        said = self._ask(Message({"do": "open"}, content)).fields
        entries = [Entry(str(name), str(kind), tuple(sides)) for name, kind, sides in said["inputs"]]
        images = [entry for entry in entries if _shapes(entry.sides)]
        if len(entries) != 1 or not images:
            raise BadInput(WHAT, where, f"takes {_described(entries)}, no image of 28x28", hint=HINT)
        (self._entry,) = images
        if self._entry.kind not in TYPES:
            raise BadInput(WHAT, where, f"takes {self._entry.kind}, no numbers", hint=HINT)

    @property
    def shapes(self) -> list[Sides]:
        """How an image may be given to it, the likeliest first."""
        return _shapes(self._entry.sides)

    @property
    def is_whole(self) -> bool:
        """Whether it takes whole numbers, so levels of 0 to 255."""
        return np.dtype(TYPES[self._entry.kind]).kind in "ui"

    def predict(self, pixels: Pixels) -> Outputs:
        """Give what the network gives: float32 (n, classes) for pixels (n, ...)."""
        dtype = np.dtype(TYPES[self._entry.kind])
        given = (np.rint(pixels) if self.is_whole else pixels).astype(dtype)
        batch = _batch(self._entry.sides, pixels.shape[1:])
        parts = [self._run(given[start : start + AT_ONCE], batch) for start in range(0, len(given), AT_ONCE)]
        return np.concatenate(parts)

    def refuse(self) -> NoReturn:
        """Say that its layers are not read."""
        why = "is an ONNX file of another program: it is run as it is, its layers are not read"
        raise BadInput("cannot export", self._where, why, hint="export the model that it was made from")

    def _run(self, part: np.ndarray, batch: int) -> Outputs:
        fields = {"do": "run", "shape": part.shape, "type": part.dtype.str, "batch": batch}
        reply = self._ask(Message(fields, part.tobytes()))
        values = np.frombuffer(reply.data, np.float32)
        if len(values) in {len(part) * classes for classes in CLASSES}:
            return values.reshape(len(part), -1)
        shapes = ", ".join(map(_times, reply.fields["shapes"])) or "nothing"
        raise BadInput(WHAT, self._where, f"gives {shapes}; expected 10 numbers for each image", hint=HINT)

    def _ask(self, request: Message) -> Message:
        try:
            if not self._worker.runs and request.fields["do"] != "open":  # it failed before, and starts anew
                self._worker.ask(Message({"do": "open"}, self._content))
            return self._worker.ask(request)
        except WorkerFailed as error:
            raise BadInput(WHAT, self._where, f"ONNX Runtime {error}", hint=HINT) from error
        except BadInput as error:
            raise BadInput(WHAT, self._where, error.why, hint=SAVE_AGAIN) from error


def _shapes(sides: Sides) -> list[Sides]:
    """How one image may lie in an input of these sides, of which 0 may be any."""

    def fits(shape: Sides, told: Sides) -> bool:
        return len(shape) == len(told) and all(
            side in {expected, 0} for expected, side in zip(shape, told, strict=True)
        )

    # The batch comes first, if there is one: what is left must fit. Of an input without sides anything may be right.
    with_batch = [shape for shape in SHAPES if fits(shape, sides[1:])]
    return with_batch or [shape for shape in SHAPES if fits(shape, sides) or not sides]


def _batch(sides: Sides, shape: Sides) -> int:
    """How many images the network takes at once: so many and no other number, any (a hundred), or one without a batch
    around it (0)."""
    if sides and len(sides) == len(shape):
        return 0
    return (sides[0] if sides else 0) or BATCH


def _described(entries: list[Entry]) -> str:
    if len(entries) != 1:
        return f"{len(entries)} inputs"
    return f"{printable(entries[0].name, limit=40)} {_times(entries[0].sides)}"


def _times(sides: Any) -> str:
    return "x".join(str(side or "?") for side in sides) or "one number"


class _Loaded:
    """In the process: the session, once there is one."""

    session: Any = None


def answer(request: Message) -> Message:
    """In the process: load a file, or run it.

    Args:
        request: {"do": "open"} with the file, or {"do": "run", "shape", "type", "batch"} with the pixels of images.

    Returns:
        The inputs, each name, type and sides; or ten or eleven float32 for each image, and the shapes of all outputs.

    Raises:
        BadInput: ONNX Runtime refuses the file, or fails.
    """
    try:
        if request.fields["do"] == "open":
            _Loaded.session = session_of(bytes(request.data))
            inputs = [(one.name, one.type, _sides(one.shape)) for one in _Loaded.session.get_inputs()]
            return Message({"inputs": inputs})
        pixels = np.frombuffer(request.data, np.dtype(request.fields["type"])).reshape(request.fields["shape"])
        return _asked(pixels, request.fields["batch"])
    except Exception as error:  # ONNX Runtime's exceptions share no public base
        raise BadInput(WHAT, "", f"ONNX Runtime says: {printable(str(error).splitlines()[0], limit=160)}") from error


def _asked(pixels: np.ndarray, batch: int) -> Message:
    """Ask batch by batch, the last one filled up; 0 for one image without a batch around it."""
    answers: list[np.ndarray] = []
    shapes: list[Sides] = []
    name, count = _Loaded.session.get_inputs()[0].name, batch or 1
    for start in range(0, len(pixels), count):
        part = pixels[start : start + count]
        filled = np.concatenate([part, np.zeros((count - len(part), *part.shape[1:]), part.dtype)])
        found = _Loaded.session.run(None, {name: filled if batch else filled[0]})
        arrays = [
            np.asarray(one, np.float32) for one in found if isinstance(one, np.ndarray) and one.dtype.kind in "fui"
        ]
        shapes = [array.shape for array in arrays]
        answers += [array.reshape(count, -1)[: len(part)] for array in arrays if _fits(array, count)][:1]
    return Message({"shapes": shapes}, np.concatenate(answers).tobytes() if answers else b"")


def _fits(array: np.ndarray, count: int) -> bool:
    return array.size in {count * classes for classes in CLASSES}


def _sides(shape: Any) -> list[int]:
    return [side if isinstance(side, int) and side > 0 else 0 for side in shape or ()]
