"""Everyday layers of notebooks, in every format that can hold them; what a format cannot hold is named."""

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest
from keras import layers as kl

from foreign_networks import branched, scatter
from inkdigit.errors import BadInput
from inkdigit.export import export
from inkdigit.models.open import open_model
from inkdigit.sample import sample

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

CONV: dict[str, Any] = {"strides": 3, "activation": "tanh"}
KINDS: dict[str, list[kl.Layer]] = {
    "ZeroPadding2D, as in LeNet-5": [kl.ZeroPadding2D(2), kl.Conv2D(3, 5, **CONV)],
    "Cropping2D and UpSampling2D": [kl.Cropping2D(2), kl.Conv2D(3, 5, **CONV), kl.UpSampling2D(2)],
    "SeparableConv2D": [kl.SeparableConv2D(4, 3, **CONV), kl.SeparableConv2D(4, 3, activation="relu")],
    "GlobalMaxPooling2D": [kl.Conv2D(9, 5, **CONV), kl.GlobalMaxPooling2D()],
    "PReLU": [kl.Conv2D(4, 5, strides=3), kl.PReLU(), kl.Flatten(), kl.Dense(8), kl.PReLU()],
    "LayerNormalization": [kl.Conv2D(8, 5, **CONV), kl.LayerNormalization()],
    "Normalization": [kl.Normalization(mean=0.13, variance=0.09), kl.Conv2D(3, 5, **CONV)],
}


@pytest.fixture(params=[*(pytest.param(kind, marks=pytest.mark.long) for kind in KINDS), "branches"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    keras.utils.set_random_seed(0)
    if request.param == "branches":
        network = branched()
    else:
        layers = [*KINDS[request.param], kl.Flatten(), kl.Dense(10, "softmax")]
        network = scatter(keras.Sequential([keras.Input((28, 28, 1)), *layers]))
    network.save(tmp_path / "notebook.keras")
    return tmp_path / "notebook.keras"


def test_every_format_holds_it_and_the_export_opens_again(model: Path, tmp_path: Path) -> None:
    ink = sample()[0][:20].astype(np.float32) / np.float32(255)
    expected = open_model(model).outputs(ink)
    for form, name in (("onnx", "a.onnx"), ("keras", "a.keras"), ("h5", "a.h5"), ("tfjs", "folder")):
        written = export(model, format=form, out=tmp_path / name)
        assert written.parity["notebook"].difference < 1e-5
        if form != "tfjs":
            np.testing.assert_allclose(open_model(tmp_path / name).outputs(ink), expected, atol=1e-5)
    again = open_model(tmp_path / "a.onnx")
    assert len(again.chain.layers) >= 3


def test_the_page_names_what_it_does_not_compute(tmp_path: Path) -> None:
    layers = [kl.ZeroPadding2D(2, name="paper"), kl.Flatten(), kl.Dense(10, "softmax")]
    keras.Sequential([keras.Input((28, 28, 1)), *layers]).save(tmp_path / "notebook.keras")
    with pytest.raises(BadInput, match='layer "paper": the page does not compute ZeroPadding2D'):
        export(tmp_path / "notebook.keras", format="site", out=tmp_path / "site")
    assert not (tmp_path / "site").exists()
