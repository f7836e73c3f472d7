"""Who wants to know how a training goes. This one does nothing; the command line's draws a table."""

from inkdigit.recipes import Recipe
from inkdigit.types import Digits, Epoch, LayerRow


class Listener:
    """Told of each stage as it happens; every method may be overridden, none needs to be."""

    def will_load(self, source: str) -> None:
        """The run directory is held, and the data is about to be loaded."""

    def begins(self, recipe: Recipe, layers: tuple[LayerRow, ...], train: Digits, validation: Digits | None) -> None:
        """The network is built and the data loaded."""

    def moved(self, epoch: int, fraction: float, loss: float, accuracy: float) -> None:
        """A part of an epoch is done; `loss` and `accuracy` are those of the epoch so far."""

    def epoch_done(self, epoch: Epoch) -> None:
        """An epoch is done and measured."""

    def remark(self, text: str) -> None:
        """Something worth a line, such as a damaged checkpoint that was passed over."""
