import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from inkdigit.server.limits import Limits
from inkdigit.server.problems import Problem
from inkdigit.server.workers import Kind, Workers

LIMITS = Limits(working=1, patience=0.05, work=0.3)


def one_by_one(do: Callable[[Any], Any], *, most: int = 1) -> Kind[Any, Any]:
    return Kind(lambda things: [do(thing) for thing in things], most)


def run(limits: Limits, do: Callable[[Workers], Any], *, waiting: int = 64) -> Any:
    async def main() -> Any:
        workers = Workers(limits, waiting=waiting)
        try:
            return await do(workers)
        finally:
            workers.close()

    return asyncio.run(main())


async def outcomes(workers: Workers, things: Sequence[Any], kind: Kind[Any, Any]) -> list[Any]:
    return await asyncio.gather(*(workers.do(thing, kind) for thing in things), return_exceptions=True)


def codes(results: list[Any]) -> list[Any]:
    return [result.code if isinstance(result, Problem) else result for result in results]


def test_each_has_its_own_result() -> None:
    kind = one_by_one(lambda n: n * n, most=5)
    assert run(Limits(), lambda workers: outcomes(workers, range(40), kind)) == [n * n for n in range(40)]


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

    run(Limits(working=3), lambda workers: outcomes(workers, range(30), one_by_one(work)))
    assert max(at_once) == 3


def test_one_too_many_is_refused_at_once() -> None:
    gate = threading.Event()

    async def main(workers: Workers) -> list[Any]:
        first = asyncio.create_task(workers.do(0, one_by_one(lambda _: gate.wait(5))))
        while workers.waiting or not workers.in_work:
            await asyncio.sleep(0.001)
        rest = [asyncio.create_task(workers.do(i, one_by_one(lambda n: n))) for i in range(5)]
        await asyncio.sleep(0)
        refused = [task.exception() for task in rest[3:]]
        gate.set()
        return [*codes(refused), *codes(await asyncio.gather(*rest[:3])), await first]

    assert run(Limits(working=1, patience=5), main, waiting=3) == ["overloaded", "overloaded", 0, 1, 2, True]


def test_what_waits_too_long_is_refused_and_never_done() -> None:
    done: list[int] = []
    gate = threading.Event()

    async def main(workers: Workers) -> list[Any]:
        first = asyncio.create_task(workers.do(0, one_by_one(lambda _: gate.wait(5))))
        results = codes(await outcomes(workers, [1, 2], one_by_one(done.append)))
        gate.set()
        await asyncio.gather(first, return_exceptions=True)
        await outcomes(workers, [3], one_by_one(done.append))  # behind the two
        return results

    assert run(LIMITS, main) == ["overloaded", "overloaded"]
    assert done == [3]


def test_what_takes_too_long_is_answered_all_the_same() -> None:
    gate = threading.Event()
    assert codes(run(LIMITS, lambda workers: outcomes(workers, [0], one_by_one(lambda _: gate.wait(1))))) == [
        "deadline"
    ]
    gate.set()


def test_what_nobody_waits_for_any_more_is_not_done() -> None:
    done: list[int] = []
    gate = threading.Event()

    async def main(workers: Workers) -> None:
        first = asyncio.create_task(workers.do(0, one_by_one(lambda _: gate.wait(5))))
        second = asyncio.create_task(workers.do(1, one_by_one(done.append)))
        await asyncio.sleep(0.01)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        gate.set()
        await first
        await workers.do(2, one_by_one(done.append))
        assert workers.in_work == workers.waiting == 0

    run(Limits(working=1, patience=5), main)
    assert done == [2]


def test_what_is_alike_and_waits_is_done_together_in_its_order() -> None:
    batches: list[list[int]] = []
    gate = threading.Event()

    def work(things: Sequence[int]) -> list[int]:
        batches.append(list(things))
        return list(things)

    alike, other = Kind(work, 4), Kind(work, 4)

    async def main(workers: Workers) -> list[Any]:
        first = asyncio.create_task(workers.do(0, one_by_one(lambda _: gate.wait(5))))
        await asyncio.sleep(0.01)
        tasks = [asyncio.create_task(workers.do(i, other if i == 6 else alike)) for i in range(1, 9)]
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

    async def main(workers: Workers) -> list[Any]:
        tasks = [asyncio.create_task(workers.do(n, Kind(work, 9))) for n in (1,)]
        kind = Kind(work, 9)
        tasks += [asyncio.create_task(workers.do(n, kind)) for n in (2, 0, 4)]
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
        run(Limits(), lambda workers: workers.do(0, one_by_one(fail)))


def test_those_that_come_at_once_count_before_they_stand_in_the_line() -> None:
    async def main(workers: Workers) -> tuple[list[bool], bool]:
        loop, seen = asyncio.get_running_loop(), []
        for _ in range(3):
            seen.append(workers.full)
            workers.expect(loop)
        await asyncio.sleep(0)
        return seen, workers.full

    assert run(Limits(), main, waiting=2) == ([False, False, True], False)


def test_the_loop_rests_once_for_all_that_were_sent_away_together(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    monkeypatch.setattr("inkdigit.server.workers.time.sleep", rests.append)

    async def main(workers: Workers) -> list[int]:
        loop, seen = asyncio.get_running_loop(), []
        for _ in range(2):
            for _ in range(3):
                workers.rest(loop)
            await asyncio.sleep(0)
            seen.append(len(rests))
        return seen

    assert run(Limits(), main) == [1, 2]
    assert max(rests) < 0.01
