import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from inkdigit.server.batching import Batcher, BatchJob
from inkdigit.server.metrics import Metrics
from inkdigit.server.problems import Problem
from inkdigit.server.settings import Limits
from waiting import until

LIMITS = Limits(working=1, patience=0.05, work=0.3)


def one_by_one(do: Callable[[Any], Any], *, most: int = 1) -> BatchJob[Any, Any]:
    return BatchJob(lambda things: [do(thing) for thing in things], most)


def run(limits: Limits, do: Callable[[Batcher], Any], *, waiting: int = 64) -> Any:
    async def main() -> Any:
        batcher = Batcher(limits, length=waiting, metrics=Metrics({"model": "none"}))
        return await do(batcher)

    return asyncio.run(main())


async def outcomes(batcher: Batcher, things: Sequence[Any], job: BatchJob[Any, Any]) -> list[Any]:
    return await asyncio.gather(*(batcher.do(thing, job) for thing in things), return_exceptions=True)


def codes(results: list[Any]) -> list[Any]:
    return [result.code if isinstance(result, Problem) else result for result in results]


def test_each_has_its_own_result() -> None:
    job = one_by_one(lambda n: n * n, most=5)
    assert run(Limits(), lambda batcher: outcomes(batcher, range(40), job)) == [n * n for n in range(40)]


def test_no_more_threads_work_than_were_allowed() -> None:
    at_once: list[int] = []
    running, lock = [0], threading.Lock()

    def work(thing: int) -> None:
        with lock:
            running[0] += 1
            at_once.append(running[0])
        time.sleep(0.002)
        with lock:
            running[0] -= 1

    run(Limits(working=3), lambda batcher: outcomes(batcher, range(30), one_by_one(work)))
    assert max(at_once) == 3


def test_one_too_many_is_refused_at_once() -> None:
    gate = threading.Event()

    async def main(batcher: Batcher) -> list[Any]:
        first = asyncio.create_task(batcher.do(0, one_by_one(lambda _: gate.wait(5))))
        while batcher._line or not batcher._busy:
            await asyncio.sleep(0.001)
        rest = [asyncio.create_task(batcher.do(i, one_by_one(lambda n: n))) for i in range(5)]
        await asyncio.sleep(0)
        refused = [task.exception() for task in rest[3:]]
        gate.set()
        return [*codes(refused), *codes(await asyncio.gather(*rest[:3])), await first]

    assert run(Limits(working=1, patience=5), main, waiting=3) == ["overloaded", "overloaded", 0, 1, 2, True]


def test_what_waits_too_long_is_refused_and_never_done() -> None:
    done: list[int] = []
    gate = threading.Event()

    async def main(batcher: Batcher) -> list[Any]:
        first = asyncio.create_task(batcher.do(0, one_by_one(lambda _: gate.wait(5))))
        results = codes(await outcomes(batcher, [1, 2], one_by_one(done.append)))
        gate.set()
        await asyncio.gather(first, return_exceptions=True)
        await outcomes(batcher, [3], one_by_one(done.append))  # behind the two
        return results

    assert run(LIMITS, main) == ["overloaded", "overloaded"]
    assert done == [3]


def test_what_takes_too_long_is_answered_all_the_same() -> None:
    gate = threading.Event()
    assert codes(run(LIMITS, lambda batcher: outcomes(batcher, [0], one_by_one(lambda _: gate.wait(1))))) == [
        "deadline"
    ]
    gate.set()


def test_what_nobody_waits_for_any_more_is_not_done() -> None:
    done: list[int] = []
    gate = threading.Event()

    async def main(batcher: Batcher) -> None:
        first = asyncio.create_task(batcher.do(0, one_by_one(lambda _: gate.wait(5))))
        second = asyncio.create_task(batcher.do(1, one_by_one(done.append)))
        await asyncio.sleep(0.01)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        gate.set()
        await first
        await batcher.do(2, one_by_one(done.append))
        assert len(batcher._line) == 0
        until(lambda: not batcher._busy, "the thread to be free")

    run(Limits(working=1, patience=5), main)
    assert done == [2]


def test_what_is_alike_and_waits_is_done_together_in_its_order() -> None:
    batches: list[list[int]] = []
    gate = threading.Event()

    def work(things: Sequence[int]) -> list[int]:
        batches.append(list(things))
        return list(things)

    alike, other = BatchJob(work, 4), BatchJob(work, 4)

    async def main(batcher: Batcher) -> list[Any]:
        first = asyncio.create_task(batcher.do(0, one_by_one(lambda _: gate.wait(5))))
        await asyncio.sleep(0.01)
        tasks = [asyncio.create_task(batcher.do(i, other if i == 6 else alike)) for i in range(1, 9)]
        await asyncio.sleep(0)
        gate.set()
        return [await first, *await asyncio.gather(*tasks)]

    assert run(Limits(working=1, patience=5), main) == [True, 1, 2, 3, 4, 5, 6, 7, 8]
    assert batches == [[1, 2, 3, 4], [5], [6], [7, 8]]


def test_a_fault_hits_only_the_one_that_has_it() -> None:
    gate = threading.Event()

    def work(things: Sequence[int]) -> list[float]:
        gate.wait(5)
        return [1 / thing for thing in things]

    async def main(batcher: Batcher) -> list[Any]:
        tasks = [asyncio.create_task(batcher.do(n, BatchJob(work, 9))) for n in (1,)]
        job = BatchJob(work, 9)
        tasks += [asyncio.create_task(batcher.do(n, job)) for n in (2, 0, 4)]
        await asyncio.sleep(0.01)
        gate.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    first, second, third, fourth = run(Limits(working=1, patience=5), main)
    assert (first, second, fourth) == (1.0, 0.5, 0.25)
    assert isinstance(third, ZeroDivisionError)


def test_a_problem_of_the_work_is_raised() -> None:
    def fail(thing: int) -> Problem:
        return Problem("truncated", "ends early")

    with pytest.raises(Problem, match="truncated"):
        run(Limits(), lambda batcher: batcher.do(0, one_by_one(fail)))
