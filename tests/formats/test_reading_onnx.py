"""Reading networks as ONNX files: ONNX Runtime answers as the training's own forward pass does, at every size."""

import json

import jax.numpy as jnp
import numpy as np
import onnx
import pytest

from inkdigit.architectures import DETECTOR, LINE, Architecture
from inkdigit.formats.reading_onnx import CARD_KEY, write_reading_network
from inkdigit.ort import onnxruntime
from inkdigit.training.convnet import first_moments, first_weights, fold, make_forward
from inkdigit.training.device import Device

PLAIN = Device("cpu", fast_bfloat16=False)


@pytest.mark.parametrize(
    ("architecture", "shape"),
    [(LINE, (40, 64)), (LINE, (40, 132)), (DETECTOR, (64, 48)), (DETECTOR, (32, 160))],
    ids=lambda one: one.name if isinstance(one, Architecture) else "x".join(map(str, one)),
)
def test_onnx_runtime_gives_the_same(architecture: Architecture, shape: tuple[int, int]) -> None:
    weights, moments = first_weights(architecture, 5), first_moments(architecture)
    content = write_reading_network(architecture, fold(architecture, weights, moments), {"network": architecture.name})
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    x = np.random.default_rng(0).normal(size=(2, 1, *shape)).astype(np.float32)
    [found] = session.run(None, {"picture": x})
    expected, _ = make_forward(architecture, "float32", PLAIN, moments=moments)(
        weights, jnp.asarray(x.transpose(0, 2, 3, 1))
    )
    np.testing.assert_allclose(found, np.asarray(expected).transpose(0, 3, 1, 2), rtol=0.02, atol=0.02)


def test_the_file_is_valid_and_says_what_it_is() -> None:
    folded = fold(LINE, first_weights(LINE, 0), first_moments(LINE))
    content = write_reading_network(LINE, folded, {"network": "line", "parameters": LINE.parameters})
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model, full_check=True)
    [prop] = model.metadata_props
    assert prop.key == CARD_KEY
    assert json.loads(prop.value) == {"network": "line", "parameters": LINE.parameters}
    assert len(content) < 1_600_000
