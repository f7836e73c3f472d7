"""`inkdigit data`: what is printed, where, and with which exit code.

Rows C01, C12, C13, C16 and C18 of the list of bad inputs as far as this command meets them. Full
disks and killed processes are in test_download.py.
"""

import gzip
import hashlib
import json
import os
import struct
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigit.cli.main import run
from inkdigit.data import mnist
from inkdigit.data.download import Remote

IMAGES = np.zeros((20, 28, 28), np.uint8)
IMAGES[:, 4:24, 12:16] = 255


@pytest.fixture
def archive(tmp_path: Path) -> str:
    path = tmp_path / "digits.npz"
    np.savez(path, x_train=IMAGES, y_train=(np.arange(20) % 10).astype(np.uint8))
    return str(path)


@pytest.fixture
def small_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny MNIST in INKDIGIT_DATA_DIR."""
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    contents = {
        "images.gz": gzip.compress(struct.pack(">4I", 0x803, 20, 28, 28) + IMAGES.tobytes()),
        "labels.gz": gzip.compress(struct.pack(">2I", 0x801, 20) + bytes(range(10)) * 2),
    }
    remotes = []
    for name, data in contents.items():
        (folder / name).write_bytes(data)
        remotes.append(Remote(name, len(data), hashlib.sha256(data).hexdigest()))
    table: mnist.Files = {"train": (remotes[0], remotes[1]), "test": (remotes[0], remotes[1])}
    nobody = ("http://127.0.0.1:1/",)
    monkeypatch.setattr(mnist, "FILES", table)
    monkeypatch.setattr(mnist, "load", partial(mnist.load, files=table, mirrors=nobody))
    monkeypatch.setattr(mnist, "fetch", partial(mnist.fetch, files=table, mirrors=nobody))
    monkeypatch.setenv("INKDIGIT_DATA_DIR", str(folder.parent))
    return folder


def test_show_prints_counts_digest_and_images(archive: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "show", archive]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == f"{archive}, train part: 20 images of 28x28"
    assert "0: 2  1: 2  2: 2" in out
    assert "██" in out
    assert "\x1b" not in out
    assert err == ""


def test_show_json_is_one_object(archive: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "show", archive, "--json"]) == 0
    out = capsys.readouterr().out
    facts = json.loads(out)
    assert out.count("\n") == 1
    assert (facts["n"], facts["shape"], facts["counts"], facts["part"]) == (20, [20, 28, 28], [2] * 10, "train")
    assert len(facts["sha256"]) == 64
    assert facts["out"] is None


def test_show_writes_a_sheet_and_never_over_another(
    archive: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sheet.png"
    assert run(["data", "show", archive, "--out", str(out), "--count", "2"]) == 0
    with Image.open(out) as sheet:
        assert sheet.format == "PNG"
        assert sheet.height > 10 * 84
    assert f"wrote {out}" in capsys.readouterr().out
    before = out.read_bytes()
    assert run(["data", "show", archive, "--out", str(out)]) == 4
    assert "is already there; choose another name, or add --force" in capsys.readouterr().err
    assert out.read_bytes() == before
    assert run(["data", "show", archive, "--out", str(out), "--count", "1", "--force"]) == 0
    assert out.read_bytes() != before


def test_fetch_says_where(small_mnist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "fetch"]) == 0
    assert capsys.readouterr().out == f"MNIST is in {small_mnist}\n"


def test_fetch_json(small_mnist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "fetch", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["folder"] == str(small_mnist)
    assert [file["name"] for file in facts["files"]][:2] == ["images.gz", "labels.gz"]


def test_fetch_with_no_mirror_left(
    small_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("INKDIGIT_DATA_DIR")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert run(["data", "fetch", "--json"]) == 5
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["code"] == "network"
    assert err.count("\n") == 1
    assert "127.0.0.1:1: connection refused; connect and run" in err


def test_a_wrong_file_is_one_line(small_mnist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small_mnist / "labels.gz").write_bytes(b"other")
    assert run(["data", "show"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("inkdigit: error: cannot use: ")
    assert "(sha256 d9298a10…, expected " in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("where", ["missing/sheet.png", "file/sheet.png"])
def test_c01_a_sheet_that_cannot_be_written(
    archive: str, tmp_path: Path, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert run(["data", "show", archive, "--out", str(tmp_path / where)]) == 4
    assert "directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        ["--count", "0"],
        ["--count", "-1"],
        ["--count", "1000000000"],
        ["--count", "nan"],
        ["--seed", "-1"],
        ["--seed", str(2**64)],
        ["--part", "valid"],
        ["--prat", "test"],
        ["--coun", "5"],
    ],
)
def test_c16_wrong_options(archive: str, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "show", archive, *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert options[0] in err


def test_c16_equals_form(archive: str, tmp_path: Path) -> None:
    assert run(["data", "show", archive, f"--out={tmp_path / 'a.png'}", "--count=1"]) == 0


def test_unknown_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "show", "mnsit"]) == 3
    assert "give mnist, mnist-small, strokes, degraded, a folder, a .zip, or a file: .csv" in capsys.readouterr().err


def program(*arguments: str, **options: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", "from inkdigit.cli.main import main; main()", *arguments]
    return subprocess.run(command, text=True, check=False, **options)  # type: ignore[call-overload]


def test_c12_full_disk_for_the_result(archive: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = program("data", "show", archive, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 4
    assert "no space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_c13_reader_that_went_away(archive: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = program("data", "show", archive, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert done.returncode in {0, 141}
    assert done.stderr == ""


def test_c14_terminal_without_unicode(archive: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "20"}
    done = program("data", "show", archive, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert "##" in done.stdout


def test_help_is_quick_and_says_what_is_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "show", "--help"]) == 0
    assert ".npz" in " ".join(capsys.readouterr().out.split())
    code = "import sys; from inkdigit.cli.main import run; run(['data', '--help']); sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0
