from pathlib import Path

import pytest

from inkdigit.errors import BadInput, UsageError
from inkdigit.models import zoo
from inkdigit.server.app import create_app
from inkdigit.server.model import open_model


def test_a_model_has_a_name_however_it_is_named(tmp_path: Path) -> None:
    content = zoo.path_of("mlp").read_bytes()
    run = tmp_path / "run"
    run.mkdir()
    (run / "model.onnx").write_bytes(content)
    assert open_model("mlp").name == "mlp"
    for path in (run, str(run), run / "model.onnx", str(run / "model.onnx")):
        served = open_model(path)
        assert served.name == served.model.card.name != "mlp"


def test_what_happens_to_the_file_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(zoo.path_of("mlp").read_bytes())
    served = open_model(path)
    path.write_bytes(b"something else")
    assert served.model.file is not None
    assert served.model.file.content == zoo.path_of("mlp").read_bytes()
    assert served.reader.read_single(bytes_of_a_digit()).digit is not None


def bytes_of_a_digit() -> bytes:
    from inkdigit.data.strokes import strokes
    from server.conftest import as_png

    return as_png(255 - strokes(1, seed=5).images[0])


@pytest.mark.parametrize(
    "content", [b"", b"\x80\x04\x95pickle", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b"\x93NUMPY", bytes(1000)]
)
def test_what_is_no_model_is_refused_before_anything_is_served(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(BadInput):
        create_app(path)


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    content = bytearray(zoo.path_of("mlp").read_bytes())
    content[len(content) // 2] ^= 1
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(BadInput):
        create_app(path)
    with pytest.raises(BadInput):
        create_app(tmp_path / "missing.onnx")
    with pytest.raises(UsageError, match="unknown model"):
        create_app("nonesuch")


def test_a_model_that_anyone_may_change_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(zoo.path_of("mlp").read_bytes())
    path.chmod(0o666)
    open_model(path)
    assert "chmod o-w" in caplog.text
