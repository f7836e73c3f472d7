"""The results page: what was measured of our models beside what others published, as tables.

In: `Measured` records of `accuracy`; what is published, and the trainings, from docs/results/. Out: the marked parts
of docs/results.md. Measures nothing and draws nothing.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from inkdigit.errors import BadInput
from inkdigit.evaluation.metrics import wilson
from inkdigit.files import write_whole
from inkdigit.machine import Machine
from inkdigit.models.zoo import COMMITTEE_NAME, NAMES
from inkdigit.training.rundir import versions
from recipes import Training, by_recipe, read

FOLDER = Path(__file__).parent.parent / "docs" / "results"
KINDS = {
    "perceptron": "Perceptrons, digits as they are",
    "perceptron, distorted digits": "Perceptrons, distorted digits",
    "convolutional": "Convolutional networks",
    "committee": "Committees",
}
READ_IN = {"source": "the source", "table": "that table", "abstract": "the abstract", "memory": "memory"}
EXPECTED = ("mlp-plain", "mlp-best", "cnn-best", COMMITTEE_NAME, "distilled", *NAMES)
"""The rows of the page in their order, dashes where there is no such model; others that are shipped come after."""

POINTS = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05)
"""Shares refused at which the risk-coverage curve is printed."""

FEW_CORES = (", 1 core", ", 2 cores")
DASH = "–"


@dataclass(frozen=True)
class Figures:
    """What was measured on digits.

    Args:
        n: How many.
        errors: How many were misread.
        interval: 95 % Wilson interval of the fraction misread.
        nll: Mean of -log of the probability given to the true digit, nats.
        ece: Expected calibration error, 15 equal-width bins.
        auroc: How often a right answer is surer than a wrong one.
        unsure: Share that is called unsure.
        curve: Share of the least sure that is refused, and the error of the rest.
    """

    n: int
    errors: int
    interval: tuple[float, float]
    nll: float
    ece: float
    auroc: float
    unsure: float
    curve: tuple[tuple[float, float], ...]

    @property
    def error(self) -> float:
        """Fraction misread."""
        return self.errors / self.n

    def after(self, refused: float) -> float:
        """Error of the rest when this share, a point of the curve, is refused."""
        return next(risk for share, risk in self.curve if abs(share - refused) < 1e-9)

    def record(self) -> dict[str, object]:
        """As JSON, of the curve a few points."""
        curve = [[share, round(self.after(share), 6)] for share in POINTS]
        rounded = {key: round(getattr(self, key), 5) for key in ("error", "nll", "ece", "auroc", "unsure")}
        interval = [round(end, 5) for end in self.interval]
        return {"n": self.n, "errors": self.errors, **rounded, "interval": interval, "risk_coverage": curve}


@dataclass(frozen=True)
class Measured:
    """A model and all that was measured of it.

    Args:
        name: By which it is shipped.
        network: Its layers in words.
        parameters, size: Trained weights, and bytes of the file; of a committee of all members.
        temperature, threshold: Of the card; a committee's threshold was found on held-out digits.
        refuses: Whether it has an output for what is no digit.
        sha256: Of the file; empty for a committee.
        digits: Of the images as they are given.
        no_digits: Share of each set of what is no digit that is unsure.
        read: The same two of pictures that are read, for a reader.
        members: Of a committee.
    """

    name: str
    network: str
    parameters: int
    size: int
    temperature: float
    threshold: float
    refuses: bool
    sha256: str
    digits: Figures
    no_digits: dict[str, float]
    read: tuple[Figures, dict[str, float]] | None
    members: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Among which of the published it belongs."""
        if self.members:
            return "committee"
        if "conv" in self.network:
            return "convolutional"
        return "perceptron" if self.name == "mlp-plain" else "perceptron, distorted digits"

    def record(self) -> dict[str, object]:
        """As JSON."""
        facts = asdict(self) | {"digits": self.digits.record()}
        if self.read:
            facts["read"] = self.read[0].record() | {"no_digits": self.read[1]}
        return facts


@dataclass(frozen=True)
class Published:
    """A result that others published; `read` says where the figure was read, `selected` whether on the test set."""

    kind: str
    name: str
    error: float
    how: str
    runs: str
    source: str
    url: str
    read: str
    selected: bool
    remark: str

    @property
    def interval(self) -> tuple[float, float]:
        """What 10,000 images can tell, percent: the Wilson interval of so many errors."""
        low, high = wilson(round(100 * self.error), 10_000)
        return 100 * low, 100 * high


def published() -> list[Published]:
    """Read what others published."""
    return [Published(**entry) for entry in json.loads((FOLDER / "published.json").read_text(encoding="utf-8"))]


def markdown(models: Sequence[Measured], *, part: str) -> str:
    """Return all tables of the page."""
    return "\n\n".join(tables(models, part=part).values())


def tables(models: Sequence[Measured], *, part: str) -> dict[str, str]:
    """Return the tables of the page by the name of their mark."""
    trainings = read(FOLDER / "trainings.json")
    made = f"<sub>MNIST's {part} images, {Machine.here()}, ONNX Runtime {versions()['onnxruntime']}.</sub>"
    return {
        "ours": f"{_table(OURS, _ours(models))}\n\n{made}",
        "refusing": _table(REFUSING, _refusing(models)),
        "trainings": _learned(trainings, models),
        "published": "\n\n".join(_published()),
    }


