"""Signals are remembered, obeyed between two stages, and given back (C04, C05)."""

import signal
from pathlib import Path

import pytest

from inkdigit.errors import Interrupted
from inkdigit.training import rundir
from inkdigit.training.control import StopRequest, stop_requests


def test_between_two_stages_it_stops_where_that_was_asked_for(tmp_path: Path) -> None:
    stop = StopRequest()
    stop.check(tmp_path)
    stop(signal.SIGTERM, None)
    with pytest.raises(Interrupted, match=r"^stopped by SIGTERM$"):
        stop.check(tmp_path)
    (tmp_path / rundir.RUN).touch()
    with pytest.raises(Interrupted, match=r"^stopped by SIGTERM; go on with: inkdigit train --resume --run /"):
        stop.check(tmp_path)


def test_a_second_ctrl_c_is_obeyed_at_once() -> None:
    with stop_requests() as stop:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert stop.signal_number == signal.SIGTERM
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_afterwards_signals_mean_what_they_meant_before() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with stop_requests():
        pass
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before
