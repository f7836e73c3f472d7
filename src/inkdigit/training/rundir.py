"""The run directory: what was trained, how, and how it went; each file appears whole.

    run.json                what is trained: recipe, data with its digest, seed, versions, machine, command, times
    metrics.jsonl           a line per epoch
    checkpoint.safetensors  the newest state (and checkpoint.previous.safetensors)
    model.keras  model.h5  model.onnx
    report/                 report.html, pictures, evaluation.json
    tensorboard/            events, where asked for
    DONE                    written last: the result

In: a folder that a user named, or none. Out: the folder, held by this process alone; its records. Knows nothing of
networks or of how they are trained.
"""

import contextlib
import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from inkdigit.clock import utc_now
from inkdigit.errors import BadInput, CannotWrite, UsageError
from inkdigit.files import cannot_write, make_folder, only_user_of, read_regular, write_whole
from inkdigit.recipes import Recipe
from inkdigit.types import Epoch
from inkdigit.version import __version__

RUN, METRICS, DONE, MODEL, REPORT, TENSORBOARD = (
    "run.json", "metrics.jsonl", "DONE", "model.onnx", "report", "tensorboard",
)  # fmt: skip
CHECKPOINT, PREVIOUS = "checkpoint.safetensors", "checkpoint.previous.safetensors"
FILES = {RUN, METRICS, DONE, MODEL, CHECKPOINT, PREVIOUS, "model.keras", "model.h5"}
LARGEST_RECORD = 64 << 20  # bytes


@dataclass(frozen=True)
class Config:
    """What decides the weights of a run, bit for bit, on one machine.

    Args:
        recipe: The network and its training.
        data: The name or the path of the data, with its digest.
        data_sha256: See `data`.
        validation: How many images are held out.
        patience: See `inkdigit.train`.
        seed: See `inkdigit.train`.
        teachers: The SHA-256 of each model file that taught.
        calibration: Temperature and threshold of another model, where no image is held out to find them on.
        split: Which images are held out: the "last", as in data of old, those "drawn", or the data's "own" part.
    """

    recipe: Recipe
    data: str
    data_sha256: str
    validation: int
    patience: int
    seed: int
    teachers: tuple[str, ...] = ()
    calibration: tuple[float, float] | None = None
    split: str = "last"

    def differences(self, other: "Config") -> list[str]:
        """Name the fields in which two configurations differ, with both values."""
        mine, theirs = _flat(asdict(self)), _flat(asdict(other))
        return [f"{key}: {mine[key]} there, {theirs[key]} asked for" for key in mine if mine[key] != theirs[key]]


@dataclass(frozen=True)
class RunRecord:
    """A run as its directory tells it; `result` is None until the run is done."""

    folder: Path
    config: Config
    started: str
    machine: str
    epochs: tuple[Epoch, ...]
    result: Mapping[str, Any] | None


@contextlib.contextmanager
def claimed(run: Path | str | None, name: str, *, resume: bool, force: bool) -> Iterator[Path]:
    """Hold the run directory; one that holds another training is refused, one left empty is removed again."""
    folder = Path(run) if run is not None else new_folder(Path("runs"), name)
    make_folder(folder)
    with only_user_of(folder):
        try:
            _sweep(folder)
            if not resume:
                _clear(folder, force=force)
            yield folder
        finally:
            _leave(folder)


def _sweep(folder: Path) -> None:
    """Remove the half-written files, and the folders they were made in, that a killed process left."""
    for name in FILES:
        for draft in folder.glob(f".{name}.*"):
            if draft.is_dir():
                shutil.rmtree(draft)
            elif draft.suffix == ".part":
                draft.unlink()


def _leave(folder: Path) -> None:
    """Remove the folder again if nothing was written; while it is held, or another process would lose it."""
    with contextlib.suppress(OSError):
        if {path.name for path in folder.iterdir()} <= {".lock"}:
            (folder / ".lock").unlink(missing_ok=True)
            folder.rmdir()


def _clear(folder: Path, *, force: bool) -> None:
    """Make room for a new training: with `force` the files of the old one go, everything else stays."""
    there = {path.name for path in folder.iterdir()} - {".lock"}
    if not there:
        return
    if RUN not in there:
        raise CannotWrite("not a run directory", folder, "it holds other files", hint="choose a new folder with --run")
    if not force:
        raise CannotWrite("already holds a training", folder, hint="go on with --resume, or replace it with --force")
    for path in folder.iterdir():
        if path.name in {REPORT, TENSORBOARD}:
            shutil.rmtree(path)
        elif path.name in FILES:
            path.unlink()


