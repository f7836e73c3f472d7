"""A few threads and a short line before them: how much is done at once, what is done together, who is sent away.

In: a thing, and the job that does such things. Out: its result, or a `Problem`: "overloaded" at once where the line
is full, and after `patience` where no thread was free; "deadline" where the work takes too long. Decoding and
recognising let go of the interpreter, so threads serve. What was begun runs to its end.

Nothing waits for company, but what is of one job and stands in the line together is done together. A thread takes from
the line by itself: told by the event loop, it stood still for a third of the time under twice its load.
"""

import asyncio
import contextlib
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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
    """A thing in the line, then with a thread, and who waits for its result."""

    thing: Any
    job: BatchJob[Any, Any]
    result: asyncio.Future[Any]


class Batcher:
    """Some threads and their line, of a length; a service has two, so that no digit of a moment waits behind pages."""

    def __init__(self, limits: Limits, *, length: int, metrics: Metrics) -> None:
        self._limits, self._length, self._metrics = limits, length, metrics
        self._line: deque[_Waiting] = deque()
        self._lock = threading.Lock()  # of the line and the number of busy threads
        self._busy = 0
        self._threads = ThreadPoolExecutor(limits.working, "serving", initializer=_stand_back)

    @property
    def full(self) -> bool:
        """Whether one more would be refused at once."""
        return len(self._line) >= self._length

    async def do(self, thing: Thing, job: BatchJob[Thing, Result]) -> Result:
        """Have a thing done in one of the threads; raises "overloaded", "deadline", or what the job gives for it."""
        if self.full:
            raise overloaded()
        loop = asyncio.get_running_loop()
        waiting = _Waiting(thing, job, loop.create_future())
        with self._lock:
            self._line.append(waiting)
        # Not at once: requests that arrived together stand in the line together before a thread takes the first.
        loop.call_soon(self._start)
        try:
            done, _ = await asyncio.wait([waiting.result], timeout=self._limits.patience)
            if not done and self._leave(waiting):
                raise overloaded()
            async with asyncio.timeout(self._limits.work):
                result: Result = await waiting.result
                return result
        except TimeoutError:
            raise Problem("deadline", f"not done after {self._limits.work:g} s; send less at once") from None
        finally:
            waiting.result.cancel()
            self._leave(waiting)
            self._metrics.queue_depth.set(len(self._line))

    def _leave(self, waiting: _Waiting) -> bool:
        """Whether it still stood in the line, and now does not."""
        with self._lock, contextlib.suppress(ValueError):
            self._line.remove(waiting)
            return True
        return False

    def _start(self) -> None:
        """Wake a thread, if one is free, for what waits."""
        with self._lock:
            if self._line and self._busy < self._limits.working:
                self._busy += 1
                self._threads.submit(self._work)

    def _work(self) -> None:
        """In a thread: do what waits until nothing does."""
        while batch := self._next():
            with self._metrics.working.track_inprogress():
                results = _results(batch[0].job, [one.thing for one in batch])
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
                batch[0].result.get_loop().call_soon_threadsafe(_tell, batch, results)

    def _next(self) -> list[_Waiting]:
        """The first of the line, and those of the same job that stand right behind it; of none the thread is free."""
        batch: list[_Waiting] = []
        with self._lock:
            while self._line and (not batch or (self._line[0].job is batch[0].job and len(batch) < batch[0].job.most)):
                batch.append(self._line.popleft())
            self._busy -= not batch
        return batch


def _stand_back() -> None:
    """Let the event loop go first: on one core at twice its load a refusal then takes 2 ms instead of 80."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)


def _tell(batch: list[_Waiting], results: Sequence[Any]) -> None:
    for one, result in zip(batch, results, strict=True):
        if not one.result.done():  # else nobody waits any more
            tell = one.result.set_exception if isinstance(result, Exception) else one.result.set_result
            tell(result)


def _results(job: BatchJob[Any, Any], things: Sequence[Any]) -> Sequence[Any]:
    """In a thread: what the job gives; a fault that belongs to none of several is found by doing each alone."""
    try:
        return job.do(things)
    except Exception as error:
        return [error] if len(things) == 1 else [result for thing in things for result in _results(job, [thing])]
