"""Deadlines of connections pass in no test but those that make them short."""

from __future__ import annotations

import pytest

from sip_edge.transport.connection import connection, counted_connection

LONG_S = 1000.0


@pytest.fixture(autouse=True)
def long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_PREAMBLE_S", "_HANDSHAKE_S"):
        monkeypatch.setattr(counted_connection, name, LONG_S)
    for name in ("_FIRST_MESSAGE_S", "_MESSAGE_S", "_IDLE_S"):
        monkeypatch.setattr(connection, name, LONG_S)
