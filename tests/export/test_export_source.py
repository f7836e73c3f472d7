"""Whatever a user names is opened as one thing, or refused in one line before anything of it runs (M01 to M14)."""

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import onnx
from keras import layers as kl

from inkdigit.errors import BadInput, UsageError
from inkdigit.export.digits import calibration
from inkdigit.export.place import stem_of
from inkdigit.formats.card import to_json
from inkdigit.formats.check import check_model_file
from inkdigit.formats.onnx import onnx_bytes
from inkdigit.models.open import open_model
from inkdigit.models.zoo import locate, path_of
from inkdigit.types import Digits
from small_models import CARD, echo, exported


def test_every_kind_of_source_is_the_same_network(source: Path, network: keras.Sequential, digits: Digits) -> None:
    opened = open_model(source)
    expected = network.predict_on_batch(digits.ink)
    np.testing.assert_allclose(opened.outputs(digits.ink), expected, atol=1e-5)
    np.testing.assert_allclose(opened.build_keras().predict_on_batch(digits.ink), expected, atol=1e-5)
    assert [layer.kind for layer in opened.chain.layers if layer.kind != "Dropout"] == [
        "Reshape", "Conv2D", "MaxPooling2D", "Flatten", "Dense",
    ]  # fmt: skip


def test_a_run_is_called_as_its_folder_and_a_file_as_itself(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stem_of(run) == "little-1"
    assert stem_of(run / "model.onnx") == "model"
    monkeypatch.chdir(run)
    assert stem_of(Path()) == "little-1"


def test_a_model_file_brings_its_card_and_a_keras_file_claims_nothing(run: Path) -> None:
    ours, theirs = open_model(run).card, open_model(run / "model.keras").card
    assert (ours.name, ours.calibrated, ours.test_accuracy) == ("little", True, 0.8)
    assert (theirs.name, theirs.temperature, theirs.threshold) == ("model", 1.0, 0.5)
    assert (theirs.calibrated, theirs.test_accuracy, theirs.training_data) == (False, None, "unknown")
    assert theirs.parameters == keras.saving.load_model(run / "model.keras").count_params()


def test_eleven_outputs_are_the_digits_and_no_digit(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((784,)), kl.Dense(11, "softmax")])
    model.save(tmp_path / "m.keras")
    assert open_model(tmp_path / "m.keras").card.classes == "0123456789-"


def test_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    assert locate("cnn") == path_of("cnn")
    assert locate(Path("cnn")) == path_of("cnn")
    assert locate("a.onnx") == Path("a.onnx")
    assert locate("runs/a") == Path("runs/a")
    assert locate("folder") == Path("folder")
    for name in ("resnet", "", "x" * 300, "a\0b"):
        with pytest.raises(UsageError, match="unknown model"):
            locate(name)


