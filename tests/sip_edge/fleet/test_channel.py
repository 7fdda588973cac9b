"""The channel's parts: no stranger gets in, nothing is acted upon twice, and memory stays bounded."""

from __future__ import annotations

import pytest

from directory.edge_keys import EdgeKey
from sip_edge.crypto.key_ring import KeyRing
from sip_edge.fleet.branch_owner import BranchOwners
from sip_edge.fleet.channel import Channel, Outcome
from sip_edge.fleet.envelope import Datagram, Envelopes, ForgedError
from sip_edge.fleet.fragmentation import Reassembly, TooLargeError, fragments_of
from sip_edge.fleet.replay_window import ReplayWindow
from sip_edge.journal import Journal
from sip_edge.transaction.timers import Timers

KEYS = KeyRing((EdgeKey(0, b"k" * 32),), 0).channel
A, B, C = "10.0.0.1:5070/aaaa", "10.0.0.2:5070/bbbb", "10.0.0.3:5070/cccc"
NOW = 1_700_000_000.0
KIND = 7


def test_an_envelope_opens_for_its_receiver_alone_and_not_for_long() -> None:
    number, (sealed,) = Envelopes(KEYS, A).seal(B, KIND, [b"password"], NOW)
    assert b"password" not in sealed
    opened = Envelopes(KEYS, B).open(sealed, NOW + 29)
    assert opened == Datagram(A, KIND, number, 0, 1, b"password")
    for receiver, now in ((Envelopes(KEYS, C), NOW), (Envelopes(KEYS, B), NOW + 31), (Envelopes(KEYS, B), NOW - 31)):
        with pytest.raises(ForgedError):
            receiver.open(sealed, now)
    receiver = Envelopes(KEYS, B)
    for i in range(len(sealed)):
        with pytest.raises(ForgedError):
            receiver.open(sealed[:i] + bytes([sealed[i] ^ 1]) + sealed[i + 1 :], NOW)
        with pytest.raises(ForgedError):
            receiver.open(sealed[:i], NOW)


def test_a_key_is_replaced_while_edges_speak() -> None:
    former, latter = (EdgeKey(0, b"o" * 32),), (EdgeKey(0, b"o" * 32), EdgeKey(NOW + 900, b"n" * 32))
    slow, fast = KeyRing(former, NOW), KeyRing(latter, NOW)
    speaker, listener = Envelopes(slow.channel, A), Envelopes(fast.channel, B)
    marks, others = BranchOwners(slow.marks, "10.0.0.1:5070"), BranchOwners(fast.marks, "10.0.0.2:5070")
    seen = set()
    for now in (NOW, NOW + 899, NOW + 905, NOW + 2000):
        _, (sealed,) = speaker.seal(B, KIND, [b"x"], now)
        assert listener.open(sealed, now).payload == b"x"
        assert others.owner(f"z9hG4bKx{marks.mine}") == "10.0.0.1:5070"
        seen.add(marks.mine)
        slow.replace(latter, now)
        fast.replace(latter, now)
    assert len(seen) == 2


@pytest.mark.parametrize("address", ["10.0.0.1:5070", "[2001:db8::1]:5070"])
def test_a_mark_tells_its_edge(address: str) -> None:
    marks = BranchOwners(KEYS, address)
    assert marks.owner(f"z9hG4bK0123{marks.mine}") == address
    assert BranchOwners(KeyRing((EdgeKey(0, b"x" * 32),), 0).marks, address).owner(f"z9hG4bK0123{marks.mine}") is None


@pytest.mark.parametrize("size", [0, 1, 1350, 1351, 345_600])
def test_fragments_in_any_order_make_the_message(size: int) -> None:
    message = bytes(i % 251 for i in range(size))
    fragments = fragments_of(message)
    joiner = Reassembly()
    datagrams = [Datagram(A, KIND, 1, i, len(fragments), piece) for i, piece in enumerate(fragments)]
    joined = [joiner.add(datagram) for datagram in reversed([*datagrams[1:], *datagrams])]
    assert [message] == [whole for whole in joined if whole is not None]


