"""The edge with its sockets: lets messages in and out, and time pass."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import ssl
import time
from random import SystemRandom
from typing import Final

from directory.address_book import AddressBook
from directory.client import dynamodb
from sip_edge.assembly import assemble
from sip_edge.journal import Journal
from sip_edge.proxy.outside import Outside
from sip_edge.resolver.public import is_public
from sip_edge.resolver.resolver import Resolver
from sip_edge.settings import Settings
from sip_edge.transaction.timers import Timers
from sip_edge.transport.flow import Flow
from sip_edge.transport.listeners import Listeners

_TICK_S: Final = 0.05
_RENEWAL_S: Final = 10
_DIRECTORY_CONNECTIONS: Final = 4


class Server:
    """One edge: its listeners, its timers, and what connects them to the directory."""

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop) -> None:
        """Raises KeyError when the name of a table is missing."""
        self._settings = settings
        self._loop = loop
        self._timers = Timers()
        self.journal = Journal()
        self._listeners = Listeners(settings, self._receive, self._lost)
        self._book = AddressBook(dynamodb(_DIRECTORY_CONNECTIONS), os.environ, loop)
        self._resolver = Resolver(
            loop,
            settings.nameservers,
            ("UDP", "TCP", "TLS"),
            _any if settings.private_hops else is_public,
            SystemRandom(),
        )
        outside = Outside(self._resolver, self._listeners)
        self._edge = assemble(settings, self._book, self._listeners, outside, self._timers, self.journal, time.time)

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Raises OSError when an address or the certificate can't be had."""
        settings = self._settings
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(name, stop.set)
        await self._listeners.open(self._loop)
        self._tick()
        self._renew_certificate()
        _settle_memory()
        self.journal.note("listening", host=settings.sip_host, port=settings.sip_port, base=settings.base_domain)
        await stop.wait()
        await self._listeners.close(self._loop)
        await self._resolver.close()
        self._book.close()
        self.journal.note("stopped", counts=dict(self.journal.counts))

    def _receive(self, data: bytes, flow: Flow) -> None:
        self._edge.receive(data, flow, time.time())

    def _lost(self, flow: Flow) -> None:
        self._edge.lose(flow, time.time())

    def _tick(self) -> None:
        self._timers.advance(time.time())
        self._loop.call_later(_TICK_S, self._tick)

    def _renew_certificate(self) -> None:
        try:
            if self._listeners.renew_certificate():
                self.journal.note("certificate_renewed")
        except (OSError, ssl.SSLError) as error:
            self.journal.trouble("certificate_unusable", error)
        self._loop.call_later(_RENEWAL_S, self._renew_certificate)


def _any(address: str) -> bool:
    return True


def _settle_memory() -> None:
    """What start-up made stays for good: the collector need not look at it again, nor at every few hundred messages."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
