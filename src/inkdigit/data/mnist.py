"""MNIST: 60,000 handwritten digits to learn from and 10,000 to be tested on, in their four original files.

In: a part. Out: its images and labels, from files whose SHA-256 is checked each time they are read.
They are looked for in `$INKDIGIT_DATA_DIR/mnist` first, then in the user's cache, then fetched into
that cache. Does not know what is learned from them.
"""

import logging
import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from inkdigit.data import idx
from inkdigit.data.download import OnNote, OnProgress, Patience, Remote, is_right, read_verified
from inkdigit.data.labelled import Part, labelled
from inkdigit.errors import BadInput
from inkdigit.types import Digits

Files = Mapping[Part, tuple[Remote, Remote]]
"""The image file and the label file of each part."""

FILES: Files = {
    "train": (
        Remote("train-images-idx3-ubyte.gz", 9_912_422,
               "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        Remote("train-labels-idx1-ubyte.gz", 28_881,
               "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    ),
    "test": (
        Remote("t10k-images-idx3-ubyte.gz", 1_648_877,
               "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        Remote("t10k-labels-idx1-ubyte.gz", 4_542,
               "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ),
}  # fmt: skip

HELD_OUT = 5_000
"""The last of the training images, which have always been held out: figures of earlier trainings stay comparable."""

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)

REMEDIES = 'connect and run "inkdigit data fetch", put it in $INKDIGIT_DATA_DIR/mnist, or --data mnist-small'

_log = logging.getLogger(__name__)


def load(part: Part, *, files: Files = FILES, mirrors: tuple[str, ...] = MIRRORS) -> Digits:
    """Load the whole of one part; fetches the files if they are nowhere. The train part takes 0.3 s.

    Args:
        part: "train" (60,000 images) or "test" (10,000).
        files: What the files must be.
        mirrors: Where they are fetched from if need be.

    Raises:
        BadInput: A file in INKDIGIT_DATA_DIR is not the original one.
        NetworkError: The files are nowhere and no mirror gives them.
        CannotWrite: They cannot be kept in the cache.
    """
    folder = _own_folder(files[part]) or _cached_folder(files[part]) or fetch(files=files, mirrors=mirrors)
    image_file, label_file = files[part]
    image_path, label_path = folder / image_file.name, folder / label_file.name
    images = idx.parse_images(read_verified(image_path, image_file), where=image_path)
    labels = idx.parse_labels(read_verified(label_path, label_file), where=label_path)
    reserved = HELD_OUT if part == "train" and len(labels) >= 10 * HELD_OUT else 0
    return replace(labelled(images, labels, name="mnist", part=part), reserved=reserved)


def available(*, files: Files = FILES) -> bool:
    """Whether both parts can be loaded without a network."""
    try:
        return all(_own_folder(pair) or _cached_folder(pair) for pair in files.values())
    except BadInput:
        return False


def fetch(
    folder: Path | None = None,
    *,
    mirrors: tuple[str, ...] = MIRRORS,
    files: Files = FILES,
    patience: Patience | None = None,
    on_progress: OnProgress = lambda amount: None,
    on_note: OnNote = _log.warning,
) -> Path:
    """Make sure that the four files are on this machine; touches no network if they are.

    Args:
        folder: Where to keep them; the user's cache if None.
        mirrors: Addresses of folders that hold them, tried in turn.
        files: What they must be.
        patience: When to give up on a mirror.
        on_progress: Called with the number of bytes that came.
        on_note: Called with a line when something failed or was put aside.

    Returns:
        The folder that holds them, which may be `$INKDIGIT_DATA_DIR/mnist`.

    Raises:
        BadInput: A file in INKDIGIT_DATA_DIR is not the original one.
        NetworkError: No mirror gives them.
        CannotWrite: The folder cannot be written.
    """
    remotes = tuple(remote for pair in files.values() for remote in pair)
    if folder is None and (own := _own_folder(remotes)):
        return own
    target = folder or cache_folder()
    if not all(is_right(target / remote.name, remote) for remote in remotes):
        from inkdigit.data.download import fetch_all  # requests takes 0.1 s to import

        fetch_all(
            remotes,
            target,
            mirrors=mirrors,
            patience=patience or Patience(),
            on_progress=on_progress,
            on_note=on_note,
            what="MNIST missing",
            hint=REMEDIES,
        )
    return target


def size_in_bytes(*, files: Files = FILES) -> int:
    """Bytes of all files together."""
    return sum(remote.size for pair in files.values() for remote in pair)


def cache_folder() -> Path:
    """Where fetched files are kept: below XDG_CACHE_HOME, ~/.cache, or without a home the temporary folder."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    if Path(given).is_absolute():
        return Path(given) / "inkdigit" / "mnist"
    try:
        return Path.home() / ".cache" / "inkdigit" / "mnist"
    except RuntimeError:
        user = os.getuid() if hasattr(os, "getuid") else "user"  # Windows: its temporary folder is the user's own
        return Path(tempfile.gettempdir()) / f"inkdigit-{user}" / "mnist"


def _own_folder(remotes: tuple[Remote, ...]) -> Path | None:
    """`$INKDIGIT_DATA_DIR/mnist` if it holds the files; a wrong one there is the user's to put right."""
    given = os.environ.get("INKDIGIT_DATA_DIR", "")
    folder = Path(given) / "mnist"
    try:
        if not given or not all((folder / remote.name).exists() for remote in remotes):
            return None
    except OSError as error:
        raise BadInput("cannot look into", folder, (error.strerror or str(error)).lower()) from error
    for remote in remotes:
        read_verified(folder / remote.name, remote)
    return folder


def _cached_folder(remotes: tuple[Remote, ...]) -> Path | None:
    """The user's cache if it holds the right files."""
    folder = cache_folder()
    return folder if all(is_right(folder / remote.name, remote) for remote in remotes) else None
