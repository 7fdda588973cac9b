"""Periodic jobs go on, whatever becomes of one of them."""

from __future__ import annotations

import asyncio
import logging

import pytest

from sip_edge.journal import Journal
from sip_edge.process.periodic_jobs import periodic_jobs
from tests.sip_edge.transport.listener import run, until

OFTEN_S = 0.001


class Jobs:
    """Jobs that count their runs."""

    def __init__(self) -> None:
        self.ran = 0
        self.awaited = 0
        self.faults = 0

    def run(self) -> None:
        self.ran += 1

    async def wait(self) -> None:
        await asyncio.sleep(0)
        self.awaited += 1

    async def fail(self) -> None:
        self.faults += 1
        raise ValueError("canary")

    def fail_at_once(self) -> None:
        self.faults += 1
        raise ValueError("canary")


def test_a_failing_job_is_logged_and_ends_neither_itself_nor_the_others(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "sip_edge")
    jobs, journal = Jobs(), Journal()

    async def test() -> None:
        every = (jobs.fail, jobs.fail_at_once, jobs.run, jobs.wait)
        async with periodic_jobs([(OFTEN_S, job) for job in every], journal):
            await until(lambda: min(jobs.faults // 2, jobs.ran, jobs.awaited) >= 3, "three runs of each")

    run(test())
    assert journal.counts["internal_error"] == jobs.faults
    assert {record.__dict__["fields"]["job"] for record in caplog.records} == {"fail", "fail_at_once"}


def test_jobs_end_with_their_context() -> None:
    jobs = Jobs()

    async def test() -> None:
        before = asyncio.all_tasks()
        async with periodic_jobs([(OFTEN_S, jobs.run), (OFTEN_S, jobs.wait)], Journal()):
            await until(lambda: jobs.ran and jobs.awaited, "a run of each")
        assert asyncio.all_tasks() == before
        with pytest.raises(ValueError):
            async with periodic_jobs([(OFTEN_S, jobs.run)], Journal()):
                raise ValueError
        assert asyncio.all_tasks() == before

    run(test())


def test_the_first_run_is_after_one_interval() -> None:
    jobs = Jobs()

    async def test() -> None:
        async with periodic_jobs([(1000, jobs.run), (OFTEN_S, jobs.wait)], Journal()):
            await until(lambda: jobs.awaited >= 3, "three runs of the frequent job")

    run(test())
    assert not jobs.ran
