"""A few threads and a short line before them: how much is done at once, what is done together, who is sent away.

In: a thing, and the job that does such things. Out: its result, or a `Problem`: "overloaded" at once where the line
is full, and after `patience` where no thread was free; "deadline" where the work takes too long. Decoding and
recognising let go of the interpreter, so threads serve; the event loop only moves bytes.

Nothing waits for company: but what is of one job and already stands in the line together is done together. A digit
by itself takes 0.65 ms, eight of them 0.36 ms each (cnn, one core): each step finds its code in the cache.

What waits is dropped undone when it was given up. What was begun runs to its end: a thread cannot be stopped; what a
request may ask for bounds it. The line belongs to the event loop alone, so it needs no lock.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from inkdigit.server.metrics import Metrics
from inkdigit.server.problems import Problem, overloaded
from inkdigit.server.settings import Limits

Thing = TypeVar("Thing")
Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class BatchJob(Generic[Thing, Result]):
    """What is done with at most so many things at once: for each its result, or the error that is its own."""

    do: Callable[[Sequence[Thing]], Sequence[Result | Exception]]
    most: int = 1


@dataclass(eq=False)
class _Waiting:
    """A thing in the line, then with a thread: who waits for its result, and how long."""

    thing: Any
    job: BatchJob[Any, Any]
    result: asyncio.Future[Any]
    clock: asyncio.Timeout
    begun: bool = False


class Batcher:
    """Some threads and their line, of a length; a service that takes no digits of a moment behind pages has two."""

    def __init__(self, limits: Limits, *, length: int, metrics: Metrics) -> None:
        self._limits, self._length, self._metrics = limits, length, metrics
        self._line: deque[_Waiting] = deque()
        self._busy = 0
        self._threads = ThreadPoolExecutor(limits.working, thread_name_prefix="serving")

    @property
    def full(self) -> bool:
        """Whether one more would be refused at once."""
        return len(self._line) >= self._length

    async def do(self, thing: Thing, job: BatchJob[Thing, Result]) -> Result:
        """Have a thing done in one of the threads.

        Raises:
            Problem: "overloaded" or "deadline", or what the job gives for this thing.
        """
        if self.full:
            raise overloaded()
        loop = asyncio.get_running_loop()
        waiting = _Waiting(thing, job, loop.create_future(), asyncio.timeout(self._limits.patience))
        self._line.append(waiting)
        # Not at once: requests that arrived together stand in the line together before a thread takes the first.
        loop.call_soon(self._start)
        try:
            async with waiting.clock:
                result: Result = await waiting.result
                return result
        except TimeoutError:
            late = Problem("deadline", f"not done after {self._limits.work:g} s; send less at once")
            raise (late if waiting.begun else overloaded()) from None
        finally:
            if waiting in self._line:
                self._line.remove(waiting)
            self._metrics.queue_depth.set(len(self._line))

    def _start(self) -> None:
        """Give what waits to the threads that are free."""
        loop = asyncio.get_running_loop()
        while self._busy < self._limits.working and (batch := self._next(loop.time() + self._limits.work)):
            self._busy += 1
            self._metrics.working.inc(len(batch))
            work = loop.run_in_executor(self._threads, _results, batch[0].job, [one.thing for one in batch])
            work.add_done_callback(partial(self._finish, batch))

    def _next(self, end: float) -> list[_Waiting]:
        """The first of the line, and those of the same job that stand right behind it, to be done before then."""
        batch: list[_Waiting] = []
        while self._line and (not batch or (self._line[0].job is batch[0].job and len(batch) < batch[0].job.most)):
            one = self._line.popleft()
            if not one.result.done():  # else it was given up in this very turn of the loop
                one.begun = True
                one.clock.reschedule(end)
                batch.append(one)
        return batch

    def _finish(self, batch: list[_Waiting], work: asyncio.Future[Sequence[Any]]) -> None:
        self._busy -= 1
        self._metrics.working.dec(len(batch))
        for one, result in zip(batch, work.result(), strict=True):
            if one.result.done():  # nobody waits any more
                continue
            if isinstance(result, Exception):
                one.result.set_exception(result)
            else:
                one.result.set_result(result)
        self._start()


def _results(job: BatchJob[Any, Any], things: Sequence[Any]) -> Sequence[Any]:
    """In a thread: what the job gives; a fault that belongs to none of several is found by doing each alone."""
    try:
        return job.do(things)
    except Exception as error:
        return [error] if len(things) == 1 else [result for thing in things for result in _results(job, [thing])]
