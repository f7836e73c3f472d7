"""inkdigit: train small networks on handwritten digits, see why they fail, ship them anywhere.

The public names are loaded when first used, so `import inkdigit` is quick and loads no
training stack.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from inkdigit.version import __version__ as __version__

if TYPE_CHECKING:
    from inkdigit.data.source import load as load_digits
    from inkdigit.errors import InkdigitError as InkdigitError
    from inkdigit.learning.evaluate import evaluate as evaluate
    from inkdigit.learning.train import train as train
    from inkdigit.reader import Reader as Reader
    from inkdigit.reader import load as load
    from inkdigit.recipes import RECIPES as RECIPES
    from inkdigit.recipes import Recipe as Recipe

# Where each public name lives, and what it is called there if that is another name.
_HOME = {
    "InkdigitError": "inkdigit.errors",
    "RECIPES": "inkdigit.recipes",
    "Reader": "inkdigit.reader",
    "Recipe": "inkdigit.recipes",
    "evaluate": "inkdigit.learning.evaluate:evaluate",
    "load": "inkdigit.reader",
    "load_digits": "inkdigit.data.source:load",
    "train": "inkdigit.learning.train:train",
}

__all__ = ["RECIPES", "InkdigitError", "Reader", "Recipe", "__version__", "evaluate", "load", "load_digits", "train"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'inkdigit' has no attribute {name!r}")
    module, _, attribute = _HOME[name].partition(":")
    return getattr(import_module(module), attribute or name)


def __dir__() -> list[str]:
    return sorted(__all__)
