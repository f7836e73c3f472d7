"""Where in the names of pictures it says what they show: part, digit, writer.

In: the names of the files of a data set, and tables that name labels. Out: for each picture its part, its digit and who
wrote it, as far as the names say so; or `BadInput` that says how to name them. Reads no picture.

    train/3/a.png  val/3/b.png  test/3/c.png     parts by folder, in any spelling; digits by folder
    three/a.png  digit_3/a.png  class3/a.png     digits by folder
    3_17.png  img17-3.png                        digits by file name
    writer1/3/a.png  3/writer1/a.png             who wrote it, where there are several
    labels.csv beside pictures                   digits by a table
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from inkdigit.data.labelled import Part
from inkdigit.data.left_out import LeftOut
from inkdigit.data.naming import digit_of, digits_of_files, part_of
from inkdigit.errors import BadInput

AMBIGUOUS = "ambiguous names"
SHOULD_BE = "call the folders of the digits 0 to 9, or the files 3_17.png"
MOST = 0.5
"""Of the pictures, how many must lie in folders named after digits for these to be the digits."""


@dataclass(frozen=True)
class Placed:
    """A picture: the name of its file, what it shows, its part and its writer where these are said."""

    name: str
    digit: int
    part: Part | None = None
    writer: str = ""


def place(names: Sequence[str], labels: Mapping[str, int], *, root: Path, left_out: LeftOut) -> list[Placed]:
    """Find out what each picture shows.

    Args:
        names: Of the pictures, relative, "/" between their parts.
        labels: What tables say of them, by name; empty where there are none.
        root: What an error calls the data.
        left_out: Is told of pictures of which nothing is said.

    Returns:
        Those of which it is known, by digit and name.

    Raises:
        BadInput: Names could be read in two ways.
    """
    parts = {name: _part(name) for name in names}
    names = _in_parts(names, parts, root=root, left_out=left_out)
    folders = {name: _folders(name, parts[name]) for name in names}
    if labels and len(labels) < MOST * len(names):
        raise BadInput(AMBIGUOUS, root, f"its tables name {len(labels):,} of {len(names):,} pictures",
                       hint="name the folder of one data set, or name the others in the table")  # fmt: skip
    if labels:
        found = [Placed(name, labels[name], parts[name][1]) for name in names if name in labels]
        _leave_out(names, {one.name for one in found}, "no table names it", left_out)
        return _sorted(found)
    level = _digit_level(list(folders.values()), root=root)
    if level is None:
        return _sorted(_by_file(names, {name: parts[name][1] for name in names}, root=root, left_out=left_out))
    found = []
    for name in names:
        digit = digit_of(folders[name][level]) if len(folders[name]) > level else None
        if digit is not None:
            others = [folder for i, folder in enumerate(folders[name]) if i != level]
            found.append(Placed(name, digit, parts[name][1], "/".join(others)))
    _leave_out(names, {one.name for one in found}, "not in a folder named after a digit", left_out)
    return _sorted(_with_writers(found))


def _in_parts(
    names: Sequence[str], parts: Mapping[str, tuple[int, Part | None]], *, root: Path, left_out: LeftOut
) -> list[str]:
    """Those of which the part is named, if it is named of any: of two data sets in one folder none is meant."""
    named = [name for name in names if parts[name][1]]
    if not named:
        return list(names)
    if len(named) < MOST * len(names):
        why = f"{len(named):,} of {len(names):,} pictures lie in train/ or test/, the others in neither"
        raise BadInput(AMBIGUOUS, root, why, hint="name the folder of one data set")
    _leave_out(names, set(named), "neither in train/ nor in test/", left_out)
    return named


def _part(name: str) -> tuple[int, Part | None]:
    """At which level of its folders a file's part is named, and which; -1 for none."""
    for level, folder in enumerate(PurePosixPath(name).parts[:-1]):
        if part := part_of(folder):
            return level, part
    return -1, None


def _folders(name: str, part: tuple[int, Part | None]) -> tuple[str, ...]:
    """The folders of a file, but for the one that says the part."""
    folders = PurePosixPath(name).parts[:-1]
    return folders if part[0] < 0 else (*folders[: part[0]], *folders[part[0] + 1 :])


def _digit_level(folders: Sequence[tuple[str, ...]], *, root: Path) -> int | None:
    """At which level of the folders the digits are."""
    counts: Counter[int] = Counter()
    for path in folders:
        counts.update(level for level, folder in enumerate(path) if digit_of(folder) is not None)
    ranked = [(level, n) for level, n in counts.most_common() if n > MOST * len(folders)]
    if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
        example = "/".join(next(path for path in folders if len(path) > max(ranked[0][0], ranked[1][0])))
        raise BadInput(AMBIGUOUS, root, f"which folder of {example} is the digit?",
                       hint="call those of the writers writer_1, writer_2")  # fmt: skip
    return ranked[0][0] if ranked else None


def _by_file(
    names: Sequence[str], parts: Mapping[str, Part | None], *, root: Path, left_out: LeftOut
) -> Iterator[Placed]:
    """Digits by the names of the files."""
    digits = digits_of_files([PurePosixPath(name).stem for name in names])
    if isinstance(digits, str):
        raise BadInput(AMBIGUOUS, root, f"the digit of {digits} may stand first or last", hint=SHOULD_BE)
    known = sum(digit is not None for digit in digits)
    if 0 < known < MOST * len(names):
        raise BadInput(AMBIGUOUS, root, f"a digit stands in the names of {known:,} of {len(names):,} files",
                       hint=SHOULD_BE)  # fmt: skip
    for name, digit in zip(names, digits, strict=True):
        if digit is None:
            left_out.add(name, "no digit in its name, nor in those of its folders")
        else:
            yield Placed(name, digit, parts[name])


def _with_writers(found: Sequence[Placed]) -> list[Placed]:
    """Folders other than the digits' are writers, if there are several."""
    if len({one.writer for one in found}) > 1:
        return list(found)
    return [Placed(one.name, one.digit, one.part) for one in found]


def _leave_out(names: Sequence[str], kept: set[str], why: str, left_out: LeftOut) -> None:
    for name in names:
        if name not in kept:
            left_out.add(name, why)


def _sorted(found: "Sequence[Placed] | Iterator[Placed]") -> list[Placed]:
    return sorted(found, key=lambda one: (one.digit, one.name))
