"""Phones that register and are busy, and a caller outside who calls them."""

from __future__ import annotations

import asyncio
from hashlib import md5
from itertools import count
from typing import Final

from bench.places import DOMAIN, REALM, password, username
from chaos.load_balancer import LoadBalancer
from chaos.peer import Peer
from directory.schema.credentials import ha1
from sip_edge.message.message import Request, Response

_serials: Final = count()
_KEEPALIVE: Final = b"\r\n\r\n"
_MOST_TRIES: Final = 6


class RefusedError(Exception):
    """A phone could not register."""


class Phone(Peer):
    """The phone of a user, by his number, with a device identity of its own.

    `stored_cseq` is that of the last REGISTER that was confirmed, 0 before and afterwards. `called_at` is when it was
    called last, by the loop's clock. `push` has the push parameters of its Contact.
    """

    push = ""

    def __init__(self, host: str, load_balancer: LoadBalancer, number: int) -> None:
        super().__init__(host, load_balancer)
        self.number = number
        self.uri = f"sip:{username(number)}@{DOMAIN}"
        self.call_id = f"phone-{next(_serials)}"
        self.stored_cseq = 0
        self.called_at = 0.0
        self._cseq = 0

    async def register(self, expires: int = 3600) -> Response:
        """Register, or with 0 unregister, and return the 200. Raises RefusedError with the status, SilentError."""
        response = await self.ask_to_register("", expires)
        for _ in range(_MOST_TRIES):
            if response.status == 503:
                await asyncio.sleep(int(response.get("retry-after") or 1))
                response = await self.ask_to_register("", expires)
            if response.status != 407:
                break
            response = await self.ask_to_register(proof(response, self.number, password(self.number)), expires)
        if response.status != 200:
            raise RefusedError(response.start)
        self.stored_cseq = self._cseq if expires else 0
        return response

    async def ask_to_register(self, authorization: str, expires: int = 3600) -> Response:
        """The answer to one REGISTER, with credentials or with "". Raises SilentError."""
        self._cseq += 1
        lines = (
            f"From: <{self.uri}>;tag=r{self.number}",
            f"To: <{self.uri}>",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self._cseq} REGISTER",
            f"Contact: <sip:{username(self.number)}@{self.source}{self.push}>",
            f"Expires: {expires}",
        )
        proved = (f"Authorization: {authorization}",) if authorization else ()
        return await self.ask("REGISTER", f"sip:{DOMAIN}", *lines, *proved)

    def keep_alive(self) -> None:
        """Say that it is there (RFC 5626 §3.5.1)."""
        self.send(_KEEPALIVE)

    def on_request(self, request: Request) -> None:
        """Be busy, and there."""
        if request.method == "INVITE":
            self.called_at = self._loop.time()
            self.answer(request, "486 Busy Here")
        elif request.method != "ACK":
            self.answer(request, "200 OK")


class Caller(Peer):
    """A caller outside."""

    async def call(self, uri: str) -> int:
        """The final status of a call to an address. Raises SilentError."""
        call_id = f"call-{next(_serials)}"
        who = (f"From: <sip:caller@outside.example>;tag={call_id}", f"Call-ID: {call_id}")
        invite = (f"To: <{uri}>", "CSeq: 1 INVITE", f"Contact: <sip:caller@{self.source}>")
        response = await self.ask("INVITE", uri, *who, *invite)
        branch = response.get("via").partition("branch=")[2].partition(";")[0]
        self.send(self.request("ACK", uri, branch, *who, response.line("to"), "CSeq: 1 ACK"))
        return response.status


def proof(challenge: Response, number: int, secret: str, nc: int = 1) -> str:
    """Credentials for a REGISTER of a user, with a password that may be wrong."""
    nonce = challenge.get("www-authenticate").partition('nonce="')[2].partition('"')[0]
    return credentials(nonce, username(number), secret, nc)


def credentials(
    nonce: str, name: str, secret: str, nc: int, method: str = "REGISTER", uri: str = f"sip:{DOMAIN}"
) -> str:
    """Credentials for a request on a nonce (RFC 7616 §3.4.1)."""
    ha2 = md5(f"{method}:{uri}".encode()).hexdigest()
    response = md5(f"{ha1(name, REALM, secret)}:{nonce}:{nc:08x}:c0ffee:auth:{ha2}".encode()).hexdigest()
    return (
        f'Digest username="{name}", realm="{REALM}", nonce="{nonce}", uri="{uri}", '
        f'response="{response}", algorithm=MD5, cnonce="c0ffee", qop=auth, nc={nc:08x}'
    )
