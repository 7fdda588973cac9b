"""The private channel between edges. Messages are acknowledged, repeated once, and then given up."""

from __future__ import annotations

import struct
from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final

from sip_edge.fleet.envelope import Datagram, Envelopes, ForgedError, address_of
from sip_edge.fleet.fragmentation import Reassembly, TooLargeError, fragments_of
from sip_edge.fleet.replay_window import ReplayWindow
from sip_edge.journal import Journal
from sip_edge.transaction.timers import NEVER, Timed, Timers

_REPEAT_S: Final = 0.5
_GIVE_UP_S: Final = 2.0
_GONE_S: Final = 300.0  # no message waits for an edge that was silent or has left, unless it is heard again
_KNOWN_S: Final = 300.0
_MOST_UNACKNOWLEDGED_BYTES: Final = 32 << 20
_MOST_PEERS: Final = 256
_ACKNOWLEDGEMENT: Final = 0
_ACKNOWLEDGED: Final = struct.Struct("!QB")  # number, outcome


class Outcome(IntEnum):
    """The outcome of a message."""

    SILENCE = 0
    TAKEN = 1
    REFUSED = 2


Then = Callable[[Outcome, float], None]
Transmit = Callable[[str, bytes], None]
Serve = Callable[[str, int, bytes, float], bool]


