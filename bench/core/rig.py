"""An edge whose flows end in a variable and whose directory is a dictionary."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from directory.edge.address_book import Conflict, ReadOutcome, ResolveOutcome, WriteOutcome
from directory.edge.refresh_schedule import Page, Progress
from directory.edge_keys import EdgeKey
from directory.schema.model import Address
from directory.schema.records import Attempt
from directory.schema.refresh_pushes import RefreshPush
from sip_edge.assembly import Network, Stores, assemble
from sip_edge.crypto.key_ring import KeyRing
from sip_edge.fleet.fleet import SingleEdge
from sip_edge.journal import Journal
from sip_edge.media.pool import Pool
from sip_edge.message.uri import Uri
from sip_edge.proxy.targets.next_hop import ResolvedHops
from sip_edge.push.outcome import Outcome
from sip_edge.push.parameters import Purpose, PushTarget
from sip_edge.push.wake_up import WakeUp
from sip_edge.resolver.hop import Hop
from sip_edge.settings import Settings
from sip_edge.transaction.timers import Timers
from sip_edge.transport.flow import Flow

BASE: Final = "voip.example"
EDGE: Final = "192.0.2.1:5060"


class Wire(Flow):
    """A peer on UDP that keeps the last thing it was sent."""

    __slots__ = ("_name", "last")

    def __init__(self, host: str, port: int) -> None:
        super().__init__("UDP", False, host, port, EDGE)
        self._name = f"UDP/{host}:{port}"
        self.last = b""

    @property
    def name(self) -> str:
        """Like the name of a flow over UDP."""
        return self._name

    def send(self, data: bytes) -> None:
        """Keep it."""
        self.last = data


class Rows:
    """The directory. Outcomes come when they are delivered, as the real ones come later."""

    def __init__(self) -> None:
        self.addresses: dict[str, Address] = {}
        self.hashes: dict[str, str] = {}
        self._waiting: deque[Callable[[], None]] = deque()

    def read(self, aor: str, then: Callable[[ReadOutcome], None]) -> None:
        """See LocationStore."""
        self._waiting.append(lambda: then(self.addresses.get(aor)))

    def resolve(self, direct_hash: str, then: Callable[[ResolveOutcome], None]) -> None:
        """See LocationStore."""
        self._waiting.append(lambda: then(self.hashes.get(direct_hash)))

    def write(self, address: Address, seen: int, then: Callable[[WriteOutcome], None]) -> None:
        """See LocationStore."""
        self._waiting.append(lambda: then(self._swap(address, seen)))

    def deliver(self) -> None:
        """Let the outcomes arrive."""
        while self._waiting:
            self._waiting.popleft()()

    def _swap(self, address: Address, seen: int) -> WriteOutcome:
        current = self.addresses[address.aor]
        if current.version != seen:
            return Conflict(current)
        self.addresses[address.aor] = address
        return address


class Unread:
    """Drops the attempts that it is given."""

    def write(self, attempt: Attempt, then: Callable[[bool], None]) -> None:
        """See AttemptStore."""

    def has_customer(self, customer_id: str, then: Callable[[bool | None], None]) -> None:
        """See AttemptStore."""


class Unwoken:
    """Drops the wake-ups that it is given."""

    def note(self, wake_up: WakeUp) -> None:
        """See WakeUpLog."""


class Unplanned:
    """A schedule without any refresh push."""

    def plan(self, push: RefreshPush, then: Callable[[bool], None]) -> None:
        """See RefreshStore."""

    def read(self, minute: int, shard: int, after: str, then: Callable[[Page | None], None]) -> None:
        """See RefreshStore."""

    def note_progress(self, shard: int, minute: int, then: Callable[[bool], None]) -> None:
        """See RefreshStore."""

    def read_progress(self, then: Callable[[Progress | None], None]) -> None:
        """See RefreshStore."""


class Unpushed:
    """A pusher for phones that have no push parameters."""

    def find_services(self, customer_id: str, then: Callable[[frozenset[str] | None], None]) -> None:
        """See Pusher."""

    def has_app(self, customer_id: str, target: PushTarget, then: Callable[[bool | None], None]) -> None:
        """See Pusher."""

    def push(
        self, customer_id: str, target: PushTarget, purpose: Purpose, ttl_s: int, then: Callable[[Outcome], None]
    ) -> None:
        """See Pusher."""


class Rig:
    """The edge, its directory, its wires and its clock."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.rows = Rows()
        self.timers = Timers(lambda: self.now)
        self._wires: dict[str, Wire] = {}
        settings = Settings.model_validate(
            {
                "base_domain": BASE,
                "advertised_host": EDGE.partition(":")[0],
                "sip_secret": "k" * 32,
                "max_calls_per_second": 1_000_000,
            }
        )
        journal = Journal()
        pool = Pool((), lambda _address, _data: None, self.timers, journal, now)
        keys = KeyRing((EdgeKey(0, b"k" * 32),), now)
        self._edge = assemble(
            settings,
            keys,
            Stores(self.rows, Unplanned(), Unread(), Unwoken(), None),
            Network(SingleEdge(EDGE, self), ResolvedHops(self, self), pool, Unpushed()),
            self.timers,
            journal,
        )

    def wire(self, host: str, port: int) -> Wire:
        """A peer at that address."""
        wire = self._wires[f"UDP/{host}:{port}"] = Wire(host, port)
        return wire

    def receive(self, data: bytes, wire: Wire) -> None:
        """A message has come over a wire."""
        self._edge.receive(data, wire, self.now)
        self.rows.deliver()

    def pass_time(self, seconds: float) -> None:
        """Let time pass in one go."""
        self.now += seconds
        self.timers.advance(self.now)

    def find(self, name: str) -> Wire | None:
        """See Flows."""
        return self._wires.get(name)

    def locate(self, uri: Uri, then: Callable[[list[Hop]], None]) -> None:
        """See Resolver: nothing here is outside."""
        then([])

    def connect(self, hop: Hop, domain: str, then: Callable[[Flow | None], None]) -> None:
        """See Connector."""
        then(None)
