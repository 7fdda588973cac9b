"""A simulated phone: it registers as an extension, keeps its flow alive, and is busy when it is called."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import Final

from chaos.load_balancer import LoadBalancer
from chaos.peer import Peer
from chaos.phone import RefusedError
from sip_edge.message.message import Request, Response
from sipctl.user_agent.digest import credentials

_MOST_TRIES: Final = 4
_KEEPALIVE: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """The account of a phone."""

    username: str
    domain: str
    password: str

    @property
    def uri(self) -> str:
        """The address of record."""
        return f"sip:{self.username}@{self.domain}"


class Phone(Peer):
    """The phone of an account, at a local address."""

    def __init__(self, host: str, load_balancer: LoadBalancer, account: Account) -> None:
        super().__init__(host, load_balancer)
        self.account = account
        self._call_id = secrets.token_hex(8)
        self._cseq = 0

    async def register(self, expires_s: int) -> None:
        """Register. Raises RefusedError with the status, SilentError."""
        proof: tuple[str, ...] = ()
        for _ in range(_MOST_TRIES):
            response = await self._ask(expires_s, *proof)
            if response.status == 503:
                await asyncio.sleep(int(response.get("retry-after") or 1))
            elif response.status in (401, 407):
                proof = (f"Authorization: {self._proof(response.get('www-authenticate'))}",)
            else:
                break
        if response.status != 200:
            raise RefusedError(response.start)

    def keep_alive(self) -> None:
        """Keep the flow open (RFC 5626 §3.5.1)."""
        self.send(_KEEPALIVE)

    def on_request(self, request: Request) -> None:
        """Be busy, and there."""
        if request.method != "ACK":
            self.answer(request, "486 Busy Here" if request.method == "INVITE" else "200 OK")

    async def _ask(self, expires_s: int, *proof: str) -> Response:
        self._cseq += 1
        account = self.account
        lines = (
            f"From: <{account.uri}>;tag={self._call_id[:8]}",
            f"To: <{account.uri}>",
            f"Call-ID: {self._call_id}",
            f"CSeq: {self._cseq} REGISTER",
            f"Contact: <sip:{account.username}@{self.source}>",
            f"Expires: {expires_s}",
        )
        return await self.ask("REGISTER", f"sip:{account.domain}", *lines, *proof)

    def _proof(self, challenge: str) -> str:
        account = self.account
        return credentials(challenge, "REGISTER", f"sip:{account.domain}", account.username, account.password)
