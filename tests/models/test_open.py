"""Every kind of model file, good, foreign and hostile."""

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import h5py
import keras  # the backend is read once, at import
import numpy as np
import onnx
import pytest
from keras import layers as kl
from onnx import TensorProto, helper, numpy_helper

from inkdigit.errors import BadInput
from inkdigit.formats import card as cards
from inkdigit.formats.check import seal
from inkdigit.formats.onnx import onnx_bytes, to_onnx
from inkdigit.models.model import of_digits
from inkdigit.models.open import open_model
from inkdigit.types import Card, Images

# Keras 3.15 saves with an `__array__` that NumPy 2 finds old-fashioned.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

CARD = Card("mlp-7", 5575, 1.25, 0.6, True, "strokes (synthetic)", "00", 0.9, "0.1.0")
IMAGES: Images = np.random.default_rng(7).integers(0, 256, (5, 28, 28), np.uint8)
Save = Callable[[keras.Model, str], Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def save(model: keras.Model, name: str) -> Path:
        model.save(tmp_path / name)
        return tmp_path / name

    return save


def foreign(shape: tuple[int, ...], *before: kl.Layer, last: str | None = "softmax", outputs: int = 10) -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [keras.Input(shape), *before, kl.Flatten(), kl.Dense(7, "relu"), kl.Dense(outputs, activation=last)]
    )


