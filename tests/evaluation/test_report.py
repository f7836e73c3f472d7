"""The report: whole, safe, readable without anything else."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inkdigit.errors import CannotWrite
from inkdigit.evaluation.look import per_hundred
from inkdigit.evaluation.metrics import evaluate, from_json, to_json
from inkdigit.evaluation.page import Story, render
from inkdigit.evaluation.report import write_report
from inkdigit.types import Epoch, Images, Labels, LayerRow, Probabilities

EMPTY_TAGS = {"meta", "img"}
HOSTILE = "<script>alert('x')</script>\" onload=\"&amp;"
IMAGES: Images = np.random.default_rng(0).integers(0, 256, (80, 28, 28), np.uint8)
LABELS: Labels = (np.arange(80) % 10).astype(np.uint8)
EPOCHS = [Epoch(i, 1 / i, 1 - 0.1 / i, 0.5 / i, 0.9, 0.001, 1.0) for i in range(1, 4)]
WEIGHTS = np.random.default_rng(1).normal(size=(70, 28, 28)).astype(np.float32)


LAYERS = [LayerRow("hidden_1", "Dense", (128,), 100480), LayerRow("digits", "Dense", (10,), 1290)]


def answers(*, wrong: int) -> Probabilities:
    given = LABELS.copy()
    given[:wrong] = (given[:wrong] + 1) % 10
    return np.asarray((np.eye(10, dtype=np.float32) * 0.8 + np.float32(0.02))[given])


def story(*, wrong: int = 30, n: int = 80, model: str = "m", **options: Any) -> dict[str, Any]:
    """Everything `write_report` is given after the folder."""
    probabilities = answers(wrong=wrong)[:n]
    evaluation = evaluate(probabilities, LABELS[:n], model=model, data="d", temperature=1.5)
    subject = {"evaluation": evaluation, "images": IMAGES[:n], "labels": LABELS[:n], "probabilities": probabilities}
    return subject | {"title": "A report"} | options


def full(**options: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"epochs": EPOCHS, "first_layer": WEIGHTS, "layers": LAYERS}
    return story(**(given | options))


@pytest.fixture(scope="module")
def full_page() -> str:
    """The page of everything; its charts take a while to draw."""
    return page(full())


def page(given: dict[str, Any]) -> str:
    rest: dict[str, Any] = {"epochs": (), "first_layer": None, "layers": (), "facts": {}, "synthetic": False}
    return render(Story(**(rest | given)))


class Reader(HTMLParser):
    """Checks that every element that opens closes in order, and keeps tags, addresses and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attributes
        assert len({name for name, _ in attributes}) == len(attributes), "an attribute is given twice"
        if tag == "img":
            assert dict(attributes).get("alt"), "a picture without words"
        if tag not in EMPTY_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        assert self.open.pop() == tag == "path", "only SVG may close itself"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_it_is_well_formed_and_whole() -> None:
    reader = read(page(full(synthetic=True, facts={"seed": "0"})))
    headings = [tag for tag in reader.tags if tag in {"h1", "h2"}]
    assert headings == ["h1"] + ["h2"] * 9
    for tag in ("title", "main", "header", "caption", "th", "figcaption"):
        assert tag in reader.tags


@pytest.mark.parametrize(("wrong", "n"), [(0, 80), (80, 80), (1, 1), (0, 1), (3, 15)])
def test_every_kind_of_result_can_be_told(wrong: int, n: int) -> None:
    reader = read(page(full(wrong=wrong, n=n, epochs=EPOCHS[:1])))
    assert "nan" not in reader.text.lower()


def test_it_needs_no_network_and_no_script(full_page: str) -> None:
    text = full_page
    reader = read(text)
    assert "script" not in reader.tags
    assert "link" not in reader.tags
    assert not re.search(r"url\(|@import|https?://", text)
    for name, value in reader.attributes:
        assert not name.startswith("on")
        assert name not in {"href", "src"} or (value or "").startswith(("data:image/png;base64,", "#"))


def test_what_is_referred_to_is_there_once(full_page: str) -> None:
    """Each chart brings the marks and the frames that its points and lines refer to."""
    attributes = read(full_page).attributes
    there = [str(value) for name, value in attributes if name == "id"]
    wanted = {str(value)[1:] for name, value in attributes if name == "href"}
    assert len(set(there)) == len(there)
    assert wanted <= set(there)


def test_each_point_of_a_chart_says_its_figure(full_page: str) -> None:
    text = read(full_page).text
    for number, epoch in enumerate(EPOCHS, 1):
        assert f"epoch {number}, training loss {epoch.loss:.4g}" in text
        assert f"epoch {number}, validation accuracy 0.9" in text
    assert "answers given with 86% on average" not in text


def test_hostile_words_stay_words() -> None:
    layers = [LayerRow(HOSTILE, HOSTILE, (1,), 1)]
    facts = {HOSTILE: HOSTILE, "command": HOSTILE}
    reader = read(page(full(title=HOSTILE, model=HOSTILE, layers=layers, facts=facts)))
    assert "script" not in reader.tags
    assert reader.text.count(HOSTILE) == 8
    assert not any(name.startswith("on") for name, _ in reader.attributes)


def test_it_opens_with_the_number_and_its_interval() -> None:
    text = read(page(story(wrong=20))).text
    assert "75.0 of 100 digits read right" in text
    assert "64.5\N{NO-BREAK SPACE}% to 83.2\N{NO-BREAK SPACE}%" in text
    assert "20 of 80" in text


def test_it_names_the_confusions_and_shows_the_mistakes() -> None:
    html = page(story(wrong=3))
    text = read(html).text
    assert "0 read as 1" in text
    assert "1 of 8 zeros (12.5\N{NO-BREAK SPACE}%)" in text
    assert html.count('class="digit"') == 80 + 3 + 3
    assert "80 images, evenly spread over all of them, with the answer below each: 77 right." in text


def test_what_is_not_given_is_left_out() -> None:
    text = read(page(story(wrong=0))).text
    assert "Nothing: all 80 images were read right." in text
    for absent in ("How it learned", "What the neurons look at", "weights", "drawn by a program"):
        assert absent not in text


def test_synthetic_data_is_called_so() -> None:
    assert "drawn by a program" in page(story(synthetic=True))


def test_the_layers_are_summed(full_page: str) -> None:
    assert "101,770" in full_page


def test_the_files_that_are_written(tmp_path: Path, full_page: str) -> None:
    written = write_report(tmp_path / "deep" / "report", **full())
    assert written.read_text("utf-8") == full_page
    names = {path.name for path in (tmp_path / "deep" / "report").iterdir()}
    assert names == {"report.html", "evaluation.json", "curves.png", "confusion.png", "mistakes.png",
                     "predictions.png", "reliability.png", "first-layer.png"}  # fmt: skip
    value = json.loads((tmp_path / "deep" / "report" / "evaluation.json").read_text())
    assert to_json(from_json(value)) == value


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="file"):
        write_report(tmp_path / "file", **story())


@pytest.mark.parametrize(("fraction", "shown"), [(0.0, "0.0"), (0.97823, "97.8"), (0.9996, "99.96"), (1.0, "100")])
def test_the_number_is_never_rounded_up_to_all(fraction: float, shown: str) -> None:
    assert per_hundred(fraction) == shown
