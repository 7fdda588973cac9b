"""The life of connections, over real sockets, with the waits made short."""

from __future__ import annotations

import asyncio
import gc
import ssl
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from sip_edge.transport.connection import connection
from sip_edge.transport.connection.connection import Connection
from sip_edge.transport.connection.stream import StreamConnection
from sip_edge.transport.connection.websocket import WebSocketConnection
from tests.sip_edge.transport.connection.tls_ends import contexts
from tests.sip_edge.transport.connection.websocket_client import UPGRADE, masked
from tests.sip_edge.transport.listener import OPTIONS, SHORT_S, Listener, ended, run, until

NOTHING = (b"", b"\r\n" * 3, OPTIONS[:20])


@pytest.fixture
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("sent", NOTHING)
def test_one_that_never_says_anything_is_closed(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_FIRST_MESSAGE_S", SHORT_S)

    async def test() -> None:
        async with Listener() as listener:
            peer = await listener.connect()
            peer[1].write(sent)
            await ended(peer)
            await until(lambda: listener.lost, "it is told")
            assert listener.flows == {}
            assert len(listener.limits) == 0

    run(test())


def test_one_that_falls_silent_is_closed_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_FIRST_MESSAGE_S", SHORT_S)
    monkeypatch.setattr(connection, "_IDLE_S", SHORT_S)

    async def test() -> None:
        async with Listener() as listener:
            peer = await listener.connect()
            peer[1].write(OPTIONS)
            await ended(peer)
            assert listener.received == [OPTIONS]

    run(test())


def test_one_that_a_phone_is_registered_over_may_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_FIRST_MESSAGE_S", SHORT_S)
    monkeypatch.setattr(connection, "_IDLE_S", SHORT_S)

    async def test() -> None:
        async with Listener() as listener:
            listener.keep = True
            kept = await listener.connect()
            kept[1].write(OPTIONS)
            await until(lambda: listener.received, "it is received")
            listener.keep = False
            for _ in range(2):  # each of which outlives the deadlines
                other = await listener.connect()
                await ended(other)
            kept[1].write(OPTIONS)
            await until(lambda: len(listener.received) == 2, "it is still received")

    run(test())


@pytest.mark.parametrize("first", [b"", OPTIONS, OPTIONS + b"\r\n\r\n"])
@pytest.mark.parametrize("begun", [b"O", OPTIONS[:-2], OPTIONS.replace(b"0", b"9") + b"some"])
def test_every_message_has_a_deadline(first: bytes, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_MESSAGE_S", SHORT_S)

    async def test() -> None:
        async with Listener() as listener:
            listener.keep = True
            peer = await listener.connect()
            peer[1].write(first + begun)
            await ended(peer)
            assert listener.received == [OPTIONS] * bool(first)

    run(test())


def test_a_trickled_message_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_MESSAGE_S", SHORT_S)

    async def test() -> None:
        async with Listener() as listener:
            peer = await listener.connect()
            peer[1].write(OPTIONS + b"OPTIONS ")
            end = asyncio.create_task(ended(peer))
            while not end.done():
                peer[1].write(b"x")
                await asyncio.sleep(SHORT_S / 20)
            assert listener.received == [OPTIONS]

    run(test())


@pytest.mark.parametrize(
    "begun",
    [masked(0x1, OPTIONS)[:1], masked(0x1, OPTIONS)[:-1], masked(0x1, b"", is_final=False), masked(0x9, b"a")[:3]],
)
def test_every_websocket_message_has_a_deadline(begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_MESSAGE_S", SHORT_S)

    async def test() -> None:
        async with Listener(WebSocketConnection) as listener:
            listener.keep = True
            peer = await listener.connect()
            peer[1].write(UPGRADE + masked(0x1, OPTIONS) + begun)
            end = asyncio.create_task(ended(peer))
            while not end.done():  # keepalives don't put the deadline off where they may come between
                if begun[0] < 0x80:
                    peer[1].write(masked(0x9, b""))
                await asyncio.sleep(SHORT_S / 20)
            assert listener.received == [OPTIONS]

    run(test())


@pytest.mark.parametrize("sent", [b"\r\n", b"\r\n\r"])
def test_line_ends_have_no_deadline(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some phones send one line end as their keepalive."""
    monkeypatch.setattr(connection, "_MESSAGE_S", SHORT_S)

    async def test() -> None:
        async with Listener() as listener:
            peer, other = await listener.connect(), await listener.connect()
            peer[1].write(sent)
            other[1].write(b"O")
            await ended(other)
            peer[1].write(sent + OPTIONS)
            await until(lambda: listener.received, "it is received")

    run(test())


def test_a_record_of_tls_has_a_deadline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(connection, "_MESSAGE_S", SHORT_S)
    server, client = contexts(tmp_path)

    async def test() -> None:
        async with Listener(tls=server) as listener:
            listener.keep = True
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            session = client.wrap_bio(incoming, outgoing, server_hostname="edge.test")
            peer = await listener.connect()
            while not listener.flows:
                try:
                    session.do_handshake()
                except ssl.SSLWantReadError:
                    peer[1].write(outgoing.read())
                    incoming.write(await peer[0].read(65536))
                else:
                    session.write(OPTIONS)
                    peer[1].write(outgoing.read())
                    await until(lambda: listener.received, "it is received")
            session.write(OPTIONS)
            peer[1].write(outgoing.read()[:-1])
            await ended(peer)
            assert listener.received == [OPTIONS]

    run(test())


@pytest.mark.parametrize("kind", [StreamConnection, WebSocketConnection])
@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("end", ["close", "abort", "peer"])
@pytest.mark.usefixtures("without_collector")
def test_nothing_of_a_closed_connection_is_left(kind: type[Connection], is_tls: bool, end: str, tmp_path: Path) -> None:
    server, client = contexts(tmp_path)
    unfinished = masked(0x1, OPTIONS, is_final=False) if kind is WebSocketConnection else OPTIONS[:-1]

    async def test() -> None:
        async with Listener(kind, tls=server if is_tls else None) as listener:
            peer = await listener.connect(**({"ssl": client} if is_tls else {}))
            if kind is WebSocketConnection:
                peer[1].write(UPGRADE + masked(0x1, OPTIONS) + unfinished)
            else:
                peer[1].write(OPTIONS + unfinished)
            await until(lambda: listener.received, "it is received")
            left = weakref.ref(listener.made.pop())
            (flow,) = listener.flows.values()
            if end == "peer":
                peer[1].transport.abort()
            else:
                getattr(left(), end)()
            await until(lambda: listener.lost == [flow], "it has ended")
            await until(lambda: left() is None, "the connection is freed, though its flow is not")
            assert listener.flows == {}

    run(test())


def test_an_answer_before_the_end_is_read(tmp_path: Path) -> None:
    """Further bytes of the peer must not reset the connection, for then it may not see the answer."""
    head = OPTIONS.replace(b": 0", b": 900000")
    server, client = contexts(tmp_path)

    async def test() -> None:
        for context in (None, server):
            async with Listener(tls=context) as listener:
                peer = await listener.connect(**({"ssl": client} if context else {}))
                peer[1].write(head + b"x" * 900_000 + OPTIONS)
                assert b"SIP/2.0 413" in await ended(peer)
                assert listener.refused == [(head, "413 Request Entity Too Large")]
                assert listener.received == []

    run(test())


def test_what_follows_a_message_without_a_length_is_no_message() -> None:
    invite = b"INVITE sip:x SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n"

    async def test() -> None:
        async with Listener() as listener:
            peer = await listener.connect()
            peer[1].write(OPTIONS + invite + b"v=0\r\n\r\n" + OPTIONS)
            assert b"SIP/2.0 400 Bad Request - no content-length" in await ended(peer)
            assert (listener.received, [head for head, _ in listener.refused]) == ([OPTIONS], [invite])

    run(test())


def test_one_that_the_edge_has_made_over_tls(tmp_path: Path) -> None:
    server, client = contexts(tmp_path)
    large = OPTIONS.replace(b": 0", b": 200000") + b"x" * 200_000

    async def test() -> None:
        async with Listener() as here, Listener(tls=server) as there:
            there.answer = large
            loop = asyncio.get_running_loop()
            host, port = there.address
            _, made = await loop.create_connection(here.make, host, port, ssl=client, server_hostname="edge.test")
            assert made.flow
            for _ in range(20):
                made.flow.send(OPTIONS)
            await until(lambda: here.received == [large] * 20, "all is received")
            made.close()
            await until(lambda: there.lost, "it has ended")

    run(test())
