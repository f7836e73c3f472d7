"""Execute the tutorial from top to bottom and keep what it showed.

    python notebooks/run.py            write the outputs back into tutorial.ipynb
    python notebooks/run.py --check    only see that it runs; nothing is written

The notebook works in a temporary folder, so its runs leave nothing behind. What is written holds no
time, no version of Python and no name of this machine's: the file changes when the results do. Its
metadata keeps a digest of the source that was executed, by which a test sees that the outputs are its.
"""

import argparse
import hashlib
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

TUTORIAL = Path(__file__).with_name("tutorial.ipynb")
LONGEST_CELL = 300  # seconds; the longest takes eight on two cores
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
DIGEST = "inkdigit_source_sha256"

# Where people and machines keep their files; an object's address is as personal.
PERSONAL = re.compile(r"/(?:home|Users|root|tmp|private|work|var/folders)/\S*|[A-Z]:\\Users\\\S*|\b0x[0-9a-f]{8,}\b")


def main() -> int:
    """Run the tutorial; 0 if no cell failed, 1 if one did, 3 if an output names this machine."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only execute; write nothing")
    check = parser.parse_args().check
    notebook = nbformat.read(TUTORIAL, as_version=4)  # type: ignore[no-untyped-call]
    try:
        execute(notebook)
    except CellExecutionError as error:
        print(error, file=sys.stderr)
        return 1
    if found := personal(notebook):
        print("an output names this machine:", *found, sep="\n  ", file=sys.stderr)
        return 3
    if not check:
        write(normalised(notebook), TUTORIAL)
    return 0


def execute(notebook: Any) -> None:
    """Run every cell in a new kernel in an empty folder; the outputs go into `notebook`.

    Raises:
        CellExecutionError: A cell failed; says which and how.
    """
    data = os.environ.get("INKDIGIT_DATA_DIR")
    if data:
        os.environ["INKDIGIT_DATA_DIR"] = str(Path(data).resolve())  # the kernel starts elsewhere
    with tempfile.TemporaryDirectory(prefix="inkdigit-") as folder:
        NotebookClient(
            notebook,
            timeout=LONGEST_CELL,
            startup_timeout=LONGEST_CELL,
            kernel_name=KERNEL["name"],
            resources={"metadata": {"path": folder}},
            record_timing=False,
            coalesce_streams=True,
        ).execute()


def personal(notebook: Any) -> list[str]:
    """List what names this machine or its user: paths in the text of outputs (a picture's letters mean nothing)."""
    texts = [text for cell in notebook.cells for output in cell.get("outputs", []) for text in _texts(output)]
    return sorted({match for text in texts for match in PERSONAL.findall(text)})


def _texts(output: Any) -> list[str]:
    shown = [value for kind, value in output.get("data", {}).items() if not kind.startswith("image/")]
    return [str(part) for part in (output.get("text", ""), *output.get("traceback", []), *shown)]


def normalised(notebook: Any) -> Any:
    """Keep source and outputs, each picture once, and of the rest only what is the same on every machine."""
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}, DIGEST: source_digest(notebook)}
    for cell in notebook.cells:
        cell.metadata = {}
        for shown in (output.get("data", {}) for output in cell.get("outputs", [])):
            if "image/png" in shown:
                shown.pop("image/jpeg", None)
    return notebook


def source_digest(notebook: Any) -> str:
    """Hex SHA-256 of the source of all code cells, in order."""
    source = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return hashlib.sha256(json.dumps(source).encode()).hexdigest()


def write(notebook: Any, path: Path) -> None:
    """Write beside and rename: an interrupted run leaves the old file."""
    nbformat.validate(notebook)
    draft = path.with_suffix(".draft")
    nbformat.write(notebook, draft)  # type: ignore[no-untyped-call]
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main())
