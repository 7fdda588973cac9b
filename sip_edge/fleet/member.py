"""An edge among its peers: it lends them its flows and borrows theirs (RFC 5626 §5.3, RFC 3261 §16)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final, Protocol
from weakref import WeakValueDictionary

from sip_edge.crypto.key_ring import KeyRing
from sip_edge.fleet.branch_owner import BranchOwners
from sip_edge.fleet.channel import Channel, Outcome, Transmit
from sip_edge.fleet.envelope import Envelopes, address_of
from sip_edge.fleet.fleet_time import FleetTime
from sip_edge.fleet.greetings import Greetings
from sip_edge.fleet.recent_sources import RecentSources
from sip_edge.fleet.remote_flow import RemoteFlow, place_of
from sip_edge.journal import Journal
from sip_edge.message import via as vias
from sip_edge.message.message import Response
from sip_edge.transaction.timers import NEVER, Timed, Timers
from sip_edge.transport.flow import Flow, FlowClosedError

_SEARCH_S: Final = 3.0  # so long a phone may take to be heard that its edge has left behind
_HEARD_S: Final = 120.0
_MOST_SEARCHERS: Final = 32


class Kind(IntEnum):
    """What edges tell each other. Each has a line of text, and then maybe a SIP message."""

    SEND = 1  # "edge flow": send this over that flow of yours
    TRY = 2  # "flow": send this, if you have heard the phone at its other end
    RESPONSE = 3  # "flow": this came over a flow of mine and answers a request of yours
    LOST = 4  # "flow": that flow of mine, which you have used, has ended
    GREETING = 5  # names of edges: I am well, and so are these
    LEAVING = 6  # "": I am gone by the time that you read this


class LocalEdge(Protocol):
    """This edge, as its membership knows it: its own flows, and the receiver of other edges' flows."""

    def find(self, name: str) -> Flow | None:
        """The flow of that name on this edge, None when it has ended."""

    def reached_at(self, transport: str, is_ipv6: bool) -> str:
        """The `host:port` at which phones of a transport and address family reach the fleet."""

    def keeps(self, flow: str, now: float) -> bool:
        """Whether this edge keeps the UDP flow of that name alive."""

    def receive(self, data: bytes, flow: Flow) -> None:
        """A message has come over a flow of another edge."""

    def lose(self, flow: Flow) -> None:
        """A flow of another edge has ended."""


class Member:
    """See `fleet.fleet.Fleet`. Its peers' names come from the roster, and from bindings, tokens and marks."""

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
        channel = self.channel
        self._greetings = Greetings(timers, channel.acquaintances, channel.peers, self._greet, timers.clock())

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
        """Greet all peers among these edges that aren't known yet."""
        for edge in edges:
            if not self._knows(edge):
                self._greet(edge, b"", self._timers.clock())

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
        """A connection of this edge has ended: whoever has used it waits in vain for an answer."""
        for peer in self._borrowers.pop(flow.name, ()):
            self.channel.ask(peer, Kind.LOST, _pack(flow.name), _indifferent, now)

    def begin_to_leave(self) -> None:
        """From now on phones on UDP may come in through other edges at any time: messages for them take every way."""
        self._is_leaving = True

    def leave(self, now: float) -> None:
        """Tell all peers that they need not wait for this edge any more."""
        for peer in self.channel.peers(now):
            self.channel.ask(peer, Kind.LEAVING, b"", _indifferent, now)

    def give_up(self, flow: RemoteFlow) -> None:
        """A phone was looked for in vain."""
        self._searches.pop(flow.name, None)
        self._local.lose(flow)

    def _is_gone(self, edge: str, now: float) -> bool:
        if "/" not in edge:
            return True  # it was in no fleet
        if address_of(edge) == address_of(self.name):
            return edge != self.name  # a former life of this edge
        return self.channel.is_gone(edge, now)

    def _greet(self, edge: str, line: bytes, now: float) -> None:
        if address_of(edge) != address_of(self.name):
            self.channel.ask(edge, Kind.GREETING, line, _indifferent, now, insist=True)

    def _carry(self, flow: RemoteFlow, data: bytes) -> None:
        """Have a message sent over a flow of a peer's. Raises FlowClosedError when that peer is known to be gone."""
        now = self._timers.clock()
        if flow.edge == self.name and self._is_leaving:
            self._search(flow, data, now)
        elif flow.edge == self.name:
            self._send_from_here(flow, data)
        elif not self._is_gone(flow.edge, now):
            edge = flow.edge
            payload = _pack(f"{edge} {flow.name}", data)

            def go_on(came: Outcome, then: float) -> None:
                self._carried(flow, edge, data, came, then)

            self.channel.ask(edge, Kind.SEND, payload, go_on, now)
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
        """The edge of a phone on UDP is gone, or going: send by all who may reach it, until it is heard somewhere.

        That does no harm: to the phone the same datagram from two edges is a repetition. Who has heard it lately can't
        know whether it has moved on since, so an answer alone ends the search.
        """
        search = self._searches.get(flow.name)
        if search is None:
            search = self._searches[flow.name] = _Search(self, flow)
            self._journal.count("fleet_searched")
        if data not in search.messages:
            search.messages.add(data)
            self._timers.arm(search, now + _SEARCH_S)
        self._send_from_here(flow, data)
        for peer in self.channel.peers(now)[:_MOST_SEARCHERS]:
            if peer != flow.edge:
                self.channel.ask(peer, Kind.TRY, _pack(flow.name, data), _indifferent, now)

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
        """What a peer has told. Returns whether it was taken."""
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
                borrowed.edge = sender  # that is where the phone is by now
            flow = self.find(sender, text)
            if flow:
                self._local.receive(data, flow)
            return flow is not None
        if kind == Kind.LOST:
            borrowed = self._borrowed.get(text)
            if borrowed and borrowed.edge == sender:
                self._local.lose(borrowed)
        elif kind == Kind.GREETING:
            self._greetings.receive(text, self._knows, now)
        elif kind == Kind.LEAVING:
            self.channel.mark_gone(sender, now)
        else:
            return False
        return True

    def _knows(self, edge: str) -> bool:
        return address_of(edge) == address_of(self.name) or self.channel.knows(edge)

    def _reaches(self, name: str, now: float) -> bool:
        """Whether a phone on UDP is reached from here, as far as anybody can know."""
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
    """A phone that is looked for, to have these messages."""

    __slots__ = ("_member", "flow", "messages")

    def __init__(self, member: Member, flow: RemoteFlow) -> None:
        self.deadline = NEVER
        self._member = member
        self.flow = flow
        self.messages: set[bytes] = set()

    def expire(self, now: float) -> None:
        """Nobody has heard of it."""
        self._member.give_up(self.flow)


def _pack(line: str, data: bytes = b"") -> bytes:
    return f"{line}\n".encode() + data


def _indifferent(came: Outcome, now: float) -> None:
    """Nothing depends on what came of it."""
