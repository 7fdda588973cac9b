"""Notices that this edge is deregistered from its load balancer, and hands its phones over before their flows end.

ECS deregisters a task and waits for the deregistration delay before it sends SIGTERM. By then the flows are gone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from math import inf
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from sip_edge.edge import Edge
from sip_edge.journal import Journal
from sip_edge.process.ecs_task import EcsTask

POLL_S: Final = 5  # ECS grants 20 such questions a second to a cluster ("Request throttling for the Amazon ECS API")
_LAST_S: Final = 10  # before the flows end. A load balancer may be earlier than this edge expects.


class Deregistration:
    """Looks after the deregistration of one edge from time to time.

    The load balancer leaves the edge its flows for `delay_s`. `leave` is called shortly before their end, and again.
    """

    def __init__(self, task: EcsTask, delay_s: int, edge: Edge, journal: Journal, leave: Callable[[], None]) -> None:
        self._task = task
        self._delay_s = delay_s
        self._edge = edge
        self._journal = journal
        self._leave = leave
        self._ends = inf

    async def look(self) -> None:
        """Begins the handover once ECS has deregistered the edge. While ECS can't be asked, nothing begins."""
        if self._ends == inf and await self._has_begun():
            self._ends = time.time() + self._delay_s
            self._journal.note("deregistered", flows_end_in_s=self._delay_s)
            self._edge.begin_handover(self._ends)
        if time.time() >= self._ends - _LAST_S:
            self._leave()

    async def _has_begun(self) -> bool:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(None, self._task.is_deactivating)
        except (OSError, ValueError, KeyError, BotoCoreError, ClientError) as error:
            self._journal.trouble("ecs_unavailable", error)
            return False