class Canary:
    """Writes a file when unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("ran"),))


def zipped(**members: str) -> bytes:
    with zipfile.ZipFile(content := io.BytesIO(), "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()


def flipped() -> bytes:
    content = bytearray(exported())
    content[len(content) // 2] ^= 1
    return bytes(content)


def changed(spoil: Callable[[onnx.ModelProto], object]) -> bytes:
    model = onnx.load_model_from_string(exported())
    spoil(model)
    return onnx_bytes(model)


def _turn(model: onnx.ModelProto) -> None:
    weight = next(one for one in model.graph.initializer if list(one.dims) == [144, 11])
    weight.dims[:] = [11, 144]


def _nan(model: onnx.ModelProto) -> None:
    weight = next(one for one in model.graph.initializer if list(one.dims) == [144, 11])
    weight.raw_data = b"\xff" * len(weight.raw_data)


def _external(model: onnx.ModelProto) -> None:
    model.graph.initializer[1].external_data.add(key="location", value="../../etc/passwd")


def _newer(model: onnx.ModelProto) -> None:
    model.metadata_props[0].value = to_json(CARD).replace('"format": 1', '"format": 3')


BAD = {
    "M01 empty": (b"", "is empty"),
    "M01 seven bytes": (b"inkdigi", "is no ONNX model, or a damaged one"),
    "M01 newer": (changed(_newer), r"made by a newer version \(3\)"),
    "M02 length": (b"\x08\x08\x3a" + b"\xff" * 9 + b"\x7f" + b"\0" * 90, "is no ONNX model, or a damaged one"),
    "M03 card": (changed(lambda m: setattr(m.metadata_props[0], "value", "[" * 9_000)), "not usable JSON|is given"),
    "M04 field": (changed(lambda m: m.graph.initializer[1].float_data.append(1)), "has a field 4 in its weight"),
    "M05 bytes": (changed(lambda m: m.graph.initializer[1].dims.append(2)), "expected 288 bytes for its shape, got 1"),
    "M06 turned": (changed(_turn), "kernel: expected 144x11, got 11x144"),
    "M07 NaN": (changed(_nan), "holds numbers that are not finite"),
    "M08 cut": (exported()[:-64], "does not end with an inkdigit digest"),
    "M08 flipped": (flipped(), "is damaged: its digest does not match"),
    "M09 pickle": (pickle.dumps(Canary()), "is a Python pickle"),
    "M09 zip": (zipped(a="b"), "holds no Keras model"),
    "M09 h5": (b"\x89HDF\r\n\x1a\n" + b"\0" * 900, "is damaged or ends early"),
    "M10 traversal": (zipped(**{"../../config.json": "{}"}), "holds no Keras model"),
    "M10 prefix": (zipped(**{"config.json": "{", "metadata.json": "", "model.weights.h5": ""}), "in broken JSON"),
    "M12 external": (changed(_external), "keeps its weights in another file"),
    "M12 operator": (changed(lambda m: setattr(m.graph.node[0], "op_type", "Loop")), "no inkdigit model has: Loop"),
    "text": (b"<html>", "is a web page"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("ending", ["onnx", "keras", "h5", ""])
def test_a_bad_file_is_refused_in_one_line(
    name: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, why = BAD[name]
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"m.{ending}"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=why) as caught:
        open_model(path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [path], "nothing ran"


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    """M13; a run directory is asked for its model file."""
    os.mkfifo(tmp_path / "pipe.onnx")
    (tmp_path / "passwd.keras").symlink_to("/etc/passwd")
    (tmp_path / "loop.onnx").symlink_to(tmp_path / "loop.onnx")
    (tmp_path / "begun").mkdir()
    for name, why in {
        "pipe.onnx": "is not a regular file",
        "passwd.keras": "is no ONNX model, or a damaged one",
        "loop.onnx": "too many levels of symbolic links",
        "none.onnx": "no such file",
        "begun": "has no model.onnx, so it is no run directory; name a run or a model file",
    }.items():
        with pytest.raises(BadInput, match=why):
            open_model(tmp_path / name)


def test_a_layer_that_carries_code_is_refused_and_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    canary = kl.Lambda(lambda x: x, output_shape=(784,))
    keras.Sequential([keras.Input((784,)), canary, kl.Dense(10, "softmax")]).save("m.keras")
    with pytest.raises(BadInput, match="has a Lambda layer, which runs code kept in the file"):
        open_model(Path("m.keras"))


def test_a_layer_that_no_format_has_is_refused_by_name(tmp_path: Path) -> None:
    layers = [keras.Input((28, 28)), kl.UnitNormalization(name="odd"), kl.Flatten(), kl.Dense(10, "softmax")]
    keras.Sequential(layers).save(tmp_path / "m.keras")
    with pytest.raises(BadInput, match='layer "odd": UnitNormalization is not supported'):
        _ = open_model(tmp_path / "m.keras").chain


def test_the_layers_of_a_stranger_s_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(onnx_bytes(echo()))
    with pytest.raises(BadInput, match=r"is not a chain of layers that inkdigit writes|is not as inkdigit writes it"):
        _ = open_model(tmp_path / "m.onnx").chain


def test_weights_of_eight_bits_are_no_source(tmp_path: Path, run: Path) -> None:
    from inkdigit.formats.quantize import to_int8

    file = check_model_file((run / "model.onnx").read_bytes(), where="m")
    (tmp_path / "m.onnx").write_bytes(onnx_bytes(to_int8(file, card=file.card, ink=calibration()[:20])))
    with pytest.raises(BadInput, match=r"its weights have eight bits; give the file it was made from"):
        _ = open_model(tmp_path / "m.onnx").chain
