"""However much one connection sends, others and the rest of the edge have their turns."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sip_edge.transport.connection import connection
from sip_edge.transport.connection.stream import StreamConnection
from sip_edge.transport.connection.websocket import WebSocketConnection
from sip_edge.transport.limits import turns
from sip_edge.transport.limits.turns import Turns
from tests.sip_edge.transport.connection.tls_ends import contexts
from tests.sip_edge.transport.connection.websocket_client import UPGRADE, masked
from tests.sip_edge.transport.listener import OPTIONS, Listener, ended, run, until

PING, EMPTY, PONG = masked(0x9, b""), masked(0x1, b""), masked(0xA, b"")
BEGUN, FRAGMENT = masked(0x1, b"O", is_final=False), masked(0x0, b"P", is_final=False)


class Sender:
    """A connection that has sent some pieces. `turns` has how many of them were handled each time."""

    def __init__(self, pieces: int) -> None:
        self.left = pieces
        self.turns: list[int] = []
        self.is_paused = False

    def serve(self, most: int) -> int:
        taken = min(most, self.left)
        self.left -= taken
        self.turns.append(taken)
        return taken

    def pause(self) -> None:
        self.is_paused = True

    def resume(self) -> None:
        self.is_paused = False


async def next_turn() -> None:
    await asyncio.sleep(0)


def test_a_connection_has_its_share_of_each_turn_and_reads_nothing_meanwhile() -> None:
    async def test() -> None:
        served, sender = Turns(), Sender(20)
        served.serve(sender, 100)
        for handled in (8, 16, 20):
            assert sum(sender.turns) == handled
            assert sender.is_paused is (handled < 20)
            await next_turn()
        assert sender.turns == [8, 8, 4]

    run(test())


def test_all_connections_together_have_a_share_and_take_turns() -> None:
    async def test() -> None:
        served, senders = Turns(), [Sender(10) for _ in range(5)]
        for sender in senders:
            served.serve(sender, 100)
        per_turn: list[int] = []
        while any(sender.left for sender in senders):
            per_turn.append(50 - sum(sender.left for sender in senders) - sum(per_turn))
            assert all(sender.is_paused for sender in senders if sender.left)
            await next_turn()
        assert per_turn == [16, 16, 16]
        await next_turn()
        assert not any(sender.is_paused for sender in senders)

    run(test())


def test_one_that_comes_late_has_its_turn_too() -> None:
    async def test() -> None:
        served, floods, late = Turns(), [Sender(1000) for _ in range(10)], Sender(1)
        for sender in (*floods, late):
            served.serve(sender, 100)
        assert (late.left, late.is_paused) == (1, True)
        for _ in range(6):  # two connections have their share in each
            await next_turn()
        assert (late.left, late.is_paused) == (0, False)
        assert all(flood.left for flood in floods)

    run(test())


def test_one_that_fills_the_buffer_reads_on_in_the_next_turn() -> None:
    async def test() -> None:
        served, sender = Turns(), Sender(0)
        served.serve(sender, len(served.buffer))
        assert sender.is_paused
        await next_turn()
        assert not sender.is_paused

    run(test())


def test_messages_that_come_together_are_received_by_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_STEPS_OF_A_CONNECTION", 3)
    taken: list[int] = []
    serve = StreamConnection.serve

    def counted(self: StreamConnection, most: int) -> int:
        taken.append(serve(self, most))
        return taken[-1]

    monkeypatch.setattr(StreamConnection, "serve", counted)

    async def test() -> None:
        async with Listener() as listener:
            peer = await listener.connect()
            peer[1].write(OPTIONS * 1000)
            await until(lambda: len(listener.received) == 1000, "all are received")
            assert max(taken) == 3
            peer[1].write(OPTIONS)
            await until(lambda: len(listener.received) == 1001, "it reads on")

    run(test())


def test_a_step_of_a_tls_handshake_is_a_piece(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server, client = contexts(tmp_path)
    before_messages: list[int] = []
    serve = StreamConnection.serve

    def counted(self: StreamConnection, most: int) -> int:
        is_handshake = self.flow is None
        taken = serve(self, most)
        if is_handshake:
            before_messages.append(taken)
        return taken

    monkeypatch.setattr(StreamConnection, "serve", counted)

    async def test() -> None:
        async with Listener(tls=server) as listener:
            peer = await listener.connect(ssl=client)
            peer[1].write(OPTIONS)
            await until(lambda: listener.received, "it is received")
            assert sum(before_messages) >= 2

    run(test())


@pytest.mark.parametrize("times", [1, 4096])
@pytest.mark.parametrize("piece", [b"\r\n\r\n", b"\n", PING, PONG, EMPTY, masked(0x1, b"\r\n\r\n"), FRAGMENT], ids=str)
def test_a_flood_of_what_is_no_message_ends_its_connection(piece: bytes, times: int) -> None:
    kind = StreamConnection if not piece.strip(b"\r\n") else WebSocketConnection
    first = b"" if kind is StreamConnection else UPGRADE

    async def test() -> None:
        async with Listener(kind) as listener:
            other, peer = await listener.connect(), await listener.connect()
            other[1].write(first)
            peer[1].write(first + (BEGUN if piece is FRAGMENT else b""))
            end = asyncio.create_task(ended(peer))
            while not end.done() and not peer[1].is_closing():
                peer[1].write(piece * times)
                await asyncio.sleep(0)  # so that each is a segment of its own
            assert listener.shed == {"shed_flooding_connections": 1}
            other[1].write(masked(0x1, OPTIONS) if first else OPTIONS)
            await until(lambda: listener.received, "others go on")

    run(test())


def test_keepalives_between_messages_are_no_flood() -> None:
    """Some devices send line ends behind each message."""

    async def test() -> None:
        async with Listener() as listener:
            peer = await listener.connect()
            peer[1].write((OPTIONS + b"\r\n") * 1000)
            await until(lambda: len(listener.received) == 1000, "all are received")
            assert not listener.shed

    run(test())


def test_keepalives_may_come_again_with_time() -> None:
    async def test() -> None:
        async with Listener() as listener:
            await listener.connect()
            await until(lambda: listener.made, "it is accepted")
            made = listener.made.pop()
            while made._keepalives >= 1:
                assert made.keeps_alive()
            made._keepalives_at -= 1 / connection._KEEPALIVES_PER_S
            assert made.keeps_alive()

    run(test())
