"""Decoding in a process of its own: a decoder that crashes, hangs or fills the memory costs one picture.

In: a file of one of the formats that are decoded so. Out: its picture; or a `BadPicture`. There is one such process for
this one, started when the first file comes, and again after it ended; files are decoded there one after another. It
costs 0.2 s to start, and 1 ms a picture.
"""

from pathlib import Path
from typing import Any

import numpy as np

from inkdigit.errors import BadPicture, printable
from inkdigit.pictures.formats import BY_NAME, Format
from inkdigit.pictures.picture import LARGE, MOST_DECODED, Encoded, Limits, Picture
from inkdigit.worker import Message, Worker, WorkerFailed

MEMORY = 600_000_000

WORKER = Worker("inkdigit.pictures.isolated:answer", memory=MEMORY, seconds=LARGE.seconds)

UNBELIEVABLE = "its decoder answered what makes no sense"


def decode_isolated(file: Encoded, form: Format) -> Picture:
    """Decode a file in the other process.

    Raises:
        BadPicture: As its decoder says; or that this one crashed, took too long, or needed too much memory.
    """
    reply = _ask(file, form, "decode")
    try:
        return _picture(reply)
    except (TypeError, ValueError, KeyError) as error:
        raise BadPicture("unreadable-image", file.where, UNBELIEVABLE) from error


def count_isolated(file: Encoded, form: Format) -> int:
    """Count the pages of a file in the other process.

    Raises:
        BadPicture: As `decode_isolated`.
    """
    count = _ask(file, form, "count").fields.get("count")
    if not isinstance(count, int) or count < 1:
        raise BadPicture("unreadable-image", file.where, "has no pages")
    return count


def answer(request: Message) -> Message:
    """In the other process: decode a file, or count its pages."""
    said = request.fields
    form = BY_NAME[said["format"]]
    content = Path(said["path"]) if said["path"] is not None else bytes(request.data)
    file = Encoded(content, said["where"], said["page"], Limits(**said["limits"]))
    if said["task"] == "count":
        return Message({"count": form.count(file) if form.count else 1})
    picture = form.decode(file)
    fields = {"shape": list(picture.pixels.shape), "note": picture.note, "scale": picture.scale}
    return Message(fields, np.ascontiguousarray(picture.pixels).data.cast("B"))


def _ask(file: Encoded, form: Format, task: str) -> Message:
    path = str(file.content.absolute()) if isinstance(file.content, Path) else None
    data = b"" if isinstance(file.content, Path) else file.content
    fields: dict[str, Any] = {
        "task": task, "format": form.name, "path": path, "page": file.page, "where": printable(file.where),
        "limits": vars(file.limits),
    }  # fmt: skip
    try:
        return WORKER.ask(Message(fields, data), seconds=file.limits.seconds)
    except WorkerFailed as error:
        raise BadPicture("unreadable-image", file.where, f"decoding it {error}") from error


def _picture(reply: Message) -> Picture:
    """The picture of a reply; what it says is believed no more than the file."""
    shape, note, scale = (reply.fields[name] for name in ("shape", "note", "scale"))
    if not (note is None or isinstance(note, str)) or not 0 < float(scale) <= 1 << 16:
        raise ValueError("note or scale")
    pixels = np.frombuffer(reply.data, np.uint8).reshape(shape)
    is_picture = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)
    if not is_picture or not 0 < pixels.shape[0] * pixels.shape[1] <= 2 * MOST_DECODED:
        raise ValueError("shape")
    return Picture(pixels, note, float(scale))
