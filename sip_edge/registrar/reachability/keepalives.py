"""Keepalives to phones on UDP.

Without them a NAT or a load balancer soon forgets the way back (RFC 5626 §3.5).
"""

from __future__ import annotations

from typing import Final
from zlib import crc32

from sip_edge.transaction.timers import Timed, Timers
from sip_edge.transport.flow import Flow

INTERVAL_S: Final = 25  # NATs forget after 30 s or more, AWS's network load balancer after 120 s
_NOTHING_TO_SAY: Final = b"\r\n\r\n"  # no receiver takes it for a message (RFC 3261 §7.5)


class _Kept:
    """A flow that is kept alive for addresses of record, for each until a time."""

    __slots__ = ("flow", "untils")

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.untils: dict[str, float] = {}

    @property
    def until(self) -> float:
        return max(self.untils.values())


class Keepalives(Timed):
    """Sends to each kept flow once in an interval, a share of them every second."""

    __slots__ = ("_shares", "_timers", "_turn")

    def __init__(self, timers: Timers, now: float) -> None:
        self._timers = timers
        self._turn = 0
        self._shares: list[dict[str, _Kept]] = [{} for _ in range(INTERVAL_S)]
        timers.arm(self, now + 1)

    def keep(self, flow: Flow, aor: str, until: float) -> None:
        """Keeps a flow alive for an address until then, in seconds since the epoch. Its peer has proved to be there.

        Several addresses may share a flow, as the lines of one phone do.
        """
        if flow.reliable:
            return
        flow.validate_address()
        kept = self._share_of(flow.name).setdefault(flow.name, _Kept(flow))
        kept.flow = flow
        kept.untils[aor] = until

    def release(self, name: str, aor: str) -> None:
        """Keeps the flow of that name alive no longer for an address."""
        share = self._share_of(name)
        kept = share.get(name)
        if kept and kept.untils.pop(aor, None) and not kept.untils:
            del share[name]

    def keeps(self, name: str, now: float) -> bool:
        """Returns whether the flow of that name is kept."""
        kept = self._share_of(name).get(name)
        return kept is not None and kept.until > now

    def share(self, turn: int, now: float) -> list[tuple[Flow, float]]:
        """Returns the flows whose turn it is, one turn of `INTERVAL_S`, and until when each is kept."""
        return [(kept.flow, kept.until) for kept in self._shares[turn].values() if kept.until > now]

    def __len__(self) -> int:
        """Returns how many flows are kept."""
        return sum(map(len, self._shares))

    def expire(self, now: float) -> None:
        """Sends to the flows whose turn it is, and forgets those that are kept no longer."""
        self._timers.arm(self, now + 1)
        # By turns and not by the second of the clock: ticks come a little late, and a second would be left out.
        self._turn = (self._turn + 1) % INTERVAL_S
        share = self._shares[self._turn]
        for name, kept in list(share.items()):
            if kept.until <= now:
                del share[name]
            else:
                kept.flow.send_if_open(_NOTHING_TO_SAY)

    def _share_of(self, name: str) -> dict[str, _Kept]:
        return self._shares[crc32(name.encode()) % INTERVAL_S]
