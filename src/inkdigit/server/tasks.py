"""What the workers do for each route: requests of one kind in, the bytes of their answers out.

In: a reader and limits. Out: `Tasks`, the kinds of work. Small requests for digits are done together with others
that wait; a page, or much at once, is work enough by itself and has threads of its own.
"""

import itertools
from collections.abc import Sequence
from functools import partial

import numpy as np

from inkdigit.reader import Reader
from inkdigit.server import frames, uploads
from inkdigit.server.answers import classified, encoded
from inkdigit.server.limits import Limits
from inkdigit.server.problems import Problem
from inkdigit.server.uploads import Sent
from inkdigit.server.workers import Kind
from inkdigit.types import Ink

TOGETHER = 32
"""Requests at once: with 8 a digit takes 0.36 ms, with 16 0.31. More than those wait only where there is too much
to do: with 32 instead of 16 a core at twice what it bears answers some per cent more."""

NOTHING = np.zeros((0, frames.SIDE, frames.SIDE), np.float32)

SMALL = 1 << 16
"""Bytes of a body that is done together with others."""


class Tasks:
    """The kinds of work of one service.

    Args:
        reader: Does it.
        limits: How much one request may ask for.
    """

    def __init__(self, reader: Reader, limits: Limits) -> None:
        pages = partial(uploads.pages, reader, limits=limits)
        singles = partial(uploads.singles, reader, limits=limits)
        digits = partial(classify, reader, limits=limits)
        self._page = Kind(pages)
        self._single, self._singles = Kind(singles), Kind(singles, TOGETHER)
        self._digit, self._digits = Kind(digits), Kind(digits, TOGETHER)

    def reading(self, sent: Sent, *, single: bool) -> Kind[Sent, bytes]:
        """How a request to `read` is done."""
        if not single:
            return self._page
        return self._singles if len(sent.body) <= SMALL else self._single

    def classifying(self, sent: Sent) -> Kind[Sent, bytes]:
        """How a request to `classify` is done."""
        return self._digits if len(sent.body) <= SMALL else self._digit


def classify(reader: Reader, requests: Sequence[Sent], *, limits: Limits) -> list[bytes | Exception]:
    """Recognise the digits of some requests at once.

    Returns:
        For each request its JSON, or the `Problem` that it is.
    """
    inks = [_taken(sent, limits) for sent in requests]
    good = [ink for ink in inks if not isinstance(ink, Problem)]
    predictions = reader.recognizer.classify(np.concatenate(good or [NOTHING]))
    ends = itertools.accumulate(0 if isinstance(ink, Problem) else len(ink) for ink in inks)
    return [
        ink if isinstance(ink, Problem) else encoded(classified(predictions[end - len(ink) : end]))
        for ink, end in zip(inks, ends, strict=True)
    ]


def _taken(sent: Sent, limits: Limits) -> Ink | Problem:
    try:
        return frames.taken(*sent, most=limits.frames)
    except Problem as problem:
        return problem
