"""The whole edge without sockets: a clock to set, flows that keep what was sent, and a store in memory.

Store and flows keep to the contracts of the real ones. Outcomes come later, and a swap fails on another version.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from hashlib import md5
from typing import Any

from directory.edge.address_book import Conflict, ReadOutcome, ResolveOutcome, Unavailable, WriteOutcome
from directory.edge_keys import EdgeKey
from directory.schema.credentials import ha1
from directory.schema.model import Address
from directory.schema.records import Attempt, CallStep, TracedMessage, WakeUpRecord
from sip_edge.assembly import Network, Stores, assemble, domains_of
from sip_edge.crypto.key_ring import KeyRing
from sip_edge.fleet.envelope import name_of
from sip_edge.fleet.fleet import SingleEdge
from sip_edge.fleet.member import Member
from sip_edge.journal import Journal
from sip_edge.media.pool import Pool
from sip_edge.message.message import Request, Response, parse
from sip_edge.message.uri import Uri
from sip_edge.proxy.targets.next_hop import ResolvedHops
from sip_edge.push.wake_up import WakeUp
from sip_edge.registrar.diagnosis.wake_up_records import WakeUpRecords
from sip_edge.resolver.hop import Hop
from sip_edge.settings import Settings
from sip_edge.trace.traces import Traces
from sip_edge.transaction.timers import Timers
from sip_edge.transport.flow import Flow, FlowClosedError
from tests.sip_edge.media_relays import MediaRelays
from tests.sip_edge.pushers import FakePusher
from tests.sip_edge.refresh_schedule import FakeRefreshes

BASE = "voip.example"
CUSTOMER = "abc123-def456"
DOMAIN = f"{CUSTOMER}.registrar.{BASE}"
PASSWORD = "correct horse battery"
EDGE = "192.0.2.1"
START = 1_700_000_000.0


class FakeFlow(Flow):
    """A peer that keeps what it is sent, until it is taken."""

    traces: Traces | None = None

    def __init__(self, host: str = "198.51.100.7", port: int = 5060, transport: str = "UDP") -> None:
        super().__init__(transport, transport != "UDP", host, port, f"{EDGE}:5060")
        self.sent: list[bytes] = []
        self.keepalives = 0
        self.closed = False
        self.keepalive_s = 0.0
        self.elsewhere: Callable[[int], FakeFlow] | None = None

    @property
    def name(self) -> str:
        return f"{self.transport}/{self.host}:{self.port}"

    def send(self, data: bytes) -> None:
        if self.closed:
            raise FlowClosedError
        if data == b"\r\n\r\n":
            self.keepalives += 1
        else:
            self.sent.append(data)
        if self.traces and self.traces.wanted:
            self.traces.sent(data, self)

    def expect_keepalives(self, interval_s: float) -> None:
        self.keepalive_s = interval_s

    def answered_at(self, port: int) -> Flow:
        return self.elsewhere(port) if self.elsewhere else self

    def take(self) -> list[Request | Response]:
        taken, self.sent = self.sent, []
        return [parse(data) for data in taken]

    def take_one(self) -> Request | Response:
        messages = self.take()
        assert len(messages) == 1, [m.start for m in messages]
        return messages[0]

    def take_response(self) -> Response:
        message = self.take_one()
        assert isinstance(message, Response), message.start
        return message

    def take_requests(self) -> list[Request]:
        """The requests among the messages that were sent, which are all taken."""
        return [message for message in self.take() if isinstance(message, Request)]

    def take_request(self) -> Request:
        message = self.take_one()
        assert isinstance(message, Request), message.start
        return message


class FakeStore:
    """Addresses in memory. `outage` makes every outcome an Unavailable; `held` keeps outcomes back."""

    def __init__(self) -> None:
        self.addresses: dict[str, Address] = {}
        self.hashes: dict[str, str] = {}
        self.reads = 0
        self.writes = 0
        self.outage = False
        self.held = False
        self._later: deque[Callable[[], None]] = deque()

    def read(self, aor: str, then: Callable[[ReadOutcome], None]) -> None:
        self.reads += 1
        self._later.append(lambda: then(Unavailable("outage") if self.outage else self.addresses.get(aor)))

    def resolve(self, direct_hash: str, then: Callable[[ResolveOutcome], None]) -> None:
        self.reads += 1
        self._later.append(lambda: then(Unavailable("outage") if self.outage else self.hashes.get(direct_hash)))

    def write(self, address: Address, seen: int, then: Callable[[WriteOutcome], None]) -> None:
        self._later.append(lambda: then(self._swap(address, seen)))

    def _swap(self, address: Address, seen: int) -> WriteOutcome:
        if self.outage:
            return Unavailable("outage")
        current = self.addresses.get(address.aor)
        if current is None or current.version != seen:
            return Conflict(current)
        self.writes += 1
        self.addresses[address.aor] = address
        return address

    def later(self, outcome: Callable[[], None]) -> None:
        self._later.append(outcome)

    def deliver(self) -> None:
        while self._later and not self.held:
            self._later.popleft()()


class FakeAttempts:
    """Attempts as they were last written, by their `at`. `outage` loses them."""

    def __init__(self, store: FakeStore) -> None:
        self.customers = {CUSTOMER}
        self.written: dict[str, Attempt] = {}
        self.writes = 0
        self.questions = 0
        self.outage = False
        self._store = store

    def write(self, attempt: Attempt, then: Callable[[bool], None]) -> None:
        if not self.outage:
            self.writes += 1
            self.written[attempt.at] = attempt
        self._store.later(partial(then, not self.outage))

    def has_customer(self, customer_id: str, then: Callable[[bool | None], None]) -> None:
        self.questions += 1
        self._store.later(partial(then, None if self.outage else customer_id in self.customers))


class FakeWakeUps:
    """Wake-ups in the order of their writing. `outage` loses them."""

    def __init__(self, store: FakeStore) -> None:
        self.written: list[WakeUpRecord] = []
        self.outage = False
        self._store = store

    def write(self, wake_up: WakeUpRecord, then: Callable[[bool], None]) -> None:
        if not self.outage:
            self.written.append(wake_up)
        self._store.later(partial(then, not self.outage))


class FakeTraceLog:
    """Traced messages in the order of their writing. `outage` loses them."""

    def __init__(self, store: FakeStore) -> None:
        self.messages: list[TracedMessage] = []
        self.outage = False
        self._store = store

    def write(self, message: TracedMessage, then: Callable[[bool], None]) -> None:
        if not self.outage:
            self.messages.append(message)
        self._store.later(partial(then, not self.outage))


class FakeCalls:
    """The steps of calls in the order in which they were written, each once. `outage` loses them."""

    def __init__(self, store: FakeStore) -> None:
        self.steps: list[CallStep] = []
        self.outage = False
        self._keys: set[tuple[str, str]] = set()
        self._store = store

    def write(self, step: CallStep, then: Callable[[bool], None]) -> None:
        key = (step.customer_id, step.at)
        if not self.outage and key not in self._keys:
            self._keys.add(key)
            self.steps.append(step)
        self._store.later(partial(then, not self.outage))


class World:
    """The world that edges share: a clock that begins at START, a store, and their private network.

    `pass_datagram` may keep a datagram on that network from arriving.
    """

    def __init__(self) -> None:
        self.now = START
        self.store = FakeStore()
        self.attempts = FakeAttempts(self.store)
        self.wake_ups = FakeWakeUps(self.store)
        self.trace_log = FakeTraceLog(self.store)
        self.calls = FakeCalls(self.store)
        self.refreshes = FakeRefreshes(self.store.later)
        self.pusher = FakePusher(self.store.later)
        self.ended_wake_ups: list[WakeUp] = []
        self.edges: list[Rig] = []
        self.datagrams: deque[tuple[str, bytes]] = deque()
        self.pass_datagram: Callable[[bytes], bool] = lambda _: True
        self.serial = 0

    def deliver(self) -> None:
        """Let everything arrive that is under way."""
        self._deliver_answers()
        while self.datagrams:
            address, datagram = self.datagrams.popleft()
            for edge in self.edges:
                if edge.member and edge.member.name.startswith(f"{address}/") and self.pass_datagram(datagram):
                    edge.member.channel.receive(datagram, edge.now)
            self._deliver_answers()

    def _deliver_answers(self) -> None:
        self.store.deliver()
        for edge in self.edges:
            edge.relays.deliver()

    def advance(self, seconds: float) -> None:
        """Let time pass, with the ticks that running edges have."""
        end = self.now + seconds
        while self.now < end - 1e-9:
            self.now = min(self.now + 0.05, end)
            for edge in self.edges:
                for error in edge.timers.advance(edge.now):
                    edge.journal.trouble("internal_error", error)
            self.deliver()


class Rig:
    """An edge at `EDGE` and its flows, in a world of its own, or with an `address` in a fleet.

    Its clock is ahead of the world's by `ahead` seconds.
    """

    def __init__(self, world: World | None = None, address: str = "", ahead: float = 0, **settings: object) -> None:
        self.world = world or World()
        self.ahead = ahead
        self.world.edges.append(self)
        self.store = self.world.store
        self.attempts = self.world.attempts
        self.flows: dict[str, FakeFlow] = {}
        self.timers = Timers(lambda: self.now)
        self.journal = Journal()
        values: dict[str, Any] = {"base_domain": BASE, "advertised_host": EDGE, "sip_secret": "s" * 32, **settings}
        self.settings = Settings(**values)
        self.hops: dict[str, list[Hop]] = {}
        self.relays = MediaRelays()
        self.pool = Pool(self.settings.media_relays, self.relays.receive, self.timers, self.journal, self.now)
        self.relays.reply = self.pool.receive
        assert self.settings.sip_secret
        self.keys = KeyRing((EdgeKey(0, self.settings.sip_secret.get_secret_value().encode()),), self.now)
        self.traces = Traces(self.world.trace_log, domains_of(self.settings), self.journal, lambda: self.now)
        self.member = self._enrolled(address) if address else None
        self.wake_ups = WakeUpRecords(self.world.wake_ups, self.timers, self.journal, self.now)
        self.edge = assemble(
            self.settings,
            self.keys,
            Stores(self.store, self.world.refreshes, self.attempts, self, self.world.calls),
            Network(
                self.member or SingleEdge(f"{EDGE}:5060", self), ResolvedHops(self, self), self.pool, self.world.pusher
            ),
            self.timers,
            self.journal,
        )

    def note(self, wake_up: WakeUp) -> None:
        """See WakeUpLog: the records of an edge, and the list of all edges."""
        self.world.ended_wake_ups.append(wake_up)
        self.wake_ups.note(wake_up)

    def _enrolled(self, address: str) -> Member:
        return Member(
            name_of(address, self.now),
            self.keys,
            RigsEdge(self),
            lambda to, datagram: self.world.datagrams.append((to, datagram)),
            self.timers,
            self.journal,
        )

    @property
    def now(self) -> float:
        return self.world.now + self.ahead

    @now.setter
    def now(self, now: float) -> None:
        self.world.now = now - self.ahead

    def die(self) -> None:
        """As by kill -9."""
        self.world.edges.remove(self)

    def find(self, name: str) -> FakeFlow | None:
        flow = self.flows.get(name)
        return None if flow is None or flow.closed else flow

    def locate(self, uri: Uri, then: Callable[[list[Hop]], None]) -> None:
        then(list(self.hops.get(uri.host, [])))

    def connect(self, hop: Hop, domain: str, then: Callable[[Flow | None], None]) -> None:
        then(self.find(f"{hop.transport}/{hop.host}:{hop.port}"))

    def flow(self, host: str = "198.51.100.7", port: int = 5060, transport: str = "UDP") -> FakeFlow:
        flow = FakeFlow(host, port, transport)
        flow.traces = self.traces
        if transport == "UDP" and not self.settings.is_balanced:
            flow.elsewhere = lambda port: self.flows.get(f"UDP/{host}:{port}") or self.flow(host, port)
        self.flows[flow.name] = flow
        return flow

    def add_extension(self, username: str, password: str = PASSWORD, max_devices: int = 1) -> Address:
        address = Address(f"{username}@{CUSTOMER}", f"id-{username}", ha1(username, BASE, password), max_devices, 1)
        self.store.addresses[address.aor] = address
        return address

    def address(self, username: str) -> Address:
        return self.store.addresses[f"{username}@{CUSTOMER}"]

    def receive(self, flow: FakeFlow, data: bytes | str) -> None:
        encoded = data.encode() if isinstance(data, str) else data
        if self.traces.wanted:
            self.traces.received(encoded, flow)
        self.edge.receive(encoded, flow, self.now)
        self.world.deliver()

    def lose(self, flow: FakeFlow) -> None:
        """The connection behind a flow has ended."""
        flow.closed = True
        self.edge.lose(flow, self.now)
        if self.member:
            self.member.lose(flow, self.now)
        self.world.deliver()

    def advance(self, seconds: float) -> None:
        """Let time pass, with the ticks that a running edge has."""
        self.world.advance(seconds)

    def deliver(self) -> None:
        """Let everything arrive that is under way."""
        self.world.deliver()

    def unique(self) -> str:
        self.world.serial += 1
        return f"{self.world.serial:04}"


class RigsEdge:
    """The `LocalEdge` of a rig's membership in a fleet."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def find(self, name: str) -> Flow | None:
        return self._rig.find(name)

    def reached_at(self, transport: str, is_ipv6: bool) -> str:
        return self._rig.settings.reached_at(transport, is_ipv6)

    def keeps(self, flow: str, now: float) -> bool:
        return self._rig.edge.keeps(flow, now)

    def receive(self, data: bytes, flow: Flow) -> None:
        self._rig.edge.receive(data, flow, self._rig.now)

    def lose(self, flow: Flow) -> None:
        self._rig.edge.lose(flow, self._rig.now)


