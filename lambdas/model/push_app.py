"""A push app, as the API takes and gives it."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, StringConstraints
from typing_extensions import TypedDict

from directory.api.push_apps import NewPushApp as StoredPushApp
from directory.schema.model import PushApp
from directory.schema.timestamps import timestamp
from lambdas.model import Model
from lambdas.problem import RefusedError, invalid

_BEGIN: Final = "-----BEGIN PRIVATE KEY-----"
_END: Final = "-----END PRIVATE KEY-----"
# The identifiers of algorithms in PKCS #8: a key on P-256 (RFC 5480), and an RSA key (RFC 8017).
_P256: Final = bytes.fromhex("06082a8648ce3d030107")
_RSA: Final = bytes.fromhex("06092a864886f70d010101")
_UNANSWERED_S: Final = 60  # edges look for tests every two seconds, and a provider has fifteen

_PrivateKey = Annotated[
    str, StringConstraints(max_length=5000, pattern=rf"^\s*{_BEGIN}[A-Za-z0-9+/=\s]{{150,}}{_END}\s*$")
]
_KeyId = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9]{10}$")]
_TeamId = Annotated[str, StringConstraints(pattern="^[A-Z0-9]{10}$")]
_BundleId = Annotated[str, StringConstraints(max_length=155, pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")]
_ProjectId = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9-]{4,28}[a-z0-9]$")]
_ProjectNumber = Annotated[str, StringConstraints(pattern="^[0-9]{6,20}$")]
_Email = Annotated[str, StringConstraints(max_length=255, pattern=r"^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+$")]
_GoogleKeyId = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9]{1,64}$")]


class ApnsCredentials(Model):
    """An app's bundle id, and a key of its team for the Apple Push Notification service.

    The key is the text of its .p8 file.
    """

    bundle_id: _BundleId
    team_id: _TeamId
    key_id: _KeyId
    private_key: _PrivateKey


class ServiceAccount(Model):
    """A key of a service account, as Google hands it out in a JSON file.

    Its other members, URLs among them, may be there and are not read.
    """

    model_config = ConfigDict(extra="ignore")

    type: Literal["service_account"]
    project_id: _ProjectId
    private_key_id: _GoogleKeyId
    private_key: _PrivateKey
    client_email: _Email


class FcmCredentials(Model):
    """A key of a service account of the app's Firebase project.

    `project_number` is the project's number, which some phones name in the place of its id.
    """

    service_account: ServiceAccount
    project_number: _ProjectNumber | None = None


class NewPushApp(Model):
    """The body that creates a push app: one of `apns` and `fcm`."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    apns: ApnsCredentials | None = None
    fcm: FcmCredentials | None = None

    def stored(self) -> StoredPushApp:
        """The app that is to be stored. Raises RefusedError with 422."""
        if self.apns and not self.fcm:
            apns = self.apns
            key = _private_key(apns.private_key, _P256, "#/apns/private_key")
            return StoredPushApp("apns", apns.bundle_id, "", apns.team_id, apns.key_id, key)
        if self.fcm and not self.apns:
            account = self.fcm.service_account
            key = _private_key(account.private_key, _RSA, "#/fcm/service_account/private_key")
            number = self.fcm.project_number or ""
            return StoredPushApp("fcm", account.project_id, number, account.client_email, account.private_key_id, key)
        raise invalid({"pointer": "#", "detail": "This must have one of apns and fcm."})


class PushAppTest(Model):
    """The body that asks for a test of a push app's credentials: an empty object."""


class PushTestAnswer(TypedDict):
    """The last test of a push app's credentials.

    `status` is "" before the first test, and `waiting` until an edge has done it. It is `unanswered` when no edge has
    done it within a minute. It is `accepted` when the provider takes the credentials, and `refused` when it doesn't. It
    is `unavailable` when it could not be asked. `reason` is the provider's own word, "" for none. `time` is when that
    became so.
    """

    status: Literal["", "waiting", "unanswered", "accepted", "refused", "unavailable"]
    reason: str
    time: str


class PushAppAnswer(TypedDict):
    """A push app. Nothing shows its private key.

    `app` is the bundle id (APNs) or the project's id (FCM), `issuer` the team's id or the service account's address.
    """

    id: str
    customer_id: str
    service: Literal["apns", "fcm"]
    app: str
    project_number: str
    issuer: str
    key_id: str
    test: PushTestAnswer
    tm_create: str


class PushAppListAnswer(TypedDict):
    """All push apps of a customer."""

    result: list[PushAppAnswer]


def push_app_answer(app: PushApp, now: float) -> PushAppAnswer:
    """The answer that shows a push app; `now` is in seconds since the epoch."""
    status: Any = app.test.status
    if status == "waiting" and app.test.changed + _UNANSWERED_S < now:
        status = "unanswered"
    return {
        "id": app.id,
        "customer_id": app.customer_id,
        "service": app.service,
        "app": app.app,
        "project_number": app.number,
        "issuer": app.issuer,
        "key_id": app.key_id,
        "test": {
            "status": status,
            "reason": app.test.reason,
            "time": timestamp(app.test.changed) if app.test.changed else "",
        },
        "tm_create": app.tm_create,
    }


def _private_key(pem: str, algorithm: bytes, pointer: str) -> bytes:
    """The bytes of a PEM. Raises RefusedError with 422, which repeats nothing of it."""
    try:
        der = base64.b64decode("".join(pem.replace(_BEGIN, "").replace(_END, "").split()), validate=True)
    except binascii.Error:
        raise _no_key(pointer) from None
    if der[:1] != b"\x30" or algorithm not in der[:40]:
        raise _no_key(pointer)
    return der


def _no_key(pointer: str) -> RefusedError:
    return invalid({"pointer": pointer, "detail": "This is no private key of the kind that the provider hands out."})
