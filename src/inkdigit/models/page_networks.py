"""The two networks that read a page, run by ONNX Runtime.

In: nothing, or a folder with `line.onnx` and `detector.onnx`. Out: each as a function of pictures. Knows nothing of
what they find.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from inkdigit.errors import BadInput
from inkdigit.ort import onnxruntime
from inkdigit.shapes import Float32

HERE = Path(__file__).parent / "pages"

LINE, DETECTOR = "line.onnx", "detector.onnx"

Network = Callable[[Float32[np.ndarray, "n 1 height width"]], Float32[np.ndarray, "n maps rows columns"]]


@dataclass(frozen=True)
class PageNetworks:
    """The detector and the line recognizer; any number of threads may ask them at once.

    Args:
        detect: From a page (1, 1, height, width) to maps.
        read: From strips (n, 1, 40, width) to logits (n, classes, 1, places).
    """

    detect: Network
    read: Network


@cache
def load_page_networks(folder: Path = HERE) -> PageNetworks:
    """Load both networks; about 30 ms, once in a process.

    Raises:
        BadInput: A file is missing or cannot be used.
    """
    return PageNetworks(_network(folder / DETECTOR), _network(folder / LINE))


def _network(path: Path) -> Network:
    try:
        content = path.read_bytes()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        # Pictures of every size: a plan of the memory for each would be kept for ever.
        options.enable_mem_pattern = False
        options.enable_cpu_mem_arena = False
        options.intra_op_num_threads = 2
        options.inter_op_num_threads = 1
        # Threads that wait for work and spin would take the other core from whoever has it.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        session: Any = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
    except Exception as error:  # ONNX Runtime's exceptions share no public base
        raise BadInput("cannot read pages", path, "it is missing or damaged", hint="install inkdigit again") from error
    [given], [answer] = session.get_inputs(), session.get_outputs()
    lock = threading.Lock() if path.name == DETECTOR else None

    def run(pictures: Float32[np.ndarray, "n 1 height width"]) -> Float32[np.ndarray, "n maps rows columns"]:
        if lock is None:
            return np.asarray(session.run([answer.name], {given.name: pictures})[0])
        # One page at a time: the maps of several at once would fill the memory, and are no faster.
        with lock:
            return np.asarray(session.run([answer.name], {given.name: pictures})[0])

    return run
