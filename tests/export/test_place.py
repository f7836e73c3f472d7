"""An export appears whole under a telling name, or nothing changes; nobody's files are lost."""

import errno
import os
from pathlib import Path

import pytest

from faults import Disk
from inkdigit.errors import CannotWrite, InkdigitError, UsageError
from inkdigit.export import place
from inkdigit.export.formats import FORMATS

FILES = {"model.json": b"{}", "group1-shard1of1.bin": b"\0" * 40}
SITE = {"index.html": b"<!doctype html>", "models/index.json": b"{}", "models/cnn/model.json": b"{}"}


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("source", "form", "quantize", "name"),
    [
        ("zoo/cnn.onnx", "onnx", None, "cnn.onnx"),
        ("zoo/cnn.onnx", "onnx", "int8", "cnn-int8.onnx"),
        ("zoo/cnn.onnx", "tfjs", None, "cnn-tfjs"),
        ("my model.keras", "h5", None, "my model.h5"),
        ("cnn.onnx", "site", None, "inkdigit-site"),
        (None, "site", "int8", "inkdigit-site"),
    ],
)
def test_a_name_by_default(source: str | None, form: str, quantize: str | None, name: str) -> None:
    assert place.default(Path(source) if source else None, form, FORMATS[form].ending, quantize) == Path(name)


def test_a_run_gives_its_name(tmp_path: Path) -> None:
    (tmp_path / "runs" / "mlp-128-1").mkdir(parents=True)
    assert place.default(tmp_path / "runs" / "mlp-128-1", "tfjs", "", None) == Path("mlp-128-1-tfjs")


@pytest.mark.parametrize(
    ("name", "form", "why"),
    [
        ("folder", "tfjs", "folder: is already there; choose another name with --out, or add --force"),
        ("file.onnx", "onnx", r"file.onnx: is already there"),
        ("file.onnx", "tfjs", "file.onnx: is no folder"),
        ("folder.onnx", "onnx", "folder.onnx: is a folder"),
        ("source.onnx", "onnx", "source.onnx: is the model itself"),
        ("link.onnx", "onnx", "link.onnx: is the model itself"),
        ("dangling.onnx", "onnx", "dangling.onnx: is a link to nothing"),
        ("x" * 300 + ".onnx", "onnx", "file name too long"),
        ("file.onnx/below", "tfjs", "file.onnx: file exists"),
    ],
)
def test_a_place_that_is_taken_is_refused_before_any_work(tmp_path: Path, name: str, form: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine.txt").touch()
    (tmp_path / "folder.onnx").mkdir()
    (tmp_path / "file.onnx").touch()
    (tmp_path / "source.onnx").touch()
    (tmp_path / "link.onnx").symlink_to("source.onnx")
    (tmp_path / "dangling.onnx").symlink_to("nowhere")

    def check_and_put() -> None:
        place.check(tmp_path / name, FORMATS[form].ending, source=tmp_path / "source.onnx", force=False)
        place.put(FILES, tmp_path / name, FORMATS[form].ending, force=False)

    with pytest.raises(CannotWrite, match=why):
        check_and_put()


@pytest.mark.parametrize(("name", "form"), [("a.txt", "onnx"), ("a", "keras"), ("a.keras", "h5"), ("a.ONNX", "onnx")])
def test_another_ending_is_refused(name: str, form: str) -> None:
    with pytest.raises(UsageError, match=rf"--out: expected a name that ends with \.{form}, got {name}"):
        place.check(Path(name), FORMATS[form].ending, source=None, force=True)


def test_force_lets_everything_pass_but_the_source(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").touch()
    place.check(tmp_path / "a.onnx", ".onnx", source=None, force=True)
    with pytest.raises(CannotWrite, match="is the model itself"):
        place.check(tmp_path / "a.onnx", ".onnx", source=tmp_path / "a.onnx", force=True)


def test_a_folder_appears_with_all_its_files_and_nothing_else(tmp_path: Path) -> None:
    place.put(SITE, tmp_path / "new" / "site", "", force=False)
    assert tree(tmp_path) == {f"new/site/{name}": content for name, content in SITE.items()}
    assert (tmp_path / "new" / "site").stat().st_mode & 0o777 == 0o777 & ~_umask()


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def test_an_empty_folder_is_free(tmp_path: Path) -> None:
    place.check(tmp_path, "", source=None, force=False)
    (tmp_path / "out").mkdir()
    place.put(FILES, tmp_path / "out", "", force=False)
    assert tree(tmp_path / "out") == FILES


def test_force_replaces_an_older_export(tmp_path: Path) -> None:
    out = tmp_path / "site"
    place.put({**SITE, "models/old/model.json": b"{}"}, out, "", force=False)
    place.put(SITE, out, "", force=True)
    assert tree(tmp_path) == {f"site/{name}": content for name, content in SITE.items()}
    place.put({"a.onnx": b"1"}, tmp_path / "a.onnx", ".onnx", force=False)
    place.put({"a.onnx": b"2"}, tmp_path / "a.onnx", ".onnx", force=True)
    assert (tmp_path / "a.onnx").read_bytes() == b"2"


def test_force_never_replaces_a_folder_with_other_files_in_it(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    (tmp_path / "model.json").write_text("mine")
    with pytest.raises(CannotWrite, match=r"holds what no export writes: thesis\.tex"):
        place.put(FILES, tmp_path, "", force=True)
    assert set(tree(tmp_path)) == {"thesis.tex", "model.json"}


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("older", [False, True])
def test_a_disk_that_fails_at_any_call_leaves_what_was_there(tmp_path: Path, error: int, older: bool) -> None:
    out = tmp_path / "tfjs"
    before = {"tfjs/model.json": b"old"} if older else {}
    if older:
        out.mkdir()
        (out / "model.json").write_bytes(b"old")
    counted = Disk()
    with counted.failing():
        place.put(FILES, tmp_path / "counted", "", force=older)
    (tmp_path / "counted").rename(tmp_path.parent / f"{tmp_path.name}-counted")
    for call in range(1, len(counted.calls)):  # the last makes the rename itself last
        disk = Disk(call, OSError(error, os.strerror(error)))
        with disk.failing(), pytest.raises(InkdigitError, match=os.strerror(error).lower()) as caught:
            place.put(FILES, out, "", force=older)
        assert caught.value.exit_code == 4
        assert tree(tmp_path) == before, counted.calls[call - 1]


def test_a_place_that_may_not_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *args: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "mkdir", refuse)
    for form, files in (("onnx", {"a.onnx": b""}), ("tfjs", FILES)):
        with pytest.raises(CannotWrite, match="permission denied"):
            place.put(files, tmp_path / "no" / "way.onnx", form, force=False)
