"""Packed files: each kind unpacks, none to more than the bound, damage is one error."""

import bz2
import contextlib
import gzip
import lzma
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.data.packed import unpacked
from inkdigit.errors import BadInput

DATA = bytes(range(256)) * 40
PACKERS = [gzip.compress, lzma.compress, bz2.compress]


@pytest.mark.parametrize("pack", PACKERS)
def test_each_kind(pack: Callable[[bytes], bytes]) -> None:
    assert unpacked(pack(DATA), where="x", what="cannot read") == DATA


def test_plain_bytes_stay() -> None:
    assert unpacked(DATA, where="x", what="cannot read") == DATA


def test_members_of_gzip_follow_each_other() -> None:
    assert unpacked(gzip.compress(b"a") + gzip.compress(b"b"), where="x", what="cannot read") == b"ab"


@pytest.mark.parametrize("pack", PACKERS)
def test_a_bomb_is_refused(pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(BadInput, match="x: unpacks to more than 1,000,000 bytes"):
        unpacked(pack(bytes(50_000_000)), where="x", what="cannot read", limit=1_000_000)


@pytest.mark.parametrize("pack", PACKERS)
def test_one_that_ends_early_is_damaged(pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(BadInput, match="cannot read: x: is damaged"):
        unpacked(pack(DATA)[:-4], where="x", what="cannot read")


@given(st.sampled_from(PACKERS), st.integers(0, 5_000), st.integers(1, 255), st.integers(0, 200))
def test_damage_is_one_error_or_none(pack: Callable[[bytes], bytes], place: int, value: int, cut: int) -> None:
    data = bytearray(pack(DATA))
    data[place % len(data)] ^= value
    with contextlib.suppress(BadInput):
        unpacked(bytes(data[: len(data) - cut % len(data)]), where="x", what="cannot read")
