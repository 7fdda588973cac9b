"""Keepalives to phones on UDP: without them a NAT or a load balancer soon forgets the way back (RFC 5626 §3.5)."""

from __future__ import annotations

from typing import Final
from zlib import crc32

from sip_edge.transaction.timers import Timed, Timers
from sip_edge.transport.flow import Flow

INTERVAL_S: Final = 25  # NATs forget after 30 s or more, AWS's network load balancer after 120 s
_NOTHING_TO_SAY: Final = b"\r\n\r\n"  # no receiver takes it for a message (RFC 3261 §7.5)


class Keepalives(Timed):
    """Sends to each kept flow once in an interval, a share of them every second."""

    __slots__ = ("_shares", "_timers", "_turn")

    def __init__(self, timers: Timers, now: float) -> None:
        self._timers = timers
        self._turn = 0
        self._shares: list[dict[str, tuple[Flow, float]]] = [{} for _ in range(INTERVAL_S)]
        timers.arm(self, now + 1)

    def keep(self, flow: Flow, until: float) -> None:
        """Keep a flow alive until then; a time that has passed lets it go. Somebody has proved to be there."""
        if flow.reliable:
            return
        flow.prove()
        name = flow.name
        self._shares[crc32(name.encode()) % INTERVAL_S][name] = (flow, until)

    def keeps(self, name: str, now: float) -> bool:
        """Whether the flow of that name is kept."""
        kept = self._shares[crc32(name.encode()) % INTERVAL_S].get(name)
        return kept is not None and kept[1] > now

    def share(self, turn: int, now: float) -> list[tuple[Flow, float]]:
        """The flows whose turn it is, one turn of `INTERVAL_S`, and until when each is kept."""
        return [kept for kept in self._shares[turn].values() if kept[1] > now]

    def __len__(self) -> int:
        """How many flows are kept."""
        return sum(map(len, self._shares))

    def expire(self, now: float) -> None:
        """It is some flows' turn."""
        self._timers.arm(self, now + 1)
        # By turns and not by the second of the clock: ticks come a little late, and a second would be left out.
        self._turn = (self._turn + 1) % INTERVAL_S
        share = self._shares[self._turn]
        for name, (flow, until) in list(share.items()):
            if until <= now:
                del share[name]
            else:
                flow.send_if_open(_NOTHING_TO_SAY)
