"""A UDP socket that speaks SIP by hand, to the sender of the latest datagram."""

from __future__ import annotations

from sip_edge.message.message import Request, Response, parse
from tests.transport.peers import Address, UdpPeer


class Endpoint(UdpPeer):
    """Takes each message once: repetitions are dropped."""

    def __init__(self, far_end: Address = ("127.0.0.1", 9), host: str = "127.0.0.1") -> None:
        super().__init__(far_end, host)
        self._taken: set[bytes] = set()

    @property
    def address(self) -> str:
        """Host and port, as a Via or a URI has them."""
        host, port = self.source
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def receive(self) -> bytes:
        """The next datagram that is no keepalive. Its sender becomes the far end. Raises TimeoutError."""
        while True:
            data, self._edge = self._socket.recvfrom(65535)
            if data.strip():
                return data

    def take(self) -> Request | Response:
        """The next message that is no repetition."""
        while True:
            data = self.receive()
            if data not in self._taken:
                self._taken.add(data)
                return parse(data)
