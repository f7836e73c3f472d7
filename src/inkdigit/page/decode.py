"""What a line says: the characters of the likeliest text, where each stands, and how sure each and all of them are.

In: the logits of the line recognizer for one strip. Out: characters with their places and probabilities, and the
probability of the whole text summed over all alignments (Graves et al., "Connectionist temporal classification", 2006).
Knows nothing of pictures.
"""

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from inkdigit.architectures import ALPHABET, BLANK
from inkdigit.shapes import Float32, Float64

LogProbabilities = Float64[np.ndarray, "places classes"]


@dataclass(frozen=True)
class Decoded:
    """A character of a line.

    Args:
        text: One of the alphabet's.
        first: The first place of the output that is its.
        last: The last one.
        probability: That it stands there, as far as its own places tell.
    """

    text: str
    first: int
    last: int
    probability: float


def log_probabilities(logits: Float32[np.ndarray, "classes places"], temperature: float) -> LogProbabilities:
    """The logarithm of each class's probability at each place, after dividing the logits by a temperature."""
    scaled = logits.T.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    return scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))


def characters_of(log_p: LogProbabilities) -> list[Decoded]:
    """The characters along the likeliest class of each place, repeated ones once and blanks left out.

    >>> logits = 9 * np.eye(18, dtype=np.float32)[[17, 4, 4, 17, 4, 10]].T
    >>> [(c.text, c.first, c.last) for c in characters_of(log_probabilities(logits, 1.0))]
    [('4', 1, 2), ('4', 4, 4), ('.', 5, 5)]
    """
    found, place = [], 0
    for one, places in groupby(log_p.argmax(axis=1).tolist()):
        length = len(list(places))
        if one != BLANK:
            probability = float(np.exp(log_p[place : place + length, one].max()))
            found.append(Decoded(ALPHABET[one], place, place + length - 1, probability))
        place += length
    return found


def text_probability(log_p: LogProbabilities, text: str) -> float:
    """The probability of a text, all its alignments together.

    >>> sure = log_probabilities(30 * np.eye(18, dtype=np.float32)[[17, 4, 4, 17, 4, 10]].T, 1.0)
    >>> round(text_probability(sure, "44."), 3), round(text_probability(sure, "4."), 3)
    (1.0, 0.0)
    """
    # A blank before, between and behind the characters; the forward variable of section 4.1 of the paper.
    labels = [BLANK]
    for character in text:
        labels += [ALPHABET.index(character), BLANK]
    states = np.array(labels)
    # From two states before, only where a blank between two different characters is passed over.
    may_skip = np.zeros(len(states), bool)
    may_skip[2:] = (states[2:] != BLANK) & (states[2:] != states[:-2])
    alpha = np.full(len(states), -np.inf)
    alpha[:2] = log_p[0, states[:2]]
    for row in log_p[1:]:
        one = np.concatenate([[-np.inf], alpha[:-1]])
        two = np.where(may_skip, np.concatenate([[-np.inf, -np.inf], alpha[:-2]])[: len(states)], -np.inf)
        alpha = np.logaddexp(np.logaddexp(alpha, one), two) + row[states]
    return float(np.exp(np.logaddexp.reduce(alpha[-2:])))
