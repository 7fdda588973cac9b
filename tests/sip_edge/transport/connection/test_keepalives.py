"""A registered phone that falls silent: its agreed keepalives are missed, without an agreement it is left alone."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sip_edge.transport.connection import connection, counted_connection
from sip_edge.transport.connection.connection import Connection
from sip_edge.transport.connection.connection_flow import ConnectionFlow
from sip_edge.transport.connection.stream import StreamConnection
from sip_edge.transport.connection.websocket import WebSocketConnection
from tests.sip_edge.transport.connection.tls_ends import contexts
from tests.sip_edge.transport.connection.websocket_client import UPGRADE, masked
from tests.sip_edge.transport.listener import OPTIONS, PATIENCE_S, SHORT_S, Listener, Peer, ended, run, until

KINDS = ["TCP", "TLS", "WS", "WSS"]
WS_PING = b"\x89\x00"
LONG_S = 1000


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_LATE_S", SHORT_S)
    monkeypatch.setattr(connection, "_ANSWER_S", SHORT_S)


class Phone:
    """A phone that is registered over a connection of some kind."""

    def __init__(self, kind: str, peer: Peer) -> None:
        self.is_websocket = kind.startswith("WS")
        self.peer = peer
        self.read = b""

    def send(self, message: bytes) -> None:
        self.peer[1].write(masked(0x1, message) if self.is_websocket else message)

    async def hear(self, end: bytes) -> None:
        """Waits until what has come ends with that."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.read.endswith(end):
                data = await self.peer[0].read(1000)
                assert data, self.read
                self.read += data

    @property
    def probe(self) -> bytes:
        return WS_PING if self.is_websocket else b"\r\n"


@contextmanager
def listening(kind: str, folder: Path) -> Iterator[tuple[Listener, ssl.SSLContext | None]]:
    server, client = contexts(folder) if kind in ("TLS", "WSS") else (None, None)
    of_kind: type[Connection] = WebSocketConnection if kind.startswith("WS") else StreamConnection
    listener = Listener(of_kind, tls=server)
    listener.keep = True
    yield listener, client


async def registered(kind: str, listener: Listener, context: ssl.SSLContext | None) -> Phone:
    phone = Phone(kind, await listener.connect(ssl=context))
    if phone.is_websocket:
        phone.peer[1].write(UPGRADE)
    phone.send(OPTIONS)
    await until(lambda: listener.received, "it is received")
    return phone


@pytest.mark.parametrize("kind", KINDS)
def test_a_phone_that_breaks_its_agreement_is_probed_and_loses_its_connection(kind: str, tmp_path: Path) -> None:
    async def test() -> None:
        with listening(kind, tmp_path) as (listener, context):
            async with listener:
                phone = await registered(kind, listener, context)
                the_flow(listener).expect_keepalives(SHORT_S)
                await phone.hear(phone.probe)
                await ended(phone.peer)
                await until(lambda: listener.lost, "the end is told")

    run(test())


@pytest.mark.parametrize(
    ("kind", "keepalive"),
    [
        *((kind, keepalive) for kind in KINDS for keepalive in (b"\r\n\r\n", b"\r\n", OPTIONS)),
        *((kind, masked(opcode, b"")) for kind in ("WS", "WSS") for opcode in (0x9, 0xA)),
    ],
)
def test_every_sign_of_life_counts(kind: str, keepalive: bytes, tmp_path: Path) -> None:
    async def test() -> None:
        with listening(kind, tmp_path) as (listener, context):
            async with listener:
                phone = await registered(kind, listener, context)
                the_flow(listener).expect_keepalives(SHORT_S)
                for _ in range(3):
                    await phone.hear(phone.probe)
                    phone.read = b""
                    if keepalive[0] & 0x80:
                        phone.peer[1].write(keepalive)
                    else:
                        phone.send(keepalive)
                await phone.hear(phone.probe)
                assert not listener.lost

    run(test())


@pytest.mark.parametrize("kind", KINDS)
def test_a_phone_without_an_agreement_is_probed_and_may_be_silent(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_FIRST_MESSAGE_S", SHORT_S)
    monkeypatch.setattr(connection, "_SILENCE_S", SHORT_S)

    async def test() -> None:
        with listening(kind, tmp_path) as (listener, context):
            async with listener:
                phone = await registered(kind, listener, context)
                for _ in range(3):
                    await phone.hear(phone.probe)
                    phone.read = b""
                assert not listener.lost

    run(test())


@pytest.mark.parametrize("interval_s", [0, LONG_S])
def test_no_phone_gets_anything_before_its_interval_is_over(interval_s: int) -> None:
    async def test() -> None:
        with listening("TCP", Path()) as (listener, context):
            async with listener:
                quiet = await registered("TCP", listener, context)
                if interval_s:
                    the_flow(listener).expect_keepalives(interval_s)
                other = await listener.connect()
                other[1].write(OPTIONS)
                await until(lambda: len(listener.flows) == 2, "both are there")
                list(listener.flows.values())[1].expect_keepalives(SHORT_S)
                await ended(other)
                listener.answer = b"the first bytes"
                quiet.send(OPTIONS)
                await quiet.hear(b"the first bytes")
                assert quiet.read == b"the first bytes"

    run(test())


def test_a_phone_that_has_unregistered_needs_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_IDLE_S", SHORT_S)

    async def test() -> None:
        with listening("TCP", Path()) as (listener, context):
            async with listener:
                phone = await registered("TCP", listener, context)
                flow = the_flow(listener)
                flow.expect_keepalives(SHORT_S)
                flow.kept = False
                assert await ended(phone.peer) == b""

    run(test())


def test_an_agreement_does_not_prolong_a_connection_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted_connection, "_LINGER_S", SHORT_S)

    async def test() -> None:
        with listening("TCP", Path()) as (listener, context):
            async with listener:
                await registered("TCP", listener, context)
                flow = the_flow(listener)
                listener.made[0].finish()
                flow.expect_keepalives(LONG_S)
                await until(lambda: listener.lost, "it ends")

    run(test())


def test_unacknowledged_bytes_end_a_connection_and_the_system_sends_nothing_by_itself() -> None:
    async def test() -> None:
        async with Listener() as listener:
            await listener.connect()
            await until(lambda: listener.flows, "it is accepted")
            accepted = listener.made[0]._transport.get_extra_info("socket")
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
            assert not accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)

    run(test())


def the_flow(listener: Listener) -> ConnectionFlow:
    (flow,) = listener.flows.values()
    return flow
