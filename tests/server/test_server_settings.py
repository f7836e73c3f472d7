"""The limits that a user can rely on stand in docs/serve.md."""

import dataclasses
from pathlib import Path

import pytest

from inkdigit.server.settings import Limits

DOCS = (Path(__file__).parent.parent.parent / "docs" / "serve.md").read_text(encoding="utf-8")
LIMITS = Limits()

SAID = {
    "body": "8 MiB", "picture": "5 MiB", "pictures": "32 pictures", "parts": "100 parts", "frames": "10,000 digits",
    "held": "64 MiB", "url": "8 KiB", "headers": "16 KiB", "header_count": "100 headers",
    "connections": "1,000 connections",
    "waiting": "48 wait", "waiting_long": "16 wait", "patience": "200 ms", "work": "5 s of work", "header_time": "10 s",
    "body_time": "30 s", "keep_alive": "5 s idle", "drain": "10 s to finish",
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_a_limit_is_documented(name: str) -> None:
    assert SAID[name] in DOCS


def test_the_limits_are_those_of_the_page() -> None:
    mega, kilo = 1 << 20, 1 << 10
    fixed = [
        8 * mega,
        5 * mega,
        32,
        100,
        10_000,
        64 * mega,
        8 * kilo,
        16 * kilo,
        100,
        1_000,
        48,
        16,
        0.2,
        5,
        10,
        30,
        5,
        10,
    ]
    assert [getattr(LIMITS, name) for name in SAID] == fixed
    assert {field.name for field in dataclasses.fields(Limits)} - SAID.keys() == {"working"}
