"""A few threads and a short line before them: how much is done at once, and who is sent away.

In: a piece of work, done in a thread. Out: its result, or a `Problem`: "overloaded" at once where the line is
full, and after `patience` where no thread was free; "deadline" where the work takes too long. Decoding and
recognising let go of the interpreter, so threads serve; the event loop only moves bytes. Knows nothing of HTTP
beyond these two problems.

Nothing waits for company: but what is of one kind and already stands in the line together is done together. A
digit by itself takes 0.65 ms, eight of them 0.36 ms each (cnn, one core): each step finds its code in the cache.

Work that waits is dropped undone when it was given up. Work that was begun runs to its end: a thread cannot be
stopped; what a request may ask for bounds it.
"""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from inkdigit.server.limits import Limits
from inkdigit.server.problems import Problem

Thing = TypeVar("Thing")
Result = TypeVar("Result")

REST = 0.002
"""Seconds. At twice what one core bears, goodput without a rest is 0.84, with 2 ms 0.89, with 4 ms 0.92 (cnn), but with
4 ms the slowest hundredth of the refusals takes 11 to 12 ms, with 2 ms 8."""

NICE = 5
"""How much less a working thread is than the event loop, as nice(1) counts."""


@dataclass(frozen=True, eq=False)
class Kind(Generic[Thing, Result]):
    """A kind of work.

    Args:
        do: Does it for some things at once; gives for each its result, or the error that is its own.
        most: So many at once.
    """

    do: Callable[[Sequence[Thing]], Sequence[Result | Exception]]
    most: int = 1


class Workers:
    """Some threads and their line. One that takes no digits of a moment behind pages of a second has two of these.

    Args:
        limits: Of these `working`, `patience` and `work`.
        waiting: The length of the line.
    """

    def __init__(self, limits: Limits, *, waiting: int) -> None:
        self._limits, self._most = limits, waiting
        self._coming = 0
        self._resting = False
        self._line: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self.in_work = 0

    @property
    def waiting(self) -> int:
        """How many wait for a thread."""
        return self._line.qsize()

    @property
    def full(self) -> bool:
        """Whether one more would be refused at once."""
        return self._line.qsize() + self._coming >= self._most

    def expect(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count a request whose headers were just read, until it stands in the line or waits for its body."""
        if not self._coming:
            loop.call_soon(self._come)
        self._coming += 1

    def _come(self) -> None:
        self._coming = 0

    def rest(self, loop: asyncio.AbstractEventLoop) -> None:
        """Leave the core to the threads for a moment once all that has arrived is dealt with: someone was sent away.

        Nothing but refusals is to be had while the line is full. Each that is made at once interrupts the work, and
        costs it several times what those cost that are made together.
        """
        if not self._resting:
            self._resting = True
            loop.call_soon(self._rest)

    def _rest(self) -> None:
        time.sleep(REST)
        self._resting = False

    def refuse_if_full(self) -> None:
        """Refuse before a body is read for nothing.

        Raises:
            Problem: "overloaded".
        """
        if self._line.qsize() >= self._most:
            raise overloaded()

    async def do(self, thing: Thing, kind: Kind[Thing, Result]) -> Result:
        """Have work done in one of the threads.

        Raises:
            Problem: "overloaded" or "deadline", or what the work raises.
        """
        self.refuse_if_full()
        if not self._threads:
            self._start()
        job = _Job(thing, kind, self._limits)
        self.in_work += 1
        self._line.put(job)
        try:
            result: Result = await job.answer
            return result
        finally:
            self.in_work -= 1
            job.leave()

    def close(self) -> None:
        """Let the threads end once the line is empty."""
        for _ in self._threads:
            self._line.put(None)
        self._threads = []

    def _start(self) -> None:
        for number in range(self._limits.working):
            thread = threading.Thread(target=self._serve, name=f"serving-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self) -> None:
        _step_back()
        job = self._line.get()
        while job is not None:
            jobs, following = self._with_its_like(job)
            _run([one for one in jobs if one.claimed()])
            del job, jobs  # not kept while it waits for the next
            job = self._line.get() if following is _NOBODY else following

    def _with_its_like(self, job: "_Job") -> "tuple[list[_Job], _Job | None]":
        """The jobs that are done with this one, and who came out of the line behind them without being one."""
        jobs = [job]
        while len(jobs) < job.kind.most:
            try:
                following = self._line.get_nowait()
            except Empty:
                break
            if following is None or following.kind is not job.kind:
                return jobs, following
            jobs.append(following)
        return jobs, _NOBODY


def _step_back() -> None:
    """In a thread that works: let the event loop go first where both want the same core.

    On one core at twice what it bears, half of the refusals come after 1.3 ms instead of 7 to 16.
    """
    if sys.platform == "linux":  # elsewhere it is the whole process that is nice
        os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + NICE)


class _Job:
    """One piece of work, and the future that waits for it."""

    def __init__(self, thing: Any, kind: Kind[Any, Any], limits: Limits) -> None:
        self.thing, self.kind, self._limits = thing, kind, limits
        self.loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[Any] = self.loop.create_future()
        self._began = time.monotonic()
        # Whoever pops it has the job, a thread or the clock: `list.pop` is one step in every interpreter.
        self._claim = [True]
        self._clock = self.loop.call_later(limits.patience, self._lose_patience)

    def claimed(self) -> bool:
        """Whether it was free, and is now the caller's."""
        try:
            return self._claim.pop()
        except IndexError:
            return False

    def leave(self) -> None:
        """Nobody waits any more: the answer came, or the client went away."""
        self._clock.cancel()
        self.claimed()

    def tell(self, result: Any) -> None:
        """Give the answer to who waits for it, if anyone still does."""
        if self.answer.done():
            return
        if isinstance(result, Exception):
            self.answer.set_exception(result)
        else:
            self.answer.set_result(result)

    def _lose_patience(self) -> None:
        if self.claimed():
            self.tell(overloaded())
        else:
            late = Problem("deadline", f"not done after {self._limits.work:g} s; send less at once")
            left = self._began + self._limits.work - time.monotonic()
            self._clock = self.loop.call_later(left, self.tell, late)


_NOBODY: Any = object()


def _run(jobs: list[_Job]) -> None:
    """In a thread: do jobs of one kind, and wake their loop once."""
    if not jobs:
        return
    results = _results(jobs)
    try:
        jobs[0].loop.call_soon_threadsafe(_tell, jobs, results)
    except RuntimeError:  # the loop was closed: nobody waits any more
        return


def _results(jobs: list[_Job]) -> Sequence[Any]:
    """What the work gives; a fault that belongs to none of several is found by doing each alone."""
    try:
        return jobs[0].kind.do([job.thing for job in jobs])
    except Exception as error:
        return [error] if len(jobs) == 1 else [result for job in jobs for result in _results([job])]


def _tell(jobs: list[_Job], results: Sequence[Any]) -> None:
    for job, result in zip(jobs, results, strict=True):
        job.tell(result)


def overloaded() -> Problem:
    """There is more to do than can be done."""
    return Problem("overloaded", "too many requests at once; try again in a moment")
