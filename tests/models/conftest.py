from collections.abc import Iterator

import pytest

from starting_weights import drawn_by_numpy


@pytest.fixture(autouse=True, scope="module")
def _starting_weights() -> Iterator[None]:
    with drawn_by_numpy():
        yield
