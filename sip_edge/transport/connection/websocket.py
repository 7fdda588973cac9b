"""SIP over WebSocket: one SIP message in each WebSocket message, subprotocol `sip` (RFC 7118)."""

from __future__ import annotations

from typing import Final

from websockets.exceptions import InvalidMessage, InvalidState
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from sip_edge.transport.connection.accept import Accept
from sip_edge.transport.connection.connection import Connection
from sip_edge.transport.connection.connection_flow import ConnectionFlow
from sip_edge.transport.connection.framing import PING, PONG
from sip_edge.transport.flow import FlowClosedError

_SUBPROTOCOLS: Final = (Subprotocol("sip"),)
_LONGEST_MESSAGE: Final = 320 << 10  # more than a head and a body may have (`message.limits`)
_PART_BYTES: Final = 256  # at most 42 frames
_END: Final = b"\r\n\r\n"  # of the handshake
_NO_HTTP: Final = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_DATA: Final = frozenset((Opcode.CONT, Opcode.TEXT, Opcode.BINARY))


class WebSocketConnection(Connection):
    """A connection that begins as HTTP. `websockets` reads handshake and frames from a part of the stream at a time."""

    __slots__ = ("_message", "_opcode", "_protocol", "_waiting")

    def __init__(self, accept: Accept) -> None:
        super().__init__(accept)
        self._protocol = ServerProtocol(subprotocols=_SUBPROTOCOLS, max_size=_LONGEST_MESSAGE)
        self._waiting = bytearray()  # bytes that the protocol does not have yet
        self._message = bytearray()
        self._opcode: Opcode | None = None  # of the message that has begun

    @property
    def unfinished(self) -> int:
        """See Connection."""
        return len(self._waiting) + len(self._protocol.reader.buffer) + len(self._message)

    @property
    def has_begun(self) -> bool:
        """See Connection."""
        is_open = self._protocol.state is State.OPEN
        return is_open and (self._opcode is not None or bool(self._waiting or self._protocol.reader.buffer))

    def probe(self) -> None:
        """See Connection. Browsers answer a ping by themselves (RFC 6455 §5.5.2)."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_ping(b"")
            self._send_output()

    def add(self, data: bytes) -> None:
        """See Connection."""
        self._waiting += data

    def take(self, flow: ConnectionFlow) -> bool:
        """See Connection. Handles up to `_PART_BYTES` of the stream."""
        if not self._waiting:
            return False
        size = self._size_of_part()
        self._protocol.receive_data(bytes(self._waiting[:size]))
        del self._waiting[:size]
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._protocol.send_response(self._protocol.accept(event))
            elif isinstance(event, Frame) and not self._handle(event, flow):
                break
        self._send_output()
        return True

    def send(self, data: bytes) -> None:
        """Sends a message as a text frame, or as a binary one without UTF-8 (RFC 7118 §5.2)."""
        send = self._protocol.send_text if _is_text(data) else self._protocol.send_binary
        try:
            send(data)
        except InvalidState:
            raise FlowClosedError from None
        for output in self._protocol.data_to_send():
            self.write(output)

    def connection_lost(self, exc: Exception | None) -> None:
        """See CountedConnection. Breaks the circles of references between the protocol, its parser and its errors."""
        super().connection_lost(exc)
        protocol = self._protocol
        protocol.parser.close()
        protocol.parser_exc = protocol.handshake_exc = None

    def _size_of_part(self) -> int:
        """Returns the number of waiting bytes for the protocol now. It reads frames only after the handshake."""
        end = self._waiting.find(_END) if self._protocol.state is State.CONNECTING else -1
        return _PART_BYTES if end < 0 else min(_PART_BYTES, end + len(_END))

    def _handle(self, frame: Frame, flow: ConnectionFlow) -> bool:
        """Handles a frame. Returns whether the next one is handled too, since the connection is open."""
        if frame.opcode in _DATA:
            return self._gather(frame, flow) and self._is_open
        return frame.opcode is Opcode.CLOSE or self.keeps_alive()  # the protocol answers pings

    def _gather(self, frame: Frame, flow: ConnectionFlow) -> bool:
        """Adds a frame to its message, and receives a whole message. Returns False for a text that is no UTF-8."""
        self._opcode = self._opcode or frame.opcode
        self._message += frame.data
        if not frame.fin:
            return self.keeps_alive()
        message, is_text = bytes(self._message), self._opcode is Opcode.TEXT
        self._message.clear()
        self._opcode = None
        if is_text and not _is_text(message):
            self._protocol.fail(CloseCode.INVALID_DATA)
            return False
        if message.strip(b"\r\n"):
            self.receive(message, flow)
        elif self.keeps_alive() and message == PING:
            flow.send_if_open(PONG)
        return True

    def _send_output(self) -> None:
        """Sends the protocol's own output. b"" is its end: the connection finishes."""
        outputs = self._protocol.data_to_send()
        if outputs:
            self.write_if_open(b"".join(outputs))
        if b"" in outputs:
            if isinstance(self._protocol.handshake_exc, InvalidMessage):
                self.write_if_open(_NO_HTTP)
            self.finish()


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
