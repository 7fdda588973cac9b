"""The records that edges write and the API reads: attempts, traced messages, steps of calls and wake-ups.

The tables forget each of them after a time (TTL). Treat the objects as immutable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from directory.schema.model import customer_of

Direction = Literal["received", "sent"]
Step = Literal["started", "answered", "ended"]
CallDirection = Literal["inbound", "outbound", "internal"]
ATTEMPT_KEPT_S: Final = 7 * 24 * 3600
TRACED_KEPT_S: Final = 24 * 3600
CALL_KEPT_S: Final = 24 * 3600
WAKE_UP_KEPT_S: Final = 30 * 24 * 3600
UNASSIGNED: Final = "unassigned"
"""In the place of a customer's id, the owner of attempts that are at no customer's domain."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of attempts to register that were all alike: `count` times from `first` to `last`, in seconds.

    `at` tells it apart among its customer's, and orders them by `first`. `source`, `transport`, `user_agent` and
    `call_id` are those of the last one; `reason` is one of `directory.schema.reasons`. `extension_id` is "" where
    the edge did not know the extension. An unassigned one was at no customer's domain: behind the @ of its `aor` is
    that domain.
    """

    aor: str
    at: str
    reason: str
    source: str
    transport: str
    user_agent: str
    call_id: str
    first: int
    last: int
    count: int
    extension_id: str = ""
    is_unassigned: bool = False

    @property
    def customer_id(self) -> str:
        """Returns the id of the customer at whose registrar it was tried."""
        return UNASSIGNED if self.is_unassigned else customer_of(self.aor)

    @property
    def username(self) -> str:
        """As whom it was tried."""
        return self.aor.partition("@")[0]


@dataclass(frozen=True, slots=True)
class TracedMessage:
    """A SIP message of an address of record, as an edge received or sent it, without its secrets.

    `at` begins with the time, tells it apart among those of its address, and orders them. `source` is the `host:port`
    at the other end, also of a message that was sent there.
    """

    aor: str
    at: str
    direction: Direction
    source: str
    transport: str
    text: str

    @property
    def time(self) -> str:
        """When it passed, as `2024-01-15T10:30:00.123Z`."""
        return self.at.partition("#")[0]


@dataclass(frozen=True, slots=True)
class CallStep:
    """A step of a call that a customer's extension takes part in.

    `at` tells it apart among its customer's. The same step of the same call has the same `at`, whichever edge tells of
    it. `caller` and `callee` are URIs without a password. `status` is the SIP status of the INVITE, 0 before there is
    one. `seconds` is the time from the call's beginning to the step. `media` are the figures of
    `sip_edge.media.report`, by name.
    """

    customer_id: str
    at: str
    step: Step
    call_id: str
    direction: CallDirection
    caller: str
    callee: str
    status: int
    seconds: int
    media: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class WakeUpRecord:
    """`count` alike wake-ups of a device of an address. The times and the Call-ID are those of the last one.

    `at` begins with the time, tells it apart among those of its address, and orders them. `cause`, `push` and `end` are
    names of `directory.schema.wake_up_advice`. `push` is "" when no push was wanted. `reason` is the provider's word,
    "" without one. `woke_after_ms` is the time to the device's registration, None when it did not register.
    """

    aor: str
    at: str
    cause: str
    service: str
    app: str
    push: str
    reason: str
    end: str
    woke_after_ms: int | None
    call_id: str
    count: int

    @property
    def time(self) -> str:
        """The beginning, as `2024-01-15T10:30:00.123Z`."""
        return self.at.partition("#")[0]
