"""The models that come with the package, by name.

In: a name. Out: the path of an `.onnx` file. Knows nothing of what is in it.

How each was trained is said in docs/models.md, with the command that makes it again.
"""

from pathlib import Path

from inkdigit.errors import UsageError

NAMES = ("cnn", "mlp")
"""The reader's own first; the second is the smallest that is any good, to look inside."""


def path_of(name: str) -> Path:
    """Return where a shipped model lies.

    Raises:
        UsageError: There is none of that name.

    >>> path_of("cnn").name
    'cnn.onnx'
    """
    if name not in NAMES:
        raise UsageError("unknown model", name, f"expected one of {', '.join(NAMES)}, or a file or a run directory")
    return Path(__file__).with_name(f"{name}.onnx")
