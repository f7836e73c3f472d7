"""Folders of pictures: what is taken, what is left out and said so.

Rows F01 to F06 of the list of bad inputs are tests. Not here: 100,000 files of F02 (memory is one
small image per file by construction), F07 (this stage writes nothing).
"""

import io
import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inkdigit.data import collection, folder, source, tree
from inkdigit.data.labelled import Part
from inkdigit.data.pictured import frame_picture
from inkdigit.errors import BadInput
from inkdigit.files import read_regular
from inkdigit.frame import centre_glyph
from inkdigit.types import Digits

Skipped = list[tuple[str, str]]


def seven(side: int = 28) -> np.ndarray:
    """A seven of white ink on black."""
    image = np.zeros((side, side), np.uint8)
    unit = side // 14
    image[3 * unit : 5 * unit, 4 * unit : 10 * unit] = 255
    image[5 * unit : 11 * unit, 8 * unit : 10 * unit] = 255
    return image


def png(image: np.ndarray | Image.Image, form: str = "PNG", **options: object) -> bytes:
    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    data = io.BytesIO()
    picture.save(data, form, **options)
    return data.getvalue()


def fill(root: Path, *, each: int = 30) -> Path:
    """Sub-folders 0 to 9 with pictures that all differ."""
    for digit in range(10):
        (root / str(digit)).mkdir(parents=True)
        for number in range(each):
            image = seven()
            image[0, 0], image[0, 1] = digit, number
            (root / str(digit) / f"{number}.png").write_bytes(png(image))
    return root


