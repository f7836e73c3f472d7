"""Every error a user can meet.

In: what went wrong, where, why, and what to do next. Out: one printable line and an exit code.
Knows nothing of the command line or HTTP: those translate an error, they do not invent one.
"""

LONGEST_PATH, LONGEST_PHRASE = 100, 140  # characters


def printable(text: object, *, limit: int | None = None) -> str:
    """Escape control and direction characters, and shorten the middle of what is longer than `limit`.

    >>> printable("a\\nb")
    'a\\\\nb'
    """
    shown = str(text)
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)
    if limit is None or len(shown) <= limit:
        return shown
    half = (limit - 1) // 2
    return f"{shown[:half]}…{shown[-half:]}"


class InkdigitError(Exception):
    """A failure that the user can understand and act on.

    Args:
        what: What could not be done, as a short phrase: "cannot read images".
        where: The file, folder, option or address it happened at.
        why: What was expected and what was found, with numbers.
        hint: What to do next.

    >>> str(BadInput("cannot read images", "a.gz", "ends early (got 3 of 16 bytes)", hint="fetch it again"))
    'cannot read images: a.gz: ends early (got 3 of 16 bytes); fetch it again'
    """

    exit_code = 1
    code = "error"

    def __init__(self, what: str, where: object = "", why: str = "", *, hint: str = "") -> None:
        self.what, self.where, self.why, self.hint = what, where, why, hint
        super().__init__(self.line(path=LONGEST_PATH))

    def line(self, *, path: int) -> str:
        """The error in one line; of long ones what was asked and where are cut in their middle, the reason never."""
        parts = (printable(self.what, limit=LONGEST_PHRASE), printable(self.where, limit=path), printable(self.why))
        reason = ": ".join(part for part in parts if part)
        return f"{reason}; {printable(self.hint)}" if self.hint else reason


class Diverged(InkdigitError):
    """The loss is no longer a finite number."""

    code = "diverged"


class Disagreement(InkdigitError):
    """Two forms of one model give different answers: a bug, or a file that was tampered with."""

    code = "disagreement"


class UsageError(InkdigitError):
    """An option that does not exist or has a value outside its range."""

    exit_code = 2
    code = "usage"


class BadInput(InkdigitError):
    """A file or data set that cannot be used: missing, unreadable, corrupt, of the wrong shape."""

    exit_code = 3
    code = "bad-input"


class BadPicture(BadInput):
    """A picture that cannot be read.

    Args:
        code: Which of the kinds of bad pictures, for programs: "empty-file", "truncated", "too-large",
            "too-many-pixels", "too-small", "unsupported-format", "unreadable-image", "not-a-file".
        where: The name of the picture.
        why: What was expected and what was found, with numbers.
        hint: What to do next.
    """

    def __init__(self, code: str, where: object, why: str, *, hint: str = "") -> None:
        super().__init__("cannot read picture", where, why, hint=hint)
        self.code = code


class MissingPackage(InkdigitError):
    """A stage was asked for whose packages are not installed."""

    exit_code = 3
    code = "missing-package"


class CannotWrite(InkdigitError):
    """An output that cannot be written: read-only, full disk, already there."""

    exit_code = 4
    code = "cannot-write"


class NetworkError(InkdigitError):
    """Every address that was tried failed."""

    exit_code = 5
    code = "network"


class Busy(InkdigitError):
    """Another process is using the run directory or the port."""

    exit_code = 6
    code = "busy"


class PartialFailure(InkdigitError):
    """Some of many inputs failed; each was reported when it did."""

    exit_code = 7
    code = "partial"


class Interrupted(InkdigitError):
    """Stopped by a signal; everything worth keeping was saved first."""

    code = "interrupted"

    def __init__(self, what: str, where: object = "", why: str = "", *, signal_number: int, hint: str = "") -> None:
        super().__init__(what, where, why, hint=hint)
        self.exit_code = 128 + signal_number
