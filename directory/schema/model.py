"""The objects that are stored. Treat them as immutable: a change is a new object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, Literal

from directory.schema.contacts import without_push_parameters
from directory.schema.timestamps import precise_timestamp
from directory.schema.waiting import NO_WAITING, Waiting

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


NO_HA1S: Final = (None, None)
"""The HA1s of a disabled address: no credentials fit them."""


@dataclass(slots=True)
class Binding:
    """One device of an address of record, and the flow it is reached over (RFC 3261 §10, RFC 5626).

    `flow` names the flow within the edge that holds it, `edge` that edge's private address. `source` is the `host:port`
    the REGISTER came from. Times are seconds since the epoch. `instance` and `reg_id` are "" when the device sent no
    +sip.instance. `q` is its preference (RFC 3261 §20.10) in thousandths. `path` holds the Path header values (RFC
    3327) in the order to visit. `password_number` tells which of the address's passwords the device used.

    A device that `is_pushed` for outlives its connection (RFC 8599): it is asleep since `asleep_since`, 0 while it is
    not. Its push parameters are in `contact`, or in `push_parameters` when they came in the header field. It loses its
    place when it has not registered by `wake_by`, 0 while it has not been asked to.
    """

    contact: str = field(repr=False)
    call_id: str
    cseq: int
    flow: str
    edge: str
    source: str
    transport: str
    registered: int
    expires: int
    user_agent: str = ""
    instance: str = ""
    reg_id: str = ""
    q: int = 1000
    path: tuple[str, ...] = ()
    password_number: int = 0
    is_pushed: bool = False
    push_parameters: str = field(default="", repr=False)
    asleep_since: int = 0
    wake_by: int = 0

    @property
    def public_contact(self) -> str:
        """Returns the Contact as others may see it, without push parameters."""
        return without_push_parameters(self.contact)

    @property
    def place(self) -> str:
        """Returns the flow and its edge. Behind a load balancer a flow of the same name may be another edge's."""
        return f"{self.edge} {self.flow}"


Device = tuple[str, str]
"""The identity of a device, as `device_of` returns it."""


def device_of(binding: Binding) -> Device:
    """Returns the identity of a device: its +sip.instance, else its Call-ID (RFC 5626 §4.1, RFC 3261 §10.2)."""
    return ("instance", binding.instance) if binding.instance else ("call-id", binding.call_id)


def registration_id(binding: Binding) -> str:
    """Returns the id of a binding in the API, 16 hex digits.

    It stays the same while the device keeps its identity and Contact.
    """
    parts = "\0".join((*device_of(binding), binding.reg_id, binding.public_contact))
    return sha256(parts.encode(errors="surrogateescape")).hexdigest()[:16]


@dataclass(slots=True)
class Address:
    """All that the edge needs for one address of record.

    `aor` is `username@customer_id`; `ha1` is MD5(username:realm:password) (RFC 7616 §3.4.2), the only trace of the
    password. `version` changes with every write. `nonce` and `nc` are the watermark. `nonce` is the issue stamp of the
    newest nonce accepted in a REGISTER, `nc` its highest count.

    `password_number` counts the changes of the password. The one before still holds until `ha1_before_until` (seconds
    since the epoch). When `disabled`, none does. `waiting` tells of calls that wait for a device.
    """

    aor: str
    extension_id: str
    ha1: str
    max_devices: int
    version: int
    bindings: tuple[Binding, ...] = ()
    nonce: str = ""
    nc: int = 0
    password_number: int = 0
    ha1_before: str = ""
    ha1_before_until: int = 0
    disabled: bool = False
    waiting: Waiting = NO_WAITING

    def ha1s(self, now: float) -> tuple[str | None, str | None]:
        """The HA1 of the password, and of the one before; None for one that does not hold at `now`."""
        if self.disabled:
            return NO_HA1S
        return self.ha1, self.ha1_before if self.ha1_before_until > now else None

    @property
    def customer_id(self) -> str:
        """Returns the id of the customer that owns it."""
        return customer_of(self.aor)

    @property
    def username(self) -> str:
        """The part before the @."""
        return self.aor.partition("@")[0]

    def live_bindings(self, now: float) -> tuple[Binding, ...]:
        """The bindings that have not expired at `now`. The table forgets late, so every reader judges by the clock."""
        return tuple([b for b in self.bindings if b.expires > now])

    def with_bindings(
        self, bindings: tuple[Binding, ...], nonce: str, nc: int, waiting: Waiting | None = None
    ) -> Address:
        """The next version of this address. The wait stays unless one is given."""
        return Address(
            self.aor,
            self.extension_id,
            self.ha1,
            self.max_devices,
            self.version + 1,
            bindings,
            nonce,
            nc,
            self.password_number,
            self.ha1_before,
            self.ha1_before_until,
            self.disabled,
            self.waiting if waiting is None else waiting,
        )

    def with_waiting(self, waiting: Waiting) -> Address:
        """The next version of this address, with that wait."""
        return replace(self, version=self.version + 1, waiting=waiting)


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension as the API shows it, without what its address holds. Times are `2024-01-15T10:30:00Z`.

    `revision` counts the changes that were made to it since its creation. `created_ms` is the time of its creation in
    milliseconds since the epoch. It is 0 for an extension that is older than this attribute.
    """

    customer_id: str
    id: str
    name: str
    detail: str
    username: str
    direct_hash: str
    tm_create: str
    tm_update: str
    revision: int = 0
    created_ms: int = 0

    @property
    def aor(self) -> str:
        """The key of the extension's address."""
        return aor(self.username, self.customer_id)

    @property
    def began(self) -> str:
        """Returns the time of its creation: what is of an earlier one with its username has a time before."""
        return precise_timestamp(self.created_ms / 1000) if self.created_ms else self.tm_create


