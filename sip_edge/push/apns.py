"""Sends pushes by APNs over HTTP/2, with the token of a team's key.

The rules are those of these documents of Apple's:

- "Establishing a token-based connection to APNs", and "Sending notification requests to APNs".
- "Handling notification responses from APNs", and "Pushing background updates to your App".
"""

from __future__ import annotations

import asyncio
import json
import ssl
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from sip_edge.push.app import App
from sip_edge.push.http2 import Http2Connection, Response
from sip_edge.push.http2_pool import Http2Pool
from sip_edge.push.outcome import ACCEPTED, NO_TOKEN, Outcome, Result, safe_reason
from sip_edge.push.parameters import APNS, Purpose, PushTarget
from sip_edge.push.retries import Reply, retry_after_s, with_retries
from sip_edge.push.web_token import signed

# A token is good for an hour, and may be made anew every 20 minutes. All edges and restarts make the same one: it
# begins at a multiple of 40 minutes. It is used from a minute later on, for a clock that is ahead of Apple's.
_TOKEN_PERIOD_S: Final = 40 * 60
_TOKEN_NOTICE_S: Final = 60
_OF_THE_APP: Final = frozenset(
    (
        *("BadCertificate", "BadCertificateEnvironment", "ExpiredProviderToken", "Forbidden", "InvalidProviderToken"),
        *("MissingProviderToken", "UnrelatedKeyIdInToken", "BadEnvironmentKeyIdInToken"),
    )
)
_APP_PAUSE_S: Final = 60.0  # for credentials that are no good; a new try may find new ones
_OF_A_MADE_UP_TOKEN: Final = frozenset(("BadDeviceToken", "DeviceTokenNotForTopic", "Unregistered"))
_MADE_UP: Final = "0" * 64

_WAKING_BODY: Final = b'{"aps":{"content-available":1}}'


class Address(NamedTuple):
    """The host and port of one of Apple's servers."""

    host: str
    port: int


class _Push(NamedTuple):
    """One push: the app it is for, the server it goes to, the path that ends in the device's token."""

    app: App
    server: Address
    path: str
    fields: Sequence[tuple[str, str]]
    body: bytes


class Apns:
    """Sends pushes for the apps of all customers. To be used from the loop's thread."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        production: Address,
        sandbox: Address,
        context: ssl.SSLContext,
        clock: Callable[[], float],
    ) -> None:
        """`clock` gives seconds since the epoch."""
        self._production = production
        self._sandbox = sandbox
        self._pool = Http2Pool(loop, context)
        self._clock = clock
        self._renewed: dict[str, int] = {}

    async def send(self, app: App, target: PushTarget, purpose: Purpose, ttl_s: int) -> Outcome:
        """Wake a device. A push that can't be delivered at once is kept by Apple for `ttl_s` seconds."""
        token = target.token_for(purpose)
        if not token:
            return NO_TOKEN
        server = self._sandbox if target.is_sandbox else self._production
        fields, body = _content(app, target, purpose, int(self._clock()) + ttl_s)
        push = _Push(app, server, f"/3/device/{token}", fields, body)
        return await with_retries(lambda: self._try(push))

    async def check(self, app: App) -> Outcome:
        """Try the credentials with a push to a made-up token: Apple looks at the credentials first."""
        target = PushTarget(APNS, app.app, app.issuer, False, "", _MADE_UP)
        outcome = await self.send(app, target, Purpose.TEST, 0)
        return ACCEPTED if outcome.reason in _OF_A_MADE_UP_TOKEN else outcome

    async def close(self) -> None:
        """End all connections."""
        await self._pool.close()

    async def _try(self, push: _Push) -> Reply:
        connection = await self._pool.connection(*push.server, push.app.issuer)
        issued_at = self._issued_at(push.app)
        response = await self._ask(connection, push, issued_at)
        if _reason(response) == "ExpiredProviderToken":
            renewed_at = self._renewed_at(push.app, issued_at)
            if renewed_at != issued_at:
                response = await self._ask(connection, push, renewed_at)
        elif _reason(response) == "TooManyProviderTokenUpdates":
            # Apple has seen the former token first a short time ago. That one is still good (an hour).
            response = await self._ask(connection, push, issued_at - _TOKEN_PERIOD_S)
        return _judged(response, self._clock())

    async def _ask(self, connection: Http2Connection, push: _Push, issued_at: int) -> Response:
        app = push.app
        token = signed(app.key, app.key_id, {"iss": app.issuer, "iat": issued_at})
        fields = [("authorization", f"bearer {token}"), *push.fields]
        return await connection.request(push.server.host, push.path, fields, push.body)

    def _issued_at(self, app: App) -> int:
        now = self._clock()
        renewed = self._renewed.get(app.id, 0)
        if now < renewed + _TOKEN_PERIOD_S:
            return renewed
        return int((now - _TOKEN_NOTICE_S) // _TOKEN_PERIOD_S) * _TOKEN_PERIOD_S

    def _renewed_at(self, app: App, expired: int) -> int:
        """Go on with a token that is made now, unless another push has made one since the expired token's time.

        Returns the time of the token to go on with.
        """
        if self._issued_at(app) == expired:
            self._renewed[app.id] = int(self._clock())
        return self._issued_at(app)


def _content(app: App, target: PushTarget, purpose: Purpose, expiration: int) -> tuple[list[tuple[str, str]], bytes]:
    """The fields and the body of a push: nothing of the call or the message is in it."""
    topic, kind, priority, body = app.app, "background", "5", _WAKING_BODY
    if purpose is Purpose.CALL and target.voip_token:
        topic, kind, priority = f"{app.app}.voip", "voip", "10"
    elif purpose is Purpose.MESSAGE and target.message_key:
        kind, priority = "alert", "10"
        alert = {"alert": {"loc-key": target.message_key}, "mutable-content": 1, "sound": "default"}
        body = json.dumps({"aps": alert}, separators=(",", ":")).encode()
    fields = [
        ("apns-topic", topic),
        ("apns-push-type", kind),
        ("apns-priority", priority),
        ("apns-expiration", str(expiration)),
        ("apns-id", str(uuid.uuid4())),
    ]
    return fields, body


def _reason(response: Response) -> str:
    return safe_reason(_parsed(response).get("reason"), f"HTTP{response.status}")


def _judged(response: Response, now: float) -> Reply:
    if response.status == 200:
        return Reply(ACCEPTED)
    reason = _reason(response)
    if response.status == 410:
        since = _parsed(response).get("timestamp", 0)
        return Reply(Outcome(Result.UNREGISTERED, reason, since / 1000 if isinstance(since, int) else 0))
    if reason == "TooManyRequests":  # for this device alone
        return Reply(Outcome(Result.REFUSED, reason))
    if response.status == 429:
        return Reply(Outcome(Result.UNAVAILABLE, reason, pause_s=_APP_PAUSE_S))
    if response.status >= 500:
        wait = retry_after_s(response.fields.get("retry-after", ""), now, 0)
        return Reply(Outcome(Result.UNAVAILABLE, reason, pause_s=wait), wait)
    return Reply(Outcome(Result.REFUSED, reason, pause_s=_APP_PAUSE_S if reason in _OF_THE_APP else 0))


def _parsed(response: Response) -> Mapping[str, object]:
    try:
        found = json.loads(response.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
