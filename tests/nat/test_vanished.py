"""A phone whose link is cut without a FIN is missed, behind a NAT of the real system."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from sip_edge.transport.connection import connection, counted_connection
from sip_edge.transport.connection.connection import Connection
from sip_edge.transport.connection.stream import StreamConnection
from sip_edge.transport.connection.websocket import WebSocketConnection
from tests.nat.network import EDGE, Namespace, Network, network
from tests.sip_edge.transport.connection.tls_ends import contexts
from tests.sip_edge.transport.connection.websocket_client import UPGRADE, masked
from tests.sip_edge.transport.listener import OPTIONS, SHORT_S, Listener, run, until

PORT = 5060
LONG_S = 1000
ACKNOWLEDGED_MS = 500


@pytest.fixture(scope="module")
def internet() -> Iterator[Network]:
    with network() as made:
        yield made


@pytest.fixture
def connected(internet: Network) -> Iterator[Network]:
    """The first home has its link again afterwards."""
    yield internet
    internet.hosts["wan"].run("ip", "link", "set", "nat1", "up")


def listening_in(host: Namespace) -> socket.socket:
    opened = host.make(socket.socket)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((EDGE, PORT))
    opened.listen()
    opened.setblocking(False)
    return opened


@pytest.mark.parametrize("is_agreed", [True, False])
@pytest.mark.parametrize("kind", ["TCP", "TLS", "WS"])
def test_a_cut_without_a_fin_is_noticed(
    kind: str, is_agreed: bool, connected: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the missing keepalive where one was agreed on, else by a probe that TCP gives up."""
    monkeypatch.setattr(connection, "_SILENCE_S", LONG_S if is_agreed else SHORT_S)
    monkeypatch.setattr(connection, "_FIRST_MESSAGE_S", SHORT_S)
    monkeypatch.setattr(connection, "_LATE_S", SHORT_S)
    monkeypatch.setattr(connection, "_ANSWER_S", SHORT_S)
    unacknowledged = (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, LONG_S * 1000 if is_agreed else ACKNOWLEDGED_MS)
    monkeypatch.setattr(counted_connection, "_OPTIONS", (unacknowledged,))
    of_kind: type[Connection] = WebSocketConnection if kind == "WS" else StreamConnection
    server, client = contexts(tmp_path) if kind == "TLS" else (None, None)

    async def test() -> None:
        listener = Listener(of_kind, tls=server)
        listener.keep = True
        async with listener.on(listening_in(connected.hosts["wan"])):
            phone = await dial(connected.hosts["home1"], client)
            phone.write(UPGRADE + masked(0x1, OPTIONS) if kind == "WS" else OPTIONS)
            await until(lambda: listener.received, "it is received")
            (flow,) = listener.flows.values()
            connected.hosts["wan"].run("ip", "link", "set", "nat1", "down")
            if is_agreed:
                flow.expect_keepalives(SHORT_S)
            await until(lambda: listener.lost == [flow], "the phone is missed")
            phone.transport.abort()

    run(test())


async def dial(host: Namespace, context: ssl.SSLContext | None) -> asyncio.StreamWriter:
    opened = host.make(socket.socket)
    opened.setblocking(False)
    await asyncio.get_running_loop().sock_connect(opened, (EDGE, PORT))
    _, writer = await asyncio.open_connection(sock=opened, ssl=context, server_hostname="edge" if context else None)
    return writer
