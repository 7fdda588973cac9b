"""Serves a test with an asynchronous service in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any

_TIMEOUT_S = 5


@contextmanager
def in_background(service: AbstractAsyncContextManager[Any]) -> Iterator[None]:
    """Enter `service` in the thread's loop, and leave it afterwards. Tasks that it has begun are cancelled."""
    loop = asyncio.new_event_loop()
    ready, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with service:
            ready.set()
            await stop.wait()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(_TIMEOUT_S)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(_TIMEOUT_S)
        loop.close()
