"""One heap for the deadlines of all transactions.

Most timers never fire, so arming has to be cheap and cancelling free. An owner has one deadline, and the heap passes
over its other entries when their time comes. When most entries could be such ones, the heap is cleared of them. Each
keeps its owner in memory, and a callee may ring for minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Final

from mypy_extensions import mypyc_attr

NEVER: Final = 0.0
_WORTH_CLEARING: Final = 1000

# RFC 3261 table 4, in seconds.
T1: Final = 0.5
T2: Final = 4.0
T4: Final = 5.0
TIMER_B_F_H_J: Final = 64 * T1


@mypyc_attr(allow_interpreted_subclasses=True)
class Timed:
    """An owner of at most one pending deadline, a time of the clock that drives the heap."""

    __slots__ = ("deadline",)

    deadline: float

    def expire(self, now: float) -> None:
        """Acts on the deadline, which is cleared before."""
        raise NotImplementedError


class Timers:
    """The heap. `clock` is the clock in seconds that gives each `now`."""

    __slots__ = ("_armed", "_heap", "_most", "clock")

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._heap: list[tuple[float, int, Timed]] = []
        self._armed = 0
        self._most = _WORTH_CLEARING

    def arm(self, owner: Timed, deadline: float) -> None:
        """Lets `owner` expire at `deadline` instead of any time that was set before."""
        owner.deadline = deadline
        self._armed += 1
        heappush(self._heap, (deadline, self._armed, owner))
        if len(self._heap) > self._most:
            self._clear()

    def advance(self, now: float) -> list[Exception]:
        """Expires all owners whose deadline has come, in the order of their deadlines.

        Returns the exceptions of owners that raise. The others expire all the same.
        """
        failures: list[Exception] = []
        heap = self._heap
        while heap and heap[0][0] <= now:
            deadline, _, owner = heappop(heap)
            if owner.deadline == deadline:
                owner.deadline = NEVER
                try:
                    owner.expire(now)
                except Exception as error:
                    failures.append(error)
        return failures

    def _clear(self) -> None:
        """Drops passed entries. As much was armed since the last time as was left then, so the cost stays constant."""
        self._heap[:] = [entry for entry in self._heap if entry[2].deadline == entry[0]]
        heapify(self._heap)
        self._most = max(_WORTH_CLEARING, 2 * len(self._heap))

    def __len__(self) -> int:
        return len(self._heap)
