"""Connections count from their accept to their end, and so does every byte that they hold."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from pathlib import Path

import pytest

from sip_edge.transport.connection.connection import Connection
from sip_edge.transport.connection.stream import StreamConnection
from sip_edge.transport.connection.websocket import WebSocketConnection
from sip_edge.transport.limits import connection_limits
from sip_edge.transport.limits.connection_limits import ConnectionLimits
from tests.sip_edge.transport.connection.tls_ends import contexts
from tests.sip_edge.transport.connection.websocket_client import UPGRADE, masked
from tests.sip_edge.transport.listener import OPTIONS, Listener, Peer, ended, run, until
from tests.transport.peers import preamble


class Gone:
    """A connection that only counts."""

    def abort(self) -> None: ...

    def close(self) -> None: ...


RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close sends RST
LARGE = OPTIONS.replace(b": 0", b": 200000") + b"x" * 40_000  # is not whole


def told(host: str) -> bytes:
    """The preamble of a load balancer for a peer."""
    return preamble((host, 40404), ("::1" if ":" in host else "127.0.0.1", 5061))


async def is_let_in(listener: Listener, first: bytes = b"") -> bool:
    """Whether the next connection is served."""
    peer = await listener.connect()
    before = len(listener.received)
    peer[1].write(first + OPTIONS)
    end = asyncio.create_task(ended(peer))
    await until(lambda: end.done() or len(listener.received) > before, "it is served or closed")
    end.cancel()
    return len(listener.received) > before


async def hold(listener: Listener, count: int, sent: bytes, **how: object) -> list[Peer]:
    """Connections that hold bytes."""
    peers = []
    for _ in range(count):
        peer = await listener.connect(**how)
        peer[1].write(sent)
        await peer[1].drain()
        peers.append(peer)
    return peers


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("behind_balancer", [False, True], ids=["direct", "balanced"])
def test_one_that_is_reset_before_it_is_accepted_is_gone(is_tls: bool, behind_balancer: bool, tmp_path: Path) -> None:
    server = contexts(tmp_path)[0] if is_tls else None

    async def test() -> None:
        async with Listener(most=50, tls=server, behind_balancer=behind_balancer) as listener:
            for _ in range(100):  # while the loop does nothing else
                with socket.create_connection(listener.address) as reset:
                    reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            await until(lambda: len(listener.made) == 100 and not listener.limits, "all are accepted and gone")
            listener.made.clear()
            assert listener.flows == {}

    run(test())


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("behind_balancer", [False, True], ids=["direct", "balanced"])
def test_silent_ones_count(is_tls: bool, behind_balancer: bool, tmp_path: Path) -> None:
    server = contexts(tmp_path)[0] if is_tls else None

    async def test() -> None:
        async with Listener(most=3, tls=server, behind_balancer=behind_balancer) as listener:
            silent = [await listener.connect() for _ in range(3)]
            await until(lambda: len(listener.limits) == 3, "all count")
            assert await ended(await listener.connect()) == b""
            assert listener.shed["shed_connections"] == 1
            silent[0][1].close()
            await until(lambda: len(listener.limits) == 2, "one has gone")

    run(test())


def test_silent_tls_handshakes_count_against_their_source(tmp_path: Path) -> None:
    server, client = contexts(tmp_path)

    async def test() -> None:
        async with Listener(most=10, most_of_a_source=2, tls=server) as listener:
            silent = [await listener.connect() for _ in range(2)]
            await until(lambda: len(listener.limits) == 2, "both count")
            assert await ended(await listener.connect()) == b""
            assert listener.shed["shed_connections_of_a_source"] == 1
            other = await listener.connect(ssl=client, local_addr=("127.0.0.2", 0))
            silent[0][1].close()
            await until(lambda: len(listener.limits) == 2, "one has gone")
            await listener.connect(ssl=client)
            other[1].close()

    run(test())


def test_behind_a_balancer_the_source_is_that_of_the_preamble() -> None:
    async def test() -> None:
        async with Listener(most_of_a_source=1, behind_balancer=True) as listener:
            assert [await is_let_in(listener, told(host)) for host in ("192.0.2.1", "192.0.2.1", "192.0.2.2")] == [
                *(True, False, True)
            ]

    run(test())


def test_a_network_of_ipv6_is_one_source() -> None:
    async def test() -> None:
        async with Listener(most_of_a_source=1, behind_balancer=True) as listener:
            hosts = ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")
            assert [await is_let_in(listener, told(host)) for host in hosts] == [True, False, True]

    run(test())


@pytest.mark.parametrize("transport", ["TCP", "TLS", "WS", "WSS"])
def test_unfinished_messages_of_a_source_are_bounded(
    transport: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(connection_limits, "_MOST_BYTES_OF_A_SOURCE", 100_000)
    server, client = contexts(tmp_path)
    is_tls, is_websocket = transport in ("TLS", "WSS"), transport in ("WS", "WSS")
    kind: type[Connection] = WebSocketConnection if is_websocket else StreamConnection
    sent = (
        UPGRADE + masked(0x1, LARGE[:20_000], is_final=False) + masked(0x0, LARGE)[:-20_000] if is_websocket else LARGE
    )

    async def test() -> None:
        how: dict[str, ssl.SSLContext] = {"ssl": client} if is_tls else {}
        async with Listener(kind, tls=server if is_tls else None) as listener:
            first, *others = await hold(listener, 3, sent, **how)
            other_source = await hold(listener, 2, sent, **how, local_addr=("127.0.0.2", 0))
            await ended(first)
            assert listener.shed == {"shed_held_bytes_of_a_source": 1}
            await until(lambda: len(listener.flows) == 4, "the others are left")
            assert all(not peer[0].at_eof() for peer in (*others, *other_source))

    run(test())


def test_unfinished_messages_of_all_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_limits, "_MOST_BYTES", 100_000)

    async def test() -> None:
        async with Listener() as listener:
            peers = [(await hold(listener, 1, LARGE, local_addr=(f"127.0.0.{i}", 0)))[0] for i in range(2, 6)]
            await ended(peers[0])
            await ended(peers[1])
            assert listener.shed == {"shed_held_bytes": 2}
            assert await is_let_in(listener)

    run(test())


def test_preambles_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_limits, "_MOST_BYTES_OF_A_SOURCE", 5000)
    unfinished = b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x0f\xff" + b"x" * 2000

    async def test() -> None:
        async with Listener(behind_balancer=True) as listener:
            peers = await hold(listener, 3, unfinished)
            await ended(peers[0])
            assert listener.shed == {"shed_held_bytes_of_a_source": 1}
            assert await is_let_in(listener, told("192.0.2.1"))

    run(test())


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
def test_what_peers_do_not_read_is_bounded(is_tls: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(connection_limits, "_MOST_BYTES_OF_A_SOURCE", 300_000)
    server, client = contexts(tmp_path)

    async def test() -> None:
        async with Listener(tls=server if is_tls else None) as listener:
            listener.answer = OPTIONS.replace(b": 0", b": 200000") + b"x" * 200_000
            how: dict[str, ssl.SSLContext] = {"ssl": client} if is_tls else {}
            peers = [await listener.connect(**how, limit=1) for _ in range(3)]
            while not listener.shed:
                for peer in peers:
                    peer[1].write(OPTIONS)
                await asyncio.sleep(0.001)
            assert set(listener.shed) == {"shed_held_bytes_of_a_source"}
            await until(lambda: listener.lost, "one has ended")
            assert listener.flows

    run(test())


def test_what_was_read_at_last_is_held_no_more() -> None:
    async def test() -> None:
        async with Listener() as listener:
            listener.answer = OPTIONS.replace(b": 0", b": 200000") + b"x" * 200_000
            peer = await listener.connect(limit=1)
            while not held(listener):
                peer[1].write(OPTIONS)
                await asyncio.sleep(0.001)
            while held(listener):
                await peer[0].read(1 << 20)

    run(test())


def held(listener: Listener) -> int:
    """Returns the number of connections that hold some bytes."""
    return len(listener.limits._bytes)


def test_the_limits_remember_only_what_there_is() -> None:
    limits = ConnectionLimits(10, 10, lambda _: None)
    assert limits.enter_source("192.0.2.1")
    limits.leave_source("192.0.2.1")
    assert not limits._sources
    connection = Gone()
    for size in (5, 7, 0):
        limits.hold(connection, "192.0.2.1", size)
    assert not limits._bytes_of_sources
    assert not limits._bytes
