"""A phone of the simplest kind over any transport."""

from __future__ import annotations

import secrets

from sip_edge.message.message import Request, Response, parse
from tests.calls.office import PASSWORD, Office
from tests.sip_edge.rig import digest
from tests.transport.peers import Peer


class WirePhone:
    """Speaks for an extension of an office."""

    def __init__(self, office: Office, username: str, peer: Peer, transport: str) -> None:
        self.peer = peer
        self.username = username
        self.aor = f"sip:{username}@{office.domain}"
        self.tag = secrets.token_hex(4)
        """The tag of its end of all its dialogs."""
        self._office = office
        self.transport = transport
        self.sent_by = "192.0.2.77:5099"
        self.contact = f"sip:{username}@{self.sent_by};transport={transport.lower()}"
        self.instance = ""
        """Its `+sip.instance`, without the quotes."""
        self._cseq = 0
        self._taken: set[bytes] = set()
        self.restart()

    def restart(self) -> None:
        """Forget the registration, as an app does that starts: the next one has a Call-ID of its own."""
        self._call_id = secrets.token_hex(6)

    def request(self, method: str, uri: str, to: str, *extra: str, body: str = "", call_id: str = "") -> bytes:
        """A request from this phone."""
        self._cseq += 1
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport} {self.sent_by};rport;branch=z9hG4bK{secrets.token_hex(6)}",
            "Max-Forwards: 70",
            f"From: <{self.aor}>;tag={self.tag}",
            f"To: {to}",
            f"Call-ID: {call_id or self._call_id}",
            f"CSeq: {self._cseq} {method}",
            *extra,
            f"Content-Length: {len(body.encode())}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def ask(self, data: bytes) -> Response:
        """Send a request, and return the first final response to it."""
        self.peer.send(data)
        branch = data.decode(errors="replace").partition("branch=")[2].partition("\r\n")[0].partition(";")[0]
        return self.final_response(branch)

    def final_response(self, branch: str = "") -> Response:
        """The next final response that comes; with a branch, the next one that has it."""
        while True:
            message = self.take()
            if isinstance(message, Response) and message.status >= 200 and branch in message.get("via"):
                return message

    def take(self) -> Request | Response:
        """The next message that is no repetition."""
        while True:
            data = self.peer.receive()
            if data not in self._taken:
                self._taken.add(data)
                return parse(data)

    def register(self, *extra: str, expires: int = 600) -> Response:
        """Register, and return the final response."""
        return self.ask(self.register_request(self.authorization(), *extra, expires=expires))

    def authorization(self, password: str = PASSWORD) -> str:
        """The credentials that answer a fresh challenge."""
        challenge = self.ask(self.register_request()).get("www-authenticate")
        return self.proof(challenge, "REGISTER", f"sip:{self._office.domain}", password)

    def proof(self, challenge: str, method: str, uri: str, password: str = PASSWORD) -> str:
        """The credentials that answer a challenge."""
        return digest(challenge, method, uri, self.username, password, realm=self._office.service.base)

    def register_request(self, authorization: str = "", *extra: str, expires: int = 600) -> bytes:
        """A REGISTER of its own, with credentials or without."""
        proof = (f"Authorization: {authorization}",) if authorization else ()
        instance = f';+sip.instance="{self.instance}"' if self.instance else ""
        headers = (f"Contact: <{self.contact}>{instance}", f"Expires: {expires}", *proof, *extra)
        return self.request("REGISTER", f"sip:{self._office.domain}", f"<{self.aor}>", *headers)

    def take_request(self) -> Request:
        """The next request that comes."""
        while True:
            message = self.take()
            if isinstance(message, Request):
                return message

    def answer(self, request: Request, status: str, *extra: str, body: bytes = b"") -> None:
        """Answer a request."""
        copied = [
            line
            for name, line in zip(request.names, request.lines, strict=True)
            if name in ("via", "from", "call-id", "cseq", "record-route")
        ]
        to = request.line("to")
        tagged = to if ";tag=" in to else f"{to};tag={self.tag}"
        lines = [f"SIP/2.0 {status}", *copied, tagged, *extra, f"Content-Length: {len(body)}"]
        self.peer.send(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