def digest(
    challenge: str, method: str, uri: str, username: str, password: str = PASSWORD, nc: int = 1, realm: str = BASE
) -> str:
    """The credentials that answer a challenge header's value."""
    nonce = challenge.partition('nonce="')[2].partition('"')[0]
    ha1_text = md5(f"{username}:{realm}:{password}".encode()).hexdigest()
    ha2 = md5(f"{method}:{uri}".encode()).hexdigest()
    response = md5(f"{ha1_text}:{nonce}:{nc:08x}:c0ffee:auth:{ha2}".encode()).hexdigest()
    return (
        f'Digest username="{username}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{response}", '
        f'algorithm=MD5, qop=auth, nc={nc:08x}, cnonce="c0ffee"'
    )


class Phone:
    """A phone of the simplest kind at the other end of a flow."""

    def __init__(self, rig: Rig, username: str, flow: FakeFlow | None = None, password: str = PASSWORD) -> None:
        self.rig = rig
        self.username = username
        self.password = password
        self.flow = flow or rig.flow(port=5000 + int(rig.unique()))
        self.call_id = f"reg-{username}-{rig.unique()}"
        self.cseq = 0
        self.contact = f"sip:{username}@10.0.0.5:5060"

    def register_text(self, *extra: str, contact: str | None = None, to: str | None = None) -> str:
        self.cseq += 1
        aor = to or f"sip:{self.username}@{DOMAIN}"
        contact_line = f"Contact: {contact}" if contact else f"Contact: <{self.contact}>"
        lines = [
            f"REGISTER sip:{DOMAIN} SIP/2.0",
            f"Via: SIP/2.0/{self.flow.transport} 10.0.0.5:5060;rport;branch=z9hG4bK{self.rig.unique()}",
            "Max-Forwards: 70",
            f"From: <{aor}>;tag=f{self.username}",
            f"To: <{aor}>",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} REGISTER",
            *([] if contact == "" else [contact_line]),
            "User-Agent: Rig/1.0",
            *extra,
            "Content-Length: 0",
        ]
        return "\r\n".join(lines) + "\r\n\r\n"

    def challenge(self) -> str:
        """Ask without credentials, and return the challenge."""
        self.rig.receive(self.flow, self.register_text())
        return self.flow.take_response().get("www-authenticate")

    def credentials(self, challenge: str, nc: int = 1) -> str:
        return "Authorization: " + digest(challenge, "REGISTER", f"sip:{DOMAIN}", self.username, self.password, nc)

    def register(self, *extra: str, contact: str | None = None) -> Response:
        """Ask, answer the challenge, and return the final response."""
        authorization = self.credentials(self.challenge())
        self.rig.receive(self.flow, self.register_text(authorization, *extra, contact=contact))
        return self.flow.take_response()
