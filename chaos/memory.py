"""Whether memory is flat."""

from __future__ import annotations

import asyncio
from statistics import fmean
from typing import Final

from chaos.experiment import Findings
from chaos.fleet import Fleet

_MORE_MB: Final = 8.0
_EVERY_S: Final = 1.0


class MemoryWatch:
    """Looks at an edge's resident memory while an experiment goes on. As a context manager it watches.

    An edge keeps transactions for 32 s (RFC 3261 §17.2.2, timer J). Its counts of failures fill up to their bounds.
    Memory is flat when it has not grown from the end of the first half to the end.
    """

    def __init__(self, fleet: Fleet, host: str) -> None:
        self._fleet = fleet
        self._host = host
        self._before = fleet.memory_mb(host)
        self._seen: list[float] = []

    async def __aenter__(self) -> MemoryWatch:
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        self._seen.append(self._fleet.memory_mb(self._host))

    def judge(self, findings: Findings) -> None:
        """Tell how it was, and whether it was flat."""
        half, end = max(self._seen[: len(self._seen) // 2 + 1]), self._seen[-1]
        figures = (self._before, half, end)
        findings.figures["memory before, by half of the time, at the end"] = ", ".join(f"{mb:.0f} MB" for mb in figures)
        findings.require(end <= half + _MORE_MB, f"memory has grown from {half:.0f} to {end:.0f} MB")

    def mean_mb(self, part: float, over_s: float) -> float:
        """Returns the memory when a part of the time had passed, in the mean over some seconds until then."""
        last = max(1, round(part * len(self._seen)))
        return fmean(self._seen[max(0, last - round(over_s / _EVERY_S)) : last])

    async def _watch(self) -> None:
        while True:
            self._seen.append(self._fleet.memory_mb(self._host))
            await asyncio.sleep(_EVERY_S)
