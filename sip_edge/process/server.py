"""Runs one edge with its sockets: opens it, lets messages in and time pass, drains it, and closes it."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import time
from contextlib import AsyncExitStack
from random import SystemRandom
from typing import Final

from directory.client import dynamodb
from directory.edge.push_credentials import PushCredentials
from directory.edge.roster import Roster
from directory.switches import SwitchBoard
from sip_edge.assembly import Network, Stores, assemble, domains_of
from sip_edge.fleet.channel_socket import ChannelSocket, own_address
from sip_edge.fleet.envelope import address_of, name_of
from sip_edge.fleet.fleet import SingleEdge
from sip_edge.fleet.member import Member
from sip_edge.fleet.roster_entry import RENEWAL_S, RosterEntry
from sip_edge.journal import Journal
from sip_edge.media.load import Load
from sip_edge.media.pool import Pool
from sip_edge.process.asked_tests import AskedTests
from sip_edge.process.credential_tests import CredentialTests
from sip_edge.process.deregistration import POLL_S, Deregistration
from sip_edge.process.drain import drain
from sip_edge.process.ecs_task import METADATA_VARIABLE, EcsTask
from sip_edge.process.followed_switches import FollowedSwitches
from sip_edge.process.gc_tuning import settle_memory
from sip_edge.process.health import Health
from sip_edge.process.listeners import Listeners
from sip_edge.process.metrics import PERIOD_S, Metrics
from sip_edge.process.periodic_jobs import Job, periodic_jobs
from sip_edge.process.renewed_keys import RENEWAL_S as KEYS_RENEWAL_S
from sip_edge.process.renewed_keys import RenewedKeys
from sip_edge.process.stores import DirectoryStores
from sip_edge.proxy.targets.next_hop import ResolvedHops
from sip_edge.push.assembly import assemble_pushes
from sip_edge.registrar.diagnosis.wake_up_records import WakeUpRecords
from sip_edge.registrar.reachability.wake_up_tests import WakeUpTests
from sip_edge.resolver.public import is_public
from sip_edge.resolver.resolver import Resolver
from sip_edge.settings import Settings
from sip_edge.trace.traces import Traces
from sip_edge.transaction.timers import Timers
from sip_edge.transport.flow import Flow
from sip_edge.transport.media_link import MediaLink

_TICK_S: Final = 0.05
_CERTIFICATE_S: Final = 10
_SWITCHES_S: Final = 2


class Server:
    """One edge: its sockets, its timers and its stores.

    It is the `Receiver` of its listeners, and the `LocalEdge` of its membership in a fleet.
    """

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop) -> None:
        """Raises KeyError when the name of a table is missing, and KeysUnreadableError.

        Raises OSError when no address for a fleet is found.
        """
        self._settings = settings
        self._loop = loop
        self.journal = Journal()
        self._timers = Timers(time.time)
        self._health = Health()
        self._stores = DirectoryStores(os.environ, loop)
        client = dynamodb()
        credentials = PushCredentials(client, os.environ)
        self._pushes = assemble_pushes(settings, credentials, self.journal, loop)
        wake_ups = WakeUpRecords(self._stores.wake_ups, self._timers, self.journal, time.time())
        self._traces = Traces(self._stores.traces, domains_of(settings), self.journal, time.time)
        board = SwitchBoard(client, os.environ)
        credential_tests = CredentialTests(loop, credentials, self._pushes, self.journal, time.time)
        wake_up_tests = WakeUpTests(self._stores.addresses, self._pushes, wake_ups, self._timers, self.journal)
        tests = AskedTests(
            loop,
            board,
            {"push_tests": credential_tests.do_test, "wake_up_tests": wake_up_tests.begin},
            self.journal,
        )
        self._switches = FollowedSwitches(loop, board, settings.log_level, self._traces, tests)
        self._listeners = Listeners(settings, self, self.journal.count, self._traces)
        may_reach = _any if settings.private_hops else is_public
        self._resolver = Resolver(loop, settings.nameservers, ("UDP", "TCP", "TLS"), may_reach, SystemRandom())
        self._keys = RenewedKeys(settings, loop, self.journal)
        self._channel_socket: ChannelSocket | None = None
        self._member: Member | None = None
        self._roster_entry: RosterEntry | None = None
        if settings.fleet_port:
            self._join_fleet(settings.fleet_port, Roster(client, os.environ, settings.base_domain))
        self._media_link = MediaLink(loop, self._receive_media)
        relays, send = _media_relays(settings), self._media_link.send
        self._media = Pool(relays, send, self._timers, self.journal, time.time(), self._relays_of_peers)
        self._media_load = Load(self._media, self._timers, time.time())
        self._edge = assemble(
            settings,
            self._keys.ring,
            Stores(
                self._stores.addresses,
                self._stores.refreshes,
                self._stores.attempts,
                wake_ups,
                self._stores.calls,
            ),
            Network(
                self._member or SingleEdge(settings.reached_at("UDP", is_ipv6=False), self._listeners),
                ResolvedHops(self._resolver, self._listeners),
                self._media,
                self._pushes,
            ),
            self._timers,
            self.journal,
        )
        self._metrics = self._measured() if settings.metrics_namespace else None

    async def run(self) -> None:
        """Serves until SIGTERM or SIGINT, and finishes the work that has begun by then. A second signal ends that.

        Raises OSError when an address or the certificate can't be had.
        """
        settings = self._settings
        stop, hurry = asyncio.Event(), asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(name, lambda: (hurry if stop.is_set() else stop).set())
        async with AsyncExitStack() as opened:
            await self._open(opened)
            settle_memory()
            self.journal.note("listening", host=settings.sip_host, port=settings.sip_port, base=settings.base_domain)
            await stop.wait()
            self._health.takes_flows = False
            self.journal.note("draining")
            self._begin_to_leave()
            await drain(self._edge, self._member, settings.drain_seconds, settings.health_port is not None, hurry)
        self._print_metrics()
        self.journal.note("stopped", counts=dict(self.journal.counts))

    async def _open(self, opened: AsyncExitStack) -> None:
        """Opens everything in order. `opened` closes it in reverse, also when a later step fails."""
        opened.push_async_callback(self._stores.close)
        await opened.enter_async_context(periodic_jobs([(_TICK_S, self._advance_timers)], self.journal))
        opened.callback(self._media_link.close)
        opened.push_async_callback(self._resolver.close)
        opened.push_async_callback(self._pushes.close)
        opened.push_async_callback(self._switches.close)
        if self._channel_socket and self._roster_entry:
            self._channel_socket.open(self._loop)
            opened.callback(self._channel_socket.close, self._loop)
            opened.push_async_callback(self._roster_entry.end)
            await self._roster_entry.renew()  # before the first call comes
        opened.push_async_callback(self._listeners.close, self._loop)
        await self._listeners.open(self._loop)
        opened.callback(self._health.close)
        if self._settings.health_port:
            for host, _ in self._settings.addresses:
                await self._health.open(host, self._settings.health_port)
        await opened.enter_async_context(periodic_jobs(self._jobs(), self.journal))

    def _jobs(self) -> list[tuple[float, Job]]:
        settings = self._settings
        jobs: list[tuple[float, Job]] = [
            (_SWITCHES_S, self._switches.follow),
            (_CERTIFICATE_S, self._renew_certificate),
            (KEYS_RENEWAL_S, self._keys.renew),
            (PERIOD_S, self._print_metrics),
        ]
        if self._roster_entry:
            jobs.append((RENEWAL_S, self._roster_entry.renew))
        if settings.deregistration_seconds and (metadata_uri := os.environ.get(METADATA_VARIABLE)):
            task, delay_s = EcsTask(metadata_uri), settings.deregistration_seconds
            deregistration = Deregistration(task, delay_s, self._edge, self.journal, self._begin_to_leave)
            jobs.append((POLL_S, deregistration.look))
        return jobs

    def _begin_to_leave(self) -> None:
        """Sends to phones on UDP through all edges from now on: a load balancer may take their flows away."""
        if self._member:
            self._member.begin_to_leave()
            self._listeners.spread_responses(self._member.spread)

    def receive(self, data: bytes, flow: Flow) -> None:
        """See Receiver and LocalEdge."""
        self._edge.receive(data, flow, time.time())

    def refuse(self, head: bytes, status: str, flow: Flow) -> None:
        """See Receiver."""
        self._edge.refuse(head, status, flow)

    def lose(self, flow: Flow) -> None:
        """See Receiver and LocalEdge."""
        now = time.time()
        self._edge.lose(flow, now)
        if self._member:
            self._member.lose(flow, now)

    def find(self, name: str) -> Flow | None:
        """See LocalEdge."""
        return self._listeners.find(name)

    def keeps(self, flow: str, now: float) -> bool:
        """See LocalEdge."""
        return self._edge.keeps(flow, now)

    def reached_at(self, transport: str, is_ipv6: bool) -> str:
        """See LocalEdge."""
        return self._settings.reached_at(transport, is_ipv6)

    def _join_fleet(self, port: int, roster: Roster) -> None:
        channel_socket = self._channel_socket = ChannelSocket(self._settings.fleet_address, port, self._hear_peer)
        name = name_of(channel_socket.address, time.time())
        self._member = Member(name, self._keys.ring, self, channel_socket.transmit, self._timers, self.journal)
        self._roster_entry = RosterEntry(self._member, roster, self.journal, self._loop)

    def _hear_peer(self, datagram: bytes) -> None:
        assert self._member is not None  # whose socket it came over
        try:
            self._member.channel.receive(datagram, time.time())
        except Exception as error:
            self.journal.trouble("internal_error", error)

    def _receive_media(self, data: bytes, address: str) -> None:
        self._media.receive(data, address)

    def _relays_of_peers(self, now: float) -> list[str]:
        """Returns the rtpengines beside the other edges. All edges of a fleet have theirs at the same port."""
        beside = [relay for relay in self._settings.media_relays if relay.startswith(":")]
        peers = self._member.channel.peers(now) if self._member else ()
        return [f"{address_of(peer).rpartition(':')[0]}{relay}" for peer in peers for relay in beside]

    def _advance_timers(self) -> None:
        for error in self._timers.advance(time.time()):
            self.journal.trouble("internal_error", error)

    def _renew_certificate(self) -> None:
        try:
            if self._listeners.renew_certificate():
                self.journal.note("certificate_renewed")
        except (OSError, ssl.SSLError) as error:
            self.journal.trouble("certificate_unusable", error)

    def _print_metrics(self) -> None:
        for line in self._metrics.lines(time.time()) if self._metrics else ():
            print(line, flush=True)

    def _measured(self) -> Metrics:
        return Metrics(
            self._settings.metrics_namespace,
            self.journal,
            gauges={
                "Registrations": lambda: self._edge.registrations,
                "Connections": lambda: self._listeners.connections,
                "MediaCalls": lambda: self._media_load.calls,
                "MediaStreams": lambda: self._media_load.streams,
                "ClockSkew": self.journal.take_clock_skew,
                "MediaRelaysAway": lambda: self._media.away,
                "PushCustomers": self._pushes.take_pushed_customers,
                "PushCustomersRefused": self._pushes.take_refused_customers,
            },
            totals={"Retries": lambda: self._stores.addresses.retries},
            times={
                "AnswerTime": self.journal.answer_times,
                "MediaJitter": self.journal.jitters,
                "ReadTime": self._stores.addresses.read_times,
                "WriteTime": self._stores.addresses.write_times,
            },
        )


def _media_relays(settings: Settings) -> list[str]:
    """Returns the rtpengines' addresses. One without a host is beside this edge, and is known by its address."""
    host = settings.fleet_address or own_address()
    host = f"[{host}]" if ":" in host else host
    return [f"{host}{relay}" if relay.startswith(":") else relay for relay in settings.media_relays]


def _any(address: str) -> bool:
    return True
