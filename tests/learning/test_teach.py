"""Which models may teach, and that a taught training is known again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inkdigit.errors import BadInput, UsageError
from inkdigit.learning.teach import open_teachers
from inkdigit.learning.train import train
from inkdigit.recipes import Recipe
from inkdigit.training.rundir import read_run

TINY = Recipe("tiny", (4,), batch_size=50, epochs=1)
REFUSING = replace(TINY, reject_class=True)


@pytest.fixture(scope="module")
def teacher(small_npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("teacher") / "run"
    train(replace(TINY, hidden=(7,)), data=str(small_npz), run=folder, report=False)
    return folder


def test_a_run_and_its_file_are_the_same_teacher(teacher: Path) -> None:
    of_run, of_file = open_teachers([teacher, teacher / "model.onnx"], TINY)
    assert of_run.sha256 == of_file.sha256
    ink = np.random.default_rng(0).random((5, 28, 28), np.float32)
    np.testing.assert_allclose(np.asarray(of_run.network(ink)), np.asarray(of_file.network(ink)), atol=1e-6)


def test_a_shipped_model_teaches_what_refuses_too() -> None:
    (shipped,) = open_teachers(["mlp"], REFUSING)
    assert shipped.network.outputs[0].shape[-1] == 11


def test_a_teacher_of_other_classes_is_refused(teacher: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot teach: .*: it has 10 outputs, and tiny has 11"):
        open_teachers([teacher], REFUSING)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot open model"):
        open_teachers([tmp_path / "none.onnx"], TINY)


@pytest.mark.long
def test_a_taught_run_says_so_and_is_resumed_with_its_teachers_only(
    teacher: Path, small_npz: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "pupil"
    train(TINY, data=str(small_npz), run=folder, report=False, teachers=[teacher])
    (digest,) = read_run(folder).config.teachers
    assert digest == open_teachers([teacher], TINY)[0].sha256
    with pytest.raises(UsageError, match=r"cannot resume: .*: it was begun with other teachers"):
        train(run=folder, resume=True, report=False)
    train(run=folder, resume=True, report=False, teachers=[teacher])
