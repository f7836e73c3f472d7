"""Where an export goes: a name for it, a refusal before any work, and the file or folder appearing whole.

In: the path a user gave, or none, and finished files. Out: nothing but files on the disk. Knows of a format only
whether it is a folder, and how its file ends.
"""

from pathlib import Path

from inkdigit.errors import CannotWrite, UsageError, printable
from inkdigit.files import make_folder, write_folder, write_whole

SITE = "inkdigit-site"


def stem_of(path: Path) -> str:
    """What a model is called: as its run directory, or as its file without the ending."""
    return path.resolve().name if path.is_dir() else path.stem


def default(source: Path | None, form: str, ending: str, quantize: str | None) -> Path:
    """Name an export in the working directory.

    Args:
        source: The model; None for the shipped ones.
        form: Name of the format.
        ending: How a file of it ends; "" where it is a folder.
        quantize: Name of smaller weights.

    >>> default(Path("zoo/cnn.onnx"), "tfjs", "", "int8").name
    'cnn-int8-tfjs'
    """
    if source is None or form == "site":
        return Path(SITE)
    return Path(f"{stem_of(source)}{f'-{quantize}' if quantize else ''}{ending or f'-{form}'}")


def check(place: Path, ending: str, *, source: Path | None, force: bool) -> None:
    """Refuse before any work what would fail after it, or destroy the source.

    Raises:
        UsageError: The name has another ending than the format.
        CannotWrite: Something is there already.
    """
    if ending and place.suffix != ending:
        shown = printable(place, limit=60)
        raise UsageError("cannot write", "--out", f"expected a name that ends with {ending}, got {shown}")
    try:
        _check_free(place, ending, source=source, force=force)
    except OSError as error:  # a name of 300 characters, or a folder that may not be looked into
        why = (error.strerror or str(error)).lower()
        raise CannotWrite("cannot write", place, why, hint="choose another name with --out") from error


def _check_free(place: Path, ending: str, *, source: Path | None, force: bool) -> None:
    hint = "choose another name with --out"
    if not place.exists():
        if place.is_symlink():
            raise CannotWrite("cannot write", place, "is a link to nothing", hint=hint)
        return
    if source is not None and source.exists() and place.samefile(source):
        raise CannotWrite("cannot write", place, "is the model itself", hint=hint)
    if place.is_dir() == bool(ending):
        raise CannotWrite("cannot write", place, "is a folder" if place.is_dir() else "is no folder", hint=hint)
    if not force and (place.is_file() or any(place.iterdir())):
        raise CannotWrite("cannot write", place, "is already there", hint=f"{hint}, or add --force")


def put(files: dict[str, bytes], place: Path, ending: str, *, force: bool) -> None:
    """Let an export appear under its name, whole; with `force` in the place of an older one.

    Raises:
        CannotWrite: It cannot be written; or `force`, and the folder that is there holds what no export writes.
    """
    if ending:
        make_folder(place.parent)
        [content] = files.values()
        write_whole(place, content)
        return
    ours = {Path(name).parts[0] for name in files}
    if place.is_dir() and (others := sorted({path.name for path in place.iterdir()} - ours)):
        raise CannotWrite("cannot replace", place, f"holds what no export writes: {printable(others[0], limit=40)}",
                          hint="choose another name with --out")  # fmt: skip
    write_folder(place, files, replace=force)