def write(path: Path, models: Sequence[Measured], *, part: str) -> None:
    """Put the tables between their marks in the page, `<!-- NAME -->` and `<!-- /NAME -->`.

    Raises:
        BadInput: The figures are not of the test images, or a mark is missing.
    """
    if part != "test":
        raise BadInput("cannot write page", path, f"these figures are of {part} images", hint="leave out --held-out")
    text = path.read_text(encoding="utf-8")
    for name, table in tables(models, part=part).items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise BadInput("cannot write page", path, f"expected one {begin.strip()} and one {end}")
        text = text[: text.index(begin) + len(begin)] + f"\n{table}\n\n" + text[text.index(end) :]
    write_whole(path, text)


OURS = ("model", "network", "weights", "file", "misread", "error", "95 % interval", "NLL", "ECE", "AUROC",
        "error, 1 % refused")  # fmt: skip
REFUSING = ("model", "digits called unsure", "letters refused", "made shapes refused")
TRAININGS = ("recipe", "model", "trainings", "error", "seconds", "machine", "command")
PUBLISHED = ("what", "trained with", "error", "95 % interval", "of", "source", "read in", "remark")


def _table(heads: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def in_order(models: Sequence[Measured]) -> Iterator[tuple[str, Measured | None]]:
    """Every row of the page: the expected models, measured or not, and then the others."""
    measured = {model.name: model for model in models}
    for name in dict.fromkeys((*EXPECTED, *measured)):
        yield name, measured.get(name)


def _ours(models: Sequence[Measured]) -> Iterator[Sequence[str]]:
    for name, model in in_order(models):
        if model is None:
            yield [f"`{name}`", *[DASH] * (len(OURS) - 1)]
            continue
        network = model.network + (" (the last: no digit)" if model.refuses and not model.members else "")
        yield [f"`{name}`", network, f"{model.parameters:,}", f"{model.size / 1e6:.2f} MB", *_measured(model.digits)]
        if model.read:
            yield [f"`{name}`, pictures read", "", "", "", *_measured(model.read[0])]


def _measured(figures: Figures) -> list[str]:
    low, high = figures.interval
    return [
        f"{figures.errors}",
        f"**{100 * figures.error:.2f} %**",
        f"{100 * low:.2f} to {100 * high:.2f}",
        f"{figures.nll:.4f}",
        f"{100 * figures.ece:.2f} %",
        f"{figures.auroc:.4f}",
        f"{100 * figures.after(0.01):.2f} %",
    ]


def _refusing(models: Sequence[Measured]) -> Iterator[Sequence[str]]:
    for name, model in in_order(models):
        if model is None:
            yield [f"`{name}`", *[DASH] * (len(REFUSING) - 1)]
            continue
        for words, figures, shares in (
            (f"`{name}`", model.digits, model.no_digits),
            *([(f"`{name}`, pictures read", *model.read)] if model.read else []),
        ):
            letters = _percent(shares["letters"]) if "letters" in shares else DASH
            yield [words, f"{100 * figures.unsure:.2f} %", letters, _percent(shares["made"])]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _learned(trainings: Sequence[Training], models: Sequence[Measured]) -> str:
    """The chart of the trainings, where there is one, and their table."""
    if not trainings:
        return "None is recorded yet."
    chart = "![Error against time of training](results/training.svg)\n\n" if on_few_cores(trainings) else ""
    return chart + _table(TRAININGS, _trainings(trainings, models))


def on_few_cores(trainings: Sequence[Training]) -> list[Training]:
    """The trainings that the chart shows: seconds on other machines are another thing."""
    return [one for one in trainings if one.machine.endswith(FEW_CORES)]


def _trainings(trainings: Sequence[Training], models: Sequence[Measured]) -> Iterator[Sequence[str]]:
    """One line for each recipe and machine; the mean where there were several seeds."""
    names = {model.sha256: model.name for model in models}
    for recipe, group in by_recipe(trainings):
        for machine in dict.fromkeys(one.machine for one in group):
            alike = [one for one in group if one.machine == machine]
            errors = [100 * (1 - one.test_accuracy) for one in alike]
            spread = f" ({min(errors):.2f} to {max(errors):.2f})" if len(alike) > 1 else ""
            shipped = ", ".join(f"`{names[one.sha256]}`" for one in alike if one.sha256 in names) or DASH
            seconds = fmean(one.seconds for one in alike)
            yield [f"`{recipe}`", shipped, f"{len(alike)}", f"{fmean(errors):.2f} %{spread}",
                   _whole(seconds), machine, f"`{alike[0].command}`"]  # fmt: skip


def _whole(seconds: float) -> str:
    return f"{seconds:,.0f}" if seconds >= 20 else f"{seconds:.1f}"


def _published() -> Iterator[str]:
    every = published()
    for kind, words in KINDS.items():
        rows = (
            [one.name, one.how, f"{one.error:g} %", "{:.2f} to {:.2f}".format(*one.interval), one.runs,
             f"[{one.source}]({one.url})", READ_IN[one.read], one.remark]
            for one in every if one.kind == kind
        )  # fmt: skip
        yield f"**{words}**\n\n{_table(PUBLISHED, rows)}"
