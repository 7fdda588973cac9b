"""The outcome of a push, and the interface by which registrar and proxy ask for one."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple, Protocol

from sip_edge.push.parameters import Purpose, PushTarget

_REASON: Final = re.compile(r"[A-Za-z0-9_]{1,40}")


class Result(Enum):
    """The result of a push, by what follows from it."""

    ACCEPTED = "accepted"
    """The provider has taken the push."""
    REFUSED = "refused"
    """The provider refuses this push, or no credentials fit; the same push has no better luck."""
    UNREGISTERED = "unregistered"
    """The app is no longer on the device, or its token has changed: the binding ends."""
    UNAVAILABLE = "unavailable"
    """The provider, or the table of credentials, could not be asked in time."""


class Outcome(NamedTuple):
    """A result with the provider's own word for it.

    `reason` is "" for an accepted push. `unregistered_since` is when the provider learned that the token is no longer
    good. It is in seconds since the epoch, 0 where the provider tells no time. `pause_s` is for how long a push for the
    same app has no better luck, in seconds.
    """

    result: Result
    reason: str = ""
    unregistered_since: float = 0
    pause_s: float = 0


ACCEPTED: Final = Outcome(Result.ACCEPTED)
NO_APP: Final = Outcome(Result.REFUSED, "NoCredentials")
NO_TOKEN: Final = Outcome(Result.REFUSED, "NoTokenForPurpose")
TIMED_OUT: Final = Outcome(Result.UNAVAILABLE, "Timeout")
BAD_KEY: Final = Outcome(Result.REFUSED, "BadPrivateKey")
TOO_MANY: Final = Outcome(Result.REFUSED, "TooManyPushes")  # of `sip_edge.guard.push_limits`
EDGE_FAILED: Final = Outcome(Result.UNAVAILABLE, "EdgeFailed")
UNREADABLE: Final = Outcome(Result.UNAVAILABLE, "CredentialsUnreadable")


class Fault(Enum):
    """The party that has to mend a push which was not accepted."""

    PROVIDER = "provider"
    EDGE = "edge"
    """Ours: credentials that an edge can't read, or a push that a provider can't."""
    KEY = "key"
    """The customer's: its provider refuses the credentials."""
    APP = "app"
    """The customer's: there is no push app that fits."""
    QUOTA = "quota"
    """The customer's: too many pushes."""
    DEVICE = "device"
    """The device's: its token is not good, or not for this app."""


_OF_QUOTAS: Final = frozenset(
    (
        *("TooManyRequests", "TooManyProviderTokenUpdates", "TooManyPushes", "HTTP429"),
        *("QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED"),
    )
)
_OF_APPS: Final = frozenset((NO_APP.reason, NO_TOKEN.reason, BAD_KEY.reason, "TopicDisallowed", "BadTopic"))
_OF_EDGES: Final = frozenset(
    (
        *(EDGE_FAILED.reason, UNREADABLE.reason),
        *("BadCollapseId", "BadExpirationDate", "BadMessageId", "BadPath", "BadPriority", "DuplicateHeaders"),
        *("InvalidPushType", "MethodNotAllowed", "MissingDeviceToken", "MissingTopic", "PayloadEmpty"),
        *("PayloadTooLarge", "MissingProviderToken"),
    )
)


def fault_of(outcome: Outcome) -> Fault:
    """Returns the fault of a push that was not accepted."""
    if outcome.reason in _OF_EDGES:
        return Fault.EDGE
    if outcome.reason in _OF_QUOTAS:
        return Fault.QUOTA
    if outcome.reason in _OF_APPS:
        return Fault.APP
    if outcome.result is Result.UNAVAILABLE:
        return Fault.PROVIDER
    # Of refusals, those of credentials alone have a pause for the whole app.
    return Fault.KEY if outcome.pause_s else Fault.DEVICE


class Pusher(Protocol):
    """Sends pushes (`sip_edge.push.notifications.PushNotifications`). Callbacks come later, in the loop's thread."""

    def find_services(self, customer_id: str, then: Callable[[frozenset[str] | None], None]) -> None:
        """Hand over the services that a customer has an app for; None when that can't be read now."""

    def has_app(self, customer_id: str, target: PushTarget, then: Callable[[bool | None], None]) -> None:
        """Hand over whether a customer has credentials for the app of a target; None when that can't be read now."""

    def push(
        self, customer_id: str, target: PushTarget, purpose: Purpose, ttl_s: int, then: Callable[[Outcome], None]
    ) -> None:
        """Wake a device. The provider keeps trying to reach it for `ttl_s` seconds; `then` is called once."""


def safe_reason(reason: object, fallback: str) -> str:
    """Returns a provider's word if it is one that may stand in logs and answers, else the fallback."""
    return reason if isinstance(reason, str) and _REASON.fullmatch(reason) else fallback
