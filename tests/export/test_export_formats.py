"""Every format of every kind of source answers as the source does, and says so in its metadata."""

import io
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

import h5py
import onnx

from inkdigit.errors import BadInput, Disagreement
from inkdigit.export import formats
from inkdigit.export.formats import FORMATS, reduced
from inkdigit.export.parity import Parity
from inkdigit.export.place import stem_of
from inkdigit.formats import keras as keras_files
from inkdigit.formats import tfjs
from inkdigit.formats.card import from_json
from inkdigit.formats.check import check_model_file
from inkdigit.formats.keras_chain import run_keras
from inkdigit.formats.reference import run_chain
from inkdigit.formats.tfjs import chain_from_tfjs
from inkdigit.models.model import Model
from inkdigit.models.open import open_model
from inkdigit.models.runtime import Network
from inkdigit.types import Digits, Ink

SINGLE = sorted(FORMATS.keys() - {"site"})
EVERY = [(form, kind) for form in SINGLE for kind in (None, *FORMATS[form].quantized)]


def answers_of(files: dict[str, bytes], ink: Ink) -> Any:
    """What written files answer, through whatever reads their format."""
    if "model.json" in files:
        return run_chain(chain_from_tfjs(files), ink)
    [(name, content)] = files.items()
    if name.endswith(".onnx"):
        return Network(check_model_file(content, where=name), where=name)(ink)
    return run_keras(keras_files.open_keras(content, where=name), ink)


