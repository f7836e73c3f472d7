"""In a real Chromium, TensorFlow.js answers as Keras does.

At each change one network with every kind of layer and one that is shipped, on 500 digits; what is marked long is every
recipe, foreign networks and all that are shipped, on all 10,000.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest
from PIL import Image

from foreign_networks import FOREIGN, answers, branched, every_kind, learn
from inkdigit.data import mnist
from inkdigit.data.strokes import strokes
from inkdigit.formats.check import check_model_file
from inkdigit.formats.from_onnx import chain_from_onnx
from inkdigit.formats.keras_chain import chain_from_keras, keras_from_chain, pixel_scale, read_chain
from inkdigit.formats.kinds import KINDS
from inkdigit.formats.tfjs import chain_from_tfjs, tfjs_files
from inkdigit.models.zoo import NAMES, path_of
from inkdigit.networks import build
from inkdigit.recipes import RECIPES
from inkdigit.types import Images, Labels

WEB = Path(__file__).parent.parent.parent / "web"
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
CLOSE = 1e-5

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Chromium: {CHROMIUM} is not there"),
    pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js"),
    pytest.mark.skipif(not (WEB / "node_modules").exists(), reason="needs web/node_modules: run npm ci in web"),
    # Keras 3.15 saves a variable through `np.array`, whose copy argument it does not take yet.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def digits() -> tuple[Images, Labels]:
    """1,000 digits to learn from, real ones if they are there."""
    learned = mnist.load("train") if mnist.available() else strokes(1_000, seed=3)
    return learned.images[:1_000], learned.labels[:1_000]


@pytest.fixture(scope="module")
def images() -> Images:
    """The 10,000 test digits of MNIST, or as many made ones."""
    return (mnist.load("test") if mnist.available() else strokes(10_000, seed=4, part="test")).images


@pytest.fixture(scope="module")
def few(images: Images) -> Images:
    return images[:500]


@dataclass(frozen=True)
class Export:
    """An export, and what Keras answers to the images."""

    files: Mapping[str, bytes]
    expected: np.ndarray
    scale: float


def prove(exports: Mapping[str, Export], images: Images, folder: Path) -> dict[str, Any]:
    """Let TensorFlow.js answer in Chromium; its findings by the names of the exports."""
    (folder / "images").write_bytes(images.tobytes())
    models = []
    for i, (name, export) in enumerate(exports.items()):
        place = folder / str(i)
        place.mkdir()
        for file, content in export.files.items():
            (place / file).write_bytes(content)
        (place / "expected").write_bytes(export.expected.astype("<f4").tobytes())
        models.append({"name": name, "model": f"{i}/model.json", "expected": f"{i}/expected", "scale": export.scale})
    (folder / "proof.json").write_text(json.dumps({"images": "images", "models": models}))
    script = ["node", str(WEB / "proof" / "prove.mjs"), str(folder)]
    done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    print(done.stdout)  # shown with -s, and where a test fails
    return {finding.pop("name"): finding for finding in findings}


def assert_all_equal(findings: Mapping[str, Any], exports: Mapping[str, Export]) -> None:
    assert set(findings) == set(exports)
    for name, found in findings.items():
        assert "error" not in found, f"{name}: {found}"
        assert found["maxDifference"] <= CLOSE, f"{name}: {found}"
        # Another class only where Keras itself can hardly tell the two apart.
        assert found["same"] == found["n"] or found["widestTie"] <= CLOSE, f"{name}: {found}"


def trained_export(model: keras.Sequential, digits: tuple[Images, Labels], images: Images, folder: Path) -> Export:
    """What `inkdigit export` makes of a `.keras` file of this network, trained."""
    learn(model, *digits, scale=pixel_scale(model))
    model.save(folder / "model.keras")
    return exported(keras.saving.load_model(folder / "model.keras"), images)


def exported(model: keras.Sequential, images: Images) -> Export:
    chain = chain_from_keras(model)
    expected = answers(model, images, scale=chain.ink_scale)
    shares = np.bincount(expected.argmax(axis=1)) / len(images)
    assert shares.max() < 0.8, f"{model.name} says the same of nearly every image, which would prove nothing"
    return Export(tfjs_files(chain, metadata={}), expected, chain.ink_scale)


def shipped(name: str, images: Images, *, bits: int) -> Export:
    chain = chain_from_onnx(check_model_file(path_of(name).read_bytes(), where=name))
    files = tfjs_files(chain, metadata={}, bits=bits)
    return Export(files, answers(keras_from_chain(chain_from_tfjs(files)), images, scale=1), 1)


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def few_exports(digits: tuple[Images, Labels], few: Images) -> dict[str, Export]:
    """One network with every kind of layer, one that is shipped, and that one with fewer bits."""
    model = every_kind(*digits)
    chain = chain_from_keras(model)
    assert {layer.kind for layer in chain.layers} == set(KINDS)
    parted = branched()
    parted_chain = read_chain(parted, softmax=True)
    powers = np.exp(answers(parted, few, scale=255))
    return {
        "every kind of layer": exported(model, few),
        "branches": Export(tfjs_files(parted_chain, metadata={}), powers / powers.sum(1, keepdims=True), 255),
        "cnn 32": shipped("cnn", few, bits=32),
        "cnn 8": shipped("cnn", few, bits=8),
    }


def lacking(export: Export) -> Export:
    """The export without the last of its weights; the bytes of that weight are gone too."""
    model = json.loads(export.files["model.json"])
    last = model["weightsManifest"][0]["weights"].pop()
    size = 4 * int(np.prod(last["shape"]))
    less = {
        "model.json": json.dumps(model).encode(),
        "group1-shard1of1.bin": export.files["group1-shard1of1.bin"][:-size],
    }
    return Export(less, export.expected, export.scale)


def test_it_answers_in_the_browser_as_in_keras_and_lacks_no_weight(
    few_exports: dict[str, Export], few: Images, tmp_path: Path
) -> None:
    """Strict by default: were a name not as TensorFlow.js wants it, the weights would not be missed in silence."""
    findings = prove({**few_exports, "less": lacking(few_exports["cnn 32"])}, few, tmp_path)
    assert "digits/bias" in findings.pop("less")["error"]
    assert_all_equal(findings, few_exports)


@pytest.mark.long
def test_every_recipe_answers_in_the_browser_as_in_keras(
    digits: tuple[Images, Labels], images: Images, tmp_path: Path
) -> None:
    exports = {
        name: trained_export(build(recipe, seed=0), digits, images, tmp_path) for name, recipe in RECIPES.items()
    }
    assert_all_equal(prove(exports, images, tmp_path), exports)


@pytest.mark.long
def test_foreign_networks_answer_in_the_browser_as_in_keras(
    digits: tuple[Images, Labels], images: Images, tmp_path: Path
) -> None:
    exports = {name: trained_export(make(), digits, images, tmp_path) for name, make in FOREIGN.items()}
    assert_all_equal(prove(exports, images, tmp_path), exports)


@pytest.mark.long
def test_the_shipped_models_answer_in_the_browser_as_in_keras(images: Images, tmp_path: Path) -> None:
    """With 32 bits on all images; with fewer on 2,000, against what `chain_from_tfjs` says is in the files."""
    exports = {f"{name} 32": shipped(name, images, bits=32) for name in NAMES}
    assert_all_equal(prove(exports, images, made(tmp_path / "32")), exports)
    few = images[:2_000]
    exports = {f"{name} {bits}": shipped(name, few, bits=bits) for name in NAMES for bits in (16, 8)}
    assert_all_equal(prove(exports, few, made(tmp_path / "less")), exports)


@pytest.mark.long
def test_the_page_in_the_docs_reads_a_digit(tmp_path: Path) -> None:
    page = re.search(r"```html\n(.*?)```", (WEB.parent / "docs" / "tfjs.md").read_text(encoding="utf-8"), re.DOTALL)
    assert page is not None
    assert page[1].count("\n") == 10
    (tmp_path / "index.html").write_text(page[1], encoding="utf-8")
    shutil.copy(WEB / "node_modules" / "@tensorflow" / "tfjs" / "dist" / "tf.min.js", tmp_path)
    file = check_model_file(path_of("cnn").read_bytes(), where="cnn")
    metadata = {"inkdigit": asdict(file.card)}
    for name, content in tfjs_files(chain_from_onnx(file), metadata=metadata).items():
        (tmp_path / name).write_bytes(content)
    drawn = strokes(20, seed=0)
    for digit in (3, 8):
        Image.fromarray(drawn.images[list(drawn.labels).index(digit)]).save(tmp_path / "digit.png")
        script = ["node", str(WEB / "proof" / "look.mjs"), str(tmp_path), "index.html"]
        done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=120)
        assert done.stdout.strip() == str(digit), done.stderr
