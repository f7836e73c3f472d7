import io
import sys
from pathlib import Path

import numpy as np
import pytest

from inkdigit.cli.pictures import found, loaders, open_stack, tell_passed_over
from inkdigit.data.idx import write_images
from inkdigit.errors import BadInput
from inkdigit.pictures.sources import Source

IMAGES = np.random.default_rng(0).integers(0, 255, (4, 28, 28)).astype(np.uint8)


def test_every_kind_of_stack_gives_the_same_images(tmp_path: Path) -> None:
    write_images(tmp_path / "x.gz", IMAGES)
    np.savez(tmp_path / "x.npz", x_test=IMAGES, y_test=np.arange(4), x_train=IMAGES[:1])
    np.savez_compressed(tmp_path / "only.NPZ.npz", anything=IMAGES)
    for given in (tmp_path / "x.gz", (tmp_path / "x.gz").read_bytes(), tmp_path / "x.npz", tmp_path / "only.NPZ.npz"):
        assert np.array_equal(open_stack(given), IMAGES)


@pytest.mark.parametrize(
    ("arrays", "match"),
    [
        ({"a": IMAGES, "b": IMAGES}, "expected images, x or x_test, or one array; found a, b"),
        ({"images": IMAGES[:0]}, "holds no images"),
        ({"images": IMAGES[:, :20]}, r"has shape \(4, 20, 28\)"),
        ({}, "found nothing"),
    ],
)
def test_archives_without_images(tmp_path: Path, arrays: dict[str, np.ndarray], match: str) -> None:
    np.savez(tmp_path / "x.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=match):
        open_stack(tmp_path / "x.npz")


def test_loaders_come_in_the_order_of_the_sources(tmp_path: Path) -> None:
    for name, images in (("a.gz", IMAGES[:2]), ("b.gz", IMAGES[2:])):
        write_images(tmp_path / name, images)
    sources = [found(str(tmp_path / name)) for name in ("a.gz", "b.gz")]
    assert np.array_equal(np.stack([load().pixels for load in loaders(sources)]), IMAGES)


def test_stdin_is_read_as_bytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_images(tmp_path / "a.gz", IMAGES)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((tmp_path / "a.gz").read_bytes())))
    assert len(found("-")) == 4


def test_what_was_passed_over_is_a_remark(capsys: pytest.CaptureFixture[str]) -> None:
    tell_passed_over([Source(["in/a.png"], lambda index: None), Source(["in/a.png"], lambda index: None, ("x\n.csv",))])  # type: ignore[arg-type, return-value]
    assert capsys.readouterr().err == "inkdigit: in: 1 file is no picture: x\\n.csv\n"
