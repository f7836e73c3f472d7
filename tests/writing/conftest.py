"""What the tests of writing write with."""

import numpy as np
import pytest

from inkdigit.writing.digits import DigitSource
from inkdigit.writing.hand import Hand


@pytest.fixture(scope="session")
def source() -> DigitSource:
    """Drawn forms alone."""
    return DigitSource()


@pytest.fixture
def hand() -> Hand:
    return Hand.random(np.random.default_rng(5))
