"""Enters an edge in the roster of all edges that are up, by which it gets to know its peers."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from directory.edge.roster import Roster
from sip_edge.fleet.member import Member
from sip_edge.journal import Journal

RENEWAL_S: Final = 60


class RosterEntry:
    """An edge's entry in the roster, while it is up."""

    def __init__(self, member: Member, roster: Roster, journal: Journal, loop: asyncio.AbstractEventLoop) -> None:
        self._member = member
        self._roster = roster
        self._journal = journal
        self._loop = loop

    async def renew(self) -> None:
        """Enters the edge, and meets the others that are there. While DynamoDB can't be reached, it meets none."""
        try:
            edges = await self._loop.run_in_executor(None, self._roster.enter, self._member.name, time.time())
        except (BotoCoreError, ClientError) as error:
            self._journal.trouble("roster_unavailable", error)
        else:
            self._member.meet(edges)

    async def end(self) -> None:
        """Removes the entry. An entry that can't be removed expires."""
        try:
            await self._loop.run_in_executor(None, self._roster.leave, self._member.name)
        except (BotoCoreError, ClientError) as error:
            self._journal.trouble("roster_unavailable", error)
