"""The machine that this process runs on, looked at once and handed down as a value.

Out: a `Machine`: what its processor is called and can do, and how many cores this process may use. Whoever computes
takes one, or what follows from one, as an argument: nothing else of the package asks the processor or counts cores.
"""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Machine:
    """A processor, as far as anything depends on it.

    Args:
        processor: What it is called, "AMD EPYC".
        features: What it can do, in the words of Linux: "avx2", "amx_bf16"; empty where nothing says so.
        cores: How many this process may use, at least 1.
    """

    processor: str
    features: frozenset[str]
    cores: int

    @classmethod
    def here(cls) -> "Machine":
        """Look at the machine that this process runs on."""
        try:
            text = CPUINFO.read_text(encoding="utf-8", errors="replace")
        except OSError:  # not Linux
            text = ""
        name, features = parse_cpuinfo(text)
        return cls(name or platform.processor() or platform.machine(), features, _usable_cores())

    def __str__(self) -> str:
        """As "AMD EPYC, 2 cores"."""
        return f"{self.processor}, {self.cores} {'core' if self.cores == 1 else 'cores'}"


def parse_cpuinfo(text: str) -> tuple[str, frozenset[str]]:
    """Read the name and the features of the first processor that Linux lists; "" and none where it does not say.

    >>> parse_cpuinfo("model name : Xeon\\nflags : avx2 amx_bf16\\n")[0]
    'Xeon'
    """
    fields: dict[str, str] = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    features = fields.get("flags", fields.get("Features", ""))  # x86, ARM
    return fields.get("model name", ""), frozenset(features.split())


def _usable_cores() -> int:
    """The cores that this process is allowed to run on, where the system says so, else all there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
