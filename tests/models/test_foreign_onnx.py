"""Anybody's ONNX files: how their input lies, what their numbers mean, what they give; and files that do harm."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from inkdigit.errors import BadInput
from inkdigit.models import foreign_onnx
from inkdigit.models.model import of_digits
from inkdigit.models.open import open_model
from inkdigit.models.preparation import DEVIATION, MEAN
from inkdigit.sample import sample
from inkdigit.types import Ink

INK: Ink = sample()[0].astype(np.float32) / np.float32(255)
Nodes = list[onnx.NodeProto]


@pytest.fixture(scope="module")
def dense() -> list[dict[str, np.ndarray]]:
    """The two layers of a network that reads digits."""
    return [dict(layer.weights) for layer in open_model("mlp-plain").chain.layers if layer.weights]


@pytest.fixture(scope="module")
def expected() -> np.ndarray:
    return of_digits(open_model("mlp-plain").outputs(INK))


def saved(
    folder: Path,
    dense: Sequence[dict[str, np.ndarray]],
    *,
    sides: Sequence[int | str],
    before: Callable[[str], Nodes] = lambda name: [helper.make_node("Identity", ["image"], [name])],
    after: str = "Softmax",
    constants: dict[str, np.ndarray] | None = None,
    kind: int = TensorProto.FLOAT,
    outputs: Sequence[int | str] = ("n", 10),
    old: bool = False,
    more: Nodes | None = None,
    operators: int = 17,
) -> Path:
    """An ONNX file as other programs write them, that reads digits; `before` makes ink of its input."""
    weights = {"shape": np.array([-1, 784], np.int64)} | (constants or {})
    nodes = [*before("ink"), helper.make_node("Reshape", ["ink", "shape"], ["x0"])]
    for i, layer in enumerate(dense):
        weights |= {f"w{i}": layer["kernel"], f"b{i}": layer["bias"]}
        nodes.append(helper.make_node("Gemm", [f"x{i}", f"w{i}", f"b{i}"], [f"y{i}"]))
        if i < len(dense) - 1:
            nodes.append(helper.make_node("Relu", [f"y{i}"], [f"x{i + 1}"]))
    nodes += [helper.make_node(after, [f"y{len(dense) - 1}"], ["out"]), *(more or [])]
    inputs = [helper.make_tensor_value_info("image", kind, sides)]
    if old:  # until 2018 the weights stood among the inputs
        inputs += [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
            for name, array in weights.items()
        ]
    graph = helper.make_graph(
        nodes, "theirs", inputs, [helper.make_tensor_value_info("out", TensorProto.FLOAT, outputs)],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", operators)], ir_version=3 if old else 8)
    path = folder / "theirs.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def scaled(scale: float, offset: float = 0.0) -> Callable[[str], Nodes]:
    """What undoes a range of levels."""
    return lambda name: [
        helper.make_node("Sub", ["image", "offset"], ["moved"]),
        helper.make_node("Div", ["moved", "scale"], [name]),
    ]


def levels(scale: float, offset: float = 0.0) -> dict[str, np.ndarray]:
    return {"scale": np.float32(scale).reshape(1), "offset": np.float32(offset).reshape(1)}


@pytest.mark.parametrize(
    "sides",
    [("n", 1, 28, 28), ("n", 784), (1, 1, 28, 28), ("n", "c", "h", "w"), (784,),
     *(pytest.param(sides, marks=pytest.mark.long, id=str(sides)) for sides in (
         ("n", 28, 28, 1), ("n", 28, 28), (1, 784), (16, 1, 28, 28), (28, 28), ("n", "pixels")))],
    ids=str,
)  # fmt: skip
def test_however_its_input_lies(
    tmp_path: Path, dense: list[dict[str, np.ndarray]], expected: np.ndarray, sides: tuple[int | str, ...]
) -> None:
    model = open_model(saved(tmp_path, dense, sides=sides))
    np.testing.assert_allclose(model.outputs(INK), expected, atol=1e-5)
    assert (model.name, model.card.parameters) == (
        "theirs.onnx",
        sum(a.size for one in dense for a in one.values()) + 2,
    )


@pytest.mark.parametrize(
    ("scale", "offset"), [(255, 0), (1 / DEVIATION, -MEAN / DEVIATION), (2, -1), (-1, 1), (-255, 255)]
)
def test_whatever_its_numbers_mean(
    tmp_path: Path,
    dense: list[dict[str, np.ndarray]],
    expected: np.ndarray,
    caplog: pytest.LogCaptureFixture,
    scale: float,
    offset: float,
) -> None:
    path = saved(tmp_path, dense, sides=("n", 1, 28, 28), before=scaled(scale, offset), constants=levels(scale, offset))
    with caplog.at_level(logging.WARNING):
        model = open_model(path)
    reads = np.mean(model.outputs(INK).argmax(axis=1) == expected.argmax(axis=1))
    # Of a range between two usual ones, the usual one next to it serves as well.
    assert reads > 0.97
    if (scale, offset) == (255, 0):
        assert "takes 0 paper to 255 ink" in caplog.text


def test_on_their_side_as_emnist_has_them(
    tmp_path: Path, dense: list[dict[str, np.ndarray]], expected: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    def upright(name: str) -> Nodes:
        return [helper.make_node("Transpose", ["image"], [name], perm=[0, 1, 3, 2])]

    with caplog.at_level(logging.WARNING):
        model = open_model(saved(tmp_path, dense, sides=("n", 1, 28, 28), before=upright))
    np.testing.assert_allclose(model.outputs(INK), expected, atol=1e-5)
    assert "rows as columns" in caplog.text


@pytest.mark.parametrize(
    ("sides", "axes", "starts", "ends"),
    [(("n", 1, 32, 32), [2, 3], [2, 2], [30, 30]), (("n", 3, 28, 28), [1], [1], [2]),
     (("n", 28, 28, 3), [3], [2], [3]), (("n", 32, 32, 3), [1, 2, 3], [2, 2, 0], [30, 30, 1])],
    ids=str,
)  # fmt: skip
def test_larger_images_and_colours(
    tmp_path: Path,
    dense: list[dict[str, np.ndarray]],
    expected: np.ndarray,
    sides: tuple[int | str, ...],
    axes: list[int],
    starts: list[int],
    ends: list[int],
) -> None:
    constants = {name: np.array(value, np.int64) for name, value in (("s", starts), ("e", ends), ("a", axes))}

    def cut(name: str) -> Nodes:
        return [helper.make_node("Slice", ["image", "s", "e", "a"], [name])]

    model = open_model(saved(tmp_path, dense, sides=sides, before=cut, constants=constants))
    np.testing.assert_allclose(model.outputs(INK), expected, atol=1e-5)


@pytest.mark.parametrize("after", ["Identity", "LogSoftmax"])
def test_logits_become_probabilities(
    tmp_path: Path, dense: list[dict[str, np.ndarray]], expected: np.ndarray, after: str
) -> None:
    model = open_model(saved(tmp_path, dense, sides=("n", 784), after=after))
    np.testing.assert_allclose(model.outputs(INK), expected, atol=1e-5)


def test_whole_numbers_are_grey_levels(
    tmp_path: Path, dense: list[dict[str, np.ndarray]], expected: np.ndarray
) -> None:
    def ink(name: str) -> Nodes:
        cast = helper.make_node("Cast", ["image"], ["levels"], to=TensorProto.FLOAT)
        return [cast, helper.make_node("Div", ["levels", "scale"], [name])]

    path = saved(tmp_path, dense, sides=("n", 28, 28), before=ink, constants=levels(255), kind=TensorProto.UINT8)
    np.testing.assert_allclose(open_model(path).outputs(INK), expected, atol=1e-5)


def test_weights_among_the_inputs_as_in_old_files(
    tmp_path: Path, dense: list[dict[str, np.ndarray]], expected: np.ndarray
) -> None:
    path = saved(tmp_path, dense, sides=("n", 784), old=True, operators=8, outputs=())
    np.testing.assert_allclose(open_model(path).outputs(INK), expected, atol=1e-5)


def test_after_a_crash_it_answers_again(tmp_path: Path, dense: list[dict[str, np.ndarray]]) -> None:
    path = saved(tmp_path, dense, sides=("n", 784))
    guest = foreign_onnx.Guest(path.read_bytes(), where=path)
    before = guest.predict(INK[:3].reshape(3, 784))
    guest._worker.close()
    np.testing.assert_array_equal(guest.predict(INK[:3].reshape(3, 784)), before)


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        open_model(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def rewritten(path: Path, change: Callable[[Any], object]) -> Path:
    model = onnx.load(path)
    change(model)
    path.write_bytes(model.SerializeToString())
    return path


def test_what_does_more_than_compute_is_refused(tmp_path: Path, dense: list[dict[str, np.ndarray]]) -> None:
    def with_node(**given: Any) -> str:
        node = helper.make_node(inputs=["image"], outputs=["other"], **given)
        return refused(saved(tmp_path, dense, sides=("n", 784), more=[node]))

    branch = helper.make_graph([helper.make_node("Identity", ["image"], ["b"])], "b", [], [
        helper.make_tensor_value_info("b", TensorProto.FLOAT, None)])  # fmt: skip
    assert "operator com.example:Anything" in with_node(op_type="Anything", domain="com.example")
    assert "operator RandomNormalLike" in with_node(op_type="RandomNormalLike")
    assert "operator If" in with_node(op_type="If", then_branch=branch, else_branch=branch)
    assert "loops or conditions within" in with_node(op_type="Identity", body=branch)


def test_weights_in_another_file_are_refused(tmp_path: Path, dense: list[dict[str, np.ndarray]]) -> None:
    def outside(model: Any) -> None:
        weight = model.graph.initializer[1]
        weight.ClearField("raw_data")
        weight.data_location = TensorProto.EXTERNAL
        weight.external_data.add(key="location", value="/etc/passwd")

    assert "in another file" in refused(rewritten(saved(tmp_path, dense, sides=("n", 784)), outside))


def test_sizes_that_are_not_there_are_refused(tmp_path: Path, dense: list[dict[str, np.ndarray]]) -> None:
    def larger(model: Any) -> None:
        model.graph.initializer[1].dims[0] = 1 << 40

    assert "bytes for its shape" in refused(rewritten(saved(tmp_path, dense, sides=("n", 784)), larger))

    def without(model: Any) -> None:
        larger(model)
        model.graph.initializer[1].ClearField("raw_data")

    assert "more than" in refused(rewritten(saved(tmp_path, dense, sides=("n", 784)), without))


def test_what_fills_the_memory_is_ended(
    tmp_path: Path, dense: list[dict[str, np.ndarray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign_onnx, "SECONDS", 20.0)
    nodes = [
        helper.make_node("ConstantOfShape", ["much"], ["filled"]),
        helper.make_node("ReduceSum", ["filled"], ["other"], keepdims=0),
        helper.make_node("Add", ["out", "other"], ["more"]),
    ]
    path = saved(
        tmp_path, dense, sides=("n", 784), more=nodes, constants={"much": np.array([1 << 20, 1 << 14], np.int64)}
    )

    def answers_with_more(model: Any) -> None:
        model.graph.output[0].name = "more"

    assert "ONNX Runtime" in refused(rewritten(path, answers_with_more))


@pytest.mark.parametrize(
    ("sides", "outputs", "why"),
    [((1, 3, 224, 224), (1, 10), "takes image 1x3x224x224"), (("n", 784), ("n", 7), "gives")],
    ids=["another picture", "other classes"],
)
def test_what_reads_no_digits_is_refused(
    tmp_path: Path, dense: list[dict[str, np.ndarray]], sides: tuple[int, ...], outputs: tuple[int, ...], why: str
) -> None:
    seven = [*dense[:-1], {name: array[..., :7] for name, array in dense[-1].items()}]
    assert why in refused(saved(tmp_path, seven, sides=sides, outputs=outputs))


def test_an_export_says_why_not(tmp_path: Path, dense: list[dict[str, np.ndarray]]) -> None:
    model = open_model(saved(tmp_path, dense, sides=("n", 784)))
    assert not model.has_layers
    with pytest.raises(BadInput, match="ONNX file of another program"):
        _ = model.chain