def load(root: Path, part: Part = "train") -> tuple[Digits, Skipped]:
    files = tree.of_folder(root)
    found = collection.load(files, [part])
    return found[part], [(Path(name).name, reason) for name, reason in files.left_out.found]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with a `train` that holds one good picture in `7`, to be made worse."""
    (tmp_path / "set" / "train" / "7").mkdir(parents=True)
    (tmp_path / "set" / "train" / "7" / "good.png").write_bytes(png(seven()))
    return tmp_path / "set"


# -- the parts


def test_the_two_parts_share_nothing_and_miss_nothing(tmp_path: Path) -> None:
    root = fill(tmp_path / "set")
    (train, _), (test, _) = load(root), load(root, "test")
    assert len(train) + len(test) == 300
    assert 15 <= len(test) <= 50  # a tenth, by the hash of the name
    assert not {image.tobytes() for image in train.images} & {image.tobytes() for image in test.images}
    assert np.array_equal(train.images[:, 0, 0], train.labels)
    assert (train.name, train.part, test.part) == (str(root), "train", "test")


def test_the_same_folder_gives_the_same_digits(tmp_path: Path) -> None:
    first, second = fill(tmp_path / "a"), fill(tmp_path / "b")
    assert load(first)[0].sha256 == load(second)[0].sha256


def test_more_pictures_move_none_to_the_other_part(tmp_path: Path) -> None:
    root = fill(tmp_path / "set", each=10)
    before = {image.tobytes() for image in load(root, "test")[0].images}
    (root / "7" / "another.png").write_bytes(png(seven()))
    assert before <= {image.tobytes() for image in load(root, "test")[0].images}


def test_parts_as_sub_folders(tmp_path: Path) -> None:
    fill(tmp_path / "train", each=2)
    fill(tmp_path / "test", each=1)
    assert (len(load(tmp_path)[0]), len(load(tmp_path, "test")[0])) == (20, 10)


def test_the_other_part_is_missing(small: Path) -> None:
    assert "test" not in folder.load(small, ["train", "test"])
    with pytest.raises(BadInput, match="it has no test part"):
        source.load(str(small), part="test")


# -- the pictures


def test_a_framed_picture_is_taken_as_it_is() -> None:
    image = np.random.default_rng(0).integers(0, 100, (28, 28)).astype(np.uint8)
    assert np.array_equal(frame_picture(png(image)), image)


def test_a_blank_frame_is_taken_as_it_is() -> None:
    assert not frame_picture(png(np.zeros((28, 28), np.uint8))).any()


def test_anything_else_is_framed() -> None:
    image = 255 - seven(140)
    expected = np.rint(centre_glyph(seven(140).astype(np.float32) / np.float32(255)) * 255)
    assert np.array_equal(frame_picture(png(image)), expected)


TWINS: dict[str, Callable[[], bytes]] = {
    "white on black": lambda: png(seven(140)),
    "28x28 black on white, enlarged": lambda: png(np.kron(255 - seven(28), np.ones((5, 5), np.uint8))),
    "bmp": lambda: png(255 - seven(140), "BMP"),
    "gif": lambda: png(255 - seven(140), "GIF"),
    "tiff": lambda: png(255 - seven(140), "TIFF"),
    "webp": lambda: png(255 - seven(140), "WEBP", lossless=True),
    "1 bit": lambda: png(Image.fromarray(255 - seven(140)).convert("1")),
    "16 bit": lambda: png(Image.fromarray((255 - seven(140)).astype(np.uint16) * 257)),
    "rgb": lambda: png(Image.fromarray(255 - seven(140)).convert("RGB")),
    "palette": lambda: png(Image.fromarray(255 - seven(140)).convert("P")),
    "ink only in the transparency": lambda: png(
        Image.merge("LA", (Image.new("L", (140, 140)), Image.fromarray(seven(140))))
    ),
    "faint ink on grey": lambda: png((200 - 0.4 * seven(140)).astype(np.uint8)),
    "dark ink on dark paper": lambda: png((110 - 0.4 * seven(140)).astype(np.uint8)),
    "light ink on light paper": lambda: png((140 + 0.4 * seven(140)).astype(np.uint8)),
    "turned by its EXIF": lambda: png(
        Image.fromarray(255 - seven(140)).transpose(Image.Transpose.ROTATE_90), exif=orientation(6)
    ),
}


def orientation(value: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


@pytest.mark.parametrize("twin", TWINS)
def test_the_same_digit_in_another_form(twin: str) -> None:
    np.testing.assert_allclose(
        frame_picture(TWINS[twin]()).astype(int), frame_picture(png(255 - seven(140))).astype(int), atol=2
    )


def test_jpeg_noise_is_paper() -> None:
    clean, noisy = (frame_picture(data) for data in (png(255 - seven(140)), png(255 - seven(140), "JPEG", quality=40)))
    assert np.abs(clean.astype(int) - noisy).mean() < 5


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "is empty"),
        (b"<html>", "is a web page or XML, not PNG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "is PostScript, not PNG"),
        (png(seven())[:70], "ends early"),
        (png(Image.new("L", (5000, 4000))), r"5,000x4,000 pixels; the limit is 16,777,216"),
        (png(Image.new("1", (20_000, 20_000))), "pixels|limit is"),
        (png(Image.new("L", (50, 50), 255)), "blank"),
        (png(Image.new("RGBA", (50, 50))), "blank"),
    ],
)
def test_pictures_that_cannot_be_used(data: bytes, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        frame_picture(data)


PNG = png(255 - seven(56))


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, len(PNG) - 1), st.integers(0, 255)), max_size=5), st.integers(1, len(PNG)))
def test_any_damage_gives_an_image_or_one_error(changes: list[tuple[int, int]], length: int) -> None:
    damaged = bytearray(PNG)
    for position, value in changes:
        damaged[position] = value
    try:
        image = frame_picture(bytes(damaged[:length]))
    except BadInput:
        return
    assert image.shape == (28, 28)


# -- F01 to F06


def test_f01_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no pictures found: .*: expected pictures in folders 0 to 9"):
        load(tmp_path)


def test_f01_only_hidden_files(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (tmp_path / "7" / name).write_bytes(b"x")
    with pytest.raises(BadInput, match="no pictures found"):
        load(tmp_path)


def test_f01_hidden_files_are_not_worth_a_word(small: Path) -> None:
    (small / ".git").mkdir()
    (small / "train" / "7" / ".DS_Store").write_bytes(b"x")
    assert load(small)[1] == []


@pytest.mark.parametrize("missing", ["nothing", "a file"])
def test_no_such_folder(tmp_path: Path, missing: str) -> None:
    (tmp_path / "a file").write_bytes(b"x")
    with pytest.raises(BadInput, match=r"no such file or directory|not a directory"):
        load(tmp_path / missing)


def test_f02_bad_pictures_are_listed_and_the_order_is_that_of_the_names(small: Path) -> None:
    for name in ("b.png", "a.txt", "z.png"):
        (small / "train" / "7" / name).write_bytes(b"no picture")
    digits, skipped = load(small)
    assert len(digits) == 1
    assert [name for name, _ in skipped] == ["a.txt", "b.png", "z.png"]
    assert all(reason.startswith("is no picture that is known, not PNG") for _, reason in skipped)


def test_f03_what_is_no_regular_file(small: Path) -> None:
    inside = small / "train" / "7"
    os.mkfifo(inside / "pipe.png")
    (inside / "folder.png").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(inside)  # the path of a socket must be short
        try:
            server.bind("socket.png")
        finally:
            os.chdir(here)
        digits, skipped = load(small)
    assert len(digits) == 1
    assert skipped == [(name, "not a regular file") for name in ("pipe.png", "socket.png")]


def test_f04_links_are_not_followed(small: Path) -> None:
    inside = small / "train" / "7"
    (inside / "dangling.png").symlink_to(small / "nothing")
    (inside / "link.png").symlink_to(inside / "good.png")
    (inside / "loop.png").symlink_to(inside / "loop.png")
    (small / "train" / "8").symlink_to(inside)
    digits, skipped = load(small)
    assert len(digits) == 1
    assert [name for name, _ in skipped] == ["dangling.png", "link.png", "loop.png", "8"]
    assert all("not followed" in reason for _, reason in skipped)


def test_f05_a_file_that_vanishes(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(path: Path, *, limit: int) -> bytes:
        if path.name == "gone.png":
            path.unlink()
        return read_regular(path, limit=limit)

    (small / "train" / "7" / "gone.png").write_bytes(png(seven()))
    monkeypatch.setattr(tree, "read_regular", read)
    digits, skipped = load(small)
    assert len(digits) == 1
    assert skipped == [("gone.png", "no such file or directory")]


def test_f05_a_file_that_is_too_large(small: Path) -> None:
    (small / "train" / "7" / "large.png").write_bytes(png(seven()) + bytes(20_000_000))
    assert load(small)[1] == [("large.png", "larger than the limit of 20,000,000 bytes")]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_f05_no_permission(small: Path) -> None:
    (small / "train" / "7" / "secret.png").write_bytes(png(seven()))
    (small / "train" / "7" / "secret.png").chmod(0)
    assert load(small)[1] == [("secret.png", "permission denied")]


def test_f06_strange_names(small: Path) -> None:
    inside = os.fsencode(small / "train" / "7")
    for name in (b"\xff\xfe.png", b"new\nline.png", b"x" * 251 + b".png", b"GOOD.png"):
        Path(os.fsdecode(inside + b"/" + name)).write_bytes(png(seven()))
    (small / "train" / "8").mkdir()
    (small / "train" / "8" / "good.png").write_bytes(png(seven()))
    digits, skipped = load(small)
    assert (digits.labels.tolist(), skipped) == ([7, 7, 7, 7, 7, 8], [])


def test_other_sub_folders_are_named(small: Path) -> None:
    for name in ("10", "a", "٣"):
        (small / "train" / name).mkdir()
        (small / "train" / name / f"{name}.png").write_bytes(png(seven()))
    (small / "train" / "7" / "1.png").write_bytes(png(seven()))
    (small / "train" / "8").mkdir()
    for i in range(4):
        (small / "train" / "8" / f"{i}.png").write_bytes(png(seven()))
    digits, skipped = load(small)
    assert len(digits) == 6
    assert skipped == [(f"{name}.png", "not in a folder named after a digit") for name in ("10", "a", "٣")]


def test_what_was_left_out_is_told_in_one_line(small: Path, caplog: pytest.LogCaptureFixture) -> None:
    for i in range(40):
        (small / "train" / "7" / f"bad\n{i:02}.png").write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        folder.load(small, ["train", "validation", "test"])
    assert [record.message.count("\n") for record in caplog.records] == [0]
    assert "left out 40 files of" in caplog.text
    assert "bad\\n00.png (is empty)" in caplog.text
    assert "and 37 more" in caplog.text
