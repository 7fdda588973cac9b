"""Phones: what they send, made from what they were sent."""

from __future__ import annotations

from hashlib import md5
from itertools import count
from typing import Final

from bench.core.rig import BASE, Wire
from directory.schema.credentials import ha1
from directory.schema.model import Address, aor

CUSTOMER: Final = "abc123-def456"
DOMAIN: Final = f"{CUSTOMER}.registrar.{BASE}"
_OFFER: Final = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 8 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
)
_serial = count()


class Phone:
    """An extension's phone, or with no `password` a caller outside."""

    def __init__(self, username: str, domain: str, wire: Wire, password: str = "") -> None:
        self.wire = wire
        self.uri = f"sip:{username}@{domain}"
        self._username = username
        self._password = password
        self._host = f"10.0.0.5:{wire.port}"
        self._call_id = f"registration-of-{username}"
        self._cseq = 0
        self._nonce = ""
        self._nc = 0

    def address(self) -> Address:
        """Returns the address that the directory holds for its extension at first."""
        stored = ha1(self._username, BASE, self._password)
        return Address(aor(self._username, CUSTOMER), f"id-{self._username}", stored, 1, 1)

    def register(self, *credentials: str) -> bytes:
        """A REGISTER, and at first one without credentials."""
        self._cseq += 1
        return _message(
            f"REGISTER sip:{DOMAIN} SIP/2.0",
            self._via(),
            "Max-Forwards: 70",
            f"From: <{self.uri}>;tag=r{self._username}",
            f"To: <{self.uri}>",
            f"Call-ID: {self._call_id}",
            f"CSeq: {self._cseq} REGISTER",
            self._contact(),
            "Expires: 3600",
            *credentials,
            "User-Agent: Bench/1.0",
        )

    def register_again(self) -> bytes:
        """A REGISTER that answers the challenge that has just come, or the last one once more."""
        return self.register(self._proof("Authorization", "REGISTER", f"sip:{DOMAIN}"))

    def _proof(self, header: str, method: str, uri: str) -> str:
        """A header with credentials."""
        challenge = self.wire.last.decode().partition('nonce="')[2].partition('"')[0]
        self._nonce, self._nc = (challenge, 1) if challenge else (self._nonce, self._nc + 1)
        ha2 = md5(f"{method}:{uri}".encode()).hexdigest()
        middle = f"{self._nonce}:{self._nc:08x}:c0ffee:auth"
        response = md5(f"{ha1(self._username, BASE, self._password)}:{middle}:{ha2}".encode()).hexdigest()
        return (
            f'{header}: Digest username="{self._username}", realm="{BASE}", nonce="{self._nonce}", uri="{uri}", '
            f'response="{response}", algorithm=MD5, cnonce="c0ffee", qop=auth, nc={self._nc:08x}'
        )

    def _via(self) -> str:
        return f"Via: SIP/2.0/UDP {self._host};rport;branch=z9hG4bK{next(_serial):08x}"

    def _contact(self) -> str:
        return f"Contact: <sip:{self._username}@{self._host}>"


class Caller(Phone):
    """A phone in one call at a time."""

    def begin(self, callee: str) -> None:
        """Choose whom to call."""
        self._callee = callee
        self._id = f"call-{next(_serial)}"
        self._number = 0
        self._dialog: tuple[str, str, str] = ("", "", "")

    def invite(self, *credentials: str) -> bytes:
        """An INVITE with an offer."""
        self._number += 1
        extra = (self._contact(), "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS", *credentials, "User-Agent: Bench/1.0")
        return self._request("INVITE", self._callee, f"To: <{self._callee}>", *extra, body=_OFFER)

    def invite_again(self) -> bytes:
        """An INVITE that answers the challenge that has just come."""
        return self.invite(self._proof("Proxy-Authorization", "INVITE", self._callee))

    def acknowledge_refusal(self) -> bytes:
        """The ACK to a challenge."""
        return self._request("ACK", self._callee, _lines(self.wire.last, "To")[0])

    def acknowledge(self) -> bytes:
        """The ACK to the 200, along the route that it tells."""
        ok = self.wire.last
        contact = _lines(ok, "Contact")[0].partition("<")[2].partition(">")[0]
        route = _lines(ok, "Record-Route")[0].replace("Record-Route", "Route")
        self._dialog = (contact, _lines(ok, "To")[0], route)
        return self._in_dialog("ACK")

    def hang_up(self) -> bytes:
        """A BYE."""
        self._number += 1
        return self._in_dialog("BYE")

    def _in_dialog(self, method: str) -> bytes:
        uri, to, route = self._dialog
        return self._request(method, uri, to, route)

    def _request(self, method: str, uri: str, to: str, *extra: str, body: str = "") -> bytes:
        return _message(
            f"{method} {uri} SIP/2.0",
            self._via(),
            "Max-Forwards: 70",
            f"From: <{self.uri}>;tag=c{self._username}",
            to,
            f"Call-ID: {self._id}",
            f"CSeq: {self._number} {method}",
            *extra,
            body=body,
        )


class Callee(Phone):
    """A phone that answers what it was sent last."""

    def answer(self, status: str, body: bool = False) -> bytes:
        """A response."""
        request = self.wire.last
        copied = [line for name in ("Via", "Record-Route", "From", "Call-ID", "CSeq") for line in _lines(request, name)]
        to = _lines(request, "To")[0]
        if ";tag=" not in to:
            to += f";tag=s{self._username}"
        return _message(f"SIP/2.0 {status}", *copied, to, self._contact(), body=_OFFER if body else "")


def _lines(message: bytes, name: str) -> list[str]:
    head = message.decode().partition("\r\n\r\n")[0]
    return [line for line in head.split("\r\n") if line.startswith(f"{name}:")]


def _message(*lines: str, body: str = "") -> bytes:
    kind = ("Content-Type: application/sdp",) if body else ()
    return ("\r\n".join([*lines, *kind, f"Content-Length: {len(body)}", "", ""]) + body).encode()
