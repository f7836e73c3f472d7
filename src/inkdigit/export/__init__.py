"""A trained network -> the files that other programs open: opened, written in memory, proven equal, put in place.

In: a run directory, a shipped model, a model file or anybody's Keras file, and a format. Out: a file or a folder, and
an `Export` that says what it is and what was measured. Knows nothing of the command line, and not how any format is
written. Keras is imported only for what is Keras, the onnx package only for ONNX.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from inkdigit.errors import UsageError
from inkdigit.export import place
from inkdigit.export.digits import PROVING, REDUCED, held_out
from inkdigit.export.formats import FORMATS
from inkdigit.export.parity import Parity
from inkdigit.models.open import open_model
from inkdigit.models.zoo import locate


@dataclass(frozen=True)
class Export:
    """What was written.

    Args:
        path: The file or the folder.
        format: "onnx", "tfjs", "keras", "h5" or "site".
        quantize: "int8", "int16", "float16" or None.
        sizes: Bytes of each file by its name; of a folder, by its path within.
        parity: What was measured, by the name of the model.
    """

    path: Path
    format: str
    quantize: str | None
    sizes: dict[str, int]
    parity: dict[str, Parity]


def export(
    source: Path | str | None = None,
    *,
    format: str,  # noqa: A002  there is no better word for it
    out: Path | None = None,
    quantize: str | None = None,
    force: bool = False,
) -> Export:
    """Write a network in another format.

    Nothing appears under its final name before all of it has been compared with the network it was made from, on
    MNIST digits that were held out of training, or on strokes where MNIST is not on this machine.

    Args:
        source: A run directory, "cnn" or "mlp", an `.onnx` file of inkdigit's, or a `.keras` or `.h5` file. For
            "site", which takes the shipped models as well, it may be left out.
        format: "onnx", "tfjs", "keras", "h5" or "site".
        out: Where to; in the working directory under the name of the source, if not given.
        quantize: Make the weights smaller: "int8" (onnx, tfjs, site), "int16" (tfjs, site) or "float16" (onnx).
        force: Replace what is there.

    Returns:
        What was written, and what was measured.

    Raises:
        UsageError: There is no such format or model, or the format has no such weights.
        BadInput: The source cannot be opened, or has a layer that the format, or a number that float16 does not have.
        Disagreement: The file does not answer as the network does; nothing is written.
        CannotWrite: The place is taken or cannot be written.
        MissingPackage: The page has not been built.
    """
    _check_options(source, format, quantize)
    path, chosen = None if source is None else locate(source), FORMATS[format]
    where = out if out is not None else place.default(path, format, chosen.ending, quantize)
    place.check(where, chosen.ending, source=path, force=force)
    digits = held_out(REDUCED if quantize else PROVING)
    model = replace(open_model(path), name=place.stem_of(path)) if path else None
    files, parity = chosen.write(model, quantize, digits)
    place.put(files, where, chosen.ending, force=force)
    return Export(where, format, quantize, {name: len(content) for name, content in files.items()}, parity)


def _check_options(source: Path | str | None, name: str, quantize: str | None) -> None:
    if name not in FORMATS:
        raise UsageError("unknown format", name, f"expected one of {', '.join(FORMATS)}")
    if quantize is not None and quantize not in FORMATS[name].quantized:
        takes = " and ".join(form for form, one in FORMATS.items() if quantize in one.quantized)
        hint = f"{quantize} is for {takes}" if takes else "expected int8, int16 or float16"
        raise UsageError("cannot make the weights smaller", name, f"got --quantize {quantize}", hint=hint)
    if source is None and name != "site":
        raise UsageError("which model?", "", f"{name} is written from one",
                         hint="name a run directory, cnn, mlp, or a model file")  # fmt: skip
