"""The record of a wake-up: a device that sleeps or is gone, its push, and its return.

The registrar and the proxy note one for each push and for each request that is held. It tells an operator the reason
for a phone that did not ring.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Protocol

from sip_edge.push.outcome import Outcome


class Cause(Enum):
    """The reason for waking a device."""

    CALL = "call"
    MESSAGE = "message"
    PLACE = "place"
    """Another device wants its place (`sip_edge.registrar.reachability.device_check`)."""
    REFRESH = "refresh"
    """Its binding ends soon, and the device can't wake itself (RFC 8599 section 5.5)."""
    TEST = "test"


class WakeUpEnd(Enum):
    """The end of a wake-up."""

    REGISTERED = "registered"
    """The device registered in time."""
    LATE = "late"
    """The device registered after the request had its final answer for another reason than the caller's."""
    CANCELLED = "cancelled"
    """The caller gave up first. `after_s` tells of a device that registered nevertheless."""
    UNANSWERED = "unanswered"
    """No device registered."""


class WakeUp(NamedTuple):
    """One wake-up of one device, when it has ended.

    `began` is in seconds since the epoch. `service` and `app` name the app of the device, "" for a device without push
    parameters. `push` is None when no push was wanted, and `TOO_MANY` when a limit stopped it. `after_s` is the
    time from the beginning to the device's 2xx, None when it did not register. A refresh has none: its binding is read
    at the end alone. `call_id` is the request's, "" without.
    """

    aor: str
    began: float
    cause: Cause
    service: str
    app: str
    push: Outcome | None
    end: WakeUpEnd
    after_s: float | None
    call_id: str


class WakeUpLog(Protocol):
    """Keeps the records of wake-ups."""

    def note(self, wake_up: WakeUp) -> None:
        """Note a wake-up that has ended. Returns at once."""
