"""The edge with its sockets: lets messages in and out, and time pass."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import time
from typing import Final

from directory.address_book import AddressBook
from directory.client import dynamodb
from sip_edge.assembly import assemble
from sip_edge.journal import Journal
from sip_edge.settings import Settings
from sip_edge.transaction.timers import Timers
from sip_edge.transport.flow import Flow
from sip_edge.transport.tcp import TcpListener
from sip_edge.transport.udp import UdpListener

_TICK_S: Final = 0.05
_CONNECTIONS: Final = 4


class Server:
    """One edge: its listeners, its timers, and what connects them to the directory."""

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop) -> None:
        """Raises OSError when the UDP port can't be had, KeyError when the name of a table is missing."""
        self._settings = settings
        self._loop = loop
        self._timers = Timers()
        self.journal = Journal()
        self._udp = UdpListener(settings.sip_host, settings.sip_port, self._receive)
        self._tcp = TcpListener(self._receive)
        self._book = AddressBook(dynamodb(_CONNECTIONS), os.environ, loop)
        self._edge = assemble(settings, self._book, self, self._timers, self.journal, time.time)

    def find(self, name: str) -> Flow | None:
        """The flow of that name (see `transport.flow.Flows`)."""
        return self._udp.flow(name) if name.startswith("UDP/") else self._tcp.find(name)

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        settings = self._settings
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(name, stop.set)
        await self._tcp.start(settings.sip_host, settings.sip_port)
        self._udp.start(self._loop)
        self._tick()
        _settle_memory()
        self.journal.note("listening", host=settings.sip_host, port=settings.sip_port, base=settings.base_domain)
        await stop.wait()
        self._udp.close(self._loop)
        await self._tcp.close()
        self._book.close()
        self.journal.note("stopped", counts=dict(self.journal.counts))

    def _receive(self, data: bytes, flow: Flow) -> None:
        self._edge.receive(data, flow, time.time())

    def _tick(self) -> None:
        self._timers.advance(time.time())
        self._loop.call_later(_TICK_S, self._tick)


def _settle_memory() -> None:
    """What start-up made stays for good: the collector need not look at it again, nor at every few hundred messages."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