def new_folder(parent: Path, name: str) -> Path:
    """Make the first of `parent/name-1`, `parent/name-2`, ... that does not exist; two processes get two.

    Raises:
        CannotWrite: `parent` cannot be made or written to.
    """
    make_folder(parent)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "", name) or "run"
    for number in range(1, 100_000):
        folder = parent / f"{stem}-{number}"
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise cannot_write(folder, error) from error
        return folder
    raise CannotWrite("cannot make a run directory", parent, "it holds too many", hint="give one with --run")


def begin(folder: Path, config: Config, *, machine: str) -> None:
    """Write `run.json`: the configuration, and the circumstances that do not decide the weights."""
    record = {
        "config": asdict(config),
        "started": utc_now(),
        "command": sys.argv,
        "machine": machine,
        "versions": versions(),
    }
    write_whole(folder / RUN, json.dumps(record, indent=2) + "\n")


def finish(folder: Path, result: Mapping[str, object]) -> None:
    """Write `DONE`, the last file of a run, with its result."""
    write_whole(folder / DONE, json.dumps({"finished": utc_now(), **result}, indent=2) + "\n")


def append_epoch(folder: Path, epoch: Epoch) -> None:
    """Add a line to `metrics.jsonl` and flush it to the disk.

    Raises:
        CannotWrite: The line did not reach the disk.
    """
    path = folder / METRICS
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(epoch)) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise cannot_write(path, error) from error


def keep_epochs(folder: Path, last: int) -> tuple[Epoch, ...]:
    """Cut `metrics.jsonl` back to the epochs up to `last`, a torn last line included, and return them."""
    epochs = tuple(epoch for epoch in read_epochs(folder) if epoch.epoch <= last)
    write_whole(folder / METRICS, "".join(json.dumps(asdict(epoch)) + "\n" for epoch in epochs))
    return epochs


def read_epochs(folder: Path) -> tuple[Epoch, ...]:
    """Read `metrics.jsonl` as far as its lines are whole; () where there is none."""
    path = folder / METRICS
    if not path.exists():
        return ()
    lines = read_regular(path, limit=LARGEST_RECORD, what="cannot read metrics").decode(errors="replace").splitlines()
    return tuple(_parse_epochs(lines))


def _parse_epochs(lines: list[str]) -> Iterator[Epoch]:
    for line in lines:
        try:
            yield Epoch(**json.loads(line))
        except (ValueError, TypeError, RecursionError):
            return


def read_run(folder: Path) -> RunRecord:
    """Read a run directory.

    Raises:
        BadInput: It is none, or its `run.json` is damaged or made by a version with other fields.
    """
    content = _read_json(folder / RUN)
    try:
        config = dict(content["config"])
        recipe = dict(config.pop("recipe"))
        blocks = tuple(tuple(block) for block in recipe["convolutions"])
        recipe |= {"hidden": tuple(recipe["hidden"]), "convolutions": blocks}
        config["teachers"] = tuple(config.get("teachers", ()))
        if config.get("calibration") is not None:
            temperature, threshold = config["calibration"]
            config["calibration"] = float(temperature), float(threshold)
        made = Config(recipe=Recipe(**recipe), **config)
        started, machine = str(content["started"]), str(content["machine"])
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise BadInput("cannot read run", folder / RUN, f"{type(error).__name__}: {error}",
                       hint="it was made by another version or was edited") from error  # fmt: skip
    done = _read_json(folder / DONE) if (folder / DONE).exists() else None
    return RunRecord(folder, made, started, machine, read_epochs(folder), done)


def list_runs(parent: Path) -> Iterator[RunRecord | BadInput]:
    """Yield every run directly below `parent`, in order of name; for a damaged one, what is wrong with it.

    Raises:
        BadInput: `parent` is no folder.
    """
    if not parent.is_dir():
        raise BadInput("no runs", parent, "is not a folder", hint='train one with "inkdigit train"')
    for folder in sorted(parent.iterdir()):
        if (folder / RUN).is_file():
            try:
                yield read_run(folder)
            except BadInput as error:
                yield error


def versions() -> dict[str, str]:
    """The versions of everything that takes part in a training."""
    found = {"python": platform.python_version(), "inkdigit": __version__}
    for package in ("jax", "jaxlib", "keras", "numpy", "onnx", "onnxruntime"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _read_json(path: Path) -> dict[str, Any]:
    text = read_regular(path, limit=LARGEST_RECORD, what="not a run directory")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput("cannot read run", path, "is not valid JSON") from error
    if not isinstance(value, dict):
        raise BadInput("cannot read run", path, "is not a JSON object")
    return value


def _flat(value: Mapping[str, Any]) -> dict[str, Any]:
    recipe = value["recipe"]
    return {**{key: v for key, v in value.items() if key != "recipe"}, **recipe}
