"""What damaged pictures do to the readers of their formats: python benchmarks/mutations.py [N]

Small files of each format, and archives of them, with a few bytes changed, left out, doubled or cut off, N of each kind
(200 by default). Any of them is a picture or one of our own errors; whatever else comes is printed with its seed, and
the program ends with 1. Prints JSON: how many were read and refused, the longest time, and the most memory of the
process that decodes. The samples are those of the tests.
"""

import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from inkdigit.errors import BadInput
from inkdigit.pictures import isolated
from inkdigit.pictures.archives import is_archive, open_archive
from inkdigit.pictures.decode import count_pages, decode_file
from inkdigit.pictures.formats import BY_NAME
from inkdigit.pictures.picture import LARGE, Encoded
from machine import emit, progress
from pictures.samples import archives, samples

DEFAULT = 200
LONGEST, MOST_MB = 2.0, 600.0


def main() -> None:
    """Change N files of each kind, and read them."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    figures = {name: measured(name, content, n) for name, content in {**samples(), **archives()}.items()}
    emit("mutations", {"n": n, **figures})
    bad = [one for one in figures.values() if one["other"] or one["longest_s"] > LONGEST or one["most_mb"] > MOST_MB]
    sys.exit(1 if bad else 0)


def measured(name: str, content: bytes, n: int) -> dict[str, float]:
    """What became of n changed files of one kind."""
    outcomes: Counter[str] = Counter()
    longest = most = 0.0
    for seed in range(n):
        changed = mutated(content, random=np.random.default_rng(seed))
        start = time.perf_counter()
        outcomes[outcome(name, changed, seed)] += 1
        longest = max(longest, time.perf_counter() - start)
        if seed % 50 == 0 or seed == n - 1:
            most = max(most, memory())
    progress(f"{name}: {dict(outcomes)}, {longest:.2f} s, {most:.0f} MB")
    return {**{kind: outcomes[kind] for kind in ("read", "refused", "other")}, "longest_s": longest, "most_mb": most}


def outcome(name: str, content: bytes, seed: int) -> str:
    """Read a file as the program would; "other" is a bug."""
    try:
        if name in BY_NAME:
            count_pages(Encoded(content, name, limits=LARGE))
            decode_file(Encoded(content, name, limits=LARGE))
        elif is_archive(content):
            for _, read in open_archive(content, where=name):
                read(1 << 20)
    except BadInput as error:
        if "crashed" in str(error) or "took longer" in str(error):
            progress(f"{name}, seed {seed}: {error}")
        return "refused"
    except Exception as error:
        progress(f"{name}, seed {seed}: {error!r}")
        return "other"
    return "read"


def mutated(content: bytes, *, random: np.random.Generator) -> bytes:
    """A file with one to eight changes; the first bytes, which tell what it is, are changed less often."""
    data = bytearray(content)
    for _ in range(random.integers(1, 9)):
        at = int(random.integers(0 if random.random() < 0.1 else min(12, len(data) - 1), len(data)))
        match random.integers(0, 5):
            case 0:
                data[at] = int(random.integers(256))
            case 1:
                data[at] ^= 1 << int(random.integers(8))
            case 2:
                data[at : at + 4] = random.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"])
            case 3:
                del data[at : at + int(random.integers(1, 9))]
            case _:
                data[at:at] = data[at : at + int(random.integers(1, 33))]
    return bytes(data[: int(random.integers(1, len(data)))] if random.random() < 0.1 else data)


def memory() -> float:
    """The most megabytes that the process which decodes has had."""
    process = isolated.WORKER._process
    try:
        lines = Path(f"/proc/{process.pid}/status").read_text("ascii").splitlines() if process else []
    except OSError:  # it has just ended; or a system that says it otherwise
        return 0.0
    return next((float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


if __name__ == "__main__":
    main()
