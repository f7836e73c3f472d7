"""The characters that a line of handwriting may hold, as the line recognizer tells them apart.

Knows nothing of how they look.
"""

ALPHABET = "0123456789.,-/: ?"
"""The class of a character is its index here plus one; class 0 is CTC's blank."""

GAP = " "
"""Between two numbers, or a number and a mark, that stand apart on one line."""

MARK = "?"
"""Whatever is written and is neither a digit nor a sign: a word, a letter, a bracket, a tick, a scribble. One for a run
of them."""

SIGNS = ".,-/:"
"""What stands between and beside digits and belongs to their number."""
