"""Lets an edge lend its flows to its peers and borrow theirs (RFC 5626 §5.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Final
from weakref import WeakValueDictionary

from sip_edge.crypto.key_ring import KeyRing
from sip_edge.fleet.branch_owner import BranchOwners
from sip_edge.fleet.channel import Channel, Outcome, Transmit
from sip_edge.fleet.envelope import Envelopes, address_of
from sip_edge.fleet.fleet_time import FleetTime
from sip_edge.fleet.gossip import Gossip
from sip_edge.fleet.local_edge import LocalEdge
from sip_edge.fleet.recent_sources import RecentSources
from sip_edge.fleet.remote_flow import RemoteFlow, place_of
from sip_edge.fleet.rendezvous import chosen
from sip_edge.journal import Journal
from sip_edge.message import via as vias
from sip_edge.message.message import Response
from sip_edge.transaction.timers import NEVER, Timed, Timers
from sip_edge.transport.flow import Flow, FlowClosedError

_SEARCH_S: Final = 3.0  # for a phone without its edge to answer through another one
_HEARD_S: Final = 120.0
_MOST_SEARCHERS: Final = 32


class Kind(IntEnum):
    """The kinds of messages between edges. Each has a line of text, and some a SIP message behind it."""

    SEND = 1  # "edge flow": send this over that flow of yours
    TRY = 2  # "flow": send this, if you have heard the phone at its other end
    RESPONSE = 3  # "flow": this came over a flow of mine and answers a request of yours
    LOST = 4  # "flow": that flow of mine, which you have used, has ended
    GOSSIP = 5  # names of edges: I am well, and so are these
    LEAVING = 6  # "": I am gone by the time that you read this
    REGISTERED = 7  # "aor": that address, which you wait for, has registered with me


class Member:
    """A fleet of several edges (see Fleet). Peers' names come from the roster, bindings, tokens and marks."""

    has_peers = True

    def __init__(
        self, name: str, keys: KeyRing, local: LocalEdge, transmit: Transmit, timers: Timers, journal: Journal
    ) -> None:
        """`name` is the edge's address and the beginning of its life (`name_of`). `transmit` sends a datagram."""
        self.name = name
        self._local = local
        self._timers = timers
        self._journal = journal
        self._marks = BranchOwners(keys.marks, address_of(name))
        self.time: FleetTime | None = FleetTime(journal)
        envelopes = Envelopes(keys.channel, name, self.time)
        self.channel = Channel(envelopes, timers, transmit, self._serve, journal)
        self._heard = RecentSources()
        self._borrowed: WeakValueDictionary[str, RemoteFlow] = WeakValueDictionary()
        self._borrowers: dict[str, set[str]] = {}
        self._searches: dict[str, _Search] = {}
        self._is_leaving = False
        self._on_registered: Callable[[str], None] = lambda _: None
        channel = self.channel
        self._gossip = Gossip(timers, channel.acquaintances, channel.peers, self._send_gossip, timers.clock())

    @property
    def mark(self) -> str:
        """See Fleet."""
        return self._marks.mine

    def find(self, edge: str, name: str) -> Flow | None:
        """See Fleet."""
        transport, host, _ = place_of(name)
        if edge == self.name and not (self._is_leaving and transport == "UDP"):
            return self._local.find(name)
        if transport != "UDP" and self._is_gone(edge, self._timers.clock()):
            return None
        flow = self._borrowed.get(name)
        if flow is None or flow.edge != edge:
            local = self._local.reached_at(transport, ":" in host)
            flow = self._borrowed[name] = RemoteFlow(edge, name, local, self._carry)
        return flow

    def meet(self, edges: Iterable[str]) -> None:
        """Makes this edge known to all of these edges that it does not know yet."""
        for edge in edges:
            if not self._knows(edge):
                self._send_gossip(edge, b"", self._timers.clock())

    def hear(self, flow: Flow, now: float) -> None:
        """See Fleet."""
        if flow.transport != "UDP":
            return
        if not flow.edge:
            self._heard.note((flow.host, flow.port), now)
        if self._searches:
            self._found(flow.name, flow.edge or self.name)

    def hand_over(self, response: Response, data: bytes, flow: Flow, now: float) -> bool:
        """See Fleet."""
        owner = self._marks.owner(vias.top(response).branch)
        if owner is None or owner == address_of(self.name):
            return False
        self._journal.count("fleet_handed_over")
        self.channel.ask(owner, Kind.RESPONSE, _pack(flow.name, data), _indifferent, now)
        return True

    def lose(self, flow: Flow, now: float) -> None:
        """Tells the borrowers of a connection that it has ended, so that they wait for no answer over it."""
        for peer in self._borrowers.pop(flow.name, ()):
            self.channel.ask(peer, Kind.LOST, _pack(flow.name), _indifferent, now)

    def is_own_share(self, work: str, now: float) -> bool:
        """See Fleet."""
        return chosen([self.name, *self.channel.peers(now)], work) == self.name

    def tell_registered(self, edge: str, aor: str, now: float) -> None:
        """See Fleet."""
        self.channel.ask(edge, Kind.REGISTERED, _pack(aor), _indifferent, now)

    def listen(self, on_registered: Callable[[str], None]) -> None:
        """See Fleet."""
        self._on_registered = on_registered

    def begin_to_leave(self) -> None:
        """Sends messages to phones on UDP through all edges from now on: any edge may be the phone's next one."""
        self._is_leaving = True

    def spread(self, flow: str, data: bytes) -> None:
        """Sends a response to a flow through all peers that have heard the phone at its other end."""
        self._ask_peers(flow, data, self._timers.clock())

    def leave(self, now: float) -> None:
        """Tells all peers not to wait for this edge any more."""
        for peer in self.channel.peers(now):
            self.channel.ask(peer, Kind.LEAVING, b"", _indifferent, now)

    def give_up(self, flow: RemoteFlow) -> None:
        """Reports a flow as lost after a search without an answer."""
        self._searches.pop(flow.name, None)
        self._local.lose(flow)

    def _is_gone(self, edge: str, now: float) -> bool:
        if "/" not in edge:
            return True  # it was in no fleet
        if address_of(edge) == address_of(self.name):
            return edge != self.name  # a former life of this edge
        return self.channel.is_gone(edge, now)

    def _send_gossip(self, edge: str, line: bytes, now: float) -> None:
        if address_of(edge) != address_of(self.name):
            self.channel.ask(edge, Kind.GOSSIP, line, _indifferent, now, insist=True)

    def _carry(self, flow: RemoteFlow, data: bytes) -> None:
        """Has a peer send a message over its flow. Raises FlowClosedError when that peer is known to be gone."""
        now = self._timers.clock()
        if flow.edge == self.name and self._is_leaving:
            self._search(flow, data, now)
        elif flow.edge == self.name:
            self._send_from_here(flow, data)
        elif not self._is_gone(flow.edge, now):
            edge = flow.edge
            payload = _pack(f"{edge} {flow.name}", data)

            def on_acknowledged(came: Outcome, then: float) -> None:
                self._carried(flow, edge, data, came, then)

            self.channel.ask(edge, Kind.SEND, payload, on_acknowledged, now)
        elif flow.reliable:
            raise FlowClosedError
        else:
            self._search(flow, data, now)

    def _carried(self, flow: RemoteFlow, edge: str, data: bytes, came: Outcome, now: float) -> None:
        if came is Outcome.TAKEN:
            return
        if flow.reliable:
            self._local.lose(flow)
        elif flow.edge != edge:
            self._carry(flow, data)  # the phone has been found in the meantime
        else:
            self._search(flow, data, now)

    def _search(self, flow: RemoteFlow, data: bytes, now: float) -> None:
        """Sends to a phone on UDP, whose edge is gone or going, through all edges that may reach it.

        To the phone, the same datagram from two edges is a repetition. The phone may
        have moved since an edge heard it, so an answer alone ends the search.
        """
        search = self._searches.get(flow.name)
        if search is None:
            search = self._searches[flow.name] = _Search(self, flow)
            self._journal.count("fleet_searched")
        if data not in search.messages:
            search.messages.add(data)
            self._timers.arm(search, now + _SEARCH_S)
        self._send_from_here(flow, data)
        self._ask_peers(flow.name, data, now, flow.edge)

    def _ask_peers(self, flow: str, data: bytes, now: float, but: str = "") -> None:
        """Lets all peers send, except `but`, that may reach the phone at the other end of a flow."""
        for peer in self.channel.peers(now)[:_MOST_SEARCHERS]:
            if peer != but:
                self.channel.ask(peer, Kind.TRY, _pack(flow, data), _indifferent, now)

    def _found(self, name: str, edge: str) -> None:
        search = self._searches.pop(name, None)
        if search:
            search.deadline = NEVER
            search.flow.edge = edge

    def _send_from_here(self, flow: RemoteFlow, data: bytes) -> None:
        own = self._local.find(flow.name)
        if own:
            own.send_if_open(data)

    def _serve(self, sender: str, kind: int, payload: bytes, now: float) -> bool:
        """Handles a message from a peer. Returns whether it was taken."""
        line, _, data = payload.partition(b"\n")
        text = line.decode()
        if kind == Kind.SEND:
            edge, _, name = text.partition(" ")
            taken = edge == self.name and self._lend(sender, name, data)
            return taken and not (self._is_leaving and name.startswith("UDP/"))
        if kind == Kind.TRY:
            return self._reaches(text, now) and self._lend(sender, text, data)
        if kind == Kind.RESPONSE:
            borrowed = self._borrowed.get(text)
            if borrowed and not borrowed.reliable:
                borrowed.edge = sender  # the phone's edge by now
            flow = self.find(sender, text)
            if flow:
                self._local.receive(data, flow)
            return flow is not None
        if kind == Kind.LOST:
            borrowed = self._borrowed.get(text)
            if borrowed and borrowed.edge == sender:
                self._local.lose(borrowed)
        elif kind == Kind.GOSSIP:
            self._gossip.receive(text, self._knows, now)
        elif kind == Kind.LEAVING:
            self.channel.mark_gone(sender, now)
        elif kind == Kind.REGISTERED:
            self._on_registered(text)
        else:
            return False
        return True

    def _knows(self, edge: str) -> bool:
        return address_of(edge) == address_of(self.name) or self.channel.knows(edge)

    def _reaches(self, name: str, now: float) -> bool:
        """Whether this edge has heard a phone on UDP lately, or keeps its flow alive."""
        return self._heard.has(place_of(name)[1:], now - _HEARD_S) or self._local.keeps(name, now)

    def _lend(self, borrower: str, name: str, data: bytes) -> bool:
        flow = self._local.find(name)
        if flow is None:
            return False
        try:
            flow.send(data)
        except FlowClosedError:
            return False
        if flow.reliable:
            self._borrowers.setdefault(name, set()).add(borrower)
        return True


class _Search(Timed):
    """A search for a phone, which is to get these messages."""

    __slots__ = ("_member", "flow", "messages")

    def __init__(self, member: Member, flow: RemoteFlow) -> None:
        self.deadline = NEVER
        self._member = member
        self.flow = flow
        self.messages: set[bytes] = set()

    def expire(self, now: float) -> None:
        """Gives up, since no edge has heard the phone."""
        self._member.give_up(self.flow)


def _pack(line: str, data: bytes = b"") -> bytes:
    return f"{line}\n".encode() + data


def _indifferent(came: Outcome, now: float) -> None:
    """Ignores an outcome on which nothing depends."""
