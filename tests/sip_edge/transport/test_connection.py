"""Connections that say nothing, over real sockets, with the waits made short."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from sip_edge.transport import connection
from sip_edge.transport.connection import Accept, ConnectionFlow
from sip_edge.transport.flow import Flow
from sip_edge.transport.stream import StreamConnection

OPTIONS = b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 0\r\n\r\n"
FIRST_S, IDLE_S = 0.2, 0.3


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_FIRST_MESSAGE_S", FIRST_S)
    monkeypatch.setattr(connection, "_IDLE_S", IDLE_S)


class Listener:
    """A listener and one client of it."""

    def __init__(self, keep: bool = False) -> None:
        self.flows: dict[str, ConnectionFlow] = {}
        self.received: list[bytes] = []
        self.lost: list[Flow] = []
        self._keep = keep

    def receive(self, data: bytes, flow: Flow) -> None:
        self.received.append(data)
        flow.kept = self._keep

    async def closed_within(self, seconds: float, *sent: bytes) -> bool:
        """Connect, send, and tell whether the connection is closed within that time."""
        accept = Accept(
            transport="TCP",
            local="127.0.0.1:5060",
            behind_balancer=False,
            flows=self.flows,
            hosts=Counter(),
            most=10,
            most_of_a_host=10,
            receive=self.receive,
            lost=self.lost.append,
            shed=lambda _: None,
        )
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: StreamConnection(accept), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            for data in sent:
                writer.write(data)
            try:
                async with asyncio.timeout(seconds):
                    return await reader.read(1) == b""
            except TimeoutError:
                return False
            except ConnectionError:
                return True
        finally:
            writer.close()
            server.close()
            await asyncio.sleep(0.05)


def test_one_that_never_says_anything_is_closed() -> None:
    listener = Listener()
    assert asyncio.run(listener.closed_within(2))
    assert len(listener.lost) == 1
    assert listener.flows == {}


@pytest.mark.parametrize("sent", [OPTIONS[:20], b"\r\n" * 3])
def test_half_a_message_counts_for_nothing(sent: bytes) -> None:
    assert asyncio.run(Listener().closed_within(2, sent[:3]))


def test_one_that_falls_silent_is_closed_later() -> None:
    listener = Listener()
    assert not asyncio.run(listener.closed_within(FIRST_S + IDLE_S / 2, OPTIONS))
    assert asyncio.run(listener.closed_within(3, OPTIONS))
    assert listener.received == [OPTIONS] * 2


def test_one_that_a_phone_is_registered_over_may_be_silent() -> None:
    assert not asyncio.run(Listener(keep=True).closed_within(FIRST_S + 3 * IDLE_S, OPTIONS))
