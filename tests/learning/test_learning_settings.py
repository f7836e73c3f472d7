"""What a training is to be: options in their ranges, what was not given filled in, what can be learned."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inkdigit.errors import UsageError
from inkdigit.learning.settings import LARGEST_SEED, VALIDATION, check_options, choose_recipe, fill_in, learnable
from inkdigit.recipes import Recipe, find
from inkdigit.training.rundir import Config, RunRecord
from inkdigit.types import NO_DIGIT, Digits

TEN, ELEVEN = Recipe("ten", (4,)), Recipe("eleven", (4,), reject_class=True)
NOTHING: dict[str, Any] = {"seed": None, "validation": None, "patience": None, "teachers": (), "calibration": None}


def made(n: int, *, every_third_none: bool = False, reserved: int = 0) -> Digits:
    labels = (np.arange(n) % 10).astype(np.uint8)
    if every_third_none:
        labels[::3] = NO_DIGIT
    return Digits(np.zeros((n, 28, 28), np.uint8), labels, "made", "train", reserved=reserved)


def record(recipe: Recipe = TEN) -> RunRecord:
    began = Config(recipe, "made", "ab", 7, 3, 5, teachers=("cd",), calibration=(1.5, 0.9))
    return RunRecord(Path("run"), began, "now", "a machine", (), None)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"seed": LARGEST_SEED + 1}, "--seed: got 2147483648"),
        ({"validation": -1}, "--validation: got -1"),
        ({"patience": 100_001}, "--patience: got 100001"),
        ({"resume": True}, "which run?"),
    ],
)
def test_what_is_refused_before_anything_is_read(options: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        check_options(None, **({"seed": None, "validation": None, "patience": None, "resume": False} | options))


def test_the_ends_of_the_ranges_are_inside() -> None:
    check_options("run", seed=LARGEST_SEED, validation=10_000_000, patience=0, resume=True)


def test_a_recipe_is_the_one_asked_for_the_one_that_began_or_the_classic() -> None:
    assert choose_recipe("mlp-quick", record()) is find("mlp-quick")
    assert choose_recipe(ELEVEN, None) is ELEVEN
    assert choose_recipe(None, record(ELEVEN)) is ELEVEN
    assert choose_recipe(None, None) is find("mlp-128")


def test_what_is_no_digit_is_learned_by_a_network_that_can_reject_and_by_no_other() -> None:
    digits = made(30, every_third_none=True, reserved=6)
    assert learnable(ELEVEN, digits) is digits
    assert learnable(TEN, made(9)).labels.tolist() == list(range(9))
    kept = learnable(TEN, digits)
    assert (len(kept), kept.reserved) == (20, 4)
    assert kept.are_digits.all()
    assert kept.sha256 != digits.sha256
    with pytest.raises(UsageError, match=r"nothing to refuse: made: eleven has an output .*--data degraded"):
        learnable(ELEVEN, made(9))


@pytest.mark.parametrize(
    ("digits", "expected"),
    [(made(100), 10), (made(9), 0), (made(60_000), VALIDATION), (made(100, reserved=17), 17)],
    ids=["a tenth", "too few", "at most", "the reserved ones"],
)
def test_how_much_is_held_out_where_nobody_says(digits: Digits, expected: int) -> None:
    config = fill_in(TEN, digits, None, **NOTHING)
    split = "last" if digits.reserved else "drawn"
    assert config == Config(TEN, "made", digits.sha256, expected, 0, 0, split=split)


def test_data_without_a_test_part_holds_out_one_image_at_least() -> None:
    assert fill_in(TEN, made(9), None, **(NOTHING | {"has_test": False})).validation == 1
    with pytest.raises(UsageError, match="nothing to measure on: made: it has no test part, and no image is held out"):
        fill_in(TEN, made(100), None, **(NOTHING | {"has_test": False, "validation": 0}))


def test_what_the_data_holds_out_itself_is_held_out() -> None:
    own = made(7).take(slice(None), part="validation")
    config = fill_in(TEN, made(100), None, **(NOTHING | {"own": own, "has_test": False}))
    assert (config.validation, config.split) == (7, "own")
    assert fill_in(TEN, made(100), None, **(NOTHING | {"own": own, "validation": 0})).validation == 0
    with pytest.raises(UsageError, match="--validation: the data has 7 held-out images itself"):
        fill_in(TEN, made(100), None, **(NOTHING | {"own": own, "validation": 8}))


def test_a_run_that_held_out_others_is_not_gone_on_with() -> None:
    now = fill_in(TEN, made(100), None, **NOTHING)
    assert replace(now, split="last").differences(now) == ["split: last there, drawn asked for"]


def test_what_is_not_given_is_what_the_resumed_run_began_with() -> None:
    config = fill_in(TEN, made(100), record(), **(NOTHING | {"seed": 6, "teachers": ("cd",)}))
    assert (config.validation, config.patience, config.seed, config.calibration) == (7, 3, 6, (1.5, 0.9))
