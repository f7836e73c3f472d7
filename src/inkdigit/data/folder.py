"""A data set as a folder: of pictures, or of files of arrays; `collection` says how it may be laid out.

In: a folder and the parts that are wanted. Out: those of them that there are. Hidden files are ignored, links are not
followed; of the files that were left out it says how many there were, the first few, and why.
"""

from collections.abc import Collection
from pathlib import Path

from inkdigit.data import collection
from inkdigit.data.labelled import Loaded, Part
from inkdigit.data.tree import of_folder


def load(path: Path, parts: Collection[Part]) -> Loaded:
    """Load those of some parts that a folder has.

    Raises:
        BadInput: The folder cannot be read, nothing in it can be used, or it could be meant in two ways.
    """
    return collection.load(of_folder(path), parts)
