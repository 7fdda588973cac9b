"""SIP over WebSocket: one message a frame sequence, subprotocol `sip` (RFC 7118)."""

from __future__ import annotations

from typing import Final

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from sip_edge.transport.connection import Accept, Connection, ConnectionFlow
from sip_edge.transport.flow import FlowClosedError
from sip_edge.transport.framing import PING, PONG

_SUBPROTOCOL: Final = "sip"
_LONGEST_MESSAGE: Final = 320 * 1024


class WebSocketConnection(Connection):
    """A connection that begins as HTTP."""

    def __init__(self, accept: Accept) -> None:
        super().__init__(accept)
        self._websocket = WSConnection(ConnectionType.SERVER)
        self._message = bytearray()

    def feed(self, data: bytes, flow: ConnectionFlow) -> None:
        """Handshake, then frames."""
        try:
            self._websocket.receive_data(data)
            for event in self._websocket.events():
                if isinstance(event, Request):
                    self._answer_handshake(event)
                elif isinstance(event, TextMessage | BytesMessage):
                    self._gather(event, flow)
                elif isinstance(event, Ping):
                    self.write(self._websocket.send(event.response()))
                elif isinstance(event, CloseConnection):
                    self.write(self._websocket.send(event.response()))
                    self.close()
        except (RemoteProtocolError, LocalProtocolError, FlowClosedError):
            self.close()

    def send(self, data: bytes) -> None:
        """Send one message as a text frame, or as a binary one when it is no UTF-8 (RFC 7118 §5.2)."""
        try:
            self.write(self._websocket.send(_frame(data)))
        except LocalProtocolError:
            raise FlowClosedError from None

    def _answer_handshake(self, request: Request) -> None:
        """Only a client that speaks SIP is let in (RFC 7118 §4)."""
        if _SUBPROTOCOL in request.subprotocols:
            self.write(self._websocket.send(AcceptConnection(subprotocol=_SUBPROTOCOL)))
        else:
            self.write(self._websocket.send(RejectConnection(status_code=400)))
            self.close()

    def _gather(self, event: TextMessage | BytesMessage, flow: ConnectionFlow) -> None:
        self._message += event.data.encode() if isinstance(event, TextMessage) else event.data
        if len(self._message) > _LONGEST_MESSAGE:
            self.close()
        elif event.message_finished:
            message = bytes(self._message)
            self._message.clear()
            if message == PING:
                flow.send_if_open(PONG)
            else:
                self.take(message, flow)


def _frame(data: bytes) -> TextMessage | BytesMessage:
    try:
        return TextMessage(data=data.decode())
    except UnicodeDecodeError:
        return BytesMessage(data=bytearray(data))
