"""A file of TensorBoard events: what is appended to it is on the disk when the call returns.

In: scalars, histograms and PNG pictures, each with the step it belongs to. Out: records that stock
TensorBoard reads, also while the training runs. Nothing stays open between two appends, so there is
nothing to close when a training is interrupted. Knows nothing of training.

tensorboardX gives the records their form. Its own writer is left alone: it writes from a thread, where
a full disk ends in a traceback that nobody can catch.
"""

import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tensorboardX import summary
from tensorboardX.proto.event_pb2 import Event, SessionLog
from tensorboardX.proto.summary_pb2 import Summary
from tensorboardX.record_writer import masked_crc32c

from inkdigit.clock import unix_time
from inkdigit.files import cannot_write, make_folder
from inkdigit.shapes import Float32

BARS = 30  # of a histogram; TensorBoard shows 30 itself


class EventFile:
    """A new file of events in a folder, after those of earlier sessions; made by the first append.

    Args:
        folder: One curve in TensorBoard: its events from all sessions make one.
        first: The first step of this session; what earlier sessions wrote from this step on no longer counts.
    """

    def __init__(self, folder: Path, *, first: int) -> None:
        self.path = folder / f"events.out.tfevents.{len(event_files(folder)) + 1:010d}.inkdigit"
        self._opening = [
            Event(wall_time=unix_time(), file_version="brain.Event:2"),
            Event(wall_time=unix_time(), step=first, session_log=SessionLog(status=SessionLog.START)),
        ]

    def append(self, *values: Any, step: int) -> None:
        """Write values of one step, and flush them to the disk.

        Args:
            values: Of `scalar`, `histogram`, `picture` or `settings`; with none, nothing is written.
            step: The epoch they belong to.

        Raises:
            CannotWrite: They did not reach the disk.
        """
        if not values:
            return
        events = [*self._opening, Event(wall_time=unix_time(), step=step, summary=Summary(value=values))]
        make_folder(self.path.parent)
        try:
            with self.path.open("ab") as file:
                file.write(b"".join(_framed(event.SerializeToString()) for event in events))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise cannot_write(self.path, error) from error
        self._opening = []


def event_files(folder: Path) -> list[Path]:
    """Return the event files of a folder, oldest first; [] where there is no folder."""
    return sorted(folder.glob("*tfevents*"))


def scalar(tag: str, value: float) -> Any:
    """A point of the curve `tag`."""
    return Summary.Value(tag=tag, simple_value=value)


def histogram(tag: str, values: Float32[np.ndarray, "..."]) -> Any:
    """How finite values are distributed."""
    return summary.histogram(tag, values, bins=BARS).value[0]


def picture(tag: str, png: bytes) -> Any:
    """A picture, given as a PNG file."""
    width, height = struct.unpack(">II", png[16:24])
    colours = Summary.Image(width=width, height=height, colorspace=3, encoded_image_string=png)
    return Summary.Value(tag=tag, image=colours)


def settings(values: Mapping[str, str | float | bool]) -> Any:
    """A line of TensorBoard's table of runs; beside it stand the last scalars of the same folder."""
    _, begin, _ = summary.hparams(dict(values), {})
    return begin.value[0]


def _framed(data: bytes) -> bytes:
    """Put a record into the TFRecord frame: its length, and a checksum after each part."""
    length = struct.pack("<Q", len(data))
    return b"".join((length, _checksum(length), data, _checksum(data)))


def _checksum(data: bytes) -> bytes:
    return struct.pack("<I", masked_crc32c(data))
