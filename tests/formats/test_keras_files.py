"""The `.keras` and `.h5` files open in plain Keras, without this package, on other backends too."""

import errno
import io
import json
import logging
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

import h5py
import keras
from keras import layers as kl

from inkdigit.errors import CannotWrite
from inkdigit.formats.keras import keras_bytes, open_keras, write_keras
from inkdigit.formats.keras_chain import run_keras

# Keras 3.15 saves a variable through `np.array`, whose copy argument it does not take yet.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

OPEN_ELSEWHERE = """
import sys
sys.modules["inkdigit"] = None  # from now on "import inkdigit" fails
from pathlib import Path
import keras, numpy as np
folder = Path(sys.argv[1])
assert keras.backend.backend() == sys.argv[2]
for name in ("mlp", "cnn"):
    for ending in (".keras", ".h5"):
        model = keras.saving.load_model(folder / (name + ending))
        answers = keras.ops.convert_to_numpy(model(np.load(folder / "ink.npy"), training=False))
        print(name + ending, float(np.abs(answers - np.load(folder / (name + ".npy"))).max()))
"""


def perceptron() -> keras.Sequential:
    penalty = keras.regularizers.L2(0.002)
    return keras.Sequential([
        keras.Input((28, 28)),
        kl.Flatten(),
        kl.Dense(16, "gelu", kernel_regularizer=penalty),
        kl.Dropout(0.2, seed=1),
        kl.Dense(10, "softmax"),
    ])  # fmt: skip


def convnet() -> keras.Sequential:
    return keras.Sequential([
        keras.Input((28, 28)),
        kl.Reshape((28, 28, 1)),
        kl.Conv2D(4, 3, activation="relu"),
        kl.MaxPooling2D(2),
        kl.Flatten(),
        kl.Dense(10, "softmax"),
    ])  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two networks in both formats, ink, and the answers of each network."""
    folder = tmp_path_factory.mktemp("files")
    ink = np.random.default_rng(0).random((5, 28, 28), np.float32)
    np.save(folder / "ink.npy", ink)
    for name, model in (("mlp", perceptron()), ("cnn", convnet())):
        np.save(folder / f"{name}.npy", model.predict_on_batch(ink))
        write_keras(model, folder / f"{name}.keras")
        write_keras(model, folder / f"{name}.h5")
    return folder


@pytest.mark.parametrize("backend", [pytest.param("jax", marks=pytest.mark.long), "numpy"])
def test_plain_keras_opens_the_files_and_answers_alike(folder: Path, backend: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", OPEN_ELSEWHERE, str(folder), backend],
        env=os.environ | {"KERAS_BACKEND": backend}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    differences = dict(line.split() for line in result.stdout.splitlines())
    assert list(differences) == ["mlp.keras", "mlp.h5", "cnn.keras", "cnn.h5"]
    assert max(map(float, differences.values())) <= 1e-5


def test_nothing_but_the_files_is_left(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        "ink.npy", "mlp.npy", "mlp.keras", "mlp.h5", "cnn.npy", "cnn.keras", "cnn.h5",
    }  # fmt: skip


def test_a_compiled_model_keeps_its_optimizer(tmp_path: Path) -> None:
    model = perceptron()
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(np.zeros((4, 28, 28), np.float32), np.zeros(4), verbose=0)
    for name in ("model.keras", "model.h5"):
        write_keras(model, tmp_path / name)
        assert keras.saving.load_model(tmp_path / name).optimizer.iterations == 1


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_an_older_file_is_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("old")
    write_keras(perceptron(), tmp_path / name)
    assert keras.saving.load_model(tmp_path / name).count_params() == 12_730


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_a_full_disk_leaves_the_older_file(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def save(model: keras.Model, path: Path) -> None:
        path.write_text("half a file")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / name).write_text("old")
    monkeypatch.setattr(keras.Sequential, "save", save)
    with pytest.raises(CannotWrite, match=f"{name}: no space left on device"):
        write_keras(perceptron(), tmp_path / name)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "old")]


@pytest.mark.parametrize("name", ["model", "model.txt", "model.KERAS", "model.weights.npz"])
def test_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotWrite, match=r"expected a name that ends with \.keras or \.h5"):
        write_keras(perceptron(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match=r"missing/model\.h5: no such file or directory"):
        write_keras(perceptron(), tmp_path / "missing" / "model.h5")


def test_only_the_note_about_h5_is_silenced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("absl")
    logger.addHandler(caplog.handler)
    try:
        write_keras(perceptron(), tmp_path / "model.h5")
        assert not caplog.records
        perceptron().save(tmp_path / "noted.h5")
        assert "legacy" in caplog.text
    finally:
        logger.removeHandler(caplog.handler)


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_the_same_network_gives_the_same_bytes(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras would note the time in a `.keras` file, in its metadata and in the zip."""
    model: Any = convnet()
    write_keras(model, tmp_path / f"a{ending}")
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + 5_000)
    write_keras(model, tmp_path / f"b{ending}")
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()
    assert keras_bytes(model, ending) == (tmp_path / f"a{ending}").read_bytes()


def test_the_same_weights_in_another_model_give_the_same_bytes() -> None:
    """Keras would write the addresses of shared parts into a `.keras` file."""
    written = []
    for _ in range(2):
        keras.utils.clear_session()  # begins to number the models of the process again
        keras.utils.set_random_seed(0)
        written.append([keras_bytes(perceptron(), ending) for ending in (".keras", ".h5")])
    assert written[0] == written[1]


NOTES = {"inkdigit": {"name": "tiny"}, "inkdigit.parity": {"difference": 1e-7, "data": "mnist – validation"}}


def test_notes_are_where_anyone_can_read_them() -> None:
    with zipfile.ZipFile(io.BytesIO(keras_bytes(convnet(), ".keras", notes=NOTES))) as archive:
        metadata = json.loads(archive.read("metadata.json"))
        assert archive.testzip() is None
    assert {key: metadata[key] for key in NOTES} == NOTES
    assert metadata["keras_version"] == keras.__version__
    with h5py.File(io.BytesIO(keras_bytes(convnet(), ".h5", notes=NOTES))) as file:
        assert {key: json.loads(file.attrs[key]) for key in NOTES} == NOTES


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_notes_change_nothing_for_keras(ending: str) -> None:
    model, ink = convnet(), np.random.default_rng(0).random((3, 28, 28), np.float32)
    opened = open_keras(keras_bytes(model, ending, notes=NOTES), where="m")
    np.testing.assert_array_equal(run_keras(opened, ink), run_keras(model, ink))
    assert [layer.name for layer in opened.layers] == [layer.name for layer in model.layers]


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (784,)])
def test_a_model_is_given_the_shape_and_scale_that_it_takes(shape: tuple[int, ...]) -> None:
    ink = np.random.default_rng(0).random((3, 28, 28), np.float32)
    layers = [kl.Rescaling(1 / 255), kl.Flatten(), kl.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input(shape), *layers])
    expected = model.predict_on_batch(255 * ink.reshape(3, *shape))
    np.testing.assert_allclose(run_keras(model, ink), expected, atol=1e-6)
    np.testing.assert_allclose(run_keras(model, ink, scale=255), expected, atol=1e-6)
