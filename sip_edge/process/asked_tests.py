"""Takes the tests that the API asks for in the switches, which edges read all the time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from directory.schema.model import Switches
from directory.switches import SwitchBoard, TestKind
from sip_edge.journal import Journal

_MOST_AT_ONCE: Final = 20
_Asked = tuple[TestKind, str]


class AskedTests:
    """The tests that this edge does. To be used from the loop's thread."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        board: SwitchBoard,
        tests: Mapping[TestKind, Callable[[str], Awaitable[None] | None]],
        journal: Journal,
    ) -> None:
        self._loop = loop
        self._board = board
        self._tests = tests
        self._journal = journal
        self._under_way: dict[_Asked, asyncio.Task[None]] = {}

    def follow(self, switches: Switches) -> None:
        """Begin the tests that are asked for; another edge may be faster."""
        self._begin("push_tests", switches.push_tests)
        self._begin("wake_up_tests", switches.wake_up_tests)

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, kind: TestKind, asked: Iterable[str]) -> None:
        for each in asked:
            key = (kind, each)
            if key not in self._under_way and len(self._under_way) < _MOST_AT_ONCE:
                task = self._under_way[key] = self._loop.create_task(self._take(kind, each))
                task.add_done_callback(partial(self._forget, key))

    def _forget(self, key: _Asked, _: asyncio.Task[None]) -> None:
        del self._under_way[key]

    async def _take(self, kind: TestKind, asked: str) -> None:
        try:
            if not await self._loop.run_in_executor(None, self._board.take_test, kind, asked):
                return
            testing = self._tests[kind](asked)
            if testing is not None:
                await testing
        except (ClientError, BotoCoreError) as error:
            self._journal.trouble("test_not_done", error, kind=kind)
