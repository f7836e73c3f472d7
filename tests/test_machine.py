"""What is read of the machine, from the words of several kinds of processors."""

import os
from pathlib import Path

import pytest

from inkdigit import machine
from inkdigit.machine import Machine, parse_cpuinfo

ZEN = "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu avx2 avx512_bf16\n\nprocessor\t: 1\nmodel name\t: other\n"
ARM = "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd bf16\n"


@pytest.mark.parametrize(
    ("text", "name", "features"),
    [
        (ZEN, "AMD EPYC", {"fpu", "avx2", "avx512_bf16"}),
        (ARM, "", {"fp", "asimd", "bf16"}),
        ("model name: X\n", "X", set()),
        ("", "", set()),
        ("\x00: :\n::", "", set()),
    ],
    ids=["x86", "ARM", "no features", "empty", "nonsense"],
)
def test_the_first_processor_counts(text: str, name: str, features: set[str]) -> None:
    assert parse_cpuinfo(text) == (name, frozenset(features))


def test_it_is_said_in_a_few_words() -> None:
    assert str(Machine("AMD EPYC", frozenset(), 1)) == "AMD EPYC, 1 core"
    assert str(Machine("Xeon", frozenset({"avx2"}), 48)) == "Xeon, 48 cores"


def test_where_linux_says_nothing_there_is_a_machine_still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "CPUINFO", tmp_path / "none")
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    here = Machine.here()
    assert here.features == frozenset()
    assert here.cores == os.cpu_count()
