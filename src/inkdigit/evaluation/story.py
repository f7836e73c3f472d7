"""What a report is told from: an evaluation and everything that belongs to it. Does no work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inkdigit.models.model import FirstLayer
from inkdigit.types import Epoch, Evaluation, Images, Labels, LayerRow, Probabilities


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
