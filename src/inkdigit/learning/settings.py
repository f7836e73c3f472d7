"""What a training is to be: what was asked for, filled in from the run that is resumed or with the defaults.

In: options as they were given, and the digits. Out: a `Config` that says everything, and which of the digits are
learned from; or an error that names the option. Knows nothing of how a network is trained.
"""

from pathlib import Path

from inkdigit.errors import UsageError
from inkdigit.recipes import Recipe, find
from inkdigit.training import rundir
from inkdigit.training.rundir import Config, RunRecord
from inkdigit.types import Digits

VALIDATION = 5_000
"""Images that are held out unless it is said otherwise; at most a tenth of them."""

LARGEST_SEED = 2**31 - 1


def check_options(
    run: Path | str | None, *, seed: int | None, validation: int | None, patience: int | None, resume: bool
) -> None:
    """Refuse what can be refused before anything is read.

    Raises:
        UsageError: A number is out of its range, or no run is named that could be resumed.
    """
    if resume and run is None:
        raise UsageError("cannot resume", "--resume", "which run?", hint="name its directory with --run")
    for name, value, most in (
        ("--seed", seed, LARGEST_SEED), ("--validation", validation, 10_000_000), ("--patience", patience, 100_000),
    ):  # fmt: skip
        if value is not None and not 0 <= value <= most:
            raise UsageError("value out of range", name, f"got {value}", hint=f"give a whole number from 0 to {most:,}")


def choose_recipe(recipe: str | Recipe | None, record: RunRecord | None) -> Recipe:
    """Return the recipe that was asked for, that of the run to resume, or "mlp-128"."""
    if recipe is None:
        return record.config.recipe if record else find("mlp-128")
    return find(recipe) if isinstance(recipe, str) else recipe


def learnable(recipe: Recipe, digits: Digits) -> Digits:
    """Return what this network can learn from: what is no digit serves only one that can reject, which needs it.

    Raises:
        UsageError: It has a reject class, and there is nothing to reject.
    """
    if digits.are_digits.all():
        if recipe.reject_class:
            raise UsageError("nothing to refuse", digits.name, f"{recipe.name} has an output for what is no digit",
                             hint="train it on --data degraded")  # fmt: skip
        return digits
    return digits if recipe.reject_class else digits.take(digits.are_digits)


def fill_in(
    recipe: Recipe,
    digits: Digits,
    record: RunRecord | None,
    *,
    own: Digits | None = None,
    has_test: bool = True,
    seed: int | None,
    validation: int | None,
    patience: int | None,
    teachers: tuple[str, ...],
    calibration: Path | str | None,
) -> Config:
    """Fill in what was not given, from the run that is resumed or with the defaults.

    Args:
        recipe: What is trained.
        digits: What it learns from, held-out images included.
        record: The run that is resumed, or None.
        own: The validation part that the data has itself.
        has_test: Whether it has a test part; without one, images are held out to be measured.
        seed: As given to `train`, likewise `validation` and `patience`.
        validation: See `seed`.
        patience: See `seed`.
        teachers: The SHA-256 of each.
        calibration: A model whose temperature and threshold are taken over, or None.

    Raises:
        UsageError: The calibration cannot be taken over, or there is nothing to measure the network on.
        BadInput: Its model cannot be opened.
    """
    usual = len(own) if own is not None else _held_out(digits, has_test=has_test)
    default = record.config if record else Config(recipe, digits.name, "", usual, 0, 0)
    held_out = default.validation if validation is None else validation
    _check_held_out(digits, own, held_out, has_test=has_test)
    return Config(
        recipe=recipe,
        data=digits.name,
        data_sha256=digits.sha256,
        validation=held_out,
        patience=default.patience if patience is None else patience,
        seed=default.seed if seed is None else seed,
        teachers=teachers,
        calibration=default.calibration if calibration is None else _taken(calibration, recipe, held_out),
        split="own" if own is not None else "last" if digits.reserved else "drawn",
    )


def begin(folder: Path, config: Config, record: RunRecord | None, *, machine: str) -> None:
    """Write `run.json`, or hold the configuration against the one that the resumed run began with.

    Raises:
        UsageError: The two differ, or the training is to stop early and nothing is held out.
        CannotWrite: `run.json` cannot be written.
    """
    if config.patience and not config.validation:
        raise UsageError("cannot stop early", "--patience", "nothing is held out", hint="give --validation as well")
    if record is None:
        rundir.begin(folder, config, machine=machine)
    elif record.config.teachers != config.teachers:
        began = "with other teachers" if record.config.teachers else "without a teacher"
        raise UsageError("cannot resume", folder, f"it was begun {began}",
                         hint="give --teacher as it was given then, or train anew with --force")  # fmt: skip
    elif different := record.config.differences(config):
        raise UsageError("cannot resume", folder, f"it was begun with other settings ({'; '.join(different)})",
                         hint="leave these options out, or train anew with --force")  # fmt: skip


def _held_out(digits: Digits, *, has_test: bool) -> int:
    """How many images are held out by default: where some are reserved for it, these."""
    least = 0 if has_test else min(1, len(digits) - 1)
    return digits.reserved or max(least, min(VALIDATION, len(digits) // 10))


def _check_held_out(digits: Digits, own: Digits | None, held_out: int, *, has_test: bool) -> None:
    """Refuse, before the first step, a training that could not be measured in the end."""
    if own is not None and held_out not in {0, len(own)}:
        raise UsageError("cannot hold out images", "--validation", f"the data has {len(own):,} held-out images itself",
                         hint="leave --validation out, or give 0 to learn without them")  # fmt: skip
    if not held_out and not has_test and own is None:
        raise UsageError("nothing to measure on", digits.name, "it has no test part, and no image is held out",
                         hint="give --validation N, and N images are held out")  # fmt: skip


def _taken(calibration: Path | str, recipe: Recipe, held_out: int) -> tuple[float, float]:
    """The temperature and threshold of that model, which a network with held-out images would find by itself."""
    from inkdigit.learning.teach import calibration_of

    if held_out:
        raise UsageError("cannot take a calibration", calibration, "images are held out to find this network's own",
                         hint="give --validation 0 as well")  # fmt: skip
    return calibration_of(calibration, recipe)
