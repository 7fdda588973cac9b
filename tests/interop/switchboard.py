"""The phones of the table, one for each row, and those that they talk with."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.agents.browser_page import made_page
from tests.agents.phone import Phone
from tests.agents.settings import Kind, Transport
from tests.calls.office import PASSWORD, Office
from tests.interop.rows import ROWS, Row
from tests.service import Service

EXPIRES = 60
"""Seconds: the shortest that the edge grants."""

LOW, HIGH = 440, 660
"""Hz of what a row's phone says, and of what the one says that it talks with."""

STARTING_AT_ONCE = 4


@dataclass(frozen=True)
class Desk:
    """A phone and the extension it is for."""

    phone: Phone
    extension: dict[str, Any]
    tone: int
    """Hz of what the phone says."""


class Switchboard:
    """All phones, started side by side and kept for the whole run. One that failed a test is replaced."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._office = Office(service)
        self._starts = ThreadPoolExecutor(STARTING_AT_ONCE)
        self._agents = {row: self._starts.submit(self._agent, row) for row in ROWS}
        self._peers: dict[Transport, Future[Desk]] = {
            transport: self._starts.submit(self._peer, transport) for transport in ("udp", "tcp", "ws")
        }

    def close(self) -> None:
        """End all phones, side by side."""
        list(self._starts.map(self._close, [*self._agents.values(), *self._peers.values()]))
        self._starts.shutdown()

    def agent(self, row: Row) -> Desk:
        """The phone of a row. It may be registered or not. Raises PhoneError when it could not be started."""
        return self._agents[row].result()

    def peer(self, row: Row) -> Desk:
        """A registered phone for a row to talk with: over the other transport, where there is one."""
        return self._peers[_other(row)].result()

    def replace(self, row: Row) -> None:
        """Give up the row's phones, whatever state they are in, and start others."""
        for former in (self._agents[row], self._peers[_other(row)]):
            self._close(former)
        self._agents[row] = self._starts.submit(self._agent, row)
        self._peers[_other(row)] = self._starts.submit(self._peer, _other(row))

    def devices(self, desk: Desk) -> list[dict[str, Any]]:
        """The devices that REST shows for the phone's extension."""
        return self._office.devices(desk.extension)

    def expiry(self, desk: Desk) -> datetime:
        """When the phone's registration ends. Raises AssertionError when it has none."""
        devices = self.devices(desk)
        assert len(devices) == 1, desk.phone.name
        return datetime.strptime(devices[0]["expires"], "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)

    def _agent(self, row: Row) -> Desk:
        return self._start(row.kind, row.transport, "the agent", LOW)

    def _peer(self, transport: Transport) -> Desk:
        desk = self._start("jssip" if transport == "ws" else "pjsua2", transport, "the peer", HIGH)
        desk.phone.register(EXPIRES)
        return desk

    def _start(self, kind: Kind, transport: Transport, role: str, tone: int) -> Desk:
        extension, service = self._office.extension(), self._service
        if kind == "jssip":
            made_page()  # The first time, that takes longer than an agent may take to start.
        phone = Phone(
            kind,
            extension["username"],
            PASSWORD,
            self._office.domain,
            service.sip_host,
            service.ws_port if transport == "ws" else service.sip_port,
            transport,
            name=f"{kind} over {transport}, {role}",
            tone=tone,
        )
        return Desk(phone.__enter__(), extension, tone)

    @staticmethod
    def _close(start: Future[Desk]) -> None:
        with suppress(Exception):  # What could not be started has nothing to close.
            start.result().phone.close()


def _other(row: Row) -> Transport:
    """The transport of those that a row talks with."""
    return {"udp": "tcp", "tcp": "udp", "ws": "ws"}[row.transport]  # type: ignore[return-value]
