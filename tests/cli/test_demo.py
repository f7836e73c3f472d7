import socket
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from inkdigit.data import mnist, source

Command = Callable[..., Any]  # the fixtures of conftest.py


def closed_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture
def no_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file of MNIST anywhere, and mirrors behind a closed door."""
    monkeypatch.setenv("INKDIGIT_DATA_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    mirrors = (f"http://127.0.0.1:{closed_port()}/",) * 2
    monkeypatch.setattr(mnist, "fetch", partial(mnist.fetch, mirrors=mirrors))
    monkeypatch.setattr(source, "STROKES_TRAIN", 600)
    monkeypatch.setattr(source, "STROKES_TEST", 200)


@pytest.mark.usefixtures("no_mnist")
def test_without_mnist_it_says_so_and_draws_its_own(
    inkdigit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    began = time.monotonic()
    from inkdigit.cli.demo import _best_data

    assert _best_data() == "strokes"
    assert time.monotonic() - began < 10
    outcome = inkdigit("demo")
    assert outcome.code == 0
    first = outcome.err.splitlines()[0]
    assert first == "inkdigit: MNIST is not here and cannot be fetched: using strokes, digits drawn by a program"
    assert "(synthetic)" in outcome.err
    assert "accuracy" in outcome.out
    assert "report  runs/mlp-128-1/report/report.html" in outcome.out
    assert (tmp_path / "runs/mlp-128-1/report/report.html").exists()
    assert outcome.err.index("Try next:") > outcome.err.index("epoch")


def test_data_of_your_own(inkdigit: Command, small_npz: Path, tmp_path: Path) -> None:
    outcome = inkdigit("demo", "--data", small_npz, "--run", tmp_path / "r", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert [set(line) & {"epoch", "run"} for line in outcome.objects] == [{"epoch"}] * 5 + [{"run"}]


def test_mnist_is_used_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from inkdigit.cli.demo import _best_data

    monkeypatch.setattr(mnist, "available", lambda: True)
    assert _best_data() == "mnist"


def test_mnist_is_fetched_where_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    from inkdigit.cli.demo import _best_data

    fetched: list[str] = []
    monkeypatch.setattr(mnist, "available", lambda: False)
    monkeypatch.setattr(mnist, "fetch", lambda **_: fetched.append("once"))
    assert (_best_data(), fetched) == ("mnist", ["once"])
