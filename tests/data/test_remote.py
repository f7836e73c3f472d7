"""Whether a file on the disk is the one it should be."""

import hashlib
import os
from pathlib import Path

import pytest

from inkdigit.data.remote import Remote, is_right, read_verified
from inkdigit.errors import BadInput

DATA = b"the original"
REMOTE = Remote("file.gz", len(DATA), hashlib.sha256(DATA).hexdigest())


def test_the_right_file(tmp_path: Path) -> None:
    (tmp_path / "file.gz").write_bytes(DATA)
    assert is_right(tmp_path / "file.gz", REMOTE)
    assert read_verified(tmp_path / "file.gz", REMOTE) == DATA


@pytest.mark.parametrize("wrong", [b"", DATA[:-1], DATA + b"\0", b"The original"])
def test_another_file_of_that_name(tmp_path: Path, wrong: bytes) -> None:
    (tmp_path / "file.gz").write_bytes(wrong)
    assert not is_right(tmp_path / "file.gz", REMOTE)
    found = hashlib.sha256(wrong).hexdigest()[:8]
    with pytest.raises(
        BadInput, match=rf"file.gz: not the original file \(sha256 {found}…, expected {REMOTE.sha256[:8]}…\)"
    ):
        read_verified(tmp_path / "file.gz", REMOTE)


def test_no_file_at_all(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "missing", tmp_path / "pipe", tmp_path):
        assert not is_right(path, REMOTE)
