"""What a line says: the probability of a text is the sum over all paths that say it, counted one by one."""

from itertools import product

import numpy as np
import pytest

from inkdigit.architectures import ALPHABET, BLANK
from inkdigit.page.decode import characters_of, log_probabilities, text_probability
from inkdigit.shapes import Float32


def random_logits(places: int, *, seed: int) -> Float32[np.ndarray, "classes places"]:
    """Logits that allow three characters and the blank."""
    logits = np.full((BLANK + 1, places), -40, np.float32)
    some = [ALPHABET.index(one) for one in "13."] + [BLANK]
    logits[some] = np.random.default_rng(seed).normal(0, 2, (len(some), places))
    return logits


def said_by(path: tuple[int, ...]) -> str:
    """What a path says: repeated classes once, blanks left out."""
    kept = [one for place, one in enumerate(path) if place == 0 or path[place - 1] != one]
    return "".join(ALPHABET[one] for one in kept if one != BLANK)


@pytest.mark.parametrize("seed", range(4))
def test_the_probability_of_a_text_is_that_of_all_its_paths(seed: int) -> None:
    log_p = log_probabilities(random_logits(5, seed=seed), 1.0)
    classes = [ALPHABET.index(one) for one in "13."] + [BLANK]
    total: dict[str, float] = {}
    for path in product(classes, repeat=5):
        text = said_by(path)
        total[text] = total.get(text, 0.0) + float(np.exp(log_p[range(5), path].sum()))
    assert sum(total.values()) == pytest.approx(1)
    for text, probability in total.items():
        assert text_probability(log_p, text) == pytest.approx(probability, abs=1e-9)


def test_characters_have_their_places() -> None:
    path = [BLANK, 3, 3, BLANK, 3, 10, 16, BLANK]
    logits = 9 * np.eye(BLANK + 1, dtype=np.float32)[path].T
    found = characters_of(log_probabilities(logits, 1.0))
    assert [(one.text, one.first, one.last) for one in found] == [("3", 1, 2), ("3", 4, 4), (".", 5, 5), ("?", 6, 6)]
    assert all(one.probability > 0.9 for one in found)


def test_a_higher_temperature_doubts_more() -> None:
    logits = random_logits(6, seed=1)
    sure, unsure = (text_probability(log_probabilities(logits, t), "1") for t in (0.5, 4.0))
    best = "".join(one.text for one in characters_of(log_probabilities(logits, 1.0)))
    assert text_probability(log_probabilities(logits, 0.2), best) > text_probability(log_probabilities(logits, 4), best)
    assert 0 <= sure <= 1
    assert 0 <= unsure <= 1


def test_nothing_is_a_text_too() -> None:
    logits = 9 * np.eye(BLANK + 1, dtype=np.float32)[[BLANK] * 4].T
    log_p = log_probabilities(logits, 1.0)
    assert characters_of(log_p) == []
    assert text_probability(log_p, "") > 0.99
