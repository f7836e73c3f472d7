"""A library that decodes one format, imported when the first file of it comes.

In: its name. Out: the module; or a `BadPicture` that says what to install.
"""

from importlib import import_module
from typing import Any

from inkdigit.errors import BadPicture


def needed(module: str, package: str, where: object) -> Any:
    """Import a library.

    Args:
        module: What Python calls it.
        package: What pip calls it.
        where: The picture that it is needed for.

    Raises:
        BadPicture: It is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        hint = f"run pip install {package}"
        raise BadPicture("missing-package", where, f"needs {package}, which is not installed", hint=hint) from error
