"""A checked file answers as its network does, for any number of images, or is refused by its self-test."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

from inkdigit.errors import BadInput
from inkdigit.formats.check import check_model_file
from inkdigit.formats.onnx import onnx_bytes
from inkdigit.models.runtime import BATCH, Network, probe_ink
from small_models import echo, exported

INK = np.random.default_rng(0).random((2 * BATCH + 7, 28, 28), np.float32)


def network(content: bytes) -> Network:
    return Network(check_model_file(content, where="m.onnx"), where="m.onnx")


@pytest.mark.parametrize("n", [0, 1, BATCH, BATCH + 1, len(INK)])
def test_it_answers_as_onnx_runtime_does_with_all_at_once(n: int) -> None:
    session = onnxruntime.InferenceSession(exported(), providers=["CPUExecutionProvider"])
    answers = network(exported())(INK[:n])
    assert answers.shape == (n, 11)
    assert answers.dtype == np.float32
    np.testing.assert_allclose(answers, session.run(None, {"ink": INK[:n]})[0], atol=1e-6)


def test_it_computes_what_its_graph_says() -> None:
    powers = np.exp(INK[:, 0, :11].astype(np.float64))
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network(onnx_bytes(echo()))(INK), expected, atol=1e-6)


def test_it_takes_frames_that_lie_anywhere_in_memory() -> None:
    """A page is cut into views of one picture."""
    asked = network(exported())
    turned = INK[:5, ::-1, ::-1]
    assert not turned.flags.c_contiguous
    np.testing.assert_array_equal(asked(turned), asked(np.ascontiguousarray(turned)))


def test_many_threads_may_ask_at_once() -> None:
    asked = network(exported())
    expected = asked(INK)
    with ThreadPoolExecutor(8) as pool:
        for answers in pool.map(asked, [INK] * 40):
            np.testing.assert_array_equal(answers, expected)


def test_the_probes_are_ink() -> None:
    probes = probe_ink()
    assert (probes.min(), probes.max()) == (0, 1)
    assert len({probe.tobytes() for probe in probes}) == len(probes) == 4


def _misfit(model: onnx.ModelProto) -> None:
    """A kernel turned on its side: the bytes are as many as before."""
    model.graph.initializer[1].dims[:] = [11, 784]


def _unconnected(model: onnx.ModelProto) -> None:
    model.graph.node[1].input[0] = "nothing"


def _old(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 10_000


def _other_batch(model: onnx.ModelProto) -> None:
    """Makes one long row of all images, so only a batch of one fits."""
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.array([1, 784], np.int64), "flat"))


def _no_softmax(model: onnx.ModelProto) -> None:
    model.graph.node[2].CopyFrom(helper.make_node("Relu", ["logits"], ["probabilities"]))


def _overflowing(model: onnx.ModelProto) -> None:
    """Finite weights whose sum is not: softmax makes NaN of infinity."""
    kernel = np.full((784, 11), 3e38, np.float32)
    model.graph.initializer[1].CopyFrom(numpy_helper.from_array(kernel, "kernel"))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_misfit, "ONNX Runtime refuses it"),
        (_unconnected, "expected nothing, which the file does not have"),
        (_old, "ONNX Runtime refuses it"),
        (_other_batch, "fails on images of 28x28"),
        (_no_softmax, "does not answer with 11 probabilities per image"),
        (_overflowing, "does not answer with 11 probabilities per image"),
    ],
)
def test_what_passes_the_check_and_does_not_work_is_refused(
    spoil: Callable[[onnx.ModelProto], None], why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    model = echo()
    spoil(model)
    with pytest.raises(BadInput, match=why):
        network(onnx_bytes(model))
    assert capfd.readouterr() == ("", ""), "nothing of what ONNX Runtime has to say is printed"