@dataclass(frozen=True, slots=True)
class ListedExtension:
    """An extension together with its address, as far as the address is there."""

    extension: Extension
    address: Address


@dataclass(frozen=True, slots=True)
class Customer:
    """An owner of extensions. `customer_id` looks like `abc123-def456`."""

    customer_id: str
    name: str
    tm_create: str


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A customer's key to the API. Of its token only the SHA-256 is kept. `expires` is seconds since the epoch."""

    token_hash: str
    customer_id: str
    id: str
    name: str
    tm_create: str
    expires: int | None

    def has_expired(self, now: float) -> bool:
        """Whether the key no longer opens anything at `now`."""
        return self.expires is not None and self.expires <= now


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a customer wants to be told of events of some types, of all when there are none.

    It is disabled while it has a `disabled_reason`. All its deliveries fail since `failing_since`, in seconds since the
    epoch, 0 while they succeed.
    """

    customer_id: str
    id: str
    url: str
    types: tuple[str, ...]
    tm_create: str
    disabled_reason: str = ""
    failing_since: int = 0


PushService = Literal["apns", "fcm"]


@dataclass(frozen=True, slots=True)
class PushTest:
    """The last test of an app's credentials: its status, the provider's reason, and when that became so.

    `status` is "" before the first test, `waiting` until an edge has done it, then `accepted`, `refused` or
    `unavailable`. `changed` is in seconds since the epoch.
    """

    status: str = ""
    reason: str = ""
    changed: int = 0


@dataclass(frozen=True, slots=True)
class PushApp:
    """A customer's app that can be woken by a push service, and the credentials for it.

    `app` is the bundle id (APNs) or the project's id (FCM). `number` is the project's number, "" where it is not known.
    `issuer` is the team's id or the service account's address, `key_id` the id of its private key. `sealed_key` is that
    key, encrypted under a KMS key, in base64.
    """

    customer_id: str
    id: str
    service: PushService
    app: str
    number: str
    issuer: str
    key_id: str
    tm_create: str
    sealed_key: str = field(repr=False)
    test: PushTest = field(default=PushTest(), compare=False)


@dataclass(frozen=True, slots=True)
class Switches:
    """The switches of edges and functions, each until a time in seconds since the epoch.

    They and the functions log at `log_level` until `log_level_until`. Edges trace each address of record in `traces`
    until its own time. `direct_traces` tells by the direct hash which of these it leads to. `push_tests` are the apps
    whose credentials an edge is asked to test, each as `customer_id/id`. `wake_up_tests` are the addresses of record
    whose devices an edge is asked to push.
    """

    log_level: LogLevel
    log_level_until: int
    traces: Mapping[str, int]
    direct_traces: Mapping[str, str]
    push_tests: frozenset[str] = frozenset()
    wake_up_tests: frozenset[str] = frozenset()


def aor(username: str, customer_id: str) -> str:
    """The key of an address: `username@customer_id`."""
    return f"{username}@{customer_id}"


def customer_of(aor: str) -> str:
    """The customer that an address belongs to."""
    return aor.partition("@")[2]
