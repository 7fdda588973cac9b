"""Group commit with a real loop."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from directory.edge.group_commit import GroupCommit


class Calls:
    """A call that waits until it is let go, and remembers what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self, works: list[int]) -> list[str]:
        self.batches.append(works)
        self.begun.set()
        await asyncio.wait_for(self.go.wait(), 5)
        if self.error:
            raise self.error
        return [f"done {work}" for work in works]


class LaterLoop:
    """A loop with a clock that can be put on."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.later = 0.0
        self._loop = loop
        self.call_soon = loop.call_soon
        self.create_task = loop.create_task

    def time(self) -> float:
        return self._loop.time() + self.later


async def done_at_once(works: list[int]) -> list[str]:
    return ["done"] * len(works)


def kind_of(error: Exception) -> str:
    return type(error).__name__


async def run(calls: Calls, works: list[tuple[str | None, int]], largest: int = 25, in_flight: int = 1) -> list[str]:
    """Add one work in each turn of the loop, let the calls go, and return the outcomes in their order."""
    commit: GroupCommit[int, str] = GroupCommit(
        asyncio.get_running_loop(), calls, lambda error: f"failed {error}", largest, in_flight
    )
    outcomes: list[str] = []
    done = asyncio.Event()

    def then(outcome: str) -> None:
        outcomes.append(outcome)
        if len(outcomes) == len(works):
            done.set()

    for key, work in works:
        commit.add(key, work, then)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    calls.go.set()
    await asyncio.wait_for(done.wait(), 5)
    assert len(commit) == 0
    return outcomes


def test_a_lone_work_goes_at_once_and_the_waiting_ones_together() -> None:
    calls = Calls()
    outcomes = asyncio.run(run(calls, [(str(i), i) for i in range(7)]))
    assert calls.batches == [[0], [1, 2, 3, 4, 5, 6]]
    assert outcomes == [f"done {i}" for i in range(7)]


def test_no_call_is_larger_than_allowed() -> None:
    calls = Calls()
    asyncio.run(run(calls, [(str(i), i) for i in range(8)], largest=3))
    assert [len(batch) for batch in calls.batches] == [1, 3, 3, 1]


def test_a_call_beside_another_one_has_to_be_worth_it() -> None:
    calls = Calls()
    asyncio.run(run(calls, [(None, i) for i in range(20)], in_flight=2))
    assert [len(batch) for batch in calls.batches] == [1, 8, 11]


def test_one_key_is_worked_on_one_after_the_other() -> None:
    calls = Calls()
    outcomes = asyncio.run(run(calls, [("a", 0), ("a", 1), ("b", 2), ("a", 3)], in_flight=2))
    for batch in calls.batches:
        assert len({0, 1, 3} & set(batch)) <= 1
    assert [o for o in outcomes if o != "done 2"] == ["done 0", "done 1", "done 3"]


def test_without_a_key_all_go_together() -> None:
    calls = Calls()
    asyncio.run(run(calls, [(None, 0), (None, 1), (None, 1)]))
    assert calls.batches == [[0], [1, 1]]


def test_a_failed_call_fails_all_its_works_and_no_others() -> None:
    calls = Calls()
    calls.error = ConnectionError("gone")
    assert asyncio.run(run(calls, [("a", 0), ("b", 1)])) == ["failed gone"] * 2


def test_what_finds_too_many_waiting_fails_at_once() -> None:
    async def main() -> list[str]:
        calls = Calls()
        outcomes: list[str] = []
        loop = asyncio.get_running_loop()
        commit: GroupCommit[int, str] = GroupCommit(loop, calls, kind_of, 25, 1)
        commit.add(None, 0, outcomes.append)
        await asyncio.wait_for(calls.begun.wait(), 5)
        for work in range(5001):
            commit.add(None, work, outcomes.append)
        assert (len(commit), outcomes) == (5000, [])
        await asyncio.sleep(0)
        failed = list(outcomes)
        calls.go.set()
        while len(outcomes) < 5002:
            await asyncio.sleep(0.01)
        assert sum(outcome.startswith("done") for outcome in outcomes) == 5001
        return failed

    assert asyncio.run(main()) == ["OverloadedError"]


def test_what_has_waited_too_long_fails_and_what_came_later_is_done() -> None:
    async def main() -> None:
        calls = Calls()
        outcomes: list[str] = []
        loop = LaterLoop(asyncio.get_running_loop())
        clocked: Any = loop  # it has all of a loop that the group commit uses
        commit: GroupCommit[int, str] = GroupCommit(clocked, calls, kind_of, 25, 1)
        commit.add(None, 0, outcomes.append)
        await asyncio.wait_for(calls.begun.wait(), 5)
        commit.add(None, 1, outcomes.append)
        loop.later = 3.0
        commit.add(None, 2, outcomes.append)
        loop.later = 6.0
        calls.go.set()
        while len(outcomes) < 3:
            await asyncio.sleep(0.01)
        assert sorted(outcomes) == ["OverloadedError", "done 0", "done 2"]
        assert calls.batches == [[0], [2]]

    asyncio.run(main())


def test_one_that_fails_to_take_its_outcome_keeps_nothing_from_the_others() -> None:
    complaints: list[object] = []
    taken: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context["exception"]))
        done = asyncio.Event()

        def fail(outcome: str) -> None:
            raise RuntimeError(outcome)

        def take(outcome: str) -> None:
            taken.append(outcome)
            done.set()

        commit: GroupCommit[int, str] = GroupCommit(loop, done_at_once, str, 25, 1)
        commit.add("a", 1, fail)
        commit.add("b", 2, take)
        await asyncio.wait_for(done.wait(), 5)

    asyncio.run(main())
    assert taken == ["done"]
    assert [str(error) for error in complaints] == ["done"]


@pytest.mark.parametrize("outcomes", [[], ["done"], ["done"] * 3])
def test_a_call_that_gives_another_number_of_outcomes_fails_all_its_works(outcomes: list[str]) -> None:
    taken: list[str] = []

    async def call(works: list[int]) -> list[str]:
        return outcomes

    async def main() -> None:
        commit: GroupCommit[int, str] = GroupCommit(
            asyncio.get_running_loop(), call, lambda error: type(error).__name__, 25, 1
        )
        commit.add("a", 1, taken.append)
        commit.add("b", 2, taken.append)
        await commit.close()

    asyncio.run(main())
    assert taken == ["ValueError"] * 2


def test_closing_waits_until_all_is_done() -> None:
    async def main() -> None:
        calls = Calls()
        outcomes: list[str] = []
        commit: GroupCommit[int, str] = GroupCommit(asyncio.get_running_loop(), calls, kind_of, 25, 1)
        await commit.close()
        for work in range(3):
            commit.add(None, work, outcomes.append)
            await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.01, calls.go.set)
        await commit.close()
        assert outcomes == ["done 0", "done 1", "done 2"]

    asyncio.run(main())
