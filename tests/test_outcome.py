"""The end of a training in small: facts, first images, calibration. `test_learner` holds the whole."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from inkdigit import learner, outcome
from inkdigit.data.labelled import digest
from inkdigit.evaluation.models import open_model
from inkdigit.recipes import Recipe, find
from inkdigit.training.run import Config
from inkdigit.types import Digits


def test_the_first_images_carry_their_own_digest(made_digits: Digits) -> None:
    first = outcome.first_images(made_digits, 7)
    assert len(first) == 7
    assert first.sha256 == digest(made_digits.images[:7], made_digits.labels[:7])
    assert len(outcome.first_images(made_digits, 10**6)) == 600


def test_the_facts_name_what_was_used_and_nothing_else() -> None:
    config = Config(find("mlp-128x2"), "mnist", "ab" * 32, 5_000, 0, 7)
    facts = outcome.facts_of(config, 118_282)
    assert facts["network"] == "784 → 128 → 128 → 10"
    assert (facts["weights"], facts["L2"], facts["seed"]) == ("118,282", "0.002", "7")
    assert not {"dropout", "augmentation"} & facts.keys()
    convolutional = outcome.facts_of(replace(config, recipe=find("cnn-small")), 34_826)
    assert convolutional["network"] == "784 → conv 32 → conv 64 → 10"
    assert convolutional["dropout"] == "0.5"


def test_only_what_was_held_out_calibrates(small_npz: Path, tmp_path: Path) -> None:
    """Without held-out images the card says so, and changes no probability."""
    recipe = Recipe("tiny", (8,), epochs=1)
    runs = [
        learner.train(recipe, data=str(small_npz), run=tmp_path / str(n), validation=n, report=False) for n in (0, 60)
    ]
    temperatures = [open_model(run.folder).temperature for run in runs]
    assert temperatures[0] == 1.0 != temperatures[1]
    assert all(np.isfinite(temperatures))
