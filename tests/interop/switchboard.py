"""The phones of the table, one for each row, and those that they talk with."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.agents.browser_page import made_page
from tests.agents.phone import Phone
from tests.calls.office import PASSWORD, Office
from tests.edge_process import EdgeProcess
from tests.interop.rows import ROWS, Row, Station
from tests.service import Service
from tests.transport.conftest import certificate_settings

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

    def __init__(self, service: Service, folder: Path) -> None:
        self._service = service
        self._office = Office(service)
        self._running = ExitStack()
        self._secure_edge = self._running.enter_context(EdgeProcess(service, folder, **certificate_settings(folder)))
        self._secure_edge.wait_until_ready()
        self._starts = ThreadPoolExecutor(STARTING_AT_ONCE)
        self._agents = {row: self._starts.submit(self._agent, row) for row in ROWS}
        self._peers = {row.peer: self._starts.submit(self._peer, row.peer) for row in ROWS}

    def close(self) -> None:
        """End all phones, side by side."""
        list(self._starts.map(self._close, [*self._agents.values(), *self._peers.values()]))
        self._starts.shutdown()
        self._running.close()

    def agent(self, row: Row) -> Desk:
        """The phone of a row. It may be registered or not. Raises PhoneError when it could not be started."""
        return self._agents[row].result()

    def peer(self, row: Row) -> Desk:
        """The registered phone for a row to talk with."""
        return self._peers[row.peer].result()

    def replace(self, row: Row) -> None:
        """Give up the row's phones, whatever state they are in, and start others."""
        for former in (self._agents[row], self._peers[row.peer]):
            self._close(former)
        self._agents[row] = self._starts.submit(self._agent, row)
        self._peers[row.peer] = self._starts.submit(self._peer, row.peer)

    def devices(self, desk: Desk) -> list[dict[str, Any]]:
        """The devices that REST shows for the phone's extension."""
        return self._office.devices(desk.extension)

    def expiry(self, desk: Desk) -> datetime:
        """When the phone's registration ends. Raises AssertionError when it has none."""
        devices = self.devices(desk)
        assert len(devices) == 1, desk.phone.name
        return datetime.strptime(devices[0]["expires"], "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)

    def _agent(self, row: Row) -> Desk:
        return self._start(row.agent, "the agent", LOW)

    def _peer(self, station: Station) -> Desk:
        desk = self._start(station, "the peer", HIGH)
        desk.phone.register(EXPIRES)
        return desk

    def _start(self, station: Station, role: str, tone: int) -> Desk:
        extension, service = self._office.extension(), self._service
        if station.transport == "ws":
            made_page()  # The first time, that takes longer than an agent may take to start.
        ports = {"ws": service.ws_port, "tls": self._secure_edge.port("TLS_PORT")}
        phone = Phone(
            station.kind,
            extension["username"],
            PASSWORD,
            self._office.domain,
            service.sip_host,
            ports.get(station.transport, service.sip_port),
            station.transport,
            name=f"{station}, {role}",
            tone=tone,
            features=station.features,
        )
        return Desk(phone.__enter__(), extension, tone)

    @staticmethod
    def _close(start: Future[Desk]) -> None:
        with suppress(Exception):  # What could not be started has nothing to close.
            start.result().phone.close()
