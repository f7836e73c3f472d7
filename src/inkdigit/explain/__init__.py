"""Why this digit: what the network saw, which ink decided, and which known digits are nearest.

In: a picture and a recognizer. Out: an `Explanation`, and its forms for the terminal, for the eye and for
programs. Knows nothing of how a network works inside: it only asks it, again and again.

    >>> import inkdigit
    >>> from inkdigit.explain import explain
    >>> explanation = explain("digit.png", inkdigit.load().recognizer)  # doctest: +SKIP
    >>> explanation.decisive.place  # doctest: +SKIP
    'top left'
"""

from inkdigit.explain.explanation import Explanation, explain

__all__ = ["Explanation", "explain"]
