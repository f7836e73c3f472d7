"""Test accuracy and seconds of every recipe, over several seeds; and the record of trainings that is kept.

    python benchmarks/recipes.py [--recipes mlp-128,cnn-small] [--seeds 5] [--validation 0] [--append FILE]
    python benchmarks/recipes.py --runs runs/zoo-cnn runs/zoo-mlp --append docs/results/trainings.json
    python benchmarks/recipes.py --print docs/results/trainings.json

Trains on all 60,000 images unless --validation holds some out: the recipes are fixed, so nothing is
chosen here, and the figure is that of the last epoch. Prints one JSON object; about 25 minutes on
two cores for all small recipes and five seeds. With --runs nothing is trained: finished run directories are read.
--append adds a line for each training to a file of trainings, from which the results page takes what cannot be
measured again in minutes; a training that is there already, the same model to the bit, is not added twice.
"""

import argparse
import json
import re
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from inkdigit.errors import BadInput
from inkdigit.files import make_folder, read_regular, sha256, write_whole
from inkdigit.learning.train import train as learn
from inkdigit.recipes import RECIPES
from inkdigit.training import rundir
from machine import emit, progress, spread

LARGEST = 16 << 20
WITH_VALUE, WITHOUT = {"--run"}, {"--force", "--json", "--no-report", "--resume", "--tensorboard"}
"""Options that do not decide the weights, left out of the command that is kept."""

QUICK = ("mlp-128-sgd", "mlp-128", "mlp-128x2", "mlp-256x2", "mlp-512x2-dropout", "cnn-small", "mlp-quick", "cnn-quick")
"""The recipes that are trained when none is named; the others take from minutes to hours."""


@dataclass(frozen=True)
class Training:
    """One training, as it is kept.

    Args:
        recipe: Its name; "NAME, taught" if it learned from other models as well.
        seed: Of everything random.
        seconds: Of learning, with the compilation in it, without making or loading data.
        machine: Processor and cores.
        test_accuracy: On MNIST's test images, after the last epoch.
        command: What trains it again.
        sha256: Of the model file that it gave.
    """

    recipe: str
    seed: int
    seconds: float
    machine: str
    test_accuracy: float
    command: str
    sha256: str


def main() -> None:
    """Train, or read what was trained, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipes", default=",".join(QUICK))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--validation", type=int, default=0)
    parser.add_argument("--runs", type=Path, nargs="+", metavar="RUN", help="read finished runs instead")
    parser.add_argument("--append", type=Path, metavar="FILE")
    parser.add_argument("--print", type=Path, metavar="FILE", help="print the trainings that FILE holds, and stop")
    options = parser.parse_args()
    if options.print:
        print("\n".join(table(read(options.print))))
        return
    names = options.recipes.split(",")
    trainings = [training_of(folder) for folder in options.runs] if options.runs else []
    for name in [] if options.runs else names:
        trainings += train(name, seeds=options.seeds, validation=options.validation)
    if options.append:
        append(options.append, trainings)
    emit("recipes", [figures(name, group) for name, group in by_recipe(trainings)])


def train(name: str, *, seeds: int, validation: int) -> Iterator[Training]:
    """Train one recipe with the seeds 0, 1, ..."""
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            run = learn(name, run=Path(folder) / "run", seed=seed, validation=validation, report=False)
            command = f"inkdigit train {name} --seed {seed} --validation {validation}"
            training = training_of(run.folder, command=command)
        progress(f"{name} seed {seed}: {training.test_accuracy:.4f} in {training.seconds} s")
        yield training


def training_of(folder: Path, *, command: str = "") -> Training:
    """Read a finished run.

    Args:
        folder: Its directory.
        command: What trains it again; as the run itself says, if empty.

    Raises:
        BadInput: It is none, or not finished.
    """
    record = rundir.read_run(folder)
    if record.result is None:
        raise BadInput("cannot read run", folder, "its training did not finish", hint="resume it with --resume")
    began = json.loads(read_regular(folder / rundir.RUN, limit=LARGEST))
    parts = record.result["seconds"]
    # Of a run that was stopped and resumed, `fit` knows the last part alone; the epochs know all of it.
    learning = max(parts["fit"], sum(epoch.seconds for epoch in record.epochs))
    return Training(
        recipe=record.config.recipe.name + ", taught" * bool(record.config.teachers),
        seed=record.config.seed,
        seconds=round(parts["compile"] + learning, 2),
        machine=began["machine"],
        test_accuracy=record.result["test_accuracy"],
        command=command or command_of(began["command"]),
        sha256=sha256(read_regular(folder / rundir.MODEL, limit=1 << 30)),
    )


def command_of(words: Sequence[str]) -> str:
    """Return the command of a run without what does not decide its weights, and without folders of one machine.

    >>> command_of(["/home/me/bin/inkdigit", "train", "reader", "--run", "runs/a", "--seed", "3", "--force"])
    'inkdigit train reader --seed 3'
    """
    kept, rest = ["inkdigit"], iter(words[1:])
    for word in rest:
        if word in WITH_VALUE:
            next(rest, None)
        elif word not in WITHOUT and word.split("=")[0] not in WITH_VALUE:
            kept.append(Path(word).name if Path(word).is_absolute() else word)
    return shlex.join(kept)


def read(path: Path) -> list[Training]:
    """Read the trainings of a file; none where there is no file.

    Raises:
        BadInput: It is not as `append` writes it.
    """
    if not path.exists():
        return []
    try:
        return [Training(**entry) for entry in json.loads(read_regular(path, limit=LARGEST))]
    except (ValueError, TypeError) as error:
        raise BadInput("cannot read trainings", path, f"not in the form this program writes: {error}") from error


def append(path: Path, trainings: Sequence[Training]) -> None:
    """Add trainings to a file, a line each, in the order of recipe and seed; it is made if there is none."""
    known = read(path)
    seen = {training.sha256 for training in known}
    known += [training for training in trainings if training.sha256 not in seen]
    lines = [json.dumps(asdict(training)) for training in sorted(known, key=lambda one: (one.recipe, one.seed))]
    make_folder(path.parent)
    write_whole(path, "[\n  " + ",\n  ".join(lines) + "\n]\n" if lines else "[]\n")


def by_recipe(trainings: Sequence[Training]) -> Iterator[tuple[str, list[Training]]]:
    """Sort trainings by their recipe and options, whatever the seed, in the order in which these first come."""
    groups = dict[tuple[str, str], list[Training]]()
    for training in trainings:
        options = re.sub(r" --seed \d+", "", training.command)
        groups.setdefault((training.recipe, options), []).append(training)
    for (name, _), group in groups.items():
        yield name, group


def figures(name: str, trainings: Sequence[Training]) -> dict[str, object]:
    """Mean and spread over the seeds of one recipe."""
    recipe = RECIPES.get(name)
    return {
        "recipe": name,
        "published": recipe.published if recipe else "",
        "epochs": recipe.epochs if recipe else None,
        "machines": sorted({training.machine for training in trainings}),
        "test_accuracy": spread([training.test_accuracy for training in trainings]),
        "fit_seconds": spread([training.seconds for training in trainings]),
    }


def table(trainings: Sequence[Training]) -> Iterator[str]:
    """One line for each training, for people."""
    for one in trainings:
        accuracy, seconds = f"{100 * one.test_accuracy:.2f} %", f"{one.seconds:,.1f} s"
        yield f"{one.recipe:<20} seed {one.seed:<3} {accuracy:>8} {seconds:>12}  {one.machine}  {one.command}"


if __name__ == "__main__":
    main()
