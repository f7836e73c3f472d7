"""The golden networks that the page is held to: ONNX Runtime gives what is recorded, of the file and of a new one."""

import base64
import json
from typing import Any

import numpy as np
import pytest

from vectors.make_networks import FILE, PYRAMID, STRIP, answer, random_network

NETWORKS = json.loads(FILE.read_text(encoding="utf-8"))["networks"]


def numbers(text: str, shape: list[int]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(shape)


@pytest.mark.parametrize("record", NETWORKS, ids=lambda record: str(record["name"]))
def test_a_picture_gives_the_recorded_logits(record: dict[str, Any]) -> None:
    network = base64.b64decode(record["file"])
    for example in record["examples"]:
        picture = numbers(example["picture"], [example["height"], example["width"]])
        logits = numbers(example["logits"], example["shape"])
        np.testing.assert_allclose(answer(network, picture), logits, atol=1e-5)


def test_the_recorded_networks_are_those_that_are_written() -> None:
    random = np.random.default_rng(17)
    network = random_network(STRIP, random)
    example = NETWORKS[0]["examples"][1]
    picture = numbers(example["picture"], [example["height"], example["width"]])
    np.testing.assert_allclose(answer(network, picture), numbers(example["logits"], example["shape"]), atol=1e-5)


def test_the_recorded_networks_have_every_kind_of_layer() -> None:
    kinds = {layer.kind for network in (STRIP, PYRAMID) for layer in network.layers}
    assert kinds == {"convolution", "pool", "upsample", "add"}
    assert FILE.stat().st_size < 120_000
