"""Connections before their first message: preambles and handshakes, over real sockets."""

from __future__ import annotations

from pathlib import Path

import pytest

from sip_edge.transport.connection import counted_connection
from tests.sip_edge.transport.connection.tls_ends import contexts
from tests.sip_edge.transport.listener import OPTIONS, SHORT_S, Listener, ended, run, until
from tests.transport.peers import preamble


def test_a_preamble_has_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted_connection, "_PREAMBLE_S", SHORT_S)
    told = preamble(("203.0.113.50", 40404), ("127.0.0.1", 5061))

    async def test() -> None:
        async with Listener(behind_balancer=True) as listener:
            silent, slow, good = [await listener.connect() for _ in range(3)]
            slow[1].write(told[:-1])
            good[1].write(told + OPTIONS)
            await ended(silent)
            await ended(slow)
            await until(lambda: listener.received, "it is received")
            assert [flow.host for flow in listener.flows.values()] == ["203.0.113.50"]
            assert len(listener.limits) == 1

    run(test())


def test_a_preamble_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with Listener(behind_balancer=True) as listener:
            peer = await listener.connect()
            peer[1].write(b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff")
            await ended(peer)

    run(test())


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x01\x00\x01", b"\x16"])
def test_a_tls_handshake_has_a_deadline(sent: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(counted_connection, "_HANDSHAKE_S", SHORT_S)
    server, client = contexts(tmp_path)

    async def test() -> None:
        async with Listener(tls=server) as listener:
            silent, good = await listener.connect(), await listener.connect(ssl=client)
            silent[1].write(sent)
            await ended(silent)
            good[1].write(OPTIONS)
            await until(lambda: listener.received, "it is received")

    run(test())


def test_who_does_not_speak_tls_is_closed_at_once(tmp_path: Path) -> None:
    server, _ = contexts(tmp_path)

    async def test() -> None:
        async with Listener(tls=server) as listener:
            for sent in (OPTIONS, b"\x16\x03\x01\xff\xff", b"\x17\x03\x03\x00\x01a"):
                peer = await listener.connect()
                peer[1].write(sent)
                await ended(peer)
            await until(lambda: not listener.limits, "all have ended")

    run(test())
