"""Registers as an extension, calls the extension's direct address, and listens at both ends."""

from __future__ import annotations

import secrets
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

from sipctl.user_agent.datagrams import Address, Datagrams
from sipctl.user_agent.digest import credentials
from sipctl.user_agent.endpoint import Endpoint, Headers
from sipctl.user_agent.media import Media
from sipctl.user_agent.message import Message
from sipctl.user_agent.sound import Ear, Tone

# Whole periods fit into a packet, and neither is a harmonic of the other.
_CALLER_HZ: Final = 400
_CALLEE_HZ: Final = 950
_SOUND_TIMEOUT_S: Final = 6.0
_EXPIRES_S: Final = 120
_CHALLENGED: Final = (401, 407)
_STRANGER: Final = "sip:canary@canary.invalid"


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """An extension, and the edge that is asked: the names that a phone is set up with.

    `direct_address` is the URI of the extension's public address.
    """

    host: str
    port: int
    domain: str
    username: str
    password: str
    direct_address: str


class Step(NamedTuple):
    """A step that was done, and its time in seconds."""

    name: str
    seconds: float


class StepFailedError(Exception):
    """A step that failed; the message says why, without secrets."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(reason)
        self.step = step


def self_call(account: Account) -> Iterator[Step]:
    """Yields the steps `resolve`, `register`, `call`, `sound` and `end`, each when done. Raises StepFailedError."""
    began = time.monotonic()
    edge = _resolved(account)
    local = _local_address(edge)
    yield Step("resolve", time.monotonic() - began)
    with Datagrams() as datagrams:
        call = _SelfCall(datagrams, account, edge, local)
        try:
            for name, do in (
                ("register", call.register),
                ("call", call.invite),
                ("sound", call.listen),
                ("end", call.end),
            ):
                began = time.monotonic()
                do()
                yield Step(name, time.monotonic() - began)
        finally:
            call.leave()


class _SelfCall:
    """Both ends of the call: the callee is the registered extension, the caller a stranger."""

    def __init__(self, datagrams: Datagrams, account: Account, edge: Address, local: str) -> None:
        self._datagrams = datagrams
        self._account = account
        self._caller = Endpoint(datagrams, local, edge, lambda request: ("200 OK", (), ""))
        self._callee = Endpoint(datagrams, local, edge, self._answer)
        self._caller_media = Media(datagrams, local, Tone(_CALLER_HZ), Ear(_CALLEE_HZ))
        self._callee_media = Media(datagrams, local, Tone(_CALLEE_HZ), Ear(_CALLER_HZ))
        self._instance = uuid.uuid5(uuid.NAMESPACE_URL, f"{account.username}@{account.domain}").urn
        self._registration = secrets.token_hex(8)
        self._registered = False
        self._cseq = 0
        self._dialog: Message | None = None
        self._call = [("From", f"<{_STRANGER}>;tag={secrets.token_hex(4)}"), ("Call-ID", secrets.token_hex(8))]

    def register(self) -> None:
        self._register("register", _EXPIRES_S)
        self._registered = True

    def leave(self) -> None:
        """Ends the call and the registration, if they are there. The step that failed before says more than this."""
        with suppress(StepFailedError):
            if self._dialog:
                self.end()
        with suppress(StepFailedError):
            if self._registered:
                self._register("end", 0)

    def invite(self) -> None:
        headers = [
            *self._call,
            ("To", f"<{self._account.direct_address}>"),
            ("CSeq", "1 INVITE"),
            ("Contact", f"<sip:canary@{self._caller.address}>"),
        ]
        answer = self._caller.request("INVITE", self._account.direct_address, headers, self._caller_media.description())
        if answer is None or answer.status >= 300:
            raise StepFailedError("call", _complaint("INVITE", answer))
        self._dialog = answer
        self._caller.send("ACK", answer.target, self._in_dialog(answer, "1 ACK"))
        self._caller_media.send_to(answer.body)

    def listen(self) -> None:
        media = self._caller_media, self._callee_media
        if not self._datagrams.serve_until(lambda: all(each.hears for each in media), _SOUND_TIMEOUT_S):
            raise StepFailedError("sound", "; ".join(f"the {n} {m.heard}" for n, m in zip(_ENDS, media, strict=True)))

    def end(self) -> None:
        dialog, self._dialog = self._dialog, None
        assert dialog is not None
        answer = self._caller.request("BYE", dialog.target, self._in_dialog(dialog, "2 BYE"))
        if answer is None or answer.status >= 300:
            raise StepFailedError("end", _complaint("BYE", answer))

    def _answer(self, request: Message) -> tuple[str, Headers, str]:
        """The callee's answer to a request of the edge."""
        if request.method != "INVITE":
            return "200 OK", (), ""
        self._callee_media.send_to(request.body)
        return "200 OK", [("Contact", self._contact())], self._callee_media.description()

    def _register(self, step: str, expires_s: int) -> None:
        uri = f"sip:{self._account.domain}"
        answer = self._callee.request("REGISTER", uri, self._registering(expires_s))
        if answer is not None and answer.status in _CHALLENGED:
            proof = self._proof(answer, uri)
            answer = self._callee.request("REGISTER", uri, [*self._registering(expires_s), proof])
        if answer is None or answer.status >= 300:
            raise StepFailedError(step, _complaint("REGISTER", answer))

    def _proof(self, challenge: Message, uri: str) -> tuple[str, str]:
        own, proxy = challenge.header("www-authenticate"), challenge.header("proxy-authenticate")
        name = "Authorization" if own else "Proxy-Authorization"
        account = self._account
        return name, credentials(own or proxy, "REGISTER", uri, account.username, account.password)

    def _registering(self, expires_s: int) -> Headers:
        self._cseq += 1
        address = f"<sip:{self._account.username}@{self._account.domain}>"
        return [
            ("From", f"{address};tag={self._registration[:8]}"),
            ("To", address),
            ("Call-ID", self._registration),
            ("CSeq", f"{self._cseq} REGISTER"),
            ("Contact", f'{self._contact()};+sip.instance="<{self._instance}>"'),
            ("Expires", str(expires_s)),
        ]

    def _contact(self) -> str:
        return f"<sip:{self._account.username}@{self._callee.address}>"

    def _in_dialog(self, answer: Message, cseq: str) -> Headers:
        routes = [("Route", route) for route in reversed(answer.route_set)]
        return [*self._call, ("To", answer.header("to")), ("CSeq", cseq), *routes]


_ENDS: Final = ("caller", "callee")


def _resolved(account: Account) -> Address:
    try:
        found = socket.getaddrinfo(account.host, account.port, socket.AF_INET, socket.SOCK_DGRAM)
    except OSError:
        raise StepFailedError("resolve", f"{account.host} has no IPv4 address") from None
    host, port = found[0][4][:2]
    return str(host), int(port)


def _local_address(edge: Address) -> str:
    """Returns the address that this machine sends from to an edge."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(edge)
        except OSError:
            raise StepFailedError("resolve", f"there is no way to {edge[0]}") from None
        return str(probe.getsockname()[0])


def _complaint(method: str, answer: Message | None) -> str:
    return f"{method} got {answer.first.partition(' ')[2]}" if answer else f"{method} got no final response"
