"""Drains an edge that is told to end: it finishes its transactions, and leaves its phones to its peers."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from sip_edge.edge import Edge
from sip_edge.fleet.member import Member
from sip_edge.registrar.reachability.handover_ping import TURNS

_NOTICE_S: Final = 5.0  # until a load balancer has seen that new flows have to go elsewhere
_POLL_S: Final = 0.1
_TURN_S: Final = 0.1
_FAREWELL_S: Final = TURNS * _TURN_S


async def drain(edge: Edge, member: Member | None, seconds: float, is_watched: bool, hurry: asyncio.Event) -> None:
    """Serves until no request waits for an answer, `seconds` at most, or until `hurry` is set.

    With `is_watched`, a load balancer looks at `/health` and needs time to notice. A member of a fleet with phones
    stays all the time, since a load balancer leaves it their flows. At the end it pings them. Nothing of that is left
    to do after a deregistration: the load balancer has taken the flows away.
    """
    loop = asyncio.get_running_loop()
    if member:
        seconds -= _FAREWELL_S
    began = loop.time()
    while (passed := loop.time() - began) < seconds and not hurry.is_set():
        has_noticed = passed >= _NOTICE_S or not is_watched
        if has_noticed and not edge.at_work and not (member and _holds_phones(edge)):
            break
        await asyncio.sleep(_POLL_S)
    edge.abandon(time.time())
    if member:
        await _send_handover_pings(edge, member, hurry)


def _holds_phones(edge: Edge) -> bool:
    return edge.registrations > 0 and not edge.has_handed_over(time.time())


async def _send_handover_pings(edge: Edge, member: Member, hurry: asyncio.Event) -> None:
    for turn in range(TURNS):
        if hurry.is_set() or not _holds_phones(edge):
            break
        edge.send_handover_pings(turn, time.time())
        await asyncio.sleep(_TURN_S)
    member.leave(time.time())
