"""A stand-in of APNs on loopback, as unkind as the original.

The documents that say so are Apple's:

- "Establishing a token-based connection to APNs": ES256, `kid`, `iss`, `iat`. A token older than an hour is refused. A
  token is renewed no more than once every 20 minutes. One connection has tokens of one developer account.
- "Sending notification requests to APNs": path, topic, push types, priorities, expiration, sizes (4,096 bytes, 5,120
  for VoIP).
- "Handling notification responses from APNs": the status, the reasons, the `timestamp` of 410, in milliseconds.
- "Local and Remote Notification Programming Guide", "Communicating with APNs": one stream until a valid token has come.
  A GOAWAY with a reason comes before a connection ends.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings

from tests.push.authority import BadTokenError, PublicKey, read_token, verify

_OLDEST_TOKEN_S: Final = 3600
_RENEWAL_S: Final = 20 * 60
_AHEAD_S: Final = 300
_PUSH_TYPES: Final = frozenset(("alert", "background", "voip", "location", "complication", "fileprovider", "mdm"))

Unkindness = Literal["goaway", "drop", "silence", "refuse"]


class Answer(NamedTuple):
    """An answer that the next push gets, whatever it is."""

    status: int
    reason: str
    fields: Mapping[str, str] = {}


class Push(NamedTuple):
    """A push that was accepted."""

    token: str
    fields: Mapping[str, str]
    body: bytes


@dataclass
class Device:
    """An app on a device: the bundle it belongs to. `gone_at` is when it was removed, in seconds."""

    bundle: str
    is_sandbox: bool = False
    is_voip: bool = False
    gone_at: float | None = None


@dataclass
class Team:
    """A developer account: its id, the public keys by their ids, its apps."""

    id: str
    keys: dict[str, PublicKey]
    bundles: set[str] = field(default_factory=set)


class RefusedError(Exception):
    """A push that is refused, with the status and the reason of the answer."""

    def __init__(self, status: int, reason: str, **members: Any) -> None:
        super().__init__(reason)
        self.status = status
        self.body = {"reason": reason, **members}


class ApnsStandIn:
    """One environment of APNs, production or sandbox. `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float], *, is_sandbox: bool = False) -> None:
        self.clock = clock
        self.is_sandbox = is_sandbox
        self.teams: dict[str, Team] = {}
        self.devices: dict[str, Device] = {}
        self.pushes: list[Push] = []
        self.unkind: deque[Answer | Unkindness] = deque()
        """The fate of the next requests, one each."""
        self.on_push: Callable[[Push], None] = lambda push: None
        self.connections = 0
        self.requests = 0
        self.tokens: dict[tuple[str, str], tuple[str, float]] = {}
        """The token of each key, and when it was shown first."""
        self._open: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self, context: ssl.SSLContext, port: int = 0) -> None:
        """Listen on loopback."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self), "127.0.0.1", port, ssl=context
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close all connections, and listen no more."""
        assert self._server is not None
        self._server.close()
        for connection in list(self._open):
            connection.abort()
        await self._server.wait_closed()

    def opened(self, connection: _Connection) -> None:
        """A client has connected."""
        self.connections += 1
        self._open.add(connection)

    def closed(self, connection: _Connection) -> None:
        """A client's connection has ended."""
        self._open.discard(connection)

    def judge(self, fields: Mapping[str, str], body: bytes, team_of_connection: str) -> tuple[Push, str]:
        """The accepted push and its team. Raises RefusedError."""
        if fields[":method"] != "POST":
            raise RefusedError(405, "MethodNotAllowed")
        if not fields[":path"].startswith("/3/device/"):
            raise RefusedError(404, "BadPath")
        team = self._team(fields.get("authorization", ""))
        if team_of_connection not in ("", team.id):
            raise RefusedError(403, "InvalidProviderToken")
        topic, kind = fields.get("apns-topic", ""), fields.get("apns-push-type", "")
        self._judge_topic(team, topic, kind)
        _judge_fields(fields, kind)
        _judge_body(body, kind)
        token = fields[":path"].removeprefix("/3/device/")
        self._judge_device(token, topic)
        return Push(token, dict(fields), body), team.id

    def _team(self, authorization: str) -> Team:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise RefusedError(403, "MissingProviderToken")
        try:
            header, claims, signed, signature = read_token(token)
            team = self.teams[claims["iss"]]
            verify(team.keys[header["kid"]], signed, signature)
            if header["alg"] != "ES256":
                raise BadTokenError
        except (BadTokenError, KeyError):
            raise RefusedError(403, "InvalidProviderToken") from None
        now = self.clock()
        if claims["iat"] > now + _AHEAD_S:
            raise RefusedError(403, "InvalidProviderToken")
        if claims["iat"] < now - _OLDEST_TOKEN_S:
            raise RefusedError(403, "ExpiredProviderToken")
        shown, since = self.tokens.get((team.id, header["kid"]), (token, now))
        if shown != token and now < since + _RENEWAL_S:
            raise RefusedError(429, "TooManyProviderTokenUpdates")
        self.tokens[team.id, header["kid"]] = (token, since if shown == token else now)
        return team

    def _judge_topic(self, team: Team, topic: str, kind: str) -> None:
        if not topic:
            raise RefusedError(400, "MissingTopic")
        if kind not in _PUSH_TYPES:
            raise RefusedError(400, "InvalidPushType")
        if topic.endswith(".voip") is not (kind == "voip"):
            raise RefusedError(400, "BadTopic")
        if topic.removesuffix(".voip") not in team.bundles:
            raise RefusedError(400, "TopicDisallowed")

    def _judge_device(self, token: str, topic: str) -> None:
        device = self.devices.get(token)
        if device is None or device.is_sandbox is not self.is_sandbox:
            raise RefusedError(400, "BadDeviceToken")
        if topic != device.bundle + (".voip" if device.is_voip else ""):
            raise RefusedError(400, "DeviceTokenNotForTopic")
        if device.gone_at is not None:
            raise RefusedError(410, "Unregistered", timestamp=int(device.gone_at * 1000))


def _judge_fields(fields: Mapping[str, str], kind: str) -> None:
    priority = fields.get("apns-priority", "10")
    if priority not in ("1", "5", "10") or (kind == "background" and priority == "10"):
        raise RefusedError(400, "BadPriority")
    expiration = fields.get("apns-expiration", "0")
    if not expiration.isdigit():
        raise RefusedError(400, "BadExpirationDate")
    if "apns-id" in fields and len(fields["apns-id"]) != 36:
        raise RefusedError(400, "BadMessageId")


def _judge_body(body: bytes, kind: str) -> None:
    if not body:
        raise RefusedError(400, "PayloadEmpty")
    if len(body) > (5120 if kind == "voip" else 4096):
        raise RefusedError(413, "PayloadTooLarge")
    aps = json.loads(body).get("aps", {})
    if kind == "background" and (aps.get("content-available") != 1 or aps.keys() & {"alert", "sound", "badge"}):
        raise RefusedError(400, "InvalidPushType")


class _Connection(asyncio.Protocol):
    """A client's connection."""

    def __init__(self, apns: ApnsStandIn) -> None:
        self._apns = apns
        self._http = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._requests: dict[int, tuple[dict[str, str], bytearray]] = {}
        self._team = ""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._apns.opened(self)
        self._http.local_settings = Settings(client=False, initial_values={SettingCodes.MAX_CONCURRENT_STREAMS: 1})
        self._http.initiate_connection()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._apns.closed(self)

    def abort(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        try:
            for event in self._http.receive_data(data):
                if isinstance(event, RequestReceived):
                    fields = {str(name): str(value) for name, value in event.headers or ()}
                    self._requests[event.stream_id or 0] = (fields, bytearray())
                elif isinstance(event, DataReceived):
                    self._requests[event.stream_id or 0][1].extend(event.data or b"")
                    self._http.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
                elif isinstance(event, StreamEnded):
                    self._answer(event.stream_id or 0)
        except ProtocolError:
            self.abort()
        self._flush()

    def _answer(self, stream_id: int) -> None:
        fields, body = self._requests.pop(stream_id)
        self._apns.requests += 1
        unkind = self._apns.unkind.popleft() if self._apns.unkind else None
        if unkind == "silence":
            return
        if unkind == "drop":
            self.abort()
        elif unkind == "goaway":
            self._http.close_connection(ErrorCodes.NO_ERROR, b'{"reason":"Shutdown"}', last_stream_id=stream_id - 2)
        elif unkind == "refuse":
            self._http.reset_stream(stream_id, ErrorCodes.REFUSED_STREAM)
        elif isinstance(unkind, Answer):
            self._send(stream_id, unkind.status, fields, {"reason": unkind.reason}, unkind.fields)
        else:
            self._judge(stream_id, fields, bytes(body))

    def _judge(self, stream_id: int, fields: dict[str, str], body: bytes) -> None:
        try:
            push, team = self._apns.judge(fields, body, self._team)
        except RefusedError as refused:
            self._send(stream_id, refused.status, fields, refused.body, {})
            return
        if not self._team:
            self._team = team
            self._http.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 1000})
        self._apns.pushes.append(push)
        self._send(stream_id, 200, fields, None, {})
        self._apns.on_push(push)

    def _send(self, stream_id: int, status: int, fields: Mapping[str, str], body: Any, more: Mapping[str, str]) -> None:
        answer = [(":status", str(status)), ("apns-id", fields.get("apns-id", "")), *more.items()]
        self._http.send_headers(stream_id, answer, end_stream=body is None)
        if body is not None:
            self._http.send_data(stream_id, json.dumps(body).encode(), end_stream=True)

    def _flush(self) -> None:
        self._transport.write(self._http.data_to_send())
