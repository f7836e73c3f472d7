import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inkdigit.cli.overlays import drawer, file_names
from inkdigit.errors import CannotWrite
from inkdigit.pictures.picture import Picture
from inkdigit.types import Page


@given(
    st.lists(st.text(st.characters(exclude_characters="\0"), max_size=300) | st.sampled_from(["a.png", "A.jpg", "b/a"]))
)
def test_every_picture_gets_a_file_of_its_own_in_the_folder(names: list[str]) -> None:
    files = file_names(names)
    assert len({file.lower() for file in files}) == len(names)
    for file in files:
        assert file.endswith(".png")
        assert "/" not in file
        assert not file.startswith(".")
        assert len(file.encode(errors="surrogateescape")) <= 255


def test_names_that_collide() -> None:
    assert file_names(["a.png", "x/a.png", "A.TIFF", "a-2.png", "..", "x.gz#12"]) == [
        "a.png", "a-2.png", "A-3.png", "a-2-2.png", "picture.png", "x.gz#12.png",
    ]  # fmt: skip


def test_a_drawing_is_written_whole(tmp_path: Path) -> None:
    draw = drawer(tmp_path / "out", ["in/a.jpg", "in/b.jpg"])
    draw(1, Picture(np.full((40, 50), 200, np.uint8)), Page(()))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.png"]
    Image.open(io.BytesIO((tmp_path / "out" / "b.png").read_bytes())).load()


def test_the_folder_of_the_pictures_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in (f"{tmp_path}/a.png", "a.png", "link/a.png", "x.gz#3"):
        with pytest.raises(CannotWrite, match="the pictures are in it"):
            drawer(tmp_path, [name])
    drawer(tmp_path / "out", [f"{tmp_path}/a.png", "missing/b.png"])
