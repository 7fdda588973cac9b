"""How an edge gets to know its peers: all that are up are in one roster."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from directory.edge.roster import Roster
from sip_edge.fleet.member import Member
from sip_edge.journal import Journal

RENEWAL_S: Final = 60


class Presence:
    """An edge's entry in the roster, while it is up."""

    def __init__(self, member: Member, roster: Roster, journal: Journal, loop: asyncio.AbstractEventLoop) -> None:
        self._member = member
        self._roster = roster
        self._journal = journal
        self._loop = loop

    async def renew(self) -> None:
        """Be in the roster, and greet who else is. While DynamoDB can't be reached, nobody new is met."""
        try:
            edges = await self._loop.run_in_executor(None, self._roster.enter, self._member.name, time.time())
        except (BotoCoreError, ClientError) as error:
            self._journal.trouble("roster_unavailable", error)
        else:
            self._member.meet(edges)

    async def end(self) -> None:
        """Be taken off. An entry that can't be is forgotten after a while."""
        try:
            await self._loop.run_in_executor(None, self._roster.leave, self._member.name)
        except (BotoCoreError, ClientError) as error:
            self._journal.trouble("roster_unavailable", error)
