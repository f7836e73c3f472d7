"""The page as a table of files: whole, the same for the same models, and known to its service worker file by file."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from inkdigit.errors import BadInput, MissingPackage
from inkdigit.export.site import INDEX, page_name, site_files, with_shipped
from inkdigit.formats.check import ModelFile, check_model_file
from inkdigit.formats.tfjs import chain_from_tfjs
from inkdigit.models.open import opened_from
from inkdigit.models.zoo import path_of
from small_models import CARD, exported

WORKER = "caches.open(VERSION).then((kept) => kept.addAll(FILES));"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A stand-in for the built page."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>")
    (folder / "assets" / "index-1a2b.js").write_bytes(b"export {};\xff")
    (folder / "sw.js").write_text(WORKER)
    (folder / ".gitkeep").touch()
    return folder


def small(name: str = "tiny") -> ModelFile:
    file = check_model_file(exported(), where="m")
    return replace(file, card=replace(CARD, name=name))


def listed(worker: bytes) -> tuple[str, list[str]]:
    """The version and the files in the first two lines of a service worker."""
    first, second, rest = worker.decode().split("\n", 2)
    assert rest == WORKER
    version = re.fullmatch(r'const VERSION = "([0-9a-f]{16})";', first)
    files = re.fullmatch(r"const FILES = (\[.*\]);", second)
    assert version
    assert files
    return version[1], json.loads(files[1])


def test_every_file_of_the_page_and_of_the_models_is_there(page: Path) -> None:
    files = site_files({"cnn": small(), "mlp": small("other")}, page=page)
    assert set(files) == {
        "index.html", "assets/index-1a2b.js", "sw.js", "models/index.json",
        "models/cnn/model.json", "models/cnn/group1-shard1of1.bin",
        "models/mlp/model.json", "models/mlp/group1-shard1of1.bin", "pages/detector.onnx", "pages/line.onnx",
    }  # fmt: skip
    assert files["assets/index-1a2b.js"] == b"export {};\xff"
    models = [{"name": "cnn", "path": "models/cnn/"}, {"name": "mlp", "path": "models/mlp/"}]
    assert json.loads(files[INDEX]) == {"models": models}


def test_the_first_model_is_the_first_whatever_its_name(page: Path) -> None:
    index = json.loads(site_files({"zebra": small(), "ant": small()}, page=page)[INDEX])
    assert [model["name"] for model in index["models"]] == ["zebra", "ant"]


def test_any_name_is_made_fit_for_an_address(page: Path) -> None:
    files = site_files({"../../Etc": small(), "etc": small(), "cnn": small()}, page=page, parity={"etc": {"same": 5}})
    assert [model["name"] for model in json.loads(files[INDEX])["models"]] == ["etc", "etc-2", "cnn"]
    assert not any(".." in name for name in files)
    assert json.loads(files["models/etc-2/model.json"])["userDefinedMetadata"]["parity"] == {"same": 5}


def test_a_model_is_the_network_of_its_file_with_its_card(page: Path) -> None:
    files = site_files({"cnn": small()}, page=page, parity={"cnn": {"difference": 1e-7}})
    own = {name.removeprefix("models/cnn/"): content for name, content in files.items()}
    said = json.loads(own["model.json"])["userDefinedMetadata"]
    assert said["inkdigit"]["name"] == "tiny"
    assert said["parity"] == {"difference": 1e-7}
    kinds = [layer.kind for layer in chain_from_tfjs(own).layers]
    assert kinds == ["Reshape", "Conv2D", "BatchNormalization", "LeakyReLU", "MaxPooling2D", "Flatten", "Dense"]


def test_the_service_worker_knows_every_file_but_itself(page: Path) -> None:
    files = site_files({"cnn": small()}, page=page)
    assert listed(files["sw.js"])[1] == ["./", *sorted(name for name in files if name != "sw.js")]


def test_the_version_changes_with_any_file_and_with_nothing_else(page: Path) -> None:
    def version(**models: ModelFile) -> str:
        return listed(site_files(models, page=page)["sw.js"])[0]

    first = version(cnn=small())
    assert version(cnn=small()) == first
    assert version(cnn=small("another")) != first
    assert version(mlp=small()) != first
    (page / "assets" / "index-1a2b.js").write_text("export { };")
    assert version(cnn=small()) != first


def test_the_same_page_and_models_give_the_same_bytes(page: Path) -> None:
    models = {"cnn": check_model_file(path_of("cnn").read_bytes(), where="cnn")}
    assert site_files(models, page=page) == site_files(models, page=page)
    sizes = [len(site_files(models, page=page, bits=bits)["models/cnn/group1-shard1of1.bin"]) for bits in (32, 16, 8)]
    assert [round(sizes[0] / size, 1) for size in sizes] == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("gone", ["index.html", "sw.js", None])
def test_without_a_built_page_it_says_how_to_build_it(page: Path, gone: str | None) -> None:
    if gone:
        (page / gone).unlink()
    folder = page if gone else page / "nowhere"
    with pytest.raises(MissingPackage, match=rf"{gone or 'no index.html and no sw.js'}: the page was not built; bui"):
        site_files({"cnn": small()}, page=folder)


def test_the_shipped_models_stand_behind_the_one_that_is_given() -> None:
    own = opened_from(small().content, where=Path("own"))
    models = with_shipped("own", own)
    assert list(models) == ["own", "cnn", "mlp"]
    assert models["own"] is own.file
    assert list(with_shipped("mlp", own)) == ["mlp", "cnn"]


def test_a_model_of_eight_bits_is_refused(page: Path) -> None:
    from inkdigit.data.strokes import strokes
    from inkdigit.formats.onnx import onnx_bytes
    from inkdigit.formats.quantize import to_int8

    content = onnx_bytes(to_int8(small(), card=CARD, ink=strokes(20, seed=0).ink))
    with pytest.raises(BadInput, match="cannot read the layers of the model"):
        site_files({"cnn": check_model_file(content, where="m")}, page=page)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("cnn", "cnn-2"),
        ("CNN", "cnn-2"),
        ("mlp-128-1", "mlp-128-1"),
        ("../../etc/passwd", "etc-passwd"),
        ("Mein schönes Modell!", "mein-sch-nes-modell"),
        ("数字", "model"),
        ("", "model"),
        ("-" * 9, "model"),
        ("a" * 100, "a" * 40),
        ("<script>", "script"),
    ],
)
def test_a_name_on_the_page_is_plain_and_its_own(name: str, plain: str) -> None:
    assert page_name(name, taken={"cnn": 1}) == plain
    assert page_name(name, taken={"cnn": 1, plain: 1}) not in {"cnn", plain}
