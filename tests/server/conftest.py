import io
from collections.abc import Callable

import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image

from inkdigit.data.strokes import strokes
from inkdigit.server.app import create_app
from inkdigit.server.model import Served, open_model
from inkdigit.server.settings import Limits, Settings

MakeApp = Callable[..., FastAPI]


UNHURRIED = Limits(patience=60)
"""On a machine that does much else nobody is sent away because no thread was free for 200 ms."""


@pytest.fixture(scope="session")
def served() -> Served:
    """The smaller of the shipped models."""
    return open_model("mlp")


@pytest.fixture(scope="session")
def app(served: Served) -> FastAPI:
    """The service with its defaults."""
    return create_app(served)


@pytest.fixture
def make_app(served: Served) -> MakeApp:
    """Makes a service with other settings: make_app(limits=..., token=...)."""

    def make(*, limits: Limits | None = None, **settings: object) -> FastAPI:
        return create_app(served, settings=Settings(limits=limits or UNHURRIED, **settings))  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def png() -> bytes:
    """A digit as a PNG of 28x28, dark on white."""
    return as_png(255 - strokes(1, seed=5).images[0])


def as_png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()
