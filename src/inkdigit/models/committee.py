"""Several models that answer as one: the mean of their probabilities, each at its own temperature.

In: models, as a user names them. Out: one `OpenModel`, which answers as each of its members would, and whose answers
need no further temperature. Does not know how any member was trained, nor whether they differ enough to be worth it.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from inkdigit.errors import UsageError
from inkdigit.evaluation.calibration import apply_temperature
from inkdigit.models import zoo
from inkdigit.models.open import OpenModel, open_model
from inkdigit.types import Images, Probabilities


def members(models: Sequence[Path | str]) -> tuple[Path, ...]:
    """Return where the models lie that a user names, "committee" standing for the shipped one.

    Args:
        models: Names of shipped models, files or run directories; at least one.

    Raises:
        UsageError: There is none, one is named twice, or it is no path and no shipped model.

    >>> [path.name for path in members(["mlp", "a.keras"])]
    ['mlp.onnx', 'a.keras']
    """
    paths = tuple(zoo.locate(model) for model in _spelled_out(models))
    if not paths:
        raise UsageError("nothing to evaluate", "", "no model is named")
    for i, path in enumerate(paths):
        if path in paths[:i]:
            raise UsageError("cannot average", called(path), "is named twice", hint="name each model once")
    return paths


def open_models(paths: Sequence[Path]) -> OpenModel:
    """Open one model as it is, or several as a committee.

    Args:
        paths: Files or run directories, at least one.

    Raises:
        BadInput: One of them is missing, no model, of the wrong shape, or has code inside.
    """
    opened = [open_model(path) for path in paths]
    if len(opened) == 1:
        return opened[0]

    def predict(images: Images) -> Probabilities:
        return averaged([apply_temperature(model.predict(images), model.temperature) for model in opened])

    name = f"committee of {len(opened)}: {', '.join(map(called, paths))}"
    return OpenModel(name, predict, 1.0, sum(model.parameters for model in opened), None)


def averaged(answers: Sequence[Probabilities]) -> Probabilities:
    """Return the mean of what several models answer to the same images.

    Args:
        answers: Calibrated probabilities, (n, 10) each; at least one array.

    >>> averaged([np.eye(10, dtype=np.float32)[:1], np.eye(10, dtype=np.float32)[1:2]])[0, :3].tolist()
    [0.5, 0.5, 0.0]
    """
    total = np.zeros(answers[0].shape, np.float64)
    for answer in answers:
        total += answer
    return np.asarray(total / len(answers), np.float32)


def called(path: Path) -> str:
    """Return what a member is called: its shipped name, its run directory's, or its file's.

    >>> called(Path("runs/mlp-128-1")), called(Path("notebook.keras")), called(zoo.path_of("mlp"))
    ('mlp-128-1', 'notebook.keras', 'mlp')
    """
    if path.parent == zoo.HERE:
        return path.stem
    return path.name or path.resolve().name


def _spelled_out(models: Sequence[Path | str]) -> Iterator[Path | str]:
    """Put the members in the place of the committee's name, where one is shipped."""
    for model in models:
        if str(model) == zoo.COMMITTEE_NAME and zoo.COMMITTEE:
            yield from zoo.COMMITTEE
        else:
            yield model
