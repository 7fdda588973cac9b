"""Makes a thing once for all callers that wait for it at a time.

The thing is a connection, an access token, or a customer's apps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

Made = TypeVar("Made")


class SharedWait(Generic[Made]):
    """The makings under way, by name."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Task[Made]] = {}

    async def result(self, name: Hashable, make: Callable[[], Coroutine[Any, Any, Made]]) -> Made:
        """Returns what `make` returns, or what it returns for another one that asked for this name before.

        Raises what `make` raises. A waiter that is cancelled doesn't end it for the others.
        """
        task = self._under_way.get(name)
        if task is None:
            task = self._under_way[name] = asyncio.get_running_loop().create_task(make())
            task.add_done_callback(lambda done: self._forget(name, done))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Give up all that is being made."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, name: Hashable, done: asyncio.Task[Made]) -> None:
        del self._under_way[name]
        if not done.cancelled():
            done.exception()  # its waiters have it, unless all of them were cancelled
