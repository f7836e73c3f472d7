"""The TensorBoard log as a stock TensorBoard serves it, which is started before the training ends."""

import contextlib
import json
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from inkdigit.evaluation.rendering import weights_png
from inkdigit.recipes import find
from inkdigit.training.tensorboard import TensorBoardLog
from inkdigit.types import Epoch

WITHOUT_TENSORFLOW = "import sys; sys.modules['tensorflow'] = None; from tensorboard.main import run_main; run_main()"


def log(folder: Path, *numbers: int, loss: float) -> None:
    """One session of a training: the epochs of these numbers, each with this loss."""
    epochs = [Epoch(number, loss, 0.75, loss, 0.75, 0.001, 1.5) for number in range(1, numbers[-1] + 1)]
    session = TensorBoardLog(folder, find("mlp-128"), draw=weights_png)
    session.begin(["hidden_1/kernel"], epochs[: numbers[0] - 1])
    for number in numbers:
        kernel = np.random.default_rng(number).normal(size=(784, 20)).astype(np.float32)
        session(epochs[number - 1], [jnp.asarray(kernel)])


@contextlib.contextmanager
def served(folder: Path, *options: str) -> Iterator[str]:
    """Run stock TensorBoard on a free port of this machine, and give the address of its plugins."""
    command = [sys.executable, "-c", WITHOUT_TENSORFLOW, "--logdir", str(folder), "--host", "127.0.0.1",
               "--port", "0", "--reload_interval", "1", *options]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        watchdog = threading.Timer(90, process.kill)
        watchdog.start()
        try:
            found = (re.search(r"at (http://127\.0\.0\.1:\d+/)", line) for line in process.stderr)
            yield next(match[1] for match in found if match) + "data/plugin"
        finally:
            watchdog.cancel()
            process.terminate()


def fetch(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return json.load(answer)


def points(plugins: str) -> list[tuple[int, float]]:
    with contextlib.suppress(urllib.error.HTTPError):  # not found, for it has not read the files yet
        found = fetch(f"{plugins}/scalars/scalars?run=train&tag=epoch%2Floss")
        return [(step, value) for _, step, value in found]
    return []


def patiently_points(plugins: str, *, until: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Ask until the answer is the expected one: TensorBoard reads the files when it finds the time."""
    for _ in range(200):
        if (answer := points(plugins)) == until:
            break
        time.sleep(0.3)
    return answer


@pytest.mark.parametrize("options", [(), ("--load_fast=false",)], ids=["fast reader", "Python reader"])
@pytest.mark.long
def test_a_running_tensorboard_follows_a_training_that_is_resumed(tmp_path: Path, options: tuple[str, ...]) -> None:
    log(tmp_path, 1, 2, 3, loss=0.5)
    with served(tmp_path, *options) as plugins:
        before = [(1, 0.5), (2, 0.5), (3, 0.5)]
        assert patiently_points(plugins, until=before) == before
        log(tmp_path, 2, 3, 4, loss=0.25)
        after = [(1, 0.5), (2, 0.25), (3, 0.25), (4, 0.25)]
        assert patiently_points(plugins, until=after) == after
        tags = fetch(f"{plugins}/scalars/tags")
        assert {part: sorted(found) for part, found in tags.items()} == {
            "train": ["epoch/accuracy", "epoch/learning_rate", "epoch/loss", "epoch/seconds"],
            "validation": ["epoch/accuracy", "epoch/loss"],
        }
        drawn = fetch(f"{plugins}/images/images?run=train&tag=pictures%2Ffirst_layer&sample=0")
        assert [picture["step"] for picture in drawn] == [1, 2, 3, 4]
        spread = fetch(f"{plugins}/histograms/histograms?run=train&tag=weights%2Fhidden_1%2Fkernel")
        assert [step for _, step, _ in spread] == [1, 2, 3, 4]
