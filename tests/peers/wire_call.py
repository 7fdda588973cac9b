"""One call by hand over an endpoint: requests with the dialog's state of RFC 3261 §12, and their responses."""

from __future__ import annotations

import secrets

from sip_edge.message.message import Request, Response
from tests.calls.office import PASSWORD
from tests.peers.description import AUDIO
from tests.peers.endpoint import Endpoint
from tests.peers.transcript import noted
from tests.sip_edge.rig import digest


class WireCall:
    """A call to a URI. `seen` has all messages that came, as `noted` writes them, without 100 Trying."""

    def __init__(self, endpoint: Endpoint, uri: str) -> None:
        self.endpoint = endpoint
        self.via = f"SIP/2.0/UDP {endpoint.address};rport"
        self.sender = "<sip:tester@outside.example>"
        self.credentials: tuple[str, str] | None = None
        """Username and realm of a caller that answers a challenge."""
        self.seen: list[str] = []
        self.cseq = 0
        self.target = uri
        self._to = f"<{uri}>"
        self.call_id = secrets.token_hex(8)
        self._tag = secrets.token_hex(4)
        self._routes: list[str] = []
        self._established = False
        self._waiting: list[Request] = []

    def send(self, method: str, *extra: str, body: bytes = b"", branch: str = "", cseq: int = 0, to: str = "") -> bytes:
        """Send a request of the call. Returns it. A header of `extra` takes the place of this one's own."""
        if not cseq:
            self.cseq += 1
        branch = branch or f"z9hG4bK{secrets.token_hex(8)}"
        lines = [
            f"{method} {self.target} SIP/2.0",
            f"Via: {self.via};branch={branch}",
            "Max-Forwards: 70",
            f"From: {self.sender};tag={self._tag}",
            f"To: {to or self._to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq or self.cseq} {method}",
            *([] if has(extra, "contact") else [f"Contact: <sip:tester@{self.endpoint.address}>"]),
            *(f"Route: {route}" for route in self._routes),
            *extra,
            *(["Content-Type: application/sdp"] if body and not has(extra, "content-type") else []),
            *([] if has(extra, "content-length") else [f"Content-Length: {len(body)}"]),
        ]
        request = ("\r\n".join(lines) + "\r\n\r\n").encode() + body
        self.endpoint.send(request)
        return request

    def ask(self, method: str, *extra: str, body: bytes = b"") -> list[str]:
        """Send a request that is no INVITE, answer a challenge, and return all that came but the challenge."""
        self.send(method, *extra, body=body)
        final = self.final(method)
        if final.status == 407 and self.credentials:
            self.seen.clear()
            username, realm = self.credentials
            proof = digest(final.get("proxy-authenticate"), method, self.target, username, PASSWORD, realm=realm)
            self.send(method, *extra, f"Proxy-Authorization: {proof}", body=body)
            self.final(method)
        return self.seen

    def invite(self, *extra: str, body: bytes = AUDIO, branch: str = "") -> Response:
        """Send an INVITE or re-INVITE, acknowledge its final response, and return it."""
        branch = branch or f"z9hG4bK{secrets.token_hex(8)}"
        self.send("INVITE", *extra, body=body, branch=branch)
        final = self.final("INVITE")
        self.acknowledge(final, branch)
        return final

    def acknowledge(self, final: Response, branch: str, body: bytes = b"") -> None:
        """ACK: of a refusal with the INVITE's branch (§17.1.1.3), of a 2xx with its own."""
        number = int(final.get("cseq").split()[0])
        if final.status < 300:
            self.send("ACK", body=body, cseq=number)
        else:
            self.send("ACK", branch=branch, cseq=number, to=final.get("to"))

    def final(self, method: str) -> Response:
        """The final response to the latest request of a method, and all before it noted."""
        while True:
            response = self.response()
            if response.status >= 200 and response.get("cseq").split()[1] == method:
                return response

    def response(self) -> Response:
        """The next response that is not 100. Requests that come before wait for `request`."""
        while isinstance(message := self.take(), Request):
            self._waiting.append(message)
        return message

    def request(self) -> Request:
        """The next request from the far end."""
        if self._waiting:
            return self._waiting.pop(0)
        message = self.take()
        assert isinstance(message, Request), message.start
        return message

    def take(self) -> Request | Response:
        """The next message; a response with a tag and a Contact makes or renews the dialog."""
        while True:
            message = self.endpoint.take()
            if isinstance(message, Response):
                if message.status == 100:
                    continue
                self._learn(message)
            self.seen.append(noted(message))
            return message

    def answer(self, request: Request, status: str, *extra: str, body: bytes = b"") -> None:
        """Answer a request of the far end."""
        self.endpoint.send(reply(request, status, *extra, body=body))

    def finish(self) -> None:
        """Hang up and wait for the 200."""
        self.send("BYE")
        assert self.final("BYE").status == 200

    def _learn(self, response: Response) -> None:
        if response.status >= 300:
            return
        if ";tag=" in response.get("to"):
            self._to = response.get("to")
        if response.get("contact"):
            self.target = response.get("contact").partition("<")[2].partition(">")[0]
            if not self._established:
                self._routes = list(reversed(response.values("record-route")))
                self._established = response.status >= 200


def has(lines: tuple[str, ...], name: str) -> bool:
    """Whether one of the header lines is of that name."""
    return any(line.lower().startswith(f"{name}:") for line in lines)


def reply(request: Request, status: str, *extra: str, body: bytes = b"", tag: str = "wire") -> bytes:
    """A response to a request. Without a tag, To stays as it came."""
    copied = [
        line
        for name, line in zip(request.names, request.lines, strict=True)
        if name in ("via", "from", "call-id", "cseq", "record-route")
    ]
    to = request.line("to")
    if tag and ";tag=" not in to:
        to += f";tag={tag}"
    kind = ["Content-Type: application/sdp"] if body and not has(extra, "content-type") else []
    lines = [f"SIP/2.0 {status}", *copied, to, *extra, *kind, f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
