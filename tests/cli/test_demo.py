import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inkdigit.data import mnist
from inkdigit.models import zoo
from inkdigit.reader import Reader
from inkdigit.types import Line, Page
from inkdigit.writing.examples import draw_document
from linear import Linear, upper_weights

Command = Callable[..., Any]  # the fixtures of conftest.py

WRITTEN = [" ".join(numbers) for numbers in draw_document("labels").lines[0]]


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


@pytest.mark.usefixtures("no_mnist")
@pytest.mark.long
def test_without_mnist_it_says_so_and_takes_what_comes_along(
    inkdigit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = inkdigit("demo")
    assert outcome.code == 0
    first = outcome.err.splitlines()[0]
    assert first == "inkdigit: MNIST is not here and cannot be fetched: using mnist-small, 10,000 of its digits"
    assert "7,200 images of mnist-small, 800 held out" in outcome.err
    assert "accuracy" in outcome.out
    assert "report  runs/mlp-128-1/report/report.html" in outcome.out
    assert (tmp_path / "runs/mlp-128-1/report/report.html").exists()
    assert outcome.err.index("Try next:") > outcome.err.index("epoch")


def test_data_of_your_own(inkdigit: Command, small_npz: Path, tmp_path: Path) -> None:
    outcome = inkdigit("demo", "--data", small_npz, "--run", tmp_path / "r", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert [set(line) & {"epoch", "run"} for line in outcome.objects] == [{"epoch"}] * 5 + [{"run"}]


class Truthful(Reader):
    """Reads the sample page, but for its last line."""

    def read(self, picture: object) -> Page:
        return Page(tuple(Line(text, (0, 0, 9, 9), ()) for text in WRITTEN[:-1]))


def test_a_page_is_read_beside_its_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from inkdigit.cli.demo import _read_sample

    monkeypatch.setattr(zoo, "path_of", lambda name: Path(__file__))
    monkeypatch.setattr("inkdigit.reader.load", lambda: Truthful(Linear(upper_weights())))
    monkeypatch.setattr("inkdigit.present.text.page_lines", lambda page: [line.text for line in page.lines])
    _read_sample(tmp_path / "sample")
    printed = capsys.readouterr().out
    truth = WRITTEN
    assert f"\n  {truth[0]:<14}{truth[0]}\n" in printed
    assert f"\n  {truth[-1]}\n" in printed
    for name in ("page.png", "overlay.png"):
        path = tmp_path / "sample" / name
        assert str(path) in printed
        with Image.open(path) as image:
            assert image.format == "PNG"
    with Image.open(tmp_path / "sample" / "page.png") as image:
        assert np.array_equal(np.asarray(image), draw_document("labels").pages[0])


def test_without_the_shipped_model_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from inkdigit.cli.demo import _read_sample

    monkeypatch.setattr(zoo, "path_of", lambda name: tmp_path / "none.onnx")
    _read_sample(tmp_path / "sample")
    captured = capsys.readouterr()
    assert (captured.out, len(captured.err.splitlines())) == ("", 1)
    assert not (tmp_path / "sample").exists()


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