def onnx_model(*, card: str | None = cards.to_json(CARD), outputs: int = 10, conv: bool = False) -> onnx.ModelProto:
    random = np.random.default_rng(0)
    sizes = {"hidden_1/kernel": (784, 7), "digits/kernel": (7, outputs)}
    weights = {name: random.normal(size=size).astype(np.float32) / 20 for name, size in sizes.items()}
    if conv:
        weights["conv/kernel"] = random.normal(size=(1, 1, 1, 1)).astype(np.float32)
    constants = {"flat": np.array([-1, 784], np.int64), "picture": np.array([-1, 1, 28, 28], np.int64)}
    first = [
        helper.make_node("Reshape", ["ink", "picture"], ["p"]),
        helper.make_node("Conv", ["p", "conv/kernel"], ["c"]),
        helper.make_node("Reshape", ["c", "flat"], ["x"]),
    ]
    nodes = [
        *(first if conv else [helper.make_node("Reshape", ["ink", "flat"], ["x"])]),
        helper.make_node("MatMul", ["x", "hidden_1/kernel"], ["h"]),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("MatMul", ["r", "digits/kernel"], ["z"]),
        helper.make_node("Softmax", ["z"], ["probabilities"], axis=-1),
    ]
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("ink", TensorProto.FLOAT, ["n", 28, 28])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", outputs])],
        [numpy_helper.from_array(value, name) for name, value in (weights | constants).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if card is not None:
        helper.set_model_props(model, {"inkdigit": card})
    return model


def write_onnx(path: Path, model: onnx.ModelProto) -> Path:
    path.write_bytes(seal(model.SerializeToString()))
    return path


@pytest.mark.parametrize(
    ("shape", "ending"),
    [((28, 28), "keras"), ((28, 28, 1), "h5"), ((784,), "keras"), ((784,), "h5"), ((1, 28, 28), "keras")],
)
def test_a_foreign_keras_model_answers_as_keras_does(save: Save, shape: tuple[int, ...], ending: str) -> None:
    model = foreign(shape)
    opened = open_model(save(model, f"theirs.{ending}"))
    expected = model.predict(IMAGES.reshape(-1, *shape) / np.float32(255), verbose=0)
    np.testing.assert_allclose(opened.predict(IMAGES), expected, atol=1e-6)
    assert (opened.name, opened.card.parameters, opened.card.temperature) == (
        f"theirs.{ending}",
        model.count_params(),
        1.0,
    )
    assert opened.first_layer is not None
    kernel = next(layer for layer in model.layers if layer.weights).kernel
    np.testing.assert_array_equal(opened.first_layer[3].ravel(), np.asarray(kernel.value)[:, 3])


def test_logits_become_probabilities(save: Save) -> None:
    model = foreign((28, 28), last=None)
    logits = model.predict(IMAGES / np.float32(255), verbose=0)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(open_model(save(model, "m.keras")).predict(IMAGES), expected, atol=1e-6)


@pytest.mark.parametrize(("scale", "divide_by"), [(1 / 255, 1), (1 / 127.5, 1), (2.0, 255)])
def test_a_rescaling_layer_tells_the_scale_of_the_pixels(save: Save, scale: float, divide_by: int) -> None:
    model = foreign((28, 28, 1), kl.Rescaling(scale))
    expected = model.predict(IMAGES[..., None] / np.float32(divide_by), verbose=0)
    np.testing.assert_allclose(open_model(save(model, "m.keras")).predict(IMAGES), expected, atol=1e-6)


@pytest.mark.parametrize("last", ["softmax", None])
def test_an_eleventh_output_is_left_out_of_the_question_which_digit_it_is(save: Save, last: str | None) -> None:
    model = foreign((28, 28), last=last, outputs=11)
    answers = model.predict(IMAGES / np.float32(255), verbose=0).astype(np.float64)
    powers = (answers if last else np.exp(answers))[:, :10]
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(open_model(save(model, "m.keras")).predict(IMAGES), expected, atol=1e-6)


def test_a_network_that_is_sure_of_no_digit_still_answers() -> None:
    outputs = np.eye(11, dtype=np.float32)
    np.testing.assert_allclose(of_digits(outputs)[:10], np.eye(10), atol=1e-6)
    np.testing.assert_allclose(of_digits(outputs)[10], 0.1, rtol=1e-6)


def test_a_convolution_has_no_pixel_weights(save: Save) -> None:
    model = foreign((28, 28, 1), kl.Conv2D(4, 3, strides=2, activation="relu"))
    assert open_model(save(model, "m.keras")).first_layer is None


def test_no_images_give_no_answers(save: Save) -> None:
    assert open_model(save(foreign((784,)), "m.keras")).predict(IMAGES[:0]).shape == (0, 10)


def test_the_name_of_a_file_does_not_matter(save: Save, tmp_path: Path) -> None:
    path = save(foreign((784,)), "m.keras").rename(tmp_path / "model.backup")
    assert open_model(path).card.parameters == 5575


def test_an_exported_model_brings_its_card_and_its_first_layer(tmp_path: Path) -> None:
    network = keras.Sequential([keras.Input((28, 28)), kl.Flatten(), kl.Dense(7, "relu"), kl.Dense(10, "softmax")])
    (tmp_path / "m.onnx").write_bytes(onnx_bytes(to_onnx(network, CARD)))
    opened = open_model(tmp_path / "m.onnx")
    assert (opened.name, opened.card) == ("mlp-7", CARD)
    np.testing.assert_allclose(opened.predict(IMAGES).sum(axis=1), 1, rtol=1e-5)
    assert opened.first_layer is not None
    np.testing.assert_array_equal(opened.first_layer[2].ravel(), np.asarray(network.layers[1].kernel.value)[:, 2])


def test_an_exported_model_with_one_bit_changed_is_refused(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "m.onnx", onnx_model())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(BadInput, match="is damaged: its digest does not match"):
        open_model(path)


def test_an_exported_model_may_refuse(tmp_path: Path) -> None:
    card = cards.to_json(replace(CARD, classes="0123456789-"))
    probabilities = open_model(write_onnx(tmp_path / "m.onnx", onnx_model(card=card, outputs=11))).predict(IMAGES)
    assert probabilities.shape == (len(IMAGES), 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_an_exported_convolution_has_no_pixel_weights(tmp_path: Path) -> None:
    assert open_model(write_onnx(tmp_path / "m.onnx", onnx_model(conv=True))).first_layer is None


def test_a_run_directory_is_its_model(tmp_path: Path) -> None:
    write_onnx(tmp_path / "model.onnx", onnx_model())
    assert open_model(tmp_path).name == "mlp-7"


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"has no model\.onnx, so it is no run directory"):
        open_model(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(BadInput, match="the training did not finish; resume it"):
        open_model(tmp_path)


def test_missing_and_pipe_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        open_model(tmp_path / "none.keras")
    os.mkfifo(tmp_path / "pipe.onnx")
    with pytest.raises(BadInput, match="not a regular file"):
        open_model(tmp_path / "pipe.onnx")


class Canary:
    """Writes a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("ending", ["keras", "h5", "onnx", "pkl"])
def test_a_pickle_is_refused_and_does_not_run(tmp_path: Path, ending: str) -> None:
    file, canary = tmp_path / f"m.{ending}", tmp_path / "ran"
    file.write_bytes(pickle.dumps(Canary(canary)))
    with pytest.raises(BadInput, match="Python pickle"):
        open_model(file)
    assert not canary.exists()


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_lambda_layer_is_refused(save: Save, ending: str) -> None:
    model = foreign((28, 28), kl.Lambda(lambda x: x * 2))
    with pytest.raises(BadInput, match="has a Lambda layer, which runs code kept in the file; replace it"):
        open_model(save(model, f"m.{ending}"))


@keras.saving.register_keras_serializable(package="theirs")
class Custom(kl.Layer):  # type: ignore[misc]
    """A layer that only its author's notebook knows."""

    def call(self, x: Any) -> Any:
        return x


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_foreign_layer_is_refused(save: Save, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(foreign((28, 28), Custom()), f"m.{ending}")
    monkeypatch.delitem(keras.saving.get_custom_objects(), "theirs>Custom")
    with pytest.raises(BadInput, match=r"that is not Keras' own|Keras cannot rebuild it"):
        open_model(path)


def _rewrite(path: Path, config: str) -> Path:
    """Put another description of the layers into a `.keras` file."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (parts | {"config.json": config.encode()}).items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("module", ["os", "builtins", "subprocess", "inkdigit.files", "keras_fake"])
def test_objects_from_elsewhere_are_refused(save: Save, module: str) -> None:
    hostile = {"module": module, "class_name": "system", "config": {"command": "true"}, "registered_name": None}
    path = _rewrite(save(foreign((784,)), "m.keras"), json.dumps(hostile))
    with pytest.raises(BadInput, match="that is not Keras' own"):
        open_model(path)


@pytest.mark.parametrize("config", ["", "[", "[" * 100_000, "9" * 5000, "{}", "[]", "null"])
def test_a_broken_description_is_refused(save: Save, config: str) -> None:
    with pytest.raises(BadInput, match=r"is damaged|Keras cannot rebuild it"):
        open_model(_rewrite(save(foreign((784,)), "m.keras"), config))


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (lambda: foreign((27, 27)), "expected an input of 28x28 (or 28x28x1, 784, 1x28x28, 32x32, ...), got 27x27"),
        (lambda: foreign((28, 28, 2)), "got 28x28x2"),
        (lambda: foreign((28, 28), outputs=26), "expected 10 or 11 outputs, got 26"),
        (lambda: keras.Sequential([keras.Input((28, 28)), kl.Dense(10)]), "expected 10 or 11 outputs, got 28x10"),
    ],
)
def test_wrong_shapes_are_named(save: Save, model: Callable[[], keras.Model], why: str) -> None:
    with pytest.raises(BadInput) as caught:
        open_model(save(model(), "m.keras"))
    assert why in str(caught.value)


def test_two_inputs_are_refused(save: Save) -> None:
    one, two = keras.Input((784,)), keras.Input((784,))
    with pytest.raises(BadInput, match="expected one input and one output"):
        open_model(save(keras.Model([one, two], kl.Dense(10)(one + two)), "m.keras"))


def test_weights_that_are_no_numbers_are_refused(save: Save) -> None:
    model = foreign((784,))
    model.layers[-1].bias.assign(np.full(10, np.nan))
    with pytest.raises(BadInput, match="not finite"):
        open_model(save(model, "m.keras"))


def test_an_archive_without_a_model_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=np.zeros(3))
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"] = np.zeros(3)
    for name in ("data.npz", "data.h5"):
        with pytest.raises(BadInput, match="holds no Keras model"):
            open_model(tmp_path / name)


def test_an_archive_that_unpacks_to_gigabytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkdigit.formats.keras.LARGEST_MODEL", 1_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * 2_000_000)
    with pytest.raises(BadInput, match="unpacks to more than the limit"):
        open_model(tmp_path / "bomb.keras")


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_file_cut_short_anywhere_is_refused(save: Save, tmp_path: Path, ending: str) -> None:
    whole = save(foreign((784,)), f"m.{ending}").read_bytes()
    short = tmp_path / f"short.{ending}"
    for size in np.linspace(0, len(whole) - 200, 8).astype(int):
        short.write_bytes(whole[:size])
        with pytest.raises(BadInput):
            open_model(short)


def test_an_onnx_file_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    whole, short = seal(onnx_model().SerializeToString()), tmp_path / "short.onnx"
    for size in np.linspace(0, len(whole) - 1, 25).astype(int):
        short.write_bytes(whole[:size])
        with pytest.raises(BadInput):
            open_model(short)


@pytest.mark.parametrize("content", [b"<html>", b'{"a": 1}', b"\x00" * 100, b"GIF89a", b"\xff\xd8\xff", b"hello"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(BadInput, match="cannot open model"):
        open_model(tmp_path / "m.onnx")


def _external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")


def _looping(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Loop", ["a", "b"], ["c"], body=onnx.GraphProto(name="body")))


def _unknown(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Evil", ["z"], ["evil"], domain="com.evil"))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [(_external, "keeps its weights in another file"), (_looping, "has: Loop"), (_unknown, "has: com.evil:Evil")],
)
def test_hostile_onnx_files_are_refused(
    tmp_path: Path, spoil: Callable[[onnx.ModelProto], None], why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    model = onnx_model()
    spoil(model)
    with pytest.raises(BadInput, match=why):
        open_model(write_onnx(tmp_path / "m.onnx", model))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (onnx_model(card=None), "has no inkdigit card"),
        (onnx_model(card="{}"), "bad model card"),
        (onnx_model(outputs=26), "does not answer with 10 probabilities"),
        (onnx.ModelProto(), "has no inkdigit card"),
    ],
)
def test_other_onnx_files_are_refused(tmp_path: Path, model: onnx.ModelProto, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        open_model(write_onnx(tmp_path / "m.onnx", model))


def test_every_refusal_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a\nb.keras"
    path.write_bytes(io.BytesIO(b"PK\x03\x04broken").getvalue())
    with pytest.raises(BadInput) as caught:
        open_model(path)
    assert "\n" not in str(caught.value)
