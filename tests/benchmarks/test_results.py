"""The page: what stands in it belongs to the files that are shipped, and only its marked parts are rewritten."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

import plots
import results
from inkdigit.errors import BadInput
from inkdigit.evaluation.metrics import wilson
from inkdigit.models.open import open_model
from inkdigit.models.zoo import COMMITTEE, COMMITTEE_NAME, SHIPPED, path_of
from recipes import Training
from results import FOLDER, POINTS, Figures, Measured

PAGE = FOLDER.parent / "results.md"


def part(text: str, name: str) -> str:
    return text[text.index(f"<!-- {name} -->") : text.index(f"<!-- /{name} -->")]


def rows(text: str) -> dict[str, list[str]]:
    """The cells of every row that begins with a name in backquotes."""
    found = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines()]
    return {cells[0].strip("`"): cells[1:] for cells in found if re.fullmatch(r"`[^`]+`", cells[0])}


def figures(errors: int, *, n: int = 10_000) -> Figures:
    curve = tuple((share, max(0.0, errors / n - share / 2)) for share in (0.0002 * i for i in range(251)))
    return Figures(n, errors, wilson(errors, n), 0.0123, 0.0021, 0.991, 0.007, curve)


def model(name: str, errors: int, *, network: str = "784-10", members: tuple[str, ...] = ()) -> Measured:
    shapes = {"made": 0.5, "letters": 0.25}
    return Measured(
        name, network, 7_850, 31_400, 1.1, 0.6, False, f"{name}-sha", figures(errors), shapes, None, members
    )


MODELS = [model("cnn", 39, network="conv 32, 10"), model("mlp-plain", 101), model("mlp-best", 43),
          model("committee-2", 26, network="conv 8, 10"), model("committee", 19, members=("cnn", "mlp"))]  # fmt: skip


def test_the_page_has_a_row_for_every_model_that_is_shipped() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in ("ours", "refusing"):
        measured = {row for row, cells in rows(part(text, name)).items() if "–" not in cells[:2]}
        assert measured >= {*SHIPPED, *([COMMITTEE_NAME] if COMMITTEE else [])}


@pytest.mark.parametrize("name", [name for name in SHIPPED if path_of(name).exists()])
def test_the_figures_of_the_page_are_those_of_the_file(name: str) -> None:
    """What the training wrote into the card; another version of ONNX Runtime may read one image differently."""
    cells = rows(part(PAGE.read_text(encoding="utf-8"), "ours"))[name]
    card = open_model(path_of(name)).card
    assert cells[1] == f"{card.parameters:,}"
    assert cells[2] == f"{path_of(name).stat().st_size / 1e6:.2f} MB"
    assert card.test_accuracy is not None
    assert abs(int(cells[3]) - round(10_000 * (1 - card.test_accuracy))) <= 1


def test_every_published_figure_has_its_source_and_stands_in_the_page() -> None:
    text = part(PAGE.read_text(encoding="utf-8"), "published")
    for one in results.published():
        assert f"| {one.name} | {one.how} | {one.error:g} % |" in text
        assert one.kind in results.KINDS
        assert one.read in results.READ_IN
        assert re.fullmatch(r"https?://[\w./-]+", one.url)
        assert one.source
        assert one.selected == ("selected on the test set" in one.remark)
        low, high = one.interval
        assert low < one.error < high


def test_the_charts_of_the_page_are_there() -> None:
    for address in re.findall(r"!\[[^\]]+\]\((results/[^)]+)\)", PAGE.read_text(encoding="utf-8")):
        assert (PAGE.parent / address).exists()


def test_only_the_marked_parts_are_rewritten(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    results.write(page, MODELS, part="test")
    once = page.read_text(encoding="utf-8")
    results.write(page, MODELS, part="test")
    assert page.read_text(encoding="utf-8") == once
    for name in ("ours", "refusing", "trainings", "published"):
        text, once = text.replace(part(text, name), name), once.replace(part(once, name), name)
    assert once == text


def test_figures_of_other_images_stay_out_of_the_page(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="held out images"):
        results.write(PAGE, MODELS, part="held out")
    page = tmp_path / "page.md"
    page.write_text("<!-- ours -->\nno end\n")
    with pytest.raises(BadInput, match="expected one <!-- ours --> and one <!-- /ours -->"):
        results.write(page, MODELS, part="test")
    assert page.read_text() == "<!-- ours -->\nno end\n"


def test_the_expected_come_first_with_dashes_and_all_others_follow() -> None:
    text = results.tables(MODELS, part="test")["ours"]
    assert list(rows(text)) == [
        "mlp-plain",
        "mlp-best",
        "cnn-best",
        "committee",
        "distilled",
        "cnn",
        "mlp",
        "committee-2",
    ]
    assert set(rows(text)["distilled"]) == {"–"}
    assert rows(text)["mlp-best"][3:6] == ["43", "**0.43 %**", "0.32 to 0.58"]


def test_the_record_is_json_with_a_few_points_of_the_curve() -> None:
    record = json.loads(json.dumps(MODELS[0].record()))
    digits = record["digits"]
    assert [share for share, _ in digits["risk_coverage"]] == list(POINTS)
    assert digits["risk_coverage"][0][1] == digits["error"] == 0.0039
    assert "curve" not in digits


def test_a_training_is_told_with_the_model_that_came_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    trainings = [
        Training("net", seed, 100 + seed, "Chip, 2 cores", 0.99 + seed / 1000, f"inkdigit train net --seed {seed}", sha)
        for seed, sha in ((0, "other"), (1, "cnn-sha"))
    ]
    monkeypatch.setattr(results, "read", lambda path: trainings)
    text = results.tables(MODELS, part="test")["trainings"]
    assert text.startswith("![")
    assert rows(text)["net"] == [
        "`cnn`", "2", "0.95 % (0.90 to 1.00)", "100", "Chip, 2 cores", "`inkdigit train net --seed 0`",
    ]  # fmt: skip


def test_every_model_stands_among_its_like() -> None:
    assert [one.kind for one in MODELS] == [
        "convolutional", "perceptron", "perceptron, distorted digits", "convolutional", "committee",
    ]  # fmt: skip
    chart = plots.errors_chart(MODELS, part="test")
    assert "inkdigit mlp-best" in chart
    assert "inkdigit committee" in chart
    assert "inkdigit committee-2" not in chart


def test_the_chart_of_the_trainings_is_drawn_where_there_are_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = Training("net", 0, 100, "Chip, 2 cores", 0.99, "c", "a")
    other = replace(training, machine="Chip, 12 cores")
    for found, expected in (([other], set()), ([other, training], {"training.svg"})):
        monkeypatch.setattr(plots, "read", lambda path, found=found: found)
        plots.draw(tmp_path / str(len(found)), MODELS, part="test")
        names = {path.name for path in (tmp_path / str(len(found))).iterdir()}
        assert names == {"errors.svg", "refusing.svg"} | expected
