"""Takes the tests that the API asks for in the switches, which edges read all the time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from directory.switches import SwitchBoard, TestKind
from sip_edge.journal import Journal

_MOST_AT_ONCE: Final = 10


class AskedTests:
    """The tests of one kind that this edge does. To be used from the loop's thread."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        kind: TestKind,
        board: SwitchBoard,
        do_test: Callable[[str], Awaitable[None] | None],
        journal: Journal,
    ) -> None:
        self._loop = loop
        self._kind: TestKind = kind
        self._board = board
        self._do_test = do_test
        self._journal = journal
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def follow(self, asked: Iterable[str]) -> None:
        """Begin the tests that are asked for; another edge may be faster."""
        for each in asked:
            if each not in self._under_way and len(self._under_way) < _MOST_AT_ONCE:
                task = self._under_way[each] = self._loop.create_task(self._take(each))
                task.add_done_callback(partial(self._forget, each))

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, asked: str, _: asyncio.Task[None]) -> None:
        del self._under_way[asked]

    async def _take(self, asked: str) -> None:
        try:
            if not await self._loop.run_in_executor(None, self._board.take_test, self._kind, asked):
                return
            testing = self._do_test(asked)
            if testing is not None:
                await testing
        except (ClientError, BotoCoreError) as error:
            self._journal.trouble("test_not_done", error, kind=self._kind)
