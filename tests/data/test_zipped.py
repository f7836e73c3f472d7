import contextlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inkdigit.data import collection, folder, source, tree, zipped
from inkdigit.data.labelled import PARTS, Part
from inkdigit.data.strokes import draw
from inkdigit.errors import BadInput


def picture(digit: int, seed: int) -> bytes:
    ink = np.pad(draw(digit, random=np.random.default_rng(seed)), 20)
    file = io.BytesIO()
    Image.fromarray(np.rint(255 - 255 * ink).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def archive(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as zipped_files:
        for name, data in files.items():
            zipped_files.writestr(name, data)
    return content.getvalue()


DRAWINGS = {f"{digit}/{number}.png": picture(digit, number) for digit in (0, 4, 9) for number in range(12)}


@pytest.mark.parametrize("part", ["train", "test"])
def test_an_archive_holds_what_the_folder_holds_that_it_was_made_of(tmp_path: Path, part: Part) -> None:
    for name, data in DRAWINGS.items():
        (tmp_path / "digits" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "digits" / name).write_bytes(data)
    (tmp_path / "digits.zip").write_bytes(archive(DRAWINGS))
    theirs = folder.load(tmp_path / "digits", [part])[part]
    ours = source.load(str(tmp_path / "digits.zip"), part=part)
    assert np.array_equal(ours.images, theirs.images)
    assert np.array_equal(ours.labels, theirs.labels)


def test_folders_may_lie_in_a_folder_and_other_files_are_named_and_left_out(tmp_path: Path) -> None:
    strangers = {"readme.txt": b"hello", "digits/x/1.png": b"", "digits/4/broken.png": b"no picture"}
    hidden = {"__MACOSX/digits/4/._1.png": b"", "digits/4/.DS_Store": b""}
    inside = {f"digits/{name}": data for name, data in DRAWINGS.items()}
    (tmp_path / "a.zip").write_bytes(archive(inside | strangers | hidden))
    files = tree.of_archive(tmp_path / "a.zip")
    assert sum(map(len, collection.load(files, PARTS).values())) == len(DRAWINGS)
    assert {name for name, _ in files.left_out.found} == {"readme.txt", "digits/x/1.png", "digits/4/broken.png"}


def test_names_that_point_elsewhere_are_only_names(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(archive({f"../../../{name}": data for name, data in DRAWINGS.items()}))
    before = sorted(tmp_path.parent.rglob("*"))
    assert len(zipped.load(tmp_path / "a.zip", ["train"])["train"]) > 0
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_file_that_would_unpack_to_too_much_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(archive(DRAWINGS | {"4/bomb.png": bytes(30_000_000)}))
    files = tree.of_archive(tmp_path / "a.zip")
    collection.load(files, PARTS)
    assert files.left_out.found == [("4/bomb.png", "30,000,000 bytes; the limit is 20,000,000")]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<html>", archive({})])
def test_what_is_no_archive_of_digits_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(BadInput):
        zipped.load(tmp_path / "a.zip", ["train"])


@settings(max_examples=60)
@given(cut=st.integers(0, 4000), flips=st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 255)), max_size=8))
def test_a_damaged_archive_is_read_in_part_or_refused(
    cut: int, flips: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(archive(dict(list(DRAWINGS.items())[:6])))
    for place, value in flips:
        content[place % len(content)] ^= value
    path = tmp_path_factory.getbasetemp() / "damaged.zip"
    path.write_bytes(content[: len(content) - cut % len(content) if cut > 2000 else len(content)])
    with contextlib.suppress(BadInput):
        assert sum(map(len, zipped.load(path, PARTS).values())) <= 6