class Channel:
    """This edge's end of the channel.

    `transmit` sends a datagram to an address. `serve` gets each message once: the sender's name, the kind (1 to 255)
    and the payload. It returns whether it takes the message.
    """

    def __init__(
        self, envelopes: Envelopes, timers: Timers, transmit: Transmit, serve: Serve, journal: Journal
    ) -> None:
        self._envelopes = envelopes
        self._timers = timers
        self._transmit = transmit
        self._serve = serve
        self._journal = journal
        self._asked: dict[int, _Question] = {}
        self._unacknowledged = 0
        self._reassembly = Reassembly()
        self._windows: dict[str, ReplayWindow] = {}
        self._heard: dict[str, tuple[str, float]] = {}
        self._gone: dict[str, float] = {}

    def ask(self, edge: str, kind: int, payload: bytes, then: Then, now: float, insist: bool = False) -> None:
        """Sends a message to an edge, given by its name or address. `then` gets the outcome, and the time by then.

        The outcome is SILENCE at once when too much is under way. Without `insist`, it is so for an edge that is gone.
        """
        try:
            fragments = fragments_of(payload)
        except TooLargeError:
            fragments = []
        is_gone = not insist and self.is_gone(edge, now)
        if not fragments or is_gone or self._unacknowledged + len(payload) > _MOST_UNACKNOWLEDGED_BYTES:
            self._journal.count("fleet_not_sent")
            then(Outcome.SILENCE, now)
            return
        number, datagrams = self._envelopes.seal(edge, kind, fragments, now)
        self._unacknowledged += len(payload)
        question = self._asked[number] = _Question(self, number, edge, datagrams, len(payload), then)
        self._send(question)
        self._timers.arm(question, now + _REPEAT_S)

    def receive(self, data: bytes, now: float) -> None:
        """Handles a datagram. One that no edge has sent is counted, and gets no answer."""
        try:
            datagram = self._envelopes.open(data, now)
        except ForgedError:
            self._journal.count("fleet_refused")
            return
        self._note_peer(datagram.sender, now)
        if datagram.kind == _ACKNOWLEDGEMENT:
            self._acknowledged(datagram, now)
        else:
            self._question(datagram, now)

    def is_gone(self, edge: str, now: float) -> bool:
        """Whether an edge was silent when it was last asked, or has left. A former life of a living edge is gone."""
        if self._gone.get(edge, 0) > now:
            return True
        known = self._heard.get(address_of(edge))
        return known is not None and "/" in edge and edge < known[0]

    def peers(self, now: float) -> list[str]:
        """Returns the names of the edges that were heard lately."""
        return [name for name, heard in self._heard.values() if heard > now - _KNOWN_S and not self.is_gone(name, now)]

    def acquaintances(self, now: float) -> set[str]:
        """Returns all edges that were heard lately, or are gone since lately."""
        heard = {name for name, at in self._heard.values() if at > now - _KNOWN_S}
        addresses = {address_of(name) for name in heard}
        return heard | {edge for edge, until in self._gone.items() if until > now and address_of(edge) not in addresses}

    def knows(self, edge: str) -> bool:
        """Whether an edge has been heard, or found to be gone."""
        return address_of(edge) in self._heard or edge in self._gone

    def repeat(self, question: _Question, now: float) -> None:
        """Sends a message for the second time."""
        self._timers.arm(question, now + _GIVE_UP_S - _REPEAT_S)
        self._send(question)

    def give_up(self, question: _Question, now: float) -> None:
        """Marks an edge as gone that has acknowledged neither time."""
        if not self.is_gone(question.edge, now):
            self._journal.note("fleet_edge_silent", edge=question.edge)
            self.mark_gone(question.edge, now)
        self._settle(question.number, Outcome.SILENCE, now)

    def mark_gone(self, edge: str, now: float) -> None:
        """Sends an edge no messages for some time, unless it is heard."""
        for known_as in {edge, address_of(edge)}:
            _make_room(self._gone)
            self._gone[known_as] = now + _GONE_S

    def _send(self, question: _Question) -> None:
        for datagram in question.datagrams:
            self._transmit(address_of(question.edge), datagram)

    def _note_peer(self, sender: str, now: float) -> None:
        address = address_of(sender)
        if address not in self._heard:
            _make_room(self._heard)
        self._heard[address] = sender, now
        self._gone.pop(address, None)
        self._gone.pop(sender, None)

    def _acknowledged(self, datagram: Datagram, now: float) -> None:
        number, outcome = _ACKNOWLEDGED.unpack(datagram.payload)
        question = self._asked.get(number)
        if question and address_of(question.edge) == address_of(datagram.sender):
            self._settle(number, Outcome(outcome), now)

    def _settle(self, number: int, outcome: Outcome, now: float) -> None:
        question = self._asked.pop(number)
        question.deadline = NEVER
        self._unacknowledged -= question.size
        question.then(outcome, now)

    def _question(self, datagram: Datagram, now: float) -> None:
        window = self._windows.get(datagram.sender)
        if window is None:
            _make_room(self._windows)
            window = self._windows[datagram.sender] = ReplayWindow()
        if window.is_too_old(datagram.number):
            self._journal.count("fleet_refused")
            return
        outcome = window.outcome(datagram.number)
        if not outcome:
            payload = self._reassembly.add(datagram)
            if payload is None:
                return
            taken = self._serve(datagram.sender, datagram.kind, payload, now)
            outcome = Outcome.TAKEN if taken else Outcome.REFUSED
            window.note(datagram.number, outcome)
        answer = _ACKNOWLEDGED.pack(datagram.number, outcome)
        _, sealed = self._envelopes.seal(datagram.sender, _ACKNOWLEDGEMENT, [answer], now)
        self._transmit(address_of(datagram.sender), sealed[0])


class _Question(Timed):
    """A message that waits for its acknowledgement."""

    __slots__ = ("_channel", "_repeated", "datagrams", "edge", "number", "size", "then")

    def __init__(self, channel: Channel, number: int, edge: str, datagrams: list[bytes], size: int, then: Then) -> None:
        self.deadline = NEVER
        self._channel = channel
        self._repeated = False
        self.number = number
        self.edge = edge
        self.datagrams = datagrams
        self.size = size
        self.then = then

    def expire(self, now: float) -> None:
        """Repeats the message, or gives it up."""
        if self._repeated:
            self._channel.give_up(self, now)
        else:
            self._repeated = True
            self._channel.repeat(self, now)


def _make_room(peers: dict[str, Any]) -> None:
    if len(peers) >= _MOST_PEERS:
        del peers[next(iter(peers))]
