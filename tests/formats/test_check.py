"""A model file is whole, plain and self-contained, or it is refused before ONNX Runtime sees it."""

import ast
import contextlib
import io
import pickle
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import ml_dtypes
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from inkdigit.errors import BadInput
from inkdigit.formats import check as modelfile
from inkdigit.formats.card import to_json
from inkdigit.formats.check import ModelFile, check_model_file, seal
from inkdigit.formats.onnx import onnx_bytes
from inkdigit.models.open import open_model
from inkdigit.models.runtime import Network
from small_models import CARD, echo, exported

EXPORT = Path(modelfile.__file__).parent


def check(content: bytes) -> ModelFile:
    return check_model_file(content, where="m.onnx")


def unsealed(content: bytes) -> bytes:
    """An exported file without the digest at its end."""
    return content[: -len(seal(b""))]


def refused(content: bytes) -> bool:
    """Whether the file is refused; any other error than the one for users ends the test."""
    with contextlib.suppress(BadInput):
        check(content)
        return False
    return True


def test_an_exported_model_passes() -> None:
    file = check(exported())
    assert (file.card, file.content) == (CARD, exported())
    assert check(onnx_bytes(echo())).card == CARD


def test_the_digest_of_the_file_is_that_of_other_programs(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(exported())
    done = subprocess.run(["sha256sum", tmp_path / "m.onnx"], capture_output=True, text=True, check=True)
    assert check(exported()).sha256 == done.stdout.split()[0]


def test_the_seal_is_an_entry_of_the_metadata_that_onnx_reads() -> None:
    entries = {entry.key: entry.value for entry in onnx.load_model_from_string(exported()).metadata_props}
    assert entries[modelfile.DIGEST_KEY].encode() == exported()[-64:]
    assert seal(unsealed(exported())) == exported()


def test_one_flipped_bit_is_seen_wherever_it_is() -> None:
    content, dice = bytearray(exported()), random.Random(0)
    for _ in range(1_000):
        bit = dice.randrange(8 * len(content))
        content[bit // 8] ^= 1 << bit % 8
        assert refused(bytes(content)), f"bit {bit}"
        content[bit // 8] ^= 1 << bit % 8
    assert not refused(bytes(content))


def test_every_bit_of_the_digest_itself_counts() -> None:
    content = bytearray(exported())
    for bit in range(8 * (len(content) - len(seal(b""))), 8 * len(content)):
        content[bit // 8] ^= 1 << bit % 8
        assert refused(bytes(content)), f"bit {bit}"
        content[bit // 8] ^= 1 << bit % 8


def test_a_file_cut_short_or_lengthened_is_refused() -> None:
    content = exported()
    assert all(refused(content[:size]) for size in (*range(0, len(content), 64), len(content) - 1))
    assert refused(content + b"\x00")
    assert refused(content + content)
    assert refused(seal(content))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_changed_and_sealed_again_it_is_refused_or_means_what_onnx_reads(data: st.DataObject) -> None:
    """Who changes a file may also seal it, so the rest of the check must hold without the digest."""
    content = bytearray(unsealed(exported()))
    for _ in range(data.draw(st.integers(1, 3))):
        # The weights are most of the file; a change in the structure is what is of interest.
        place = data.draw(st.one_of(st.integers(0, len(content) - 1), st.integers(0, 400)))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    changed = seal(bytes(content))
    if refused(changed):
        return
    model = onnx.load_model_from_string(changed)
    assert {node.op_type for node in model.graph.node} <= modelfile.OPERATORS
    assert {opset.domain for opset in model.opset_import} == {""}
    assert not model.functions
    assert not any(attribute.HasField("g") or attribute.graphs for node in model.graph.node
                   for attribute in node.attribute)  # fmt: skip
    for weight in model.graph.initializer:
        assert weight.data_location == TensorProto.DEFAULT
        assert np.isfinite(numpy_helper.to_array(weight)).all()


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(content: bytes) -> None:
    assert refused(content)
    assert refused(seal(content))


class Canary:
    """Writes a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def zipped() -> bytes:
    with zipfile.ZipFile(content := io.BytesIO(), "w") as archive:
        archive.writestr("../../config.json", "{}")
    return content.getvalue()


def hdf5() -> bytes:
    with h5py.File(content := io.BytesIO(), "w") as file:
        file["x"] = np.zeros(3)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "does not end with an inkdigit digest"),
        (b"inkdigi", "does not end with an inkdigit digest"),
        (zipped(), "does not end with"),
        (hdf5(), "does not end with"),
        (b"\x00" * 1_000, "does not end with"),
        (b"GIF89a" + b"\x00" * 100, "does not end with"),
    ],
)
def test_other_kinds_of_files_are_refused(content: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=f"cannot open model: m.onnx: {why}"):
        check(content)


def test_a_pickle_does_not_run(tmp_path: Path) -> None:
    for protocol in range(2, 6):
        with pytest.raises(BadInput, match="does not end with an inkdigit digest"):
            check(pickle.dumps(Canary(tmp_path / "ran"), protocol=protocol))
    assert list(tmp_path.iterdir()) == []


Spoil = Callable[[onnx.ModelProto], object]


def weight(model: onnx.ModelProto, name: str = "kernel") -> TensorProto:
    return next(tensor for tensor in model.graph.initializer if tensor.name == name)


def external(model: onnx.ModelProto) -> None:
    weight(model).data_location = TensorProto.EXTERNAL
    weight(model).external_data.add(key="location", value="../../etc/passwd")


def external_only_in_name(model: onnx.ModelProto) -> None:
    weight(model).external_data.add(key="location", value="../../etc/passwd")


def replaced(array: np.ndarray) -> Spoil:
    return lambda model: weight(model).CopyFrom(numpy_helper.from_array(array, "kernel"))


def of_floats(model: onnx.ModelProto) -> None:
    """The same weights in the other of ONNX's two forms."""
    numbers = numpy_helper.to_array(weight(model)).ravel().tolist()
    weight(model).CopyFrom(helper.make_tensor("kernel", TensorProto.FLOAT, (784, 11), numbers))


def shaped(*dims: int) -> Spoil:
    def spoil(model: onnx.ModelProto) -> None:
        weight(model).dims[:] = dims

    return spoil


def node(operator: str, domain: str = "", **attributes: Any) -> Spoil:
    made = helper.make_node(operator, ["logits"], ["more"], domain=domain, **attributes)
    return lambda model: model.graph.node.append(made)


def with_body(model: onnx.ModelProto) -> None:
    model.graph.node[0].attribute.append(helper.make_attribute("body", onnx.GraphProto(name="body")))


def with_bodies(model: onnx.ModelProto) -> None:
    model.graph.node[0].attribute.append(helper.make_attribute("bodies", [onnx.GraphProto(name="body")]))


def set_card(card: str) -> Spoil:
    return lambda model: helper.set_model_props(model, {"inkdigit": card})


def input_of(*sides: int | str, element: int = TensorProto.FLOAT, name: str = "ink") -> Spoil:
    return lambda model: model.graph.input[0].CopyFrom(helper.make_tensor_value_info(name, element, sides))


def output_of(*sides: int | str, element: int = TensorProto.FLOAT) -> Spoil:
    return lambda model: model.graph.output[0].CopyFrom(helper.make_tensor_value_info("probabilities", element, sides))


SEQUENCE = helper.make_value_info("s", helper.make_sequence_type_proto(helper.make_tensor_type_proto(1, None)))
FUNCTION = helper.make_function("", "Relu", ["x"], ["y"], [], [helper.make_opsetid("", 20)])
INF = np.full((784, 11), np.inf, np.float32)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (external, "keeps its weights in another file"),
        (external_only_in_name, "keeps its weights in another file"),
        (node("Loop"), "uses operators that no inkdigit model has: Loop"),
        (node("If"), "has: If"),
        (node("Loop", body=onnx.GraphProto(name="b")), "has: Loop"),
        (node("Evil", "com.evil"), "has: com.evil:Evil"),
        (node("Relu", "com.microsoft"), "has: com.microsoft:Relu"),
        (node("LoadFile\n"), r"has: LoadFile\\n"),
        (node("Constant", value_string=b"x"), "has: Constant"),
        (with_body, "has loops or branches"),
        (with_bodies, "has loops or branches"),
        (lambda m: m.functions.append(FUNCTION), "has functions of its own"),
        (lambda m: m.opset_import.add(domain="com.evil", version=1), "has: '', 'com.evil'"),
        (lambda m: m.opset_import.pop(), "has: no operator set"),
        (lambda m: m.training_info.add(), "has a field 20 in its model"),
        (lambda m: m.graph.sparse_initializer.add(), "has a field 15 in its graph"),
        (lambda m: m.graph.ClearField("node"), "holds no network"),
        (lambda m: m.ClearField("graph"), "holds no network"),
        (replaced(np.zeros((784, 11))), r"kernel: expected float32, float16, int64, int32, int8 or .*, got type 11"),
        (replaced(np.zeros((784, 11), ml_dtypes.bfloat16)), "got type 16"),
        (replaced(np.zeros((784, 11), np.float16)), "weight kernel: is float16, and MatMul takes it without a Cast"),
        (lambda m: m.graph.initializer.append(weight(m)), "has two weights of the same name"),
        (replaced(np.array([b"rm -rf"], object)), "has a field 6 in its weight"),
        (replaced(INF), "weight kernel: holds numbers that are not finite"),
        (replaced(np.full((784, 11), np.nan, np.float32)), "not finite"),
        (of_floats, "has a field 4 in its weight"),
        (shaped(784, 12), "weight kernel: expected 37,632 bytes for its shape, got 34,496"),
        (shaped(2**62, 2**62), r"expected more than 2\^63 bytes for its shape, got 34,496"),
        (shaped(-784, -11), "has a shape that no array has"),
        (shaped(*[1] * 7, 784, 11), "has a shape that no array has"),
        (node("Conv", pads=[2**40] * 4), r"has pads outside -8 to 4,096 \(Conv\)"),
        (node("Softmax", axis=-(2**63)), "has axis outside"),
        (node("Relu", note="a text"), "has a field 4 in its attribute"),
        (lambda m: m.ClearField("metadata_props"), "has no inkdigit card in its metadata"),
        (set_card("{}"), "bad model card: format: is missing"),
        (set_card(to_json(CARD).replace('"format": 1', '"format": 3')), r"made by a newer version \(3\)"),
        (set_card(to_json(CARD).replace('"framing": 1', '"framing": 2')), "framing: expected 1, got 2"),
        (set_card(to_json(replace(CARD, classes="0123456789"))), "does not answer with 10 probabilities"),
        (lambda m: m.metadata_props.add(key="inkdigit", value="{}"), "an entry of its metadata twice"),
        (input_of("batch", 32, 32), "does not take images of 28x28"),
        (input_of("batch", 28, 28, element=TensorProto.UINT8), "does not take images of 28x28"),
        (input_of("batch", 28, 28, name="x"), "does not take images of 28x28"),
        (input_of(1, 28, 28), "does not take any number of images"),
        (lambda m: m.graph.input.append(m.graph.input[0]), "does not take images of 28x28"),
        (lambda m: m.graph.output.append(m.graph.output[0]), "does not answer with 11"),
        (output_of("batch", 26), "does not answer with 11 probabilities"),
        (output_of("batch", 11, element=TensorProto.DOUBLE), "does not answer with 11 probabilities"),
        (lambda m: m.graph.value_info.append(SEQUENCE), "has a field 4 in its type"),
    ],
)  # fmt: skip
def test_what_inkdigit_does_not_write_is_refused(spoil: Spoil, why: str) -> None:
    model = echo()
    spoil(model)
    with pytest.raises(BadInput, match=why):
        check(onnx_bytes(model))


def in_half_precision() -> onnx.ModelProto:
    """The echo with its kernel stored as float16."""
    model = echo()
    weight(model).CopyFrom(numpy_helper.from_array(np.eye(784, 11, dtype=np.float16), "kernel"))
    model.graph.node.insert(0, helper.make_node("Cast", ["kernel"], ["unpacked"], name="cast", to=TensorProto.FLOAT))
    model.graph.node[2].input[1] = "unpacked"
    return model


def test_a_kernel_in_half_precision_passes() -> None:
    network = Network(check(onnx_bytes(in_half_precision())), where="m.onnx")
    ink = np.random.default_rng(0).random((3, 28, 28), np.float32)
    powers = np.exp(ink.reshape(3, 784)[:, :11])
    np.testing.assert_allclose(network(ink), powers / powers.sum(axis=1, keepdims=True), atol=1e-6)


def cast(*, of: str = "kernel", **options: Any) -> Spoil:
    """Another Cast in the place of the right one."""
    made = helper.make_node("Cast", [of], ["unpacked"], name="cast", **options)
    return lambda model: model.graph.node[0].CopyFrom(made)


def cast_of_an_activation(to: int) -> Spoil:
    made = helper.make_node("Cast", ["logits"], ["more"], name="cast", to=to)
    return lambda model: model.graph.node.append(made)


def kernel_bytes(content: bytes) -> Spoil:
    return lambda model: setattr(weight(model), "raw_data", content)


def one_half(bits: int) -> Spoil:
    """One of the numbers with these sixteen bits."""
    numbers = np.zeros(784 * 11, "<u2")
    numbers[-1] = bits
    return kernel_bytes(numbers.tobytes())


ELSEWHERE = "has a Cast of something other than a weight from float16 to float32"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (cast(to=TensorProto.INT64), ELSEWHERE),
        (cast(to=TensorProto.DOUBLE), ELSEWHERE),
        (cast(to=TensorProto.FLOAT16), ELSEWHERE),
        (cast(to=TensorProto.STRING), ELSEWHERE),
        (cast(to=[TensorProto.FLOAT]), ELSEWHERE),
        (cast(to=1.0), ELSEWHERE),
        (cast(), ELSEWHERE),
        (cast(to=TensorProto.FLOAT, saturate=0), ELSEWHERE),
        (cast(to=2**40), "has to outside -8 to 4,096"),
        (cast(to=TensorProto.FLOAT, of="ink"), ELSEWHERE),
        (cast(to=TensorProto.FLOAT, of="flat"), ELSEWHERE),
        (cast(to=TensorProto.FLOAT, of="unpacked"), ELSEWHERE),
        (cast(to=TensorProto.FLOAT, of="nothing"), ELSEWHERE),
        (cast(to=TensorProto.FLOAT, of=""), ELSEWHERE),
        (lambda m: m.graph.node[0].ClearField("input"), ELSEWHERE),
        (lambda m: m.graph.node[0].input.append("kernel"), ELSEWHERE),
        (lambda m: m.graph.node[0].ClearField("output"), ELSEWHERE),
        (lambda m: m.graph.node[0].output.append("more"), ELSEWHERE),
        (cast_of_an_activation(TensorProto.FLOAT), ELSEWHERE),
        (cast_of_an_activation(TensorProto.FLOAT16), ELSEWHERE),
        (lambda m: m.graph.node.append(m.graph.node[0]), "weight kernel: has two Casts to float32"),
        (node("Cast", to=TensorProto.FLOAT), ELSEWHERE),
        (lambda m: m.graph.node[2].input.__setitem__(1, "kernel"), "is float16, and MatMul takes it without a Cast"),
        (kernel_bytes(bytes(4 * 784 * 11)), "weight kernel: expected 17,248 bytes for its shape, got 34,496"),
        (kernel_bytes(bytes(2 * 784 * 11 - 1)), "expected 17,248 bytes for its shape, got 17,247"),
        (kernel_bytes(b""), "expected 17,248 bytes for its shape, got 0"),
        (shaped(11, 784), "weight unpacked: expected 784x11, got 11x784"),
        (one_half(0x7C00), "weight kernel: holds numbers that are not finite"),
        (one_half(0xFC00), "not finite"),
        (one_half(0x7E00), "not finite"),
        (one_half(0xFC01), "not finite"),
    ],
)  # fmt: skip
def test_of_half_precision_nothing_else_is_taken(spoil: Spoil, why: str) -> None:
    model = in_half_precision()
    # With the shapes between the layers, as every exported file has them.
    model = onnx.shape_inference.infer_shapes(model)
    spoil(model)
    with pytest.raises(BadInput, match=why):
        check(onnx_bytes(model))


def test_twelve_million_weights_are_no_more_than_is_opened(tmp_path: Path) -> None:
    model = echo()
    model.graph.initializer.append(numpy_helper.from_array(np.ones((6_000, 2_000), np.float32), "more"))
    (tmp_path / "m.onnx").write_bytes(onnx_bytes(model))
    assert open_model(tmp_path / "m.onnx").card == CARD


@pytest.mark.parametrize("bits", [0x7BFF, 0xFBFF, 0x8000, 0x0001])
def test_the_largest_and_the_smallest_halves_are_finite(bits: int) -> None:
    model = in_half_precision()
    one_half(bits)(model)
    assert not refused(onnx_bytes(model))


def test_a_part_that_comes_twice_is_refused() -> None:
    """Protobuf merges two graphs into one; a reader that takes the first would see another network."""
    second = onnx.ModelProto(graph=onnx.GraphProto(node=[helper.make_node("Loop", ["x"], ["y"])]))
    with pytest.raises(BadInput, match="has two of graph in its model"):
        check(seal(unsealed(exported()) + second.SerializeToString()))


def test_a_file_of_a_million_parts_is_refused() -> None:
    model = onnx.ModelProto(graph=onnx.GraphProto(node=[onnx.NodeProto(input=[""] * 60_000, op_type="Add")]))
    model.metadata_props.extend(echo().metadata_props)
    model.opset_import.extend(echo().opset_import)
    with pytest.raises(BadInput, match="has more than 50,000 parts"):
        check(onnx_bytes(model))


def operators_written() -> set[str]:
    """The names in `graph.add("...")`, `Node("...", ...)` and `_operator("...")` of the export stage."""
    names = set()
    for path in EXPORT.glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant):
                function = getattr(call.func, "attr", getattr(call.func, "id", ""))
                writes = function in {"add", "join", "Node", "_operator", "_transpose"}
                names |= {str(call.args[0].value)} if writes else set()
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "_reduce":
                names.add(str(ast.literal_eval(call.args[2])))
    return {name for name in names if name[:1].isupper()}


