"""The edge with its sockets: lets messages in and out, and time pass."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import SystemRandom
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from directory.client import dynamodb, secrets_manager
from directory.edge.address_book import CALLS_AT_ONCE, AddressBook
from directory.edge.attempt_writer import AttemptWriter
from directory.edge.call_writer import CallWriter
from directory.edge.lean_client import LeanClient
from directory.edge.push_credentials import PushCredentials
from directory.edge.roster import Roster
from directory.edge.trace_writer import TraceWriter
from directory.edge_keys import EdgeKey, EdgeKeys
from directory.errors import KeysUnreadableError
from directory.schema import tables
from directory.switches import SwitchBoard
from sip_edge.assembly import assemble, domains_of, enrol
from sip_edge.crypto.key_ring import KeyRing
from sip_edge.fleet.envelope import address_of
from sip_edge.fleet.fleet import SingleEdge
from sip_edge.fleet.member import Member
from sip_edge.fleet.presence import Presence
from sip_edge.fleet.wire import Wire, own_address
from sip_edge.journal import Journal, set_level
from sip_edge.media.load import Load
from sip_edge.media.pool import Pool
from sip_edge.process.drain import drain
from sip_edge.process.gc_tuning import settle_memory
from sip_edge.process.health import Health
from sip_edge.process.metrics import PERIOD_S, Metrics
from sip_edge.proxy.next_hop import ResolvedHops
from sip_edge.push.assembly import assemble_pushes
from sip_edge.push.credential_tests import CredentialTests
from sip_edge.resolver.public import is_public
from sip_edge.resolver.resolver import Resolver
from sip_edge.settings import Settings
from sip_edge.trace.traces import Traces
from sip_edge.transaction.timers import Timers
from sip_edge.transport.flow import Flow
from sip_edge.transport.listeners import Listeners
from sip_edge.transport.media_link import MediaLink

_TICK_S: Final = 0.05
_RENEWAL_S: Final = 10
_SWITCHES_S: Final = 2
_KEYS_S: Final = 60  # a new key begins long after it can be read (directory.edge_keys)


class Server:
    """One edge: its listeners, its timers, and what connects them to the directory."""

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop) -> None:
        """Raises KeyError when the name of a table is missing, KeysUnreadableError, and OSError when no address for a
        fleet is found."""
        self._settings = settings
        self._loop = loop
        self.journal = Journal()
        self._timers = Timers()
        self._health = Health()
        self._client = LeanClient(CALLS_AT_ONCE)
        self._book = AddressBook(self._client, os.environ, loop)
        # What is written aside takes neither connections nor retries from the way of a message.
        self._aside = LeanClient(4)
        self._attempts = AttemptWriter(self._aside, os.environ, loop)
        self._calls = CallWriter(self._aside, os.environ, loop) if tables.CALLS.variable in os.environ else None
        self._trace_log = TraceWriter(self._aside, os.environ, loop)
        seldom = dynamodb()
        self._switch_board = SwitchBoard(seldom, os.environ)
        credentials = PushCredentials(seldom, os.environ)
        self._pushes = assemble_pushes(settings, credentials, self.journal, loop)
        self._push_tests = CredentialTests(loop, credentials, self._pushes, self.journal, time.time)
        self._traces = Traces(self._trace_log, domains_of(settings), self.journal, time.time)
        self._listeners = Listeners(settings, self._receive, self._refuse, self._lost, self.journal.count, self._traces)
        self._resolver = Resolver(
            loop,
            settings.nameservers,
            ("UDP", "TCP", "TLS"),
            _any if settings.private_hops else is_public,
            SystemRandom(),
        )
        self._read_keys = _key_source(settings)
        self._keys = KeyRing(self._read_keys(), time.time())
        self._wire: Wire | None = None
        self._member: Member | None = None
        self._presence: Presence | None = None
        if settings.fleet_port:
            self._join_fleet(settings.fleet_port, Roster(seldom, os.environ, settings.base_domain))
        outside = ResolvedHops(self._resolver, self._listeners)
        self._media = MediaLink(loop, self._receive_media)
        self._pool = Pool(
            _media_relays(settings), self._media.send, self._timers, self.journal, time.time(), self._relays_of_peers
        )
        self._load = Load(self._pool, self._timers, time.time())
        self._edge = assemble(
            settings,
            self._keys,
            self._book,
            self._attempts,
            self._calls,
            self._member or SingleEdge(settings.reached_at("UDP", is_ipv6=False), self._listeners),
            outside,
            self._pool,
            self._timers,
            self._traces,
            self.journal,
            time.time,
        )

        self._metrics = self._measured() if settings.metrics_namespace else None

    def _measured(self) -> Metrics:
        return Metrics(
            self._settings.metrics_namespace,
            self.journal,
            gauges={
                "Registrations": lambda: self._edge.registrations,
                "Connections": lambda: self._listeners.connections,
                "MediaCalls": lambda: self._load.calls,
                "MediaStreams": lambda: self._load.streams,
                "ClockSkew": self.journal.take_clock_skew,
                "MediaRelaysAway": lambda: self._pool.away,
            },
            totals={"Retries": lambda: self._book.retries},
            times={
                "AnswerTime": self.journal.answer_times,
                "MediaJitter": self.journal.jitters,
                "ReadTime": self._book.read_times,
                "WriteTime": self._book.write_times,
            },
        )

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT, and finish what has begun by then; a second signal ends that, too.

        Raises OSError when an address or the certificate can't be had.
        """
        settings = self._settings
        stop, hurry = asyncio.Event(), asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(name, lambda: (hurry if stop.is_set() else stop).set())
        if self._wire:
            self._wire.open(self._loop)
        if self._presence:
            await self._presence.renew()  # before the first call comes
        await self._listeners.open(self._loop)
        if settings.health_port:
            for host, _ in settings.addresses:
                await self._health.open(host, settings.health_port)
        self._tick()
        self._renew_certificate()
        watched = [self._watch_switches(), self._watch_keys(), self._tell_metrics()]
        if self._presence:
            watched.append(self._presence.keep())
        watches = [self._loop.create_task(watch) for watch in watched]
        settle_memory()
        self.journal.note("listening", host=settings.sip_host, port=settings.sip_port, base=settings.base_domain)
        await stop.wait()
        self._health.takes_flows = False
        self.journal.note("draining")
        await drain(self._edge, self._member, settings.drain_seconds, settings.health_port is not None, hurry)
        for watch in watches:
            watch.cancel()
        if self._presence:
            await self._presence.end()
        await self._listeners.close(self._loop)
        if self._wire:
            self._wire.close(self._loop)
        await self._push_tests.close()
        await self._pushes.close()
        await self._resolver.close()
        self._media.close()
        self._next_tick.cancel()  # what is tried again and again while DynamoDB fails would keep its log from closing
        await self._book.close()
        await self._client.close()
        await self._attempts.close()
        await self._trace_log.close()
        if self._calls:
            await self._calls.close()
        await self._aside.close()
        self._health.close()
        self._print_metrics()
        self.journal.note("stopped", counts=dict(self.journal.counts))

    def _join_fleet(self, port: int, roster: Roster) -> None:
        wire = self._wire = Wire(self._settings.fleet_address, port, self._hear_peer)
        self._member = enrol(
            self._settings,
            self._keys,
            wire.address,
            self._listeners,
            lambda flow, now: self._edge.keeps(flow, now),
            self._receive,
            self._lost,
            wire.transmit,
            self._timers,
            self.journal,
            time.time,
        )
        self._presence = Presence(self._member, roster, self.journal, self._loop)

    def _hear_peer(self, datagram: bytes) -> None:
        assert self._member is not None  # whose wire it came over
        try:
            self._member.channel.receive(datagram, time.time())
        except Exception as error:
            self.journal.trouble("internal_error", error)

    def _receive(self, data: bytes, flow: Flow) -> None:
        self._edge.receive(data, flow, time.time())

    def _refuse(self, head: bytes, status: str, flow: Flow) -> None:
        self._edge.refuse(head, status, flow)

    def _receive_media(self, data: bytes, address: str) -> None:
        self._pool.receive(data, address)

    def _relays_of_peers(self, now: float) -> list[str]:
        """The rtpengines beside the other edges of the fleet: one that is beside this edge is beside all of them."""
        beside = [relay for relay in self._settings.media_relays if relay.startswith(":")]
        peers = self._member.channel.peers(now) if self._member else ()
        return [f"{address_of(peer).rpartition(':')[0]}{relay}" for peer in peers for relay in beside]

    def _lost(self, flow: Flow) -> None:
        now = time.time()
        self._edge.lose(flow, now)
        if self._member:
            self._member.lose(flow, now)

    def _tick(self) -> None:
        self._next_tick = self._loop.call_later(_TICK_S, self._tick)
        for error in self._timers.advance(time.time()):
            self.journal.trouble("internal_error", error)

    async def _watch_switches(self) -> None:
        """Do as operators switch, within seconds. While the switches can't be read they stay as they are."""
        while True:
            with suppress(BotoCoreError, ClientError):
                switches = await self._loop.run_in_executor(None, self._switch_board.read)
                is_set = time.time() < switches.log_level_until
                set_level(switches.log_level if is_set else self._settings.log_level)
                self._traces.follow(switches.traces, switches.direct_traces)
                self._push_tests.follow(switches.push_tests)
            await asyncio.sleep(_SWITCHES_S)

    async def _watch_keys(self) -> None:
        """Sign with the keys of the time. While they can't be read again those that are known go on."""
        while True:
            await asyncio.sleep(_KEYS_S)
            try:
                ring = await self._loop.run_in_executor(None, self._read_keys)
            except KeysUnreadableError as error:
                self.journal.trouble("keys_unreadable", reason=str(error))
            else:
                if self._keys.replace(ring, time.time()):
                    self.journal.note("keys_replaced")

    async def _tell_metrics(self) -> None:
        while True:
            await asyncio.sleep(PERIOD_S)
            self._print_metrics()

    def _print_metrics(self) -> None:
        for line in self._metrics.lines(time.time()) if self._metrics else ():
            print(line, flush=True)

    def _renew_certificate(self) -> None:
        try:
            if self._listeners.renew_certificate():
                self.journal.note("certificate_renewed")
        except (OSError, ssl.SSLError) as error:
            self.journal.trouble("certificate_unusable", error)
        self._loop.call_later(_RENEWAL_S, self._renew_certificate)


def _key_source(settings: Settings) -> Callable[[], Sequence[EdgeKey]]:
    """What reads the keys: from Secrets Manager, or what the environment has told once and for all."""
    if settings.sip_secret_id:
        return EdgeKeys(secrets_manager(), settings.sip_secret_id).read
    assert settings.sip_secret  # there is one of the two
    told = (EdgeKey(0, settings.sip_secret.get_secret_value().encode()),)
    return lambda: told


def _media_relays(settings: Settings) -> list[str]:
    """The rtpengines. One without an address is beside this edge, and known to all edges by this edge's own address."""
    host = settings.fleet_address or own_address()
    host = f"[{host}]" if ":" in host else host
    return [f"{host}{relay}" if relay.startswith(":") else relay for relay in settings.media_relays]


def _any(address: str) -> bool:
    return True
