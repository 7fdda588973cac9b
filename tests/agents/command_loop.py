"""The test's commands in an asyncio program: each is done in a task of its own, and answered or refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from .control import STDIN, Command, Control

Do = Callable[[Command], Awaitable[dict[str, object]]]


class CommandLoop:
    """Reads commands from `start` until the test closes the line, which ends `wait_closed`.

    `do` does a command and returns its result. The errors in `refusals`, raised from it, refuse the command.
    """

    def __init__(self, control: Control, do: Do, refusals: tuple[type[Exception], ...]) -> None:
        self._control = control
        self._do = do
        self._refusals = refusals
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = asyncio.Event()

    def start(self) -> None:
        """Begin to read, and tell the test so."""
        asyncio.get_running_loop().add_reader(STDIN, self._read)
        self._control.event("ready")

    async def wait_closed(self) -> None:
        """Wait until the test has closed the line or is gone."""
        await self._closed.wait()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in a task that is kept until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _read(self) -> None:
        for command in self._control.commands():
            self.spawn(self._obey(command))
        if self._control.closed:
            asyncio.get_running_loop().remove_reader(STDIN)
            self._closed.set()

    async def _obey(self, command: Command) -> None:
        try:
            result = await self._do(command)
        except self._refusals as error:
            self._control.refuse(command, f"{type(error).__name__}: {error}")
        else:
            self._control.answer(command, **result)
