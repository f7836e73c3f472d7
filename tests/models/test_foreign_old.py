"""Networks as Keras 2, tf.keras and TensorFlow.js wrote them: made here as they did, asked beside Keras 3."""

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import h5py
import keras
import numpy as np
import pytest
from keras import layers as kl

from foreign_networks import scatter
from inkdigit.errors import BadInput
from inkdigit.models.open import open_model
from inkdigit.sample import sample
from inkdigit.types import Ink

INK: Ink = sample()[0][:30].astype(np.float32) / np.float32(255)
Style = Callable[[str, dict[str, Any]], dict[str, Any]]

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def network() -> Any:
    return scatter(
        keras.Sequential([
            keras.Input((28, 28, 1)),
            kl.Conv2D(4, 3, activation="relu", name="conv2d_1"),
            kl.BatchNormalization(name="batch_normalization_1"),
            kl.MaxPooling2D(2, name="max_pooling2d_1"),
            kl.LeakyReLU(0.2, name="leaky_re_lu_1"),
            kl.Flatten(name="flatten_1"),
            kl.Dropout(0.25, name="dropout_1"),
            kl.Dense(10, activation="softmax", name="dense_1"),
        ])
    )  # fmt: skip


OF_KERAS_3 = ("module", "registered_name", "build_config", "dtype", "quantization_config", "optional", "lora_rank",
              "lora_alpha", "synchronized", "sparse", "ragged")  # fmt: skip


def plain(layer: keras.Layer) -> dict[str, Any]:
    """The options of a layer that all versions know."""
    config = {key: value for key, value in layer.get_config().items() if key not in OF_KERAS_3}
    return {
        key: value if not isinstance(value, dict) else {"class_name": value["class_name"], "config": value["config"]}
        for key, value in config.items()
    }


