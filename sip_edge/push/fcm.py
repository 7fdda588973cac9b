"""Sends pushes by FCM's HTTP v1 API, with an access token that Google gives for a service account.

The rules are those of these documents:

- Firebase, "FCM HTTP v1 API" (ErrorCode, AndroidConfig), and "Best practices for sending FCM messages at scale".
- Google, "Using OAuth 2.0 for Server to Server Applications".
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientSSLError, DummyCookieJar, TCPConnector

from sip_edge.push.app import App
from sip_edge.push.outcome import ACCEPTED, Outcome, Result, safe_reason
from sip_edge.push.parameters import Purpose, PushTarget
from sip_edge.push.retries import Reply, retry_after_s, with_retries
from sip_edge.push.shared_wait import SharedWait
from sip_edge.push.web_token import signed

_SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"  # RFC 7523 section 2.1
_ASSERTION_S: Final = 3600
_RENEWAL_S: Final = 300  # before an access token ends
_APP_PAUSE_S: Final = 60.0  # for credentials that are no good; a new try may find new ones
_CONNECTIONS: Final = 100
_OF_A_MADE_UP_TOKEN: Final = frozenset(("INVALID_ARGUMENT", "UNREGISTERED"))
_MADE_UP: Final = "made-up-token-of-a-test"


class _Answer(NamedTuple):
    """An answer of Google's: its status, its Retry-After, the members of its body."""

    status: int
    retry_after: str
    members: Mapping[str, object]


class _AccessToken(NamedTuple):
    """An access token, and when another one is asked for, in seconds since the epoch."""

    text: str
    until: float


class _NoAccessTokenError(Exception):
    """Google gives no access token; `reply` says why."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


class Fcm:
    """Sends pushes for the apps of all customers. To be used from the loop's thread."""

    def __init__(self, url: str, token_url: str, context: ssl.SSLContext, clock: Callable[[], float]) -> None:
        """`url` and `token_url` are Google's, and never a customer's; `clock` gives seconds since the epoch."""
        self._url = url
        self._token_url = token_url
        self._context = context
        self._clock = clock
        self._tokens: dict[str, _AccessToken] = {}
        self._granted: SharedWait[_AccessToken] = SharedWait()
        self._session: ClientSession | None = None

    async def send(self, app: App, target: PushTarget, purpose: Purpose, ttl_s: int) -> Outcome:
        """Wake a device. A push that can't be delivered at once is kept by Google for `ttl_s` seconds."""
        del purpose  # FCM has one kind of token, and one kind of push that wakes
        return await self._deliver(app, target.remote_token, ttl_s, is_check=False)

    async def check(self, app: App) -> Outcome:
        """Try the credentials with a push to a made-up token that is judged and not sent (`validate_only`)."""
        outcome = await self._deliver(app, _MADE_UP, 0, is_check=True)
        return ACCEPTED if outcome.reason in _OF_A_MADE_UP_TOKEN else outcome

    async def close(self) -> None:
        """End all connections."""
        await self._granted.close()
        if self._session:
            await self._session.close()

    async def _deliver(self, app: App, token: str, ttl_s: int, *, is_check: bool) -> Outcome:
        message = {
            "token": token,
            "android": {"priority": "high", "ttl": f"{ttl_s}s"},
            "data": {"wake": "sip"},  # nothing of the call or the message
        }
        body = json.dumps({"message": message, "validate_only": is_check}).encode()
        return await with_retries(lambda: self._try(app, body))

    async def _try(self, app: App, body: bytes) -> Reply:
        try:
            answer = await self._ask(app, body)
            if answer.status == 401 and _code(answer) != "THIRD_PARTY_AUTH_ERROR":
                self._tokens.pop(app.id, None)
                answer = await self._ask(app, body)
        except _NoAccessTokenError as error:
            return error.reply
        return _judged(answer, self._clock())

    async def _ask(self, app: App, body: bytes) -> _Answer:
        token = self._tokens.get(app.id)
        if token is None or token.until <= self._clock():
            token = await self._granted.result(app.id, lambda: self._grant(app))
        headers = {"Authorization": f"Bearer {token.text}", "Content-Type": "application/json"}
        return await self._post(f"{self._url}/v1/projects/{app.app}/messages:send", headers, body)

    async def _grant(self, app: App) -> _AccessToken:
        now = self._clock()
        claims = {
            "iss": app.issuer,
            "scope": _SCOPE,
            "aud": self._token_url,
            "iat": int(now),
            "exp": int(now) + _ASSERTION_S,
        }
        form = f"grant_type={_GRANT.replace(':', '%3A')}&assertion={signed(app.key, app.key_id, claims)}"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await self._post(self._token_url, headers, form.encode())
        text, lifetime = answer.members.get("access_token"), answer.members.get("expires_in")
        if answer.status != 200 or not isinstance(text, str) or not isinstance(lifetime, int):
            raise _NoAccessTokenError(_judged_grant(answer, now))
        self._tokens = {name: other for name, other in self._tokens.items() if other.until > now}
        token = self._tokens[app.id] = _AccessToken(text, now + max(0, lifetime - _RENEWAL_S))
        return token

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> _Answer:
        """Raises OSError."""
        if self._session is None:  # not made before the first push
            connector = TCPConnector(limit=_CONNECTIONS, ssl=self._context)
            self._session = ClientSession(connector=connector, cookie_jar=DummyCookieJar())
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                members = _members(await response.read())
                return _Answer(response.status, response.headers.get("Retry-After", ""), members)
        except ClientSSLError:
            raise  # an SSLError, too
        except ClientConnectorError as error:
            raise error.os_error from None
        except ClientError:
            raise ConnectionError("the connection has ended") from None


def _judged(answer: _Answer, now: float) -> Reply:
    if answer.status == 200:
        return Reply(ACCEPTED)
    reason = _code(answer)
    if reason == "UNREGISTERED":
        return Reply(Outcome(Result.UNREGISTERED, reason))
    if answer.status == 429 and not answer.retry_after:  # it may be for this device alone
        return Reply(Outcome(Result.REFUSED, reason))
    if answer.status == 429 or answer.status >= 500:
        wait = retry_after_s(answer.retry_after, now, 0)
        return Reply(Outcome(Result.UNAVAILABLE, reason, pause_s=wait), wait)
    is_of_the_app = answer.status in (401, 403, 404) and reason != "SENDER_ID_MISMATCH"
    return Reply(Outcome(Result.REFUSED, reason, pause_s=_APP_PAUSE_S if is_of_the_app else 0))


def _judged_grant(answer: _Answer, now: float) -> Reply:
    reason = safe_reason(answer.members.get("error"), f"HTTP{answer.status}")
    if answer.status == 429 or answer.status >= 500 or answer.status == 200:
        wait = retry_after_s(answer.retry_after, now, 0)
        return Reply(Outcome(Result.UNAVAILABLE, reason, pause_s=wait), wait)
    return Reply(Outcome(Result.REFUSED, reason, pause_s=_APP_PAUSE_S))


def _code(answer: _Answer) -> str:
    """FCM's own code of an error, else the status of Google's APIs."""
    error = answer.members.get("error")
    if not isinstance(error, dict):
        return f"HTTP{answer.status}"
    details = error.get("details")
    codes = [detail.get("errorCode", "") for detail in details] if isinstance(details, list) else []
    return safe_reason(next(filter(None, codes), error.get("status")), f"HTTP{answer.status}")


def _members(text: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
