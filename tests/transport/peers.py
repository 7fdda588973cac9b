"""The other end of each transport, for tests that speak SIP by hand."""

from __future__ import annotations

import socket
import ssl
import struct
from ipaddress import ip_address
from typing import Protocol

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, Ping, Pong, RejectConnection, Request, TextMessage

from sip_edge.transport.connection.framing import PING, PONG, Framer

TIMEOUT_S = 12.0
Address = tuple[str, int]


class Peer(Protocol):
    """Sends and receives whole messages."""

    def send(self, data: bytes) -> None: ...

    def receive(self) -> bytes: ...

    def close(self) -> None: ...

    @property
    def source(self) -> Address: ...


OPEN: list[Peer] = []
"""All peers that a test has made; whoever runs the test closes them."""


class UdpPeer:
    """Datagrams."""

    transport = "UDP"

    def __init__(self, edge: Address, host: str = "127.0.0.1") -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._socket.settimeout(TIMEOUT_S)
        self._edge = edge
        OPEN.append(self)

    def settimeout(self, seconds: float) -> None:
        """Sets the time to wait for a datagram, in seconds."""
        self._socket.settimeout(seconds)

    def send(self, data: bytes) -> None:
        self._socket.sendto(data, self._edge)

    def turn_to(self, edge: Address) -> None:
        """Send to another address from now on."""
        self._edge = edge

    def receive(self) -> bytes:
        """The next datagram that is no keepalive."""
        while True:
            data = self._socket.recv(65535)
            if data.strip():
                return data

    def close(self) -> None:
        self._socket.close()

    @property
    def source(self) -> Address:
        host, port = self._socket.getsockname()[:2]
        return host, port


class StreamPeer:
    """TCP, or TLS with a context; `preamble` is sent before anything else."""

    def __init__(
        self, edge: Address, context: ssl.SSLContext | None = None, preamble: bytes = b"", host: str = ""
    ) -> None:
        self.transport = "TLS" if context or preamble else "TCP"
        raw = socket.create_connection(edge, TIMEOUT_S, (host, 0))
        self._socket = context.wrap_socket(raw) if context else raw
        self._framer = Framer()
        self._messages: list[bytes] = []
        OPEN.append(self)
        if preamble:
            self._socket.sendall(preamble)

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def receive(self) -> bytes:
        while not self._messages:
            data = self._socket.recv(65535)
            if not data:
                raise EOFError
            self._messages += self._framer.feed(data)
        return self._messages.pop(0)

    def receive_raw(self) -> bytes:
        return self._socket.recv(65535)

    def has_ended(self) -> bool:
        """Whether the other side has closed the connection; nothing that has come is taken."""
        self._socket.setblocking(False)
        try:
            return self._socket.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True
        finally:
            self._socket.settimeout(TIMEOUT_S)

    def certificate(self) -> bytes:
        """The certificate that the edge has shown (DER)."""
        assert isinstance(self._socket, ssl.SSLSocket)
        shown = self._socket.getpeercert(binary_form=True)
        assert shown
        return shown

    def close(self) -> None:
        self._socket.close()

    @property
    def source(self) -> Address:
        host, port = self._socket.getsockname()[:2]
        return host, port


class WebSocketPeer:
    """WebSocket, or WSS with a context."""

    def __init__(
        self,
        edge: Address,
        context: ssl.SSLContext | None = None,
        subprotocol: str = "sip",
        preamble: bytes = b"",
        host: str = "",
    ) -> None:
        self.transport = "WSS" if context or preamble else "WS"
        raw = socket.create_connection(edge, TIMEOUT_S, (host, 0))
        self._socket = context.wrap_socket(raw) if context else raw
        self._websocket = WSConnection(ConnectionType.CLIENT)
        self._messages: list[bytes] = []
        self._text = ""
        self.pongs = 0
        if preamble:
            self._socket.sendall(preamble)
        request = Request(host="edge", target="/", subprotocols=[subprotocol])
        self._socket.sendall(self._websocket.send(request))
        self._accepted = False
        OPEN.append(self)
        while not self._accepted:
            self._read()

    def send(self, data: bytes) -> None:
        self._socket.sendall(self._websocket.send(TextMessage(data=data.decode())))

    def send_in_fragments(self, data: bytes, size: int) -> None:
        pieces = [data[i : i + size] for i in range(0, len(data), size)]
        for piece in pieces:
            frame = TextMessage(data=piece.decode(), message_finished=piece is pieces[-1])
            self._socket.sendall(self._websocket.send(frame))

    def ping(self) -> None:
        """Ping, and wait for the pong."""
        self._socket.sendall(self._websocket.send(Ping()))
        while not self.pongs:
            self._read()

    def receive(self) -> bytes:
        while not self._messages:
            self._read()
        return self._messages.pop(0)

    def close(self) -> None:
        self._socket.close()

    @property
    def source(self) -> Address:
        host, port = self._socket.getsockname()[:2]
        return host, port

    def _read(self) -> None:
        data = self._socket.recv(65535)
        if not data:
            raise EOFError
        self._websocket.receive_data(data)
        for event in self._websocket.events():
            if isinstance(event, AcceptConnection):
                assert event.subprotocol == "sip"
                self._accepted = True
            elif isinstance(event, RejectConnection):
                raise ConnectionRefusedError(event.status_code)
            elif isinstance(event, TextMessage | BytesMessage):
                self._text += event.data if isinstance(event, TextMessage) else bytes(event.data).decode()
                if event.message_finished:
                    self._messages.append(self._text.encode())
                    self._text = ""
            elif isinstance(event, Pong):
                self.pongs += 1


def preamble(source: Address, destination: Address) -> bytes:
    """The preamble of a load balancer (PROXY protocol v2)."""
    hosts = [ip_address(host) for host, _ in (source, destination)]
    family = 0x11 if hosts[0].version == 4 else 0x21
    body = hosts[0].packed + hosts[1].packed + struct.pack("!HH", source[1], destination[1])
    return b"\r\n\r\n\x00\r\nQUIT\n" + struct.pack("!BBH", 0x21, family, len(body)) + body


KEEPALIVE, KEEPALIVE_ANSWER = PING, PONG