def keras_2_2(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """Keras 2.0 to 2.3: VarianceScaling for Glorot, an axis by itself."""
    glorot = {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}
    if "kernel_initializer" in config:
        config["kernel_initializer"] = {"class_name": "VarianceScaling", "config": glorot}
    if kind == "LeakyReLU":
        config["alpha"] = config.pop("negative_slope")
    return {"class_name": kind, "config": config}


def tf_1_13(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """tf.keras 1.13 to 2.x: a type with everything, initializers too; an axis in a list."""
    config["dtype"] = "float32"
    for key, value in config.items():
        if key.endswith("initializer"):
            config[key] = {"class_name": value["class_name"], "config": {**value["config"], "dtype": "float32"}}
    if kind == "BatchNormalization":
        kind, config["axis"] = "BatchNormalizationV1", [3]
    return keras_2_2(kind, config) if kind == "LeakyReLU" else {"class_name": kind, "config": config}


def tf_2_15(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """tf.keras 2.13 to 2.15: modules beside the names."""
    described = tf_1_13(kind, config)
    return {"module": "keras.layers", **described, "registered_name": None, "build_config": {"input_shape": [None]}}


def sequence(model: Any, style: Style, *, as_list: bool = False, entry: bool = False) -> dict[str, Any]:
    parts = [style(type(layer).__name__, plain(layer)) for layer in model.layers]
    shape = [None, 28, 28, 1]
    if entry:
        config = {"batch_input_shape": shape, "dtype": "float32", "sparse": False, "name": "input_1"}
        parts.insert(0, {"class_name": "InputLayer", "config": config})
    else:
        parts[0]["config"]["batch_input_shape"] = shape
    return {"class_name": "Sequential", "config": parts if as_list else {"name": "sequential_1", "layers": parts}}


def functional(model: Any, style: Style, *, kind: str) -> dict[str, Any]:
    parts: list[dict[str, Any]] = []
    before = "input_1"
    entry = {"batch_input_shape": [None, 28, 28, 1], "dtype": "float32", "sparse": False, "name": before}
    parts.append({"name": before, "class_name": "InputLayer", "config": entry, "inbound_nodes": []})
    for layer in model.layers:
        described = style(type(layer).__name__, plain(layer))
        parts.append({"name": layer.name, **described, "inbound_nodes": [[[before, 0, 0, {}]]]})
        before = layer.name
    ends = {"input_layers": [["input_1", 0, 0]], "output_layers": [[before, 0, 0]]}
    return {"class_name": kind, "config": {"name": "model_1", "layers": parts, **ends}}


DESCRIBED: dict[str, Callable[[Any], dict[str, Any]]] = {
    "Keras 2.0, a list": lambda model: sequence(model, keras_2_2, as_list=True),
    "Keras 2.2": lambda model: sequence(model, keras_2_2),
    "Keras 2.2, functional": lambda model: functional(model, keras_2_2, kind="Model"),
    "tf.keras 1.13": lambda model: sequence(model, tf_1_13),
    "tf.keras 2.4": lambda model: sequence(model, tf_1_13, entry=True),
    "tf.keras 2.11, functional": lambda model: functional(model, tf_1_13, kind="Functional"),
    "tf.keras 2.15": lambda model: sequence(model, tf_2_15, entry=True),
}


def write_weights(group: Any, model: Any) -> None:
    """As every version before 3 stores weights: a group a layer, with the names of its arrays."""
    group.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
    for layer in model.layers:
        own = group.create_group(layer.name)
        weights = [*layer.trainable_weights, *layer.non_trainable_weights]
        names = [f"{layer.name}/{weight.name}:0" for weight in weights]
        own.attrs["weight_names"] = [name.encode() for name in names]
        for name, weight in zip(names, weights, strict=True):
            own[name] = np.asarray(weight)


def write_h5(path: Path, model: Any, description: dict[str, Any]) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = b"2.2.4", b"tensorflow"
        file.attrs["model_config"] = json.dumps(description).encode()
        write_weights(file.create_group("model_weights"), model)
    return path


@pytest.mark.parametrize(
    "name", [name if i in {0, 3, 5} else pytest.param(name, marks=pytest.mark.long) for i, name in enumerate(DESCRIBED)]
)
def test_an_h5_file_of_an_older_keras(tmp_path: Path, name: str) -> None:
    model = network()
    opened = open_model(write_h5(tmp_path / "old.h5", model, DESCRIBED[name](model)))
    expected = model.predict(INK.reshape(-1, 28, 28, 1), verbose=0)
    np.testing.assert_allclose(opened.outputs(INK), expected, atol=1e-5)
    assert opened.card.parameters == sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert len(opened.chain.layers) == 7


@pytest.mark.parametrize(("weights", "description"), [("weights.h5", "model.json"), ("mine.h5", "mine.json")])
def test_a_description_and_its_weights(tmp_path: Path, weights: str, description: str) -> None:
    model = network()
    with h5py.File(tmp_path / weights, "w") as file:
        write_weights(file, model)
    (tmp_path / description).write_text(json.dumps(DESCRIBED["Keras 2.2"](model)))
    expected = model.predict(INK.reshape(-1, 28, 28, 1), verbose=0)
    for named in (weights, description):
        np.testing.assert_allclose(open_model(tmp_path / named).outputs(INK), expected, atol=1e-5)


def tfjs(model: Any, *, kind: str = "float32") -> tuple[dict[str, Any], bytes]:
    entries, content = [], b""
    for layer in model.layers:
        for weight in sorted(layer.weights, key=lambda one: one.name != "gamma"):
            array = np.asarray(weight)
            entry: dict[str, Any] = {"name": f"{layer.name}/{weight.name}", "shape": array.shape, "dtype": "float32"}
            if kind == "float16":
                entry["quantization"] = {"dtype": "float16"}
                array = array.astype(np.float16)
            entries.append(entry)
            content += array.tobytes()
    topology = {"keras_version": "2.4.0", "backend": "tensorflow", "model_config": DESCRIBED["tf.keras 2.4"](model)}
    manifest = [{"paths": ["shard1of2.bin", "shard2of2.bin"], "weights": entries}]
    return {"format": "layers-model", "modelTopology": topology, "weightsManifest": manifest}, content


@pytest.mark.parametrize(("kind", "close"), [("float32", 1e-5), ("float16", 0.02)])
def test_a_model_of_tensorflow_js(tmp_path: Path, kind: str, close: float) -> None:
    model = network()
    described, content = tfjs(model, kind=kind)
    (tmp_path / "model.json").write_text(json.dumps(described))
    (tmp_path / "shard1of2.bin").write_bytes(content[:1001])
    (tmp_path / "shard2of2.bin").write_bytes(content[1001:])
    expected = model.predict(INK.reshape(-1, 28, 28, 1), verbose=0)
    for named in (tmp_path, tmp_path / "model.json"):
        np.testing.assert_allclose(open_model(named).outputs(INK), expected, atol=close)


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        open_model(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_weights_of_tensorflow_js_lie_beside_it_and_nowhere_else(tmp_path: Path) -> None:
    described, content = tfjs(network())
    (tmp_path / "model.json").write_text(json.dumps(described))
    assert "no such file" in refused(tmp_path)
    (tmp_path / "shard1of2.bin").write_bytes(content[:100])
    (tmp_path / "shard2of2.bin").write_bytes(b"")
    assert "end early" in refused(tmp_path)
    for name in ("/etc/hostname", "../secret.bin", ".."):
        described["weightsManifest"][0]["paths"] = [name]
        (tmp_path / "model.json").write_text(json.dumps(described))
        assert "not beside it" in refused(tmp_path)


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    model = network()
    description = DESCRIBED["Keras 2.2"](model)
    description["config"]["layers"][-1]["config"]["units"] = 11
    assert 'layer "dense_1": expected the weights' in refused(write_h5(tmp_path / "a.h5", model, description))
    description["config"]["layers"][0]["class_name"] = "Mystery"
    assert "has a layer Mystery" in refused(write_h5(tmp_path / "b.h5", model, description))
    description["config"]["layers"][0] = {"class_name": "Lambda", "config": {"function": ["...", None, None]}}
    assert "Lambda layer, which runs code" in refused(write_h5(tmp_path / "c.h5", model, description))
    alone = tmp_path / "alone"
    alone.mkdir()
    with h5py.File(alone / "weights.h5", "w") as file:
        write_weights(file, model)
    assert "holds weights alone" in refused(alone / "weights.h5")


def test_a_description_of_more_than_there_is_allocates_nothing(tmp_path: Path) -> None:
    model = network()
    description = DESCRIBED["tf.keras 2.4"](model)
    description["config"]["layers"][-1]["config"]["units"] = 10**12
    assert "describes units of 1,000,000,000,000" in refused(write_h5(tmp_path / "a.h5", model, description))
    model.save(tmp_path / "b.keras")
    with zipfile.ZipFile(tmp_path / "b.keras") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    last = config["config"]["layers"][-1]
    last["config"]["units"] = 10**12
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(tmp_path / "b.keras", "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    assert "describes units of 1,000,000,000,000" in refused(tmp_path / "b.keras")


def hostile(tmp_path: Path, change: Callable[[Any], object]) -> str:
    model = network()
    path = write_h5(tmp_path / "hostile.h5", model, DESCRIBED["Keras 2.2"](model))
    with h5py.File(path, "a") as file:
        del file["model_weights/dense_1/dense_1/kernel:0"]
        change(file["model_weights/dense_1/dense_1"])
    return refused(path)


def test_what_reaches_outside_an_hdf5_file_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.bin"
    secret.write_bytes(bytes(4 * 676 * 10))
    shape = (676, 10)

    def virtual(group: Any) -> None:
        layout = h5py.VirtualLayout(shape, "f4")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "numbers", shape)
        group.create_virtual_dataset("kernel:0", layout)

    def elsewhere(group: Any) -> None:
        group["kernel:0"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/numbers")

    def linked(group: Any) -> None:
        group["kernel:0"] = h5py.SoftLink("/model_weights/dense_1/dense_1/bias:0")

    def hard(group: Any) -> None:
        group["kernel:0"] = group["bias:0"]

    def outside(group: Any) -> None:
        group.create_dataset("kernel:0", shape, "f4", external=[(str(secret), 0, 4 * 6760)])

    def references(group: Any) -> None:
        group.create_dataset("kernel:0", (3,), h5py.ref_dtype)

    def bomb(group: Any) -> None:
        group.create_dataset("kernel:0", (1 << 20, 1 << 20), "f4", chunks=(1 << 10, 1 << 10), compression="gzip")

    def unwritten(group: Any) -> None:
        group.create_dataset("kernel:0", (1 << 16, 1 << 10), "f4")

    for change, why in (
        (virtual, "is made of other datasets"), (elsewhere, "is a link to another file"),
        (linked, "is a link to another place"), (hard, "stands in several places"),
        (outside, "keeps its numbers in another file"), (references, "holds references"),
        (bomb, "declares 4,398,046,511,104 bytes and holds 0"), (unwritten, "declares 268,435,456 bytes and holds 0"),
    ):  # fmt: skip
        said = hostile(tmp_path, change)
        assert why in said
        assert "/model_weights/dense_1/dense_1/kernel:0" in said or change is hard


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"PK\x03\x04" + bytes(26) + b"archive/data.pkl", "is a PyTorch file"), (b"\x80\x04\x95", "is a Python pickle"),
     (b"\x1c\0\0\0TFL3\0\0", "is a TensorFlow Lite file"), (b"<html>", "is a web page"),
     (b'{"a": 1}', "is JSON, and describes no model"), (b"{", "is JSON, and describes no model")],
)  # fmt: skip
def test_other_kinds_are_named_with_the_way_out(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "theirs").write_bytes(content)
    assert why in refused(tmp_path / "theirs")


def test_a_saved_model_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"x")
    assert "is a SavedModel of TensorFlow" in refused(tmp_path)
