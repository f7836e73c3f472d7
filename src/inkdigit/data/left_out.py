"""What was left out of a data set, said in one line at the end.

In: names with a reason, one by one. Out: how many, and the first few. Knows nothing of what was kept.
"""

import logging
from dataclasses import dataclass, field
from pathlib import Path

from inkdigit.errors import LONGEST_PATH, printable

FIRST = 3
"""How many are named."""

LONGEST_NAME = 60

_log = logging.getLogger(__name__)


@dataclass
class LeftOut:
    """Files that were left out, in the order in which they were met."""

    root: Path
    found: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, reason: str) -> None:
        """Remember one."""
        self.found.append((name, reason))

    def describe(self) -> str:
        """Say it in one line, "" if nothing was left out.

        >>> LeftOut(Path("d"), [("a.png", "blank"), ("b.txt", "no picture")]).describe()
        'left out 2 files of d: a.png (blank), b.txt (no picture)'
        """
        if not self.found:
            return ""
        shown = ", ".join(f"{printable(name, limit=LONGEST_NAME)} ({why})" for name, why in self.found[:FIRST])
        more = f" and {len(self.found) - FIRST:,} more" if len(self.found) > FIRST else ""
        n = "1 file" if len(self.found) == 1 else f"{len(self.found):,} files"
        return f"left out {n} of {printable(self.root, limit=LONGEST_PATH)}: {shown}{more}"

    def tell(self) -> None:
        """Say it, on stderr unless the program's logging is set up otherwise."""
        if said := self.describe():
            _log.warning("%s", said)
