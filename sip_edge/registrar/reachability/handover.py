"""Hands the phones on UDP of an edge that leaves over to other edges.

A load balancer keeps a phone's flow at a deregistered edge until it terminates it. The next datagram of the phone leads
to another edge. Until then no edge reaches the phone. So phones are to send one soon after that moment:

Each has to come by before it. So no phone is registered for longer than the load balancer leaves the flows.

A 200 after the deregistration tells half of the time that is left. It never tells less than eight seconds.

Towards the end most REGISTERs get no answer. Phones repeat them every four seconds for 32 s (RFC 3261 §17.1.2.2). A
repetition after the termination reaches another edge. The load balancer's time is known to some seconds only, so no
REGISTER waits for longer than phones repeat it.
"""

from __future__ import annotations

from math import inf
from typing import Final
from zlib import crc32

from sip_edge.message.message import Response
from sip_edge.registrar.reachability.handover_ping import HandoverPing
from sip_edge.registrar.register_request import LEAST_EXPIRES, MOST_EXPIRES
from sip_edge.transport.flow import Flow

_RESERVE_S: Final = 60  # between the last regular refresh of a phone and the termination
_LEAST_TOLD_S: Final = 8  # a held request waits for longer (`proxy.targets.held_requests`)
_SILENCE_S: Final = 30  # before the termination
# Of each 20 s a phone gets answers for 5: its repetitions are 4 s apart (T2), so that one falls into them.
_CYCLE_S: Final = 20
_ANSWERING_S: Final = 5


def most_expires(deregistration_s: int) -> int:
    """Returns the longest registration of a phone on UDP, in seconds.

    A load balancer leaves flows to a deregistered edge for `deregistration_s`; 0 stands for none before it.
    """
    return max(LEAST_EXPIRES, deregistration_s - _RESERVE_S) if deregistration_s else MOST_EXPIRES


class Handover:
    """The handover of one edge, which begins with `begin`. Times are in seconds since the epoch."""

    __slots__ = ("_ends", "_ping", "most_expires_s")

    def __init__(self, ping: HandoverPing, deregistration_s: int) -> None:
        """See `most_expires` for `deregistration_s`."""
        self._ping = ping
        self._ends = inf
        self.most_expires_s = most_expires(deregistration_s)

    def begin(self, ends: float) -> None:
        """Begins the handover. The load balancer terminates the flows soon after `ends`."""
        self._ends = ends

    def has_ended(self, now: float) -> bool:
        """Returns whether the load balancer terminates the flows by now, so that they can't be used any more."""
        return now >= self._ends

    def most_told_s(self, flow: Flow, now: float) -> int:
        """Returns the longest expiry that a 200 over a flow tells, in seconds."""
        if flow.reliable or self._ends == inf:
            return MOST_EXPIRES
        return max(_LEAST_TOLD_S, int(self._ends - now) // 2)

    def is_silent(self, flow: Flow, now: float) -> bool:
        """Returns whether a REGISTER over a flow gets no answer now."""
        if self._ends - now > _SILENCE_S or flow.reliable:
            return False
        return (now + crc32(flow.source.encode())) % _CYCLE_S >= _ANSWERING_S

    def send_pings(self, turn: int, now: float) -> None:
        """Asks the phones on UDP of one turn for a sign of life that other edges hear."""
        self._ping.send(turn, now)

    def take_over(self, response: Response, flow: Flow) -> bool:
        """Keeps a flow alive whose phone answers another edge's ping. Returns whether the response is that."""
        return self._ping.take_over(response, flow)
