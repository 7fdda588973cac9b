"""Runs the periodic jobs of an edge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from sip_edge.journal import Journal

Job = Callable[[], Awaitable[None] | None]


@asynccontextmanager
async def periodic_jobs(jobs: Sequence[tuple[float, Job]], journal: Journal) -> AsyncIterator[None]:
    """Runs each job every so many seconds while the context lasts, the first time after one interval.

    An exception of a job is logged as `internal_error` with the job's name. It ends neither this job nor the others.
    """
    tasks = [asyncio.create_task(_repeat(interval, job, journal)) for interval, job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _repeat(interval: float, job: Job, journal: Journal) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        due = max(due + interval, loop.time())  # after a delay, missed runs are left out
        await asyncio.sleep(due - loop.time())
        try:
            running = job()
            if running is not None:
                await running
        except Exception as error:
            journal.trouble("internal_error", error, job=job.__name__.strip("_"))
