"""The ng protocol's client, and the choice of an rtpengine, with a clock to set."""

from __future__ import annotations

import pytest

from sip_edge.journal import Journal
from sip_edge.media.engine import Reply
from sip_edge.media.pool import Pool
from sip_edge.message.errors import MalformedError
from sip_edge.transaction.timers import Timers
from tests.sip_edge.media_relays import MediaRelays

ONE, TWO = "192.0.2.10:2223", "192.0.2.11:2223"
THEIRS = "192.0.2.20:2223"


class World:
    """A pool of two, and time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.timers, self.journal, self.relays = Timers(lambda: self.now), Journal(), MediaRelays()
        self.peers: list[str] = []
        self.pool = Pool(
            (ONE, TWO), self.relays.receive, self.timers, self.journal, self.now, lambda _: list(self.peers)
        )
        self.relays.reply = self.pool.receive
        self.replies: list[Reply | None] = []

    def ask(self, address: str) -> None:
        self.pool.at(address).ask({"command": "query", "call-id": "x"}, self.replies.append, self.now)

    def advance(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.05)):
            self.now += 0.05
            self.timers.advance(self.now)
            self.relays.deliver()

    def chosen(self) -> set[str]:
        engines = [self.pool.next() for _ in range(4)]
        return {engine.address for engine in engines if engine}


@pytest.fixture
def world() -> World:
    return World()


def test_a_reply_finds_its_command(world: World) -> None:
    world.ask(ONE)
    world.relays.deliver()
    assert world.replies == [{"result": b"ok"}]


def test_a_lost_datagram_is_sent_again_and_is_the_same_command(world: World) -> None:
    world.relays.dead.add(ONE)
    world.ask(ONE)
    world.advance(0.3)
    world.relays.dead.clear()
    world.advance(0.3)
    assert world.replies == [{"result": b"ok"}]
    assert world.relays.take() == ["query"]


def test_a_command_that_nobody_answers_fails_in_time(world: World) -> None:
    world.relays.dead.add(ONE)
    world.ask(ONE)
    world.advance(1.3)
    assert world.replies == [None]


def test_calls_go_to_each_by_turns_and_to_none_that_is_away(world: World) -> None:
    assert world.chosen() == {ONE, TWO}
    world.relays.dead.add(ONE)
    world.advance(5)
    assert world.chosen() == {TWO}
    world.relays.dead.add(TWO)
    world.advance(5)
    assert world.chosen() == set()
    assert world.journal.counts["media_relay_lost"] == 2
    world.relays.dead.clear()
    world.advance(5)
    assert world.chosen() == {ONE, TWO}
    assert world.journal.counts["media_relay_back"] == 2


def test_a_relay_of_a_peer_gets_calls_while_no_own_one_answers(world: World) -> None:
    world.peers = [THEIRS]
    world.advance(5)
    assert world.chosen() == {ONE, TWO}
    world.relays.dead.add(ONE)
    world.advance(5)
    assert world.chosen() == {TWO}
    world.relays.dead.add(TWO)
    world.advance(5)
    assert world.chosen() == {THEIRS}
    assert world.journal.counts["media_relay_borrowed"] == 4
    world.relays.dead.discard(TWO)
    world.advance(5)
    assert world.chosen() == {TWO}


def test_a_relay_of_a_peer_gets_calls_for_which_the_own_ones_are_full(world: World) -> None:
    world.peers = [THEIRS]
    world.advance(5)
    found = world.pool.next((ONE, TWO))
    assert found
    assert found.address == THEIRS
    assert world.pool.next((ONE, TWO, THEIRS)) is None


def test_a_relay_of_a_peer_is_left_out_when_it_is_dead_and_when_its_edge_is_gone(world: World) -> None:
    world.peers = [THEIRS, "192.0.2.21:2223"]
    world.relays.dead |= {ONE, TWO, THEIRS}
    world.advance(5)
    assert world.chosen() == {"192.0.2.21:2223"}
    assert world.pool.away == 2
    world.peers = [THEIRS]
    world.advance(5)
    assert world.chosen() == set()
    world.relays.dead.discard(THEIRS)
    world.advance(5)
    assert world.chosen() == {THEIRS}


def test_a_dead_relay_of_a_peer_is_found_well_again_before_it_is_needed(world: World) -> None:
    world.peers = [THEIRS]
    world.relays.dead |= {ONE, TWO, THEIRS}
    world.advance(5)
    world.relays.dead.clear()
    world.advance(5)
    world.relays.dead |= {ONE, TWO}
    found = world.pool.next((ONE, TWO))
    assert found
    assert found.address == THEIRS


def test_a_relay_of_another_edge_is_reached_by_its_address(world: World) -> None:
    world.ask("192.0.2.99:2223")
    world.relays.deliver()
    assert world.replies == [{"result": b"ok"}]
    assert world.chosen() == {ONE, TWO}
    world.relays.dead.add("192.0.2.99:2223")
    world.ask("192.0.2.99:2223")
    world.advance(2)
    assert world.journal.counts["media_relay_lost"] == 0


def test_what_strangers_send_and_what_makes_no_sense_is_dropped(world: World) -> None:
    world.ask(ONE)
    world.pool.receive(b"cookie d6:result2:oke", "203.0.113.5:2223")
    world.pool.receive(b"cookie d6:result2:oke", ONE)
    for body in (b"", b"i1e", b"garbage"):
        cookie = world.relays.cookie(ONE)
        world.pool.receive(cookie + b" " + body, ONE)
    assert world.replies == []
    assert world.journal.counts["dropped_stray_media_reply"] == 1
    assert world.journal.counts["dropped_malformed_media_reply"] == 3


@pytest.mark.parametrize("error", [MalformedError, KeyError])
def test_a_callback_that_raises_is_an_error_of_ours_and_no_bad_reply(world: World, error: type[Exception]) -> None:
    def fail(_: Reply | None) -> None:
        raise error("x")

    world.pool.at(ONE).ask({"command": "query"}, fail, world.now)
    world.ask(ONE)
    world.relays.deliver()
    assert world.replies == [{"result": b"ok"}]
    assert world.journal.counts["internal_error"] == 1
    assert world.journal.counts["dropped_malformed_media_reply"] == 0
