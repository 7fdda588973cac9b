"""Follows the switches that operators set: the log level, traces, and the tests that the API asks edges for."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from botocore.exceptions import BotoCoreError, ClientError

from directory.schema.model import LogLevel
from directory.switches import SwitchBoard
from sip_edge.process.asked_tests import AskedTests
from sip_edge.process.json_lines import set_level
from sip_edge.trace.traces import Traces


class FollowedSwitches:
    """The switches as an edge follows them. `log_level` is that of its settings."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        board: SwitchBoard,
        log_level: LogLevel,
        traces: Traces,
        tests: AskedTests,
    ) -> None:
        self._loop = loop
        self._board = board
        self._log_level: LogLevel = log_level
        self._traces = traces
        self._tests = tests

    async def follow(self) -> None:
        """Read the switches, and do as they say. While they can't be read, nothing changes."""
        with suppress(BotoCoreError, ClientError):
            switches = await self._loop.run_in_executor(None, self._board.read)
            is_set = time.time() < switches.log_level_until
            set_level(switches.log_level if is_set else self._log_level)
            self._traces.follow(switches.traces, switches.direct_traces)
            self._tests.follow(switches)

    async def close(self) -> None:
        """Give up the tests that are under way."""
        await self._tests.close()
