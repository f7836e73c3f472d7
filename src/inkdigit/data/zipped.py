"""A data set as a ZIP archive of what a folder may hold: what the page's "download" gives, and what Kaggle's gives.

In: a .zip file and the parts that are wanted. Out: those of them that there are. Nothing is unpacked to disk, and no
name in the archive is ever used as a path.
"""

from collections.abc import Collection
from pathlib import Path

from inkdigit.data import collection
from inkdigit.data.labelled import Loaded, Part
from inkdigit.data.tree import of_archive


def load(path: Path, parts: Collection[Part]) -> Loaded:
    """Load those of some parts that an archive has.

    Raises:
        BadInput: No ZIP archive, too large, nothing in it can be used, or it could be meant in two ways.
    """
    return collection.load(of_archive(path), parts)
