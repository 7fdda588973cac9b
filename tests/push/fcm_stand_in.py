"""A stand-in of FCM's HTTP v1 API with Google's token endpoint, on loopback, as unkind as the originals.

The documents that say so are Google's:

- "Using OAuth 2.0 for Server to Server Applications": the form of the assertion, its audience, an hour at most. Its
  errors are `invalid_grant` and `unsupported_grant_type`.
- "FCM HTTP v1 API", `projects.messages.send`, `AndroidConfig`: unknown members are refused, `ttl` ends in `s`,
  `validate_only` sends nothing.
- "ErrorCode" of that reference: 400 INVALID_ARGUMENT, 401 UNAUTHENTICATED, 403 SENDER_ID_MISMATCH, 404 UNREGISTERED,
  429 QUOTA_EXCEEDED with Retry-After, 503 UNAVAILABLE.
"""

from __future__ import annotations

import re
import secrets
import ssl
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from aiohttp import web

from tests.push.authority import BadTokenError, PublicKey, read_token, verify

SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFETIME_S: Final = 3599
_MEMBERS: Final = frozenset(("name", "data", "notification", "android", "webpush", "apns", "fcm_options", "token"))


class Answer(NamedTuple):
    """An answer that the next push or token request gets, whatever it is."""

    status: int
    code: str
    fields: Mapping[str, str] = {}


class Push(NamedTuple):
    """A push that was accepted: its device, and the whole message."""

    token: str
    message: Mapping[str, Any]


@dataclass
class Account:
    """A service account of a project."""

    email: str
    key: PublicKey
    project: str


class RefusedError(Exception):
    """A push that is refused."""

    def __init__(self, status: int, name: str, code: str = "") -> None:
        super().__init__(name)
        self.answer = _error(status, name, code)


class FcmStandIn:
    """FCM and the token endpoint on one port. `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.accounts: dict[str, Account] = {}
        self.devices: dict[str, str] = {}
        """The project of each device's token."""
        self.gone: set[str] = set()
        self.pushes: list[Push] = []
        self.grants: list[str] = []
        """The access tokens that were given."""
        self.unkind: deque[Answer | Literal["drop"]] = deque()
        self.unkind_grants: deque[Answer | Literal["drop"]] = deque()
        self.on_push: Callable[[Push], None] = lambda push: None
        self.requests = 0
        self.port = 0
        self._tokens: dict[str, tuple[Account, float]] = {}
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def token_url(self) -> str:
        return f"{self.url}/token"

    async def start(self, context: ssl.SSLContext, port: int = 0) -> None:
        """Listen on loopback."""
        app = web.Application()
        app.router.add_post("/token", self._grant)
        app.router.add_post("/v1/projects/{project}/messages:send", self._send)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=context)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close all connections, and listen no more."""
        assert self._runner is not None
        await self._runner.cleanup()

    def end_tokens(self) -> None:
        """Take back all access tokens, as Google does when an account's key is removed."""
        self._tokens.clear()

    async def _grant(self, request: web.Request) -> web.Response:
        unkind = self.unkind_grants.popleft() if self.unkind_grants else None
        if unkind == "drop":
            _drop(request)
        if isinstance(unkind, Answer):
            return web.json_response({"error": unkind.code}, status=unkind.status, headers=unkind.fields)
        form = await request.post()
        if form.get("grant_type") != _GRANT:
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        try:
            account = self._account(str(form.get("assertion", "")))
        except (BadTokenError, KeyError):
            return web.json_response({"error": "invalid_grant", "error_description": "Invalid JWT"}, status=400)
        token = f"ya29.{secrets.token_urlsafe(48)}"
        self._tokens[token] = (account, self.clock() + _LIFETIME_S)
        self.grants.append(token)
        return web.json_response({"access_token": token, "expires_in": _LIFETIME_S, "token_type": "Bearer"})

    def _account(self, assertion: str) -> Account:
        """The account that an assertion is of. Raises BadTokenError and KeyError."""
        header, claims, signed, signature = read_token(assertion)
        account = self.accounts[claims["iss"]]
        verify(account.key, signed, signature)
        now = self.clock()
        is_good = (
            header["alg"] == "RS256"
            and claims["aud"] == self.token_url
            and claims["scope"] == SCOPE
            and claims["exp"] - claims["iat"] <= 3600
            and claims["iat"] <= now + 300
            and claims["exp"] > now
        )
        if not is_good:
            raise BadTokenError
        return account

    async def _send(self, request: web.Request) -> web.Response:
        self.requests += 1
        unkind = self.unkind.popleft() if self.unkind else None
        if unkind == "drop":
            _drop(request)
        if isinstance(unkind, Answer):
            return _error(unkind.status, unkind.code, unkind.code, unkind.fields)
        try:
            push, is_sent = self._judge(request, await request.json())
        except RefusedError as refused:
            return refused.answer
        if is_sent:
            self.pushes.append(push)
            self.on_push(push)
        return web.json_response({"name": f"projects/{request.match_info['project']}/messages/{secrets.token_hex(8)}"})

    def _judge(self, request: web.Request, body: Any) -> tuple[Push, bool]:
        """The accepted push, and whether it is sent. Raises RefusedError."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        account, until = self._tokens.get(token, (None, 0.0))
        if account is None or until <= self.clock():
            raise RefusedError(401, "UNAUTHENTICATED")
        if request.match_info["project"] != account.project:
            raise RefusedError(403, "PERMISSION_DENIED")
        if body.keys() - {"message", "validate_only"} or body["message"].keys() - _MEMBERS:
            raise RefusedError(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT")
        message = body["message"]
        android = message.get("android", {})
        is_good = (
            all(isinstance(value, str) for value in message.get("data", {}).values())
            and android.get("priority", "normal").lower() in ("normal", "high")
            and re.fullmatch(r"[0-9]+(\.[0-9]+)?s", android.get("ttl", "0s"))
        )
        if not is_good:
            raise RefusedError(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT")
        self._judge_device(message["token"], account)
        return Push(message["token"], message), not body.get("validate_only", False)

    def _judge_device(self, token: str, account: Account) -> None:
        if token in self.gone:
            raise RefusedError(404, "NOT_FOUND", "UNREGISTERED")
        if token not in self.devices:
            raise RefusedError(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT")
        if self.devices[token] != account.project:
            raise RefusedError(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH")


def _error(status: int, name: str, code: str, fields: Mapping[str, str] = {}) -> web.Response:
    error: dict[str, Any] = {"code": status, "message": "no", "status": name}
    if code:
        error["details"] = [
            {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code},
            {"@type": "type.googleapis.com/google.rpc.BadRequest"},
        ]
    return web.json_response({"error": error}, status=status, headers=fields)


def _drop(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()
