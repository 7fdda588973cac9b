"""Group commit: what waits while calls are in flight goes out together as the next call.

A call to DynamoDB costs about a millisecond of CPU however much it carries, so the waiting works are collected. There
is no timer: a lone work goes at once, and the batches grow with the load by themselves. While a call is under way,
another one waits until it is worth its cost. A work that would wait for too long fails instead, since its caller has a
time limit too. A work whose caller has gone keeps others waiting.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

from directory.edge.distribution import Distribution

Work = TypeVar("Work")
Outcome = TypeVar("Outcome")
_Entry = tuple[Hashable | None, Work, Callable[[Outcome], None], float]
_MOST_WAITING: Final = 5000
_PATIENCE_S: Final = 4.0
_WORTH_A_CALL: Final = 8  # so many together cost a fifth of what they would one by one


class OverloadedError(Exception):
    """Too much waits, or it has waited for too long. The work was not begun."""


class GroupCommit(Generic[Work, Outcome]):
    """Collects works for `call`, which takes a list of them and returns their outcomes in the same order.

    At most `in_flight` calls are under way at a time, with at most `largest` works each. When a call raises, `failure`
    makes the outcome of each of its works. Out of an OverloadedError it makes the outcome of a work that is refused. A
    work is refused when it finds 5000 others waiting, or has waited for 4 seconds at its turn. Works of one `key` are
    done one after the other, in order; those whose key is None don't mind. To be used from the loop's thread alone,
    where the outcomes are delivered too.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        call: Callable[[list[Work]], Awaitable[list[Outcome]]],
        failure: Callable[[Exception], Outcome],
        largest: int,
        in_flight: int,
    ) -> None:
        self._loop = loop
        self._call = call
        self._failure = failure
        self._largest = largest
        self._in_flight = self._idle = in_flight
        self._waiting: deque[_Entry[Work, Outcome]] = deque()
        self._busy_keys: set[Hashable] = set()
        self._under_way: set[asyncio.Task[None]] = set()
        # How long the calls take.
        self.times = Distribution()

    def __len__(self) -> int:
        """Returns the number of works that wait."""
        return len(self._waiting)

    def add(self, key: Hashable | None, work: Work, then: Callable[[Outcome], None]) -> None:
        """Have the work done, and `then` called with its outcome, never from within this call."""
        if len(self._waiting) >= _MOST_WAITING:
            self._shed(then)
            return
        self._waiting.append((key, work, then, self._loop.time()))
        self._begin_if_worth_it()

    async def close(self) -> None:
        """Wait until all is done that was asked for."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _begin_if_worth_it(self) -> None:
        """Begin a call when none is under way, and another one beside it only when enough waits."""
        alone = self._idle == self._in_flight
        if self._idle and len(self._waiting) >= (1 if alone else _WORTH_A_CALL):
            # A task begins in the loop's next turn, so everything that the present one brings goes into one call.
            self._idle -= 1
            task = self._loop.create_task(self._commit())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _commit(self) -> None:
        self._shed_the_old()
        batch = self._next_batch()
        if not batch:
            self._idle += 1
            return
        began = self._loop.time()
        outcomes = await self._outcomes([work for _, work, _, _ in batch])
        self.times.add(self._loop.time() - began)
        self._deliver(batch, outcomes)

    def _shed_the_old(self) -> None:
        oldest = self._loop.time() - _PATIENCE_S
        while self._waiting and self._waiting[0][3] < oldest:
            self._shed(self._waiting.popleft()[2])

    def _shed(self, then: Callable[[Outcome], None]) -> None:
        self._loop.call_soon(then, self._failure(OverloadedError()))

    def _next_batch(self) -> list[_Entry[Work, Outcome]]:
        """The longest-waiting works whose keys are not under way."""
        batch: list[_Entry[Work, Outcome]] = []
        passed_over: deque[_Entry[Work, Outcome]] = deque()
        while self._waiting and len(batch) < self._largest:
            entry = self._waiting.popleft()
            key = entry[0]
            if key in self._busy_keys:
                passed_over.append(entry)
                continue
            if key is not None:
                self._busy_keys.add(key)
            batch.append(entry)
        self._waiting.extendleft(reversed(passed_over))
        return batch

    async def _outcomes(self, works: list[Work]) -> list[Outcome]:
        try:
            outcomes = await self._call(works)
            return [outcome for _, outcome in zip(works, outcomes, strict=True)]  # each work has one, or all fail
        except Exception as error:
            return [self._failure(error)] * len(works)

    def _deliver(self, batch: list[_Entry[Work, Outcome]], outcomes: list[Outcome]) -> None:
        for key, _, _, _ in batch:
            self._busy_keys.discard(key)
        self._idle += 1
        self._begin_if_worth_it()
        for (_, _, then, _), outcome in zip(batch, outcomes, strict=True):
            try:
                then(outcome)
            except Exception as error:  # one that fails must not keep the others from their outcomes
                self._loop.call_exception_handler({"message": "an outcome was not taken", "exception": error})
