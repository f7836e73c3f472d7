"""Which pages of a file are meant: "1-3,7", "5-" or "all".

In: the words of a user, and how many pages there are. Out: their numbers, counted from 1.
"""

import re
from dataclasses import dataclass

from inkdigit.errors import UsageError

PART = re.compile(r"(\d{1,9})?(-)?(\d{1,9})?")
LAST = 10**9


@dataclass(frozen=True)
class Pages:
    """Ranges of pages, each its first and last number."""

    ranges: tuple[tuple[int, int], ...] = ((1, LAST),)

    def of(self, count: int) -> list[int]:
        """Those that a file of so many pages has, in its order.

        >>> Pages(((2, 3), (5, LAST))).of(6)
        [2, 3, 5, 6]
        """
        numbers = {n for first, last in self.ranges for n in range(first, min(last, count) + 1)}
        return sorted(numbers)


ALL = Pages()


def parse_pages(text: str) -> Pages:
    """Read the words of a user.

    >>> parse_pages("1-3, 7").of(9)
    [1, 2, 3, 7]

    Raises:
        UsageError: They name no pages.
    """
    if text.strip().lower() == "all":
        return ALL
    ranges = []
    for part in text.split(","):
        match = PART.fullmatch(part.strip())
        first, dash, last = match.groups() if match else (None, None, None)
        low = int(first) if first else 1
        high = int(last) if last else (LAST if dash else low)
        if not (first or last) or not 1 <= low <= high:
            raise UsageError("no pages", "--pages", f"got {text}", hint="say 2, 1-3, 5- or all; the first page is 1")
        ranges.append((low, high))
    return Pages(tuple(ranges))
