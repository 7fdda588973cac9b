"""Why a registration went as it did: every reason that an attempt may have, and what to do about it.

A reason's name never changes once it is published; its advice may. The edge stores the reason alone, the API tells the
advice.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal, NamedTuple

Outcome = Literal["refused", "accepted"]


class Reason(StrEnum):
    """The obstacle to a registration, or the mark of a remarkable one."""

    WRONG_PASSWORD = "wrong_password"  # noqa: S105
    UNKNOWN_USERNAME = "unknown_username"
    OTHER_AUTHENTICATION_NAME = "other_authentication_name"
    WRONG_REALM = "wrong_realm"
    STALE_NONCE_LOOP = "stale_nonce_loop"
    REPLAYED_CREDENTIALS = "replayed_credentials"
    EXPIRY_TOO_SHORT = "expiry_too_short"
    SECOND_DEVICE = "second_device"
    DEVICE_REPLACED = "device_replaced"
    OLDER_REGISTER = "older_register"
    TOO_MANY_CONTACTS = "too_many_contacts"
    NO_OUTBOUND_AT_FIRST_HOP = "no_outbound_at_first_hop"
    MALFORMED = "malformed"
    THROTTLED = "throttled"
    EXTENSION_DISABLED = "extension_disabled"
    WRONG_DOMAIN = "wrong_domain"
    PUSH_SERVICE_UNSUPPORTED = "push_service_unsupported"
    DEVICE_ASLEEP = "device_asleep"


class Explanation(NamedTuple):
    """The outcome, and one sentence of advice."""

    outcome: Outcome
    advice: str


EXPLANATIONS: Final[dict[Reason, Explanation]] = {
    Reason.WRONG_PASSWORD: Explanation(
        "refused",
        "Type the extension's password into the phone again, or give the extension a new one with PUT.",
    ),
    Reason.UNKNOWN_USERNAME: Explanation(
        "refused",
        "There is no extension of this username: correct it in the phone, or create the extension.",
    ),
    Reason.OTHER_AUTHENTICATION_NAME: Explanation(
        "refused",
        "Set the phone's authentication name to the extension's username, without a domain, or leave it empty.",
    ),
    Reason.WRONG_REALM: Explanation(
        "refused",
        "Leave the realm empty in the phone, so that it takes the one that the registrar asks for.",
    ),
    Reason.STALE_NONCE_LOOP: Explanation(
        "refused",
        "The phone keeps answering old challenges: restart it, and update its software if that doesn't help.",
    ),
    Reason.REPLAYED_CREDENTIALS: Explanation(
        "refused",
        "Credentials came twice, which a phone that counts its uses of a nonce never does: restart it, and change the "
        "password if the source isn't yours.",
    ),
    Reason.EXPIRY_TOO_SHORT: Explanation(
        "refused",
        "Set the phone's registration expiry to 60 seconds or more; 3600 suits most.",
    ),
    Reason.SECOND_DEVICE: Explanation(
        "refused",
        "Another device is registered and answered when it was asked: unregister it, raise max_devices, or give this "
        "device an extension of its own.",
    ),
    Reason.DEVICE_REPLACED: Explanation(
        "accepted",
        "The device before did not answer for two seconds and lost its place to this one: nothing to do unless both "
        "are in use.",
    ),
    Reason.OLDER_REGISTER: Explanation(
        "refused",
        "A later REGISTER of the same phone came first: nothing to do unless it goes on, then restart the phone.",
    ),
    Reason.TOO_MANY_CONTACTS: Explanation(
        "refused",
        "Let the phone register one Contact, and five at most.",
    ),
    Reason.NO_OUTBOUND_AT_FIRST_HOP: Explanation(
        "refused",
        "A proxy before the registrar can't do SIP outbound: switch outbound off in the phone, or avoid the proxy.",
    ),
    Reason.MALFORMED: Explanation(
        "refused",
        "The registrar could not make sense of the REGISTER: update the phone's software, and switch off whatever "
        "rewrites SIP between it and the registrar.",
    ),
    Reason.THROTTLED: Explanation(
        "refused",
        "Too many attempts came from this source: correct what makes them fail, and wait some minutes.",
    ),
    Reason.EXTENSION_DISABLED: Explanation(
        "refused",
        "The extension is disabled: enable it with PUT.",
    ),
    Reason.WRONG_DOMAIN: Explanation(
        "refused",
        "Set the phone's domain, which it may call registrar or SIP server, to the extension's domain_name: a server's "
        "name or address says nothing of the customer, and goes into the outbound proxy, if anywhere.",
    ),
    Reason.PUSH_SERVICE_UNSUPPORTED: Explanation(
        "refused",
        "There is no push app for the service and the app that the phone names: create it with POST /push-apps, or "
        "switch push notifications off in the phone.",
    ),
    Reason.DEVICE_ASLEEP: Explanation(
        "refused",
        "Another device is registered and asleep, and was sent a push: if it doesn't register within 30 seconds, the "
        "next try of this device takes its place.",
    ),
}
