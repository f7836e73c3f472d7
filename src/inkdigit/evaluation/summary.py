"""The short form of an evaluation for the terminal, and the figures that the report begins with.

In: an `Evaluation`. Out: plain text of at most 78 columns that needs no colour. Prints nothing.
"""

from inkdigit.evaluation.look import percent, times
from inkdigit.types import Evaluation

PAIRS = 3
WEAKEST = 3


def format_summary(evaluation: Evaluation) -> str:
    """Return accuracy, loss, calibration, the most confused pairs, the weakest digits and the confusion matrix."""
    low, high = evaluation.interval
    wrong = evaluation.n - round(evaluation.accuracy * evaluation.n)
    facts = [
        (
            accuracy_called(evaluation),
            f"{percent(evaluation.accuracy, 2)}   95 % interval {percent(low, 2)} to {percent(high, 2)}",
        ),
        ("", f"{wrong:,} of {evaluation.n:,} misread"),
        *figures(evaluation),
        ("confused", _pairs(evaluation)),
        ("weakest", _weakest(evaluation)),
    ]
    width = max(13, len(accuracy_called(evaluation)) + 2)
    return "\n".join([*(f"{name:<{width}}{text}".rstrip() for name, text in facts), "", *_matrix(evaluation)])


def accuracy_called(evaluation: Evaluation) -> str:
    """What the accuracy is called: of images that were held out from a training, it says so."""
    return "accuracy" if evaluation.part == "test" else f"{evaluation.part} accuracy"


def figures(evaluation: Evaluation) -> list[tuple[str, str]]:
    """What each figure is called and how it is written, on the terminal and in the report."""
    return [("loss", f"{evaluation.loss:.4f} nats"), ("calibration", _calibration(evaluation))]


def _calibration(evaluation: Evaluation) -> str:
    own = f"error {percent(evaluation.ece, 2)}"
    if evaluation.temperature == 1.0:
        return own
    return f"{own}, {percent(evaluation.calibrated_ece, 2)} after temperature {evaluation.temperature:.2f}"


def _pairs(evaluation: Evaluation) -> str:
    if not evaluation.confused:
        return "none"
    return ", ".join(f"{pair.truth} as {pair.predicted} ({times(pair.n)})" for pair in evaluation.confused[:PAIRS])


def _weakest(evaluation: Evaluation) -> str:
    present = [score for score in evaluation.per_class if score.n]
    weakest = sorted(present, key=lambda score: score.recall)[:WEAKEST]
    return ", ".join(f"{score.digit} ({percent(score.recall)})" for score in weakest) + " read right"


def _matrix(evaluation: Evaluation) -> list[str]:
    """One line per true digit; a dot stands for none."""
    width = max(4, len(str(int(evaluation.confusion.max()))) + 1)
    cells = [[f"{count:>{width}}" if count else f"{'·':>{width}}" for count in row] for row in evaluation.confusion]
    lines = [f"{digit:>5} |{''.join(row)}" for digit, row in enumerate(cells)]
    header = " true |" + "".join(f"{digit:>{width}}" for digit in range(10)) + "  read as"
    return [header, f"{'-' * 6}+{'-' * (10 * width)}", *lines]
