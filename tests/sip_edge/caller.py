"""A caller through the rig, and the answers of a device."""

from __future__ import annotations

from sip_edge.message.message import Request, Response
from tests.sip_edge.rig import PASSWORD, FakeFlow, Rig, digest

OUTSIDE = "sip:someone@outside.example"


class Caller:
    """A caller over a flow."""

    def __init__(self, rig: Rig, sender: str = OUTSIDE, flow: FakeFlow | None = None, call_id: str = "") -> None:
        self.rig = rig
        self.sender = sender
        self.flow = flow or rig.flow("203.0.113.5", 5080)
        self.call_id = call_id or f"call-{rig.unique()}"
        self.cseq = 0
        self.branch = ""
        self.contact = "sip:caller@192.168.7.7:5060"
        self.route = ""

    def text(self, method: str, uri: str, *extra: str, to: str = "", cseq: int = 0, branch: str = "") -> str:
        if not cseq:
            self.cseq += 1
        self.branch = branch or f"z9hG4bK{self.rig.unique()}"
        body = "v=0\r\n" if method == "INVITE" else ""
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/{self.flow.transport} 192.168.7.7:5060;rport;branch={self.branch}",
            *([] if any(e.startswith("Max-Forwards") for e in extra) else ["Max-Forwards: 70"]),
            f"From: <{self.sender}>;tag=caller",
            f"To: {to or f'<{uri}>'}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq or self.cseq} {method}",
            f"Contact: <{self.contact}>",
            *extra,
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join(lines) + "\r\n\r\n" + body

    def send(self, method: str, uri: str, *extra: str, to: str = "", cseq: int = 0, branch: str = "") -> None:
        self.rig.receive(self.flow, self.text(method, uri, *extra, to=to, cseq=cseq, branch=branch))

    def send_proved(self, username: str, method: str, uri: str, *extra: str, password: str = PASSWORD) -> None:
        """Send a request, and once more with the credentials of an extension."""
        self.send(method, uri, *extra)
        challenge = self.flow.take_response().get("proxy-authenticate")
        credentials = digest(challenge, method, uri, username, password)
        self.send(method, uri, f"Proxy-Authorization: {credentials}", *extra)


def answer(request: Request, status: str, *extra: str, tag: str = "callee") -> str:
    """The answer of a device, with the headers that it has to copy (RFC 3261 §12.1.1)."""
    copied = [
        line
        for name, line in zip(request.names, request.lines, strict=True)
        if name in ("via", "from", "call-id", "cseq", "record-route")
    ]
    to = request.line("to")
    if "tag=" not in to and not status.startswith("100"):
        to += f";tag={tag}"
    return "\r\n".join([f"SIP/2.0 {status}", *copied, to, *extra, "Content-Length: 0", "", ""])


def responses(flow: FakeFlow) -> list[str]:
    return [m.start.removeprefix("SIP/2.0 ") for m in flow.take() if isinstance(m, Response)]
