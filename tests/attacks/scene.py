"""The scene of an attack: two edges with one secret, a registered victim, an attacker, and a bystander.

All of them but the bystander use one transport.
"""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress

from directory.schema import items
from directory.schema.model import Address, aor
from sip_edge.message.message import Request, Response
from tests.calls.office import PASSWORD, Office
from tests.edge_process import EdgeProcess
from tests.sip_edge.rig import digest
from tests.transport.peers import Peer
from tests.transport.transports import TRANSPORTS, trusting
from tests.transport.wire_phone import WirePhone

OUTSIDE = "sip:mallory@outside.example"
Message = Request | Response


class Scene:
    """`here` and `elsewhere` are the edges; the victim is registered at `here`, its colleague is an extension, too."""

    def __init__(self, office: Office, here: EdgeProcess, elsewhere: EdgeProcess, transport: str) -> None:
        self.office = office
        self.here = here
        self.elsewhere = elsewhere
        self.transport = transport
        self._hosts = 0
        self.victim = self.phone(office.extension()["username"])
        self.colleague = office.extension()["username"]
        assert self.victim.register(expires=3600).status == 200
        self.stored = self.address()
        self.bystander = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # Another host: a request may name any port of its own for the answer (RFC 3261 section 18.2.2).
        self.bystander.bind(("127.0.0.9", 0))
        self.bystander.setblocking(False)
        self.bystander_host = f"127.0.0.9:{self.bystander.getsockname()[1]}"

    def peer(self, edge: EdgeProcess | None = None, source: str = "") -> Peer:
        """A new peer at an edge."""
        return TRANSPORTS[self.transport](edge or self.here, "127.0.0.1", trusting(), source)

    def phone(self, username: str, edge: EdgeProcess | None = None, source: str = "") -> WirePhone:
        """A new phone that speaks for an extension, or pretends to."""
        return WirePhone(self.office, username, self.peer(edge, source), self.transport)

    def mallory(self, edge: EdgeProcess | None = None, source: str = "") -> WirePhone:
        """A new caller from outside."""
        mallory = self.phone("mallory", edge, source)
        mallory.aor = OUTSIDE
        return mallory

    def fresh_host(self) -> str:
        """An address that has sent nothing yet."""
        self._hosts += 1
        return f"127.0.{1 + self._hosts // 250}.{1 + self._hosts % 250}"

    def credentials(self, challenge: str, method: str, uri: str, username: str, nc: int = 1) -> str:
        """Good ones."""
        return digest(challenge, method, uri, username, PASSWORD, nc, realm=self.office.service.base)

    def address(self) -> Address:
        """The victim's address as it is stored."""
        service = self.office.service
        key = {"aor": {"S": aor(self.victim.username, self.office.customer_id)}}
        found = service.dynamodb.get_item(TableName=service.tables["ADDRESSES_TABLE"], Key=key, ConsistentRead=True)
        return items.address(found["Item"])

    def reached(self) -> list[Message]:
        """The message that has come to the victim and was not taken."""
        return heard(self.victim)

    def arrived(self) -> Request:
        """The call that has come to the victim, which is busy."""
        call = self.victim.take_request()
        assert call.method == "INVITE"
        self.victim.answer(call, "486 Busy Here")
        assert self.victim.take_request().method == "ACK"
        return call

    def assert_unharmed(self) -> None:
        """The victim is registered as it was, has heard nothing more, and nothing was sent to the bystander."""
        assert self.address() == self.stored
        assert self.reached() == []
        try:
            raise AssertionError(self.bystander.recv(65535))
        except BlockingIOError:
            pass


def heard(phone: WirePhone) -> list[Message]:
    """All messages that have come to a peer: those before the edge's answer to its next request.

    When the edge has hung up, all that came before.
    """
    call_id = secrets.token_hex(8)
    messages: list[Message] = []
    with suppress(EOFError, ConnectionError):
        phone.peer.send(phone.request("OPTIONS", "sip:127.0.0.1", "<sip:127.0.0.1>", call_id=call_id))
        while (message := phone.take()).get("call-id") != call_id:
            messages.append(message)
    return messages


def invite(caller: WirePhone, uri: str, *extra: str, body: str = "v=0\r\n", call_id: str = "") -> bytes:
    """An INVITE of a new call."""
    call_id = call_id or secrets.token_hex(8)
    return caller.request("INVITE", uri, f"<{uri}>", "Contact: <sip:c@192.0.2.1>", *extra, body=body, call_id=call_id)