def test_what_is_too_large_or_stays_incomplete() -> None:
    with pytest.raises(TooLargeError):
        fragments_of(b"x" * 345_601)
    joiner = Reassembly()
    for number in range(20_000):
        assert joiner.add(Datagram(A, KIND, number, 0, 2, b"x" * 1350)) is None
    assert joiner.size <= 8 << 20
    assert joiner.add(Datagram(A, KIND, 19_999, 1, 2, b"y")) == b"x" * 1350 + b"y"
    assert joiner.add(Datagram(A, KIND, 0, 1, 2, b"y")) is None
    assert joiner.add(Datagram(A, KIND, 0, 300, 400, b"y")) is None


def test_a_window_knows_what_it_has_seen() -> None:
    window = ReplayWindow()
    for number in (5, 3, 70_000, 69_999):
        assert window.outcome(number) == 0
        assert not window.is_too_old(number)
        window.note(number, 2)
        assert window.outcome(number) == 2
    assert window.is_too_old(3)
    assert window.outcome(65_541) == 0  # has the place that 5 had
    window.note(10**12, 1)
    assert window.outcome(10**12 - 1) == 0
    assert window.is_too_old(70_000)


class Ends:
    """Two ends of a channel, one of which counts what it is asked."""

    def __init__(self) -> None:
        self.timers = Timers(lambda: 0.0)
        self.sent: list[tuple[str, bytes]] = []
        self.asked = 0
        self.outcomes: list[Outcome] = []
        self.a = self.end(A)
        self.b = self.end(B)

    def end(self, name: str) -> Channel:
        return Channel(Envelopes(KEYS, name), self.timers, self.transmit, self.serve, Journal())

    def transmit(self, address: str, datagram: bytes) -> None:
        self.sent.append((address, datagram))

    def serve(self, sender: str, kind: int, payload: bytes, now: float) -> bool:
        self.asked += 1
        return payload == b"yes"

    def ask(self, payload: bytes, now: float = NOW) -> None:
        self.a.ask(B, KIND, payload, lambda came, _: self.outcomes.append(came), now)


def test_a_question_is_answered_once_for_each_time_that_it_comes() -> None:
    ends = Ends()
    for payload in (b"yes", b"no"):
        ends.ask(payload)
        ((address, question),) = ends.sent
        assert address == "10.0.0.2:5070"
        for _ in range(3):
            ends.b.receive(question, NOW)
        for to, answer in ends.sent[1:]:
            assert to == "10.0.0.1:5070"
            ends.a.receive(answer, NOW)
        ends.sent.clear()
    assert ends.outcomes == [Outcome.TAKEN, Outcome.REFUSED]
    assert ends.asked == 2


def test_silence_is_told_after_two_seconds_and_then_at_once_until_the_edge_is_heard() -> None:
    ends = Ends()
    ends.ask(b"yes")
    ends.timers.advance(NOW + 0.6)
    assert len(ends.sent) == 2
    assert ends.outcomes == []
    ends.timers.advance(NOW + 2.1)
    assert ends.outcomes == [Outcome.SILENCE]
    ends.ask(b"yes", NOW + 3)
    assert ends.outcomes == [Outcome.SILENCE] * 2
    ends.b.ask(A, KIND, b"yes", lambda *_: None, NOW + 4)
    ends.a.receive(ends.sent[2][1], NOW + 4)
    ends.ask(b"yes", NOW + 4)
    assert len(ends.outcomes) == 2
    assert ends.a.peers(NOW + 4) == [B]
    assert ends.a.peers(NOW + 400) == []


def test_only_so_much_waits_for_an_acknowledgement() -> None:
    ends = Ends()
    for _ in range(200):
        ends.ask(b"x" * 345_600)
    assert 90 < len(ends.outcomes) < 110
    assert set(ends.outcomes) == {Outcome.SILENCE}
    ends.ask(b"x" * 345_601)
    assert ends.outcomes[-1] is Outcome.SILENCE
