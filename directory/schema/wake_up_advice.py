"""Why a device did not wake: the advice for each outcome of a wake-up.

The edge stores the outcome alone, the API tells the advice. A name never changes once it is published; its advice may.
"""

from __future__ import annotations

from typing import Final, Literal

WakeUpCause = Literal["call", "message", "place", "refresh", "test"]
PushResult = Literal["", "accepted", "refused", "unregistered", "unavailable"]
WakeUpEnd = Literal["registered", "late", "cancelled", "unanswered"]

_KEY_OF_APPLE: Final = (
    "Apple refuses the key of the push app: delete the push app, and create it again with a key of the app's team."
)
_KEY_OF_GOOGLE: Final = (
    "Google refuses the service account: let it have the role Firebase Cloud Messaging API Admin in the app's project, "
    "or create the push app again with a new key."
)
_TOPIC: Final = (
    "Apple refuses the app's name: give the push app the bundle id that the app was built with, and a key of its team."
)
_GONE: Final = "The app is no longer on the device, or its token has changed: open the app, so that it registers anew."
_OTHER_APP: Final = "The device's token is of another app or project: create a push app for the one that it names."
_PROVIDER: Final = (
    "The provider did not take the push in time: nothing to do unless it goes on, then look at its status page."
)
_UNREACHED: Final = (
    "The edges don't reach the provider: tell the operator, who should look at their way out and at its settings."
)
_TOO_MANY_OF_A_DEVICE: Final = (
    "The device was sent too many pushes in a short time: wait some minutes, and look for calls that repeat."
)
_TOO_MANY_OF_AN_APP: Final = (
    "The app has sent more pushes than its provider allows: wait some minutes, and raise its quota if that goes on."
)

REASONS: Final[dict[str, str]] = {
    # Words of the edges.
    "NoCredentials": "There is no push app for the app that the phone names: create it with POST /push-apps.",
    "NoTokenForPurpose": (
        "The phone gave a VoIP token alone, and that wakes it for calls only: let the app register its remote token, "
        "too."
    ),
    "BadPrivateKey": "The push app's key can't be read: delete the push app, and create it again.",
    "TooManyPushes": (
        "Pushes for the extension or from the caller came too often, so this one was not sent: wait some minutes, and "
        "block the caller if it isn't yours."
    ),
    "Timeout": _PROVIDER,
    "ConnectionLost": _PROVIDER,
    "ConnectionRefused": _UNREACHED,
    "NameNotResolved": _UNREACHED,
    "CertificateNotTrusted": _UNREACHED,
    "TlsFailed": _UNREACHED,
    "EdgeFailed": "An edge could not send the push: try again, and tell the operator when that goes on.",
    "CredentialsUnreadable": "An edge could not read the push app: try again, and tell the operator when that goes on.",
    # Words of Apple ("Handling notification responses from APNs").
    "BadDeviceToken": (
        "Apple does not know the token: the app is built for the sandbox and names production, or the other way round, "
        "so correct the push provider in its build."
    ),
    "DeviceTokenNotForTopic": _OTHER_APP,
    "Unregistered": _GONE,
    "ExpiredToken": _GONE,
    "InvalidProviderToken": _KEY_OF_APPLE,
    "MissingProviderToken": _KEY_OF_APPLE,
    "UnrelatedKeyIdInToken": _KEY_OF_APPLE,
    "BadEnvironmentKeyIdInToken": (
        "The key is for the other of Apple's environments, sandbox or production: create the push app again with a key "
        "for both."
    ),
    "Forbidden": _KEY_OF_APPLE,
    "ExpiredProviderToken": "Apple finds the edge's token too old: tell the operator, whose clocks may be wrong.",
    "TopicDisallowed": _TOPIC,
    "BadTopic": _TOPIC,
    "TooManyRequests": _TOO_MANY_OF_A_DEVICE,
    "TooManyProviderTokenUpdates": "Another server uses the push app's key, too: give each its own key.",
    # Words of Google (FCM HTTP v1 API, "ErrorCode", and RFC 6749 section 5.2).
    "UNREGISTERED": _GONE,
    "SENDER_ID_MISMATCH": _OTHER_APP,
    "INVALID_ARGUMENT": "Google can't read the device's token: open the app, so that it registers a new one.",
    "QUOTA_EXCEEDED": _TOO_MANY_OF_AN_APP,
    "RESOURCE_EXHAUSTED": _TOO_MANY_OF_AN_APP,
    "THIRD_PARTY_AUTH_ERROR": "Google has no good key of Apple's for this device: upload one in the Firebase console.",
    "PERMISSION_DENIED": _KEY_OF_GOOGLE,
    "UNAUTHENTICATED": _KEY_OF_GOOGLE,
    "invalid_grant": _KEY_OF_GOOGLE,
    "invalid_client": _KEY_OF_GOOGLE,
    "NOT_FOUND": "Google knows no such project: give the push app the project's id as Firebase shows it.",
    "UNAVAILABLE": _PROVIDER,
    "INTERNAL": _PROVIDER,
}
"""The advice for a push that was not accepted, by the word of the edge or of the provider."""

RESULTS: Final[dict[PushResult, str]] = {
    "refused": "The provider refused the push: its documentation explains the reason.",
    "unregistered": _GONE,
    "unavailable": _PROVIDER,
}
"""The advice for a push with another word."""

ENDS: Final[dict[WakeUpEnd, str]] = {
    "registered": "The push woke the device in time: nothing to do.",
    "late": (
        "The push woke the device after the caller had its answer: open the app's battery settings, and allow it to "
        "run in the background."
    ),
    "cancelled": "The caller gave up before the device was awake: nothing to do unless that took many seconds.",
    "unanswered": (
        "The provider took the push and the app did not register: it was force-stopped, a battery saver holds it, the "
        "device is off or without a network, or the app does not register after a push."
    ),
}
"""The advice after a push that was accepted."""

ENDS_WITHOUT_PUSH: Final[dict[WakeUpEnd, str]] = {
    "registered": "The device came back by itself in time: nothing to do.",
    "late": "The device came back after the caller had its answer: look at its network.",
    "cancelled": "The caller gave up before the device was back: nothing to do unless that took many seconds.",
    "unanswered": (
        "The device did not come back and can't be woken: look at its power and network, or use an app with push "
        "notifications on a mobile."
    ),
}
"""The advice where no push was wanted."""


def advice(push: PushResult, reason: str, end: WakeUpEnd) -> str:
    """Returns one sentence of advice for a wake-up."""
    if push == "accepted":
        return ENDS[end]
    return (REASONS.get(reason) or RESULTS[push]) if push else ENDS_WITHOUT_PUSH[end]
