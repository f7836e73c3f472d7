"""Building, finding where to start, and putting the weights back. `test_train` holds the rest."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from jax import Array

from devices import PLAIN
from inkdigit.clock import Clock
from inkdigit.data.labelled import hold_out, labelled
from inkdigit.errors import Interrupted
from inkdigit.recipes import Recipe
from inkdigit.training import checkpoint
from inkdigit.training.control import Listener, StopRequest
from inkdigit.training.loop import first_state
from inkdigit.training.rundir import Config
from inkdigit.training.trainer import Trained, train_network
from inkdigit.types import Digits, LayerRow


class Said(Listener):
    def __init__(self) -> None:
        self.said: list[str] = []

    def begins(self, recipe: Recipe, layers: tuple[LayerRow, ...], train: Digits, validation: Digits | None) -> None:
        self.said.append(f"{len(train)} and {len(validation) if validation else 0}")

    def remark(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture(scope="module")
def digits(made_digits: Digits) -> Digits:
    return labelled(made_digits.images[:100], made_digits.labels[:100], name="made", part="train")


CONFIG = Config(Recipe("tiny", (8,), epochs=1), "made", "", validation=20, patience=0, seed=0)


def train(
    folder: Path, digits: Digits, config: Config = CONFIG, stop: StopRequest | None = None
) -> tuple[Trained, Said]:
    said = Said()
    trained = train_network(
        folder, config, digits, PLAIN, clock=Clock(), listener=said, observers=(), stop=stop or StopRequest()
    )
    return trained, said


def saved_weights(folder: Path, trained: Trained) -> list[Array]:
    like = first_state(trained.model, CONFIG.recipe)
    found = checkpoint.load(folder, like=like, on_fallback=lambda text: None)
    assert found is not None
    return found.state.weights


def test_the_model_gets_the_trained_weights(tmp_path: Path, digits: Digits) -> None:
    trained, said = train(tmp_path, digits)
    assert said.said == ["80 and 20"]
    assert trained.validation is not None
    assert np.array_equal(trained.validation.images, hold_out(digits, 20)[1].images)
    pairs = zip(trained.model.trainable_variables, saved_weights(tmp_path, trained), strict=True)
    assert all(np.array_equal(variable.value, weight) for variable, weight in pairs)


def test_nothing_is_held_out_where_that_was_asked_for(tmp_path: Path, digits: Digits) -> None:
    trained, said = train(tmp_path, digits, replace(CONFIG, validation=0))
    assert (trained.validation, said.said) == (None, ["100 and 0"])


def test_it_goes_on_where_it_was_stopped(tmp_path: Path, digits: Digits) -> None:
    stop = StopRequest()
    stop(2, None)
    with pytest.raises(Interrupted):
        train(tmp_path, digits, stop=stop)
    trained, said = train(tmp_path, digits)
    assert said.said[1] == "going on in epoch 1 after step 3 of 3"
    assert len(trained.epochs) == 1
