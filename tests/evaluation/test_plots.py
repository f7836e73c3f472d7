"""What the pictures hold: titles, counts and marks, not pixels."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

from inkdigit.evaluation import plots
from inkdigit.evaluation.look import error_shares, mosaic, strongest, weight_scale
from inkdigit.evaluation.metrics import evaluate
from inkdigit.types import Epoch, Evaluation, Images, Labels, Probabilities

IMAGES: Images = np.random.default_rng(0).integers(0, 256, (60, 28, 28), np.uint8)
LABELS: Labels = (np.arange(60) % 10).astype(np.uint8)


def answers(*, wrong: int) -> Probabilities:
    given = LABELS.copy()
    given[:wrong] = (given[:wrong] + 1) % 10
    return np.asarray((np.eye(10, dtype=np.float32) * 0.8 + np.float32(0.02))[given])


def evaluation(*, wrong: int = 5) -> Evaluation:
    return evaluate(answers(wrong=wrong), LABELS, model="m", data="d")


def epochs(count: int, *, held_out: bool = True) -> list[Epoch]:
    loss, accuracy = (0.2, 0.9) if held_out else (None, None)
    return [Epoch(i + 1, 1 / (i + 1), 0.9, loss, accuracy, 0.001, 1.0) for i in range(count)]


def words(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def titles(figure: Figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in figure.axes]


def test_curves_show_loss_and_accuracy_of_both_parts() -> None:
    figure = plots.curves(epochs(4))
    assert titles(figure) == ["Loss", "Accuracy"]
    for axes in figure.axes:
        assert [line.get_label() for line in axes.lines] == ["training", "validation"]
        np.testing.assert_array_equal(axes.lines[0].get_xdata(), [1, 2, 3, 4])


def test_curves_without_validation_show_training_alone() -> None:
    assert [len(axes.lines) for axes in plots.curves(epochs(1, held_out=False)).axes] == [1, 1]


def test_names_of_lines_that_end_together_stand_apart() -> None:
    one_place = [Epoch(1, 1.0, 0.9, 1.0, 0.9, 0.001, 1.0), Epoch(2, 0.5, 0.9, 0.5, 0.9, 0.001, 1.0)]
    (axes,) = plots.curve(one_place, "loss").axes
    assert [text.get_text() for text in axes.texts] == ["training", "validation"]
    first, second = (text.get_position()[1] for text in axes.texts)
    assert first == 0
    assert second == pytest.approx(-plots.LINE_OF_TEXT)


def test_the_heatmap_colours_mistakes_only_and_writes_every_count() -> None:
    result = evaluation()
    (axes,) = plots.confusion_heatmap(result).axes
    colours = axes.images[0].get_array()
    assert colours is not None
    assert not np.asarray(colours).diagonal().any()
    assert len(axes.texts) == 100
    assert sum(int(text.get_text()) for text in axes.texts if text.get_text() != "·") == 60


def test_predictions_are_marked_by_a_sign_as_well() -> None:
    captions = words(plots.prediction_grid(IMAGES, LABELS, answers(wrong=5)))
    assert len(captions) == 60
    assert captions[0] == "1 ✗ is 0"
    assert captions[5] == "5 ✓"
    assert sum("✗" in caption for caption in captions) == 5


def test_the_gallery_tells_truth_answer_and_confidence() -> None:
    captions = words(plots.mistake_gallery(evaluation(wrong=7), IMAGES, most=6))
    assert len(captions) == 6
    assert captions[0] == "0 read as 1, 82 %"


@pytest.mark.parametrize("wrong", [0, 60])
def test_all_right_and_all_wrong_can_be_drawn(wrong: int) -> None:
    result = evaluation(wrong=wrong)
    for figure in (plots.confusion_heatmap(result), plots.mistake_gallery(result, IMAGES),
                   plots.reliability_diagram(result), plots.per_class(result)):  # fmt: skip
        figure.draw_without_rendering()


@pytest.mark.parametrize(("units", "shown"), [(1, 1), (10, 10), (128, 64)])
def test_the_first_layer_has_one_symmetric_scale(units: int, shown: int) -> None:
    weights = np.random.default_rng(0).normal(size=(units, 28, 28)).astype(np.float32)
    figure = plots.first_layer(weights)
    low, high = figure.axes[0].images[0].get_clim()
    assert low == -high < 0
    assert titles(figure) == [f"{shown} of {units} units of the first layer"]


def test_weights_that_are_all_zero_can_be_drawn() -> None:
    plots.first_layer(np.zeros((3, 28, 28), np.float32)).draw_without_rendering()


def test_the_reliability_diagram_has_a_dot_per_filled_bin() -> None:
    result = evaluation()
    (axes,) = plots.reliability_diagram(result).axes
    assert len(axes.collections[0].get_offsets()) == sum(row.n > 0 for row in result.reliability)  # type: ignore[arg-type]


def test_each_digit_has_its_recall_and_precision() -> None:
    (axes,) = plots.per_class(evaluation()).axes
    assert [len(dots.get_offsets()) for dots in axes.collections] == [10, 10]  # type: ignore[arg-type]


def test_no_window_and_no_global_figure() -> None:
    code = "import sys, inkdigit.evaluation.report; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_mosaic_keeps_every_image() -> None:
    picture = mosaic(IMAGES[:7], columns=3, gap=2, below=5)
    assert picture.shape == (3 * 35 - 2, 3 * 30 - 2)
    np.testing.assert_array_equal(picture[35:63, 30:58], IMAGES[4])
    assert picture.sum(dtype=np.int64) == IMAGES[:7].sum(dtype=np.int64)


def test_shares_leave_out_the_right_answers() -> None:
    confusion = np.diag(np.full(10, 8)).astype(np.int64)
    confusion[3, 5] = 2
    shares = error_shares(confusion)
    assert shares[3, 5] == 0.2
    assert shares.sum() == 0.2


def test_the_strongest_units_come_first() -> None:
    weights = np.ones((3, 28, 28), np.float32) * np.array([1, -3, 2], np.float32)[:, None, None]
    assert strongest(weights, most=2).tolist() == [1, 2]
    assert weight_scale(np.zeros((1, 28, 28))) == 1.0
