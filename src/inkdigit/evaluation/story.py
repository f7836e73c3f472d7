"""What a report is told from: an evaluation and everything that belongs to it. Does no work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from inkdigit.evaluation.models import FirstLayer
from inkdigit.types import Epoch, Evaluation, Images, Labels, Probabilities


@runtime_checkable
class LayerRow(Protocol):
    """A line of the layer table, as `networks.layer_table` gives it."""

    @property
    def name(self) -> str:
        """The layer's name."""
        ...

    @property
    def kind(self) -> str:
        """What it is: "Dense"."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Its output for one image."""
        ...

    @property
    def parameters(self) -> int:
        """Its trained weights."""
        ...


@dataclass(frozen=True, eq=False)
class Story:
    """Everything that a report tells; see `report.write_report` for the fields."""

    evaluation: Evaluation
    images: Images
    labels: Labels
    probabilities: Probabilities
    epochs: Sequence[Epoch]
    first_layer: FirstLayer | None
    layers: Sequence[LayerRow]
    title: str
    facts: Mapping[str, str]
    synthetic: bool
