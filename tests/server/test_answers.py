import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.present.records import reading_record
from inkdigit.server.answers import classified, encoded
from inkdigit.types import Predictions, Reading


@given(st.integers(0, 40), st.integers(0, 2**32))
def test_a_batch_says_what_each_reading_says(n: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(10), n).astype(np.float32).reshape(n, 10)
    predictions = Predictions(
        probabilities.argmax(axis=1).astype(np.uint8),
        probabilities.max(axis=1, initial=0),
        random.random(n) < 0.5,
        probabilities,
    )
    alone = [
        reading_record(
            f"images#{i}",
            Reading(int(predictions.digit[i]), float(predictions.confidence[i]), bool(predictions.unsure[i]),
                    tuple(probabilities[i].tolist())),
        )
        for i in range(n)
    ]  # fmt: skip
    assert json.loads(encoded(classified(predictions)))["results"] == json.loads(json.dumps(alone))


def test_names_of_any_kind_are_encoded() -> None:
    name = 'ä"\\\u2028\U0001f600'
    assert json.loads(encoded({"file": name}))["file"] == name
