"""Where an export goes: a name for it, a refusal before any work, and the file or folder appearing whole.

In: the path a user gave, or none, and finished files. Out: nothing but files on the disk. Knows of a format only
whether it is a folder, and how its file ends.
"""

from pathlib import Path

from inkdigit.errors import CannotWrite, UsageError, printable
from inkdigit.files import make_folder, write_folder, write_whole
from inkdigit.models.source import stem_of

FOLDERS = ("tfjs", "site")
SITE = "inkdigit-site"


def default(source: Path | None, form: str, quantize: str | None) -> Path:
    """Name an export in the working directory.

    >>> default(Path("zoo/cnn.onnx"), "tfjs", "int8").name
    'cnn-int8-tfjs'
    """
    if source is None or form == "site":
        return Path(SITE)
    stem = stem_of(source) + (f"-{quantize}" if quantize else "")
    return Path(f"{stem}-tfjs" if form == "tfjs" else f"{stem}.{form}")


def check(place: Path, form: str, *, source: Path | None, force: bool) -> None:
    """Refuse before any work what would fail after it, or destroy the source.

    Raises:
        UsageError: The name has another ending than the format.
        CannotWrite: Something is there already.
    """
    if form not in FOLDERS and place.suffix != f".{form}":
        shown = printable(place, limit=60)
        raise UsageError("cannot write", "--out", f"expected a name that ends with .{form}, got {shown}")
    try:
        _check_free(place, form, source=source, force=force)
    except OSError as error:  # a name of 300 characters, or a folder that may not be looked into
        why = (error.strerror or str(error)).lower()
        raise CannotWrite("cannot write", place, why, hint="choose another name with --out") from error


def _check_free(place: Path, form: str, *, source: Path | None, force: bool) -> None:
    hint = "choose another name with --out"
    if not place.exists():
        if place.is_symlink():
            raise CannotWrite("cannot write", place, "is a link to nothing", hint=hint)
        return
    if source is not None and source.exists() and place.samefile(source):
        raise CannotWrite("cannot write", place, "is the model itself", hint=hint)
    if place.is_dir() != (form in FOLDERS):
        raise CannotWrite("cannot write", place, "is a folder" if place.is_dir() else "is no folder", hint=hint)
    if not force and (place.is_file() or any(place.iterdir())):
        raise CannotWrite("cannot write", place, "is already there", hint=f"{hint}, or add --force")


def put(files: dict[str, bytes], place: Path, form: str, *, force: bool) -> None:
    """Let an export appear under its name, whole; with `force` in the place of an older one.

    Raises:
        CannotWrite: It cannot be written; or `force`, and the folder that is there holds what no export writes.
    """
    if form not in FOLDERS:
        make_folder(place.parent)
        [content] = files.values()
        write_whole(place, content)
        return
    ours = {Path(name).parts[0] for name in files}
    if place.is_dir() and (others := sorted({path.name for path in place.iterdir()} - ours)):
        raise CannotWrite("cannot replace", place, f"holds what no export writes: {printable(others[0], limit=40)}",
                          hint="choose another name with --out")  # fmt: skip
    write_folder(place, files, replace=force)
