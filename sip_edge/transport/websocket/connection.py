"""A WebSocket as a connection: one message in each WebSocket message, subprotocol `sip` (RFC 7118)."""

from __future__ import annotations

from typing import Final

from sip_edge.transport.accept import Accept
from sip_edge.transport.connection import Connection
from sip_edge.transport.connection_flow import ConnectionFlow
from sip_edge.transport.framing import PING, PONG
from sip_edge.transport.websocket import handshake
from sip_edge.transport.websocket.frames import CloseCode, Frame, FrameError, FrameReader, Opcode, frame

_LONGEST_MESSAGE: Final = 320 << 10  # more than a head and a body may have (`message.limits`)


class WebSocketConnection(Connection):
    """A connection that begins as HTTP."""

    __slots__ = ("_frames", "_message", "_opcode", "_request", "_searched")

    def __init__(self, accept: Accept) -> None:
        super().__init__(accept)
        self._request: bytearray | None = bytearray()  # what there is of it, None behind the handshake
        self._searched = 0  # so many bytes of it hold no end
        self._frames = FrameReader(_LONGEST_MESSAGE)
        self._message = bytearray()
        self._opcode: Opcode | None = None  # of the message that has begun

    @property
    def unfinished(self) -> int:
        """See Connection."""
        return len(self._request or ()) + self._frames.unfinished + len(self._message)

    @property
    def has_begun(self) -> bool:
        """See Connection."""
        return self._request is None and (self._opcode is not None or self._frames.unfinished > 0)

    def add(self, data: bytes) -> None:
        """See Connection."""
        if self._request is None:
            self._frames.add(data)
        else:
            self._request += data

    def take(self, flow: ConnectionFlow) -> bool:
        """See Connection: a piece is the handshake, or a frame."""
        if self._request is not None:
            return self._shake_hands(self._request)
        try:
            taken = self._frames.take()
            if taken is None:
                return False
            self._handle(taken, flow)
        except FrameError as error:
            self._end(error.code)
        return True

    def send(self, data: bytes) -> None:
        """Sends one message as a text frame, or as a binary one when it is no UTF-8 (RFC 7118 section 5.2)."""
        self.write(frame(Opcode.TEXT if _is_text(data) else Opcode.BINARY, data))

    def _shake_hands(self, request: bytearray) -> bool:
        """Lets a client in that speaks SIP (RFC 7118 section 4)."""
        end = request.find(handshake.END, max(0, self._searched - len(handshake.END) + 1))
        if end < 0 and len(request) <= handshake.LONGEST_REQUEST:
            self._searched = len(request)
            return False
        try:
            if not 0 <= end <= handshake.LONGEST_REQUEST:
                raise handshake.HandshakeError("431 Request Header Fields Too Large")
            self.write_if_open(handshake.answer(bytes(request[:end])))
        except handshake.HandshakeError as error:
            self.write_if_open(error.response)
            self.finish()
        else:
            self._request = None
            self._frames.add(request[end + len(handshake.END) :])
        return True

    def _handle(self, taken: Frame, flow: ConnectionFlow) -> None:
        """Handles a frame. Raises FrameError."""
        opcode, is_final, payload = taken
        if opcode < Opcode.CLOSE:
            self._gather(opcode, is_final, payload, flow)
        elif opcode is Opcode.CLOSE:
            self.write_if_open(frame(Opcode.CLOSE, payload[:2]))
            self.finish()
        elif self.keeps_alive() and opcode is Opcode.PING:
            self.write_if_open(frame(Opcode.PONG, payload))

    def _gather(self, opcode: Opcode, is_final: bool, payload: bytes, flow: ConnectionFlow) -> None:
        """Adds a frame to its message, and receives that when it is whole. Raises FrameError."""
        if (opcode is Opcode.CONTINUATION) is (self._opcode is None):
            raise FrameError(CloseCode.PROTOCOL_ERROR)
        if len(self._message) + len(payload) > _LONGEST_MESSAGE:
            raise FrameError(CloseCode.TOO_BIG)
        if not is_final:
            self._opcode = self._opcode or opcode
            self._message += payload
            self.keeps_alive()
            return
        message = bytes(self._message) + payload if self._message else payload
        is_text = (self._opcode or opcode) is Opcode.TEXT
        self._message.clear()
        self._opcode = None
        if is_text and not _is_text(message):
            raise FrameError(CloseCode.INVALID_DATA)
        if message.strip(b"\r\n"):
            self.receive(message, flow)
        elif self.keeps_alive() and message == PING:
            flow.send_if_open(PONG)

    def _end(self, code: CloseCode) -> None:
        self.write_if_open(frame(Opcode.CLOSE, code.to_bytes(2)))
        self.finish()


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