def test_what_is_allowed_is_what_is_written() -> None:
    assert operators_written() | {"QuantizeLinear", "DequantizeLinear"} == modelfile.OPERATORS


def of_kind(model: onnx.ModelProto, operator: str) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.op_type == operator)


def turned(operator: str) -> Spoil:
    """The same bytes as the transposed shape: what a converter from another framework may get wrong."""

    def spoil(model: onnx.ModelProto) -> None:
        dims = weight(model, of_kind(model, operator).input[1]).dims
        dims[:] = [*reversed(dims[:2]), *dims[2:]]

    return spoil


def without(operator: str, place: int) -> Spoil:
    return lambda model: model.graph.initializer.remove(weight(model, of_kind(model, operator).input[place]))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (turned("MatMul"), r"m.onnx: weight \w+/kernel: expected 144x11, got 11x144;"),
        (turned("Conv"), r"m.onnx: weight \w+/kernel: expected 4x1x3x3, got 1x4x3x3;"),
        (without("MatMul", 1), r"m.onnx: \w+/MatMul: expected \w+/kernel, which the file does not have;"),
        (without("Conv", 2), r"m.onnx: \w+/Conv: expected \w+/bias, which the file does not have;"),
        (without("BatchNormalization", 3), "expected .*/moving_mean, which the file does not have;"),
    ],
)
def test_a_weight_that_does_not_fit_is_named_with_both_shapes(spoil: Spoil, why: str) -> None:
    model = onnx.load_model_from_string(exported())
    spoil(model)
    with pytest.raises(BadInput, match=why):
        check(onnx_bytes(model))


def test_the_check_needs_no_onnx() -> None:
    heavy = {"onnx", "onnxruntime", "google.protobuf", "keras", "jax", "pickle5"}
    code = f"import sys, inkdigit.formats.check; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
