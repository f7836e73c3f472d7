"""A process of its own, with functions of this file: it answers, refuses, crashes, hangs, and fills the memory."""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import inkdigit.worker as module
from inkdigit.errors import BadInput, BadPicture
from inkdigit.worker import Message, Worker, WorkerFailed
from waiting import until

FUNCTION = "worker_functions:answer"
MEMORY = 400_000_000


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """One that runs `worker_functions.answer`, for at most a minute: a slow machine fails no test."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    made = Worker(FUNCTION, memory=MEMORY, seconds=60)
    yield made
    made.close()


def ask(worker: Worker, do: str, data: bytes = b"") -> Message:
    return worker.ask(Message({"do": do}, data))


def test_an_answer_has_words_numbers_and_bytes(worker: Worker) -> None:
    reply = worker.ask(Message({"do": "echo", "n": 3, "text": "ä\n"}, b"\0\xff" * 50_000))
    assert reply.fields == {"do": "echo", "n": 3, "text": "ä\n"}
    assert reply.data == b"\xff\0" * 50_000


def test_the_same_process_answers_again(worker: Worker) -> None:
    assert ask(worker, "pid").fields == ask(worker, "pid").fields != {"pid": os.getpid()}


def test_errors_of_ours_come_through(worker: Worker) -> None:
    with pytest.raises(BadPicture, match=r"cannot read picture: a\.png: is odd; try again") as caught:
        ask(worker, "bad picture")
    assert caught.value.code == "too-small"
    with pytest.raises(BadInput, match="cannot open: b: is bad"):
        ask(worker, "bad input")


@pytest.mark.parametrize("do", ["abort", "exit", "raise", "garbage", "huge", "no object", "close"])
def test_whatever_ends_it_is_one_failure_and_it_starts_again(worker: Worker, do: str) -> None:
    before = ask(worker, "pid").fields
    with pytest.raises(WorkerFailed, match="crashed, or needs more than 400 MB"):
        ask(worker, do)
    assert ask(worker, "pid").fields != before


def test_what_takes_too_long_is_ended(worker: Worker) -> None:
    ask(worker, "pid")
    with pytest.raises(WorkerFailed, match=r"took longer than 0\.1 s"):
        worker.ask(Message({"do": "hang"}), seconds=0.1)
    assert ask(worker, "echo").fields == {"do": "echo"}


@pytest.mark.skipif(sys.platform != "linux", reason="no limit of private memory")
def test_it_gets_no_more_memory_than_it_may(worker: Worker) -> None:
    assert ask(worker, "some memory").fields == {}
    with pytest.raises(WorkerFailed, match="needs more than 400 MB"):
        ask(worker, "much memory")
    assert ask(worker, "some memory").fields == {}


def test_what_it_prints_is_no_reply(worker: Worker) -> None:
    assert ask(worker, "print").fields == {"printed": True}


def test_threads_get_their_own_answers(worker: Worker) -> None:
    found: dict[int, bytes | memoryview] = {}

    def one(n: int) -> None:
        found[n] = ask(worker, "echo", bytes([n]) * 10).data

    threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: bytes([n]) * 10 for n in range(8)}


def test_a_file_of_the_current_folder_is_no_module(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    assert ask(worker, "echo").fields == {"do": "echo"}


def test_one_that_died_meanwhile_is_replaced_before_it_is_asked(worker: Worker) -> None:
    before = ask(worker, "pid").fields["pid"]
    os.kill(before, signal.SIGKILL)
    until(lambda: worker._process is None or worker._process.poll() is not None, "its end")
    assert ask(worker, "pid").fields["pid"] != before


def test_it_is_told_no_secrets(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKDIGIT_TOKEN", "secret")
    assert "secret" not in ask(worker, "environment").fields.values()
    assert "PATH" in ask(worker, "environment").fields


def test_a_closed_one_starts_again(worker: Worker) -> None:
    ask(worker, "echo")
    worker.close()
    worker.close()
    assert ask(worker, "echo").fields == {"do": "echo"}


def test_messages_hold_nothing_that_can_run() -> None:
    with pytest.raises(TypeError):
        json.dumps(Message({"object": object()}).fields)
    assert not {"pickle", "marshal"} & set(vars(module))