def metadata_of(files: dict[str, bytes]) -> tuple[dict[str, Any], float]:
    """The card in written files, and the difference that they say was measured."""
    if "model.json" in files:
        found = json.loads(files["model.json"])["userDefinedMetadata"]
        return found["inkdigit"], found["parity"]["difference"]
    [(name, content)] = files.items()
    if name.endswith(".onnx"):
        entries = {entry.key: entry.value for entry in onnx.load_model_from_string(content).metadata_props}
        return json.loads(entries["inkdigit"]), float(entries["inkdigit.parity"])
    if name.endswith(".keras"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = json.loads(archive.read("metadata.json"))
        return found["inkdigit"], found["inkdigit.parity"]["difference"]
    with h5py.File(io.BytesIO(content)) as file:
        found = {key: json.loads(file.attrs[key]) for key in ("inkdigit", "inkdigit.parity")}
    return found["inkdigit"], found["inkdigit.parity"]["difference"]


def written(form: str, model: Model, kind: str | None, digits: Digits) -> tuple[dict[str, bytes], Parity]:
    """The files of one format, and what was measured."""
    files, parity = FORMATS[form].write(model, kind, digits)
    return files, parity[model.name]


def small(source: Path) -> Model:
    return replace(open_model(source), name=stem_of(source))


@pytest.mark.parametrize("form", SINGLE)
def test_every_format_of_every_source_answers_as_it_does(form: str, source: Path, digits: Digits) -> None:
    opened = small(source)
    files, parity = written(form, opened, None, digits)
    np.testing.assert_allclose(answers_of(files, digits.ink), opened.outputs(digits.ink), atol=1e-5)
    assert (parity.same, parity.images, parity.data) == (200, 200, "strokes validation (synthetic)")
    assert parity.accuracy == parity.source_accuracy > 0.75, "the network reads digits"
    card, difference = metadata_of(files)
    assert from_json(json.dumps(card)) == opened.card
    assert difference == pytest.approx(parity.difference, rel=0.01)
    assert 0 <= difference <= 1e-5


@pytest.mark.parametrize(("form", "kind"), [(form, kind) for form, kind in EVERY if kind])
def test_smaller_weights_are_measured_and_said(form: str, kind: str, run: Path, digits: Digits) -> None:
    opened = small(run)
    whole, _ = FORMATS[form].write(opened, None, digits)
    files, parity = written(form, opened, kind, digits)
    assert sum(map(len, files.values())) < sum(map(len, whole.values()))
    ours, theirs = opened.outputs(digits.ink), answers_of(files, digits.ink)
    assert parity.difference == pytest.approx(np.abs(ours - theirs).max(), abs=1e-5)
    assert parity.same == (ours.argmax(axis=1) == theirs.argmax(axis=1)).sum() >= 195
    assert parity.accuracy == (theirs.argmax(axis=1) == digits.labels).mean()
    card, difference = metadata_of(files)
    assert difference == pytest.approx(parity.difference, rel=0.01)
    assert (card["name"], card["test_accuracy"]) == (f"little-{kind}", None), "its accuracy was not measured"


@pytest.mark.parametrize("kind", ["int8", "float16"])
def test_a_smaller_onnx_file_says_what_was_lost(kind: str, run: Path, digits: Digits) -> None:
    [content] = FORMATS["onnx"].write(small(run), kind, digits)[0].values()
    entries = {entry.key: entry.value for entry in onnx.load_model_from_string(content).metadata_props}
    said = json.loads(entries["inkdigit.quantized"])
    assert said["weights"] == kind
    assert said["images"] == 200
    assert said["source_accuracy"] - said["accuracy"] <= 0.01


def test_half_precision_of_half_precision_is_the_same_network(run: Path, digits: Digits, tmp_path: Path) -> None:
    """The same weights to the last bit, so the card, too, still holds."""
    [content] = FORMATS["onnx"].write(small(run), "float16", digits)[0].values()
    (tmp_path / "half.onnx").write_bytes(content)
    half = small(tmp_path / "half.onnx")
    card = replace(half.card, test_accuracy=0.8)
    files, parity = written("onnx", replace(half, card=card), "float16", digits)
    models = [onnx.load_model_from_string(one) for one in (content, *files.values())]
    assert models[0].graph == models[1].graph
    assert from_json(json.dumps(metadata_of(files)[0])) == card
    assert (card.name, parity.same) == ("little-float16", 200)
    assert parity.difference <= 1e-5


@pytest.mark.parametrize(("form", "kind"), [(form, kind) for form, kind in EVERY if kind != "float16"])
def test_every_format_is_made_of_half_precision(
    form: str, kind: str | None, run: Path, digits: Digits, tmp_path: Path
) -> None:
    [content] = FORMATS["onnx"].write(small(run), "float16", digits)[0].values()
    (tmp_path / "half.onnx").write_bytes(content)
    half = small(tmp_path / "half.onnx")
    files, parity = written(form, half, kind, digits)
    assert parity.same >= (200 if kind is None else 195)
    card = from_json(json.dumps(metadata_of(files)[0]))
    assert card == reduced(half.card, kind)


def test_a_weight_that_half_precision_does_not_have_is_named(run: Path, digits: Digits) -> None:
    opened = small(run)
    last = opened.chain.layers[-1]
    far = replace(last, weights={**last.weights, "kernel": 1e6 * last.weights["kernel"]})
    chain = replace(opened.chain, layers=(*opened.chain.layers[:-1], far))
    with pytest.raises(BadInput, match=r"^cannot store in half precision: digits/kernel: holds .*65,504; export with"):
        FORMATS["onnx"].write(replace(opened, read_layers=lambda: chain), "float16", digits)


@pytest.mark.parametrize(("form", "kind"), EVERY)
def test_the_same_network_gives_the_same_bytes(form: str, kind: str | None, run: Path, digits: Digits) -> None:
    written = [FORMATS[form].write(small(run), kind, digits) for _ in range(2)]
    assert written[0] == written[1]


def other(source: Model, *, by: float = 1) -> Model:
    """A source that says it is one network, and has the layers of another."""
    layers = list(source.chain.layers)
    last = layers[-1]
    moved = last.weights["bias"] + np.linspace(0, by, 10, dtype=np.float32)
    layers[-1] = replace(last, weights={**last.weights, "bias": moved})
    chain = replace(source.chain, layers=tuple(layers))
    return replace(source, read_layers=lambda: chain)


@pytest.mark.parametrize("form", ["onnx", "tfjs"])
def test_a_file_with_other_weights_is_a_disagreement(form: str, run: Path, digits: Digits) -> None:
    with pytest.raises(Disagreement, match="the network and its file disagree: probabilities differ by"):
        FORMATS[form].write(other(small(run / "model.keras")), None, digits)


@pytest.mark.parametrize("form", ["keras", "h5"])
def test_a_keras_file_with_other_weights_is_a_disagreement(form: str, run: Path, digits: Digits) -> None:
    opened, changed = small(run), small(run).build_keras()
    changed.layers[-1].bias.assign(np.arange(10))
    with pytest.raises(Disagreement, match="at most 1e-05 expected"):
        FORMATS[form].write(replace(opened, build_keras=lambda: changed), None, digits)


@pytest.mark.parametrize("form", ["onnx", "tfjs"])
def test_a_writer_that_errs_is_found_out(form: str, run: Path, digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel written transposed, which no check of shapes can see: 10 windows of 5x5 are as many either way."""
    from inkdigit.formats import onnx as onnx_files

    def turned(chain: Any) -> Any:
        layers = [
            replace(layer, weights={**layer.weights, "kernel": layer.weights["kernel"].swapaxes(0, 1)})
            if layer.kind == "Conv2D"
            else layer
            for layer in chain.layers
        ]
        return replace(chain, layers=tuple(layers))

    write_onnx, write_tfjs = onnx_files.onnx_from_chain, tfjs.tfjs_files
    monkeypatch.setattr(
        onnx_files, "onnx_from_chain", lambda chain, *card, **half: write_onnx(turned(chain), *card, **half)
    )
    monkeypatch.setattr(formats, "tfjs_files", lambda chain, **options: write_tfjs(turned(chain), **options))
    with pytest.raises(Disagreement):
        FORMATS[form].write(small(run), None, digits)


def test_eight_bits_that_lose_a_point_are_a_disagreement(
    run: Path, digits: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, read = small(run), chain_from_tfjs
    spoilt = lambda files: other(replace(opened, read_layers=lambda: read(files)), by=8).chain  # noqa: E731
    monkeypatch.setattr(formats, "chain_from_tfjs", spoilt)
    with pytest.raises(Disagreement, match=r"points of accuracy lost on strokes validation .*; at most 1 expected"):
        FORMATS["tfjs"].write(opened, "int8", digits)


def test_the_layers_of_a_run_keep_their_dropout_in_keras(run: Path, digits: Digits) -> None:
    for form, kept in (("keras", True), ("h5", True)):
        [content] = FORMATS[form].write(small(run), None, digits)[0].values()
        names = [type(layer).__name__ for layer in keras_files.open_keras(content, where="m").layers]
        assert ("Dropout" in names) is kept
    [content] = FORMATS["keras"].write(small(run / "model.onnx"), None, digits)[0].values()
    assert "Dropout" not in [type(layer).__name__ for layer in keras_files.open_keras(content, where="m").layers]


def test_a_site_has_the_shipped_models_and_first_the_one_that_is_named(
    page: Path, source: Path, digits: Digits
) -> None:
    files, parity = FORMATS["site"].write(small(source), None, digits)
    first, *rest = [entry["name"] for entry in json.loads(files["models/index.json"])["models"]]
    assert (first, rest) == ("little-1" if source.is_dir() else "model", ["cnn", "mlp"])
    assert list(parity) == [first, *rest]
    own = {name.removeprefix(f"models/{first}/"): content for name, content in files.items()}
    assert metadata_of(own)[1] == parity[first].difference <= 1e-5
    assert "python -m http.server" in files["README.txt"].decode()
    assert "README.txt" not in files["sw.js"].decode(), "the browser need not keep it"


def test_a_site_of_smaller_models_names_them_so(page: Path, digits: Digits) -> None:
    files, parity = FORMATS["site"].write(None, "int8", digits)
    assert list(parity) == ["cnn", "mlp"]
    assert len(files["models/cnn/group1-shard1of1.bin"]) < 330_000
    assert json.loads(files["models/cnn/model.json"])["userDefinedMetadata"]["inkdigit"]["name"] == "reader-int8"


def test_a_card_is_reduced_only_where_the_network_is(run: Path) -> None:
    card = small(run).card
    assert reduced(card, None) == card
    assert reduced(card, "int8") == replace(card, name="little-int8", test_accuracy=None)
