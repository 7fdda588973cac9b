"""SIP by hand over a real socket, for what no real phone would send."""

from __future__ import annotations

import socket
from types import TracebackType

from sip_edge.message.message import Response, parse
from sip_edge.transport.connection.framing import Framer
from tests.calls.office import PASSWORD, Office
from tests.sip_edge.rig import digest


class WirePhone:
    """A socket at a loopback address of its own choice that speaks for an extension."""

    def __init__(
        self, office: Office, username: str, transport: str = "udp", host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._office = office
        self._edge = (office.service.sip_host, office.service.sip_port)
        self._transport = transport
        self._framer = Framer()
        self._cseq = 0
        self.username = username
        self.aor = f"sip:{username}@{office.domain}"
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        self._socket = socket.socket(socket.AF_INET, kind)
        self._socket.bind((host, port))
        self._socket.settimeout(5)
        if transport == "tcp":
            self._socket.connect(self._edge)
        self.host, self.port = self._socket.getsockname()

    def __enter__(self) -> WirePhone:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def ask(self, text: str) -> Response:
        """Send a request, and return the first response."""
        if self._transport == "udp":
            self._socket.sendto(text.encode(), self._edge)
        else:
            self._socket.sendall(text.encode())
        answer = parse(self._receive())
        assert isinstance(answer, Response), answer.start
        return answer

    def register_text(self, authorization: str = "", expires: int = 600) -> str:
        """A REGISTER, with a CSeq of its own."""
        self._cseq += 1
        lines = [
            f"REGISTER sip:{self._office.domain} SIP/2.0",
            f"Via: SIP/2.0/{self._transport.upper()} {self.host}:{self.port};rport"
            f";branch=z9hG4bK{self.port}{self._cseq}",
            "Max-Forwards: 70",
            f"From: <{self.aor}>;tag={self.port}",
            f"To: <{self.aor}>",
            f"Call-ID: {self.username}-{self.port}",
            f"CSeq: {self._cseq} REGISTER",
            f"Contact: <sip:{self.username}@{self.host}:{self.port}>",
            f"Expires: {expires}",
            *([f"Authorization: {authorization}"] if authorization else []),
            "Content-Length: 0",
        ]
        return "\r\n".join(lines) + "\r\n\r\n"

    def credentials(self, password: str = PASSWORD) -> str:
        """The answer to a fresh challenge."""
        challenge = self.ask(self.register_text()).get("www-authenticate")
        uri = f"sip:{self._office.domain}"
        return digest(challenge, "REGISTER", uri, self.username, password, realm=self._office.service.base)

    def register(self, expires: int = 600) -> None:
        """Register, or fail the test."""
        answer = self.ask(self.register_text(self.credentials(), expires))
        assert answer.status == 200, answer.start

    def _receive(self) -> bytes:
        if self._transport == "udp":
            return self._socket.recv(65535)
        while True:
            for message in self._framer.feed(self._socket.recv(65535)):
                return message
