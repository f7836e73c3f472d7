"""What every test may use: small made data, and the word on what was skipped for want of the real MNIST."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # tests import it before `inkdigit.ort` does
# A test runs a program once, for a moment: it is compiled without LLVM's optimisations, in half of the time. Given as
# "", as `make test-all` gives it, it is compiled as a user's is.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
# As wide as a terminal that nobody has set up, here and in the processes that a test starts; a test that is about
# another width says so.
os.environ["COLUMNS"] = "80"

# A training imports what reads the data in a thread of its own, and the import hook that checks the shapes parses
# every module: two threads that parse at once break Python 3.11 (gh-106905). So these are imported here.
import inkdigit.data.degraded
import inkdigit.data.folder
import inkdigit.data.npz
import inkdigit.data.source  # noqa: F401
from inkdigit.data.strokes import strokes
from inkdigit.types import Digits

# A fixed budget: the same examples on every machine, however slow, and none remembered from the last time;
# `make test-all` tries others, and more.
QUICK_OR_NOT = [HealthCheck.too_slow]
"""How long an example takes to make is the machine's business."""

settings.register_profile(
    "fixed", derandomize=True, deadline=None, database=None, max_examples=60, suppress_health_check=QUICK_OR_NOT
)
settings.register_profile("random", deadline=None, database=None, max_examples=300, suppress_health_check=QUICK_OR_NOT)
settings.load_profile("fixed")

FILES = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
         "t10k-labels-idx1-ubyte.gz")  # fmt: skip


def _has_mnist() -> bool:
    folder = os.environ.get("INKDIGIT_DATA_DIR")
    return bool(folder) and all((Path(str(folder)) / "mnist" / name).is_file() for name in FILES)


LEFT_OUT = pytest.StashKey[int]()
"""How many tests marked long were not asked for; under pytest-xdist of one worker, which collects all."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not _has_mnist():
        for item in items:
            if item.get_closest_marker("real"):
                item.add_marker(pytest.mark.skip(reason="needs the original MNIST files (INKDIGIT_DATA_DIR)"))


def pytest_deselected(items: list[pytest.Item]) -> None:
    if items:
        stash = items[0].config.stash
        stash[LEFT_OUT] = stash.get(LEFT_OUT, 0) + sum(item.get_closest_marker("long") is not None for item in items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "real" in report.keywords]
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} tests did not run for want of the original MNIST: set INKDIGIT_DATA_DIR to the folder "
            "above mnist/",
            yellow=True,
        )
    left_out = terminalreporter.config.stash.get(LEFT_OUT, 0)
    if left_out:
        terminalreporter.write_line(f"left out: {left_out} tests marked long; all of them: make test-all", yellow=True)


@pytest.fixture(scope="session")
def made_digits() -> Digits:
    """600 synthetic digits, each of the ten 60 times or so."""
    return strokes(600, seed=1)


@pytest.fixture(scope="session")
def small_npz(made_digits: Digits, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a file with 200 others as its test part, in the form of Keras' mnist.npz."""
    test = strokes(200, seed=2, part="test")
    path = tmp_path_factory.mktemp("data") / "small.npz"
    np.savez(path, x_train=made_digits.images, y_train=made_digits.labels, x_test=test.images, y_test=test.labels)
    return path
