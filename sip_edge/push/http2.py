"""A client connection of HTTP/2 (RFC 9113): many requests at a time to one server, as APNs wants them."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import ProtocolError
from hpack import HeaderTuple, NeverIndexedHeaderTuple

LARGEST_BODY_BYTES: Final = 5120  # of a request; what APNs takes at most
_LARGEST_ANSWER_BYTES: Final = 16_384
# A connection is idle for hours, and a network may forget it meanwhile: it is tried after a minute without data, and
# given up after another.
_KEEPALIVE: Final = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
)


class Response(NamedTuple):
    """The answer to a request: its status, its header fields by lower-case name, its body."""

    status: int
    fields: Mapping[str, str]
    body: bytes


class _Exchange:
    """A request that waits for its answer."""

    __slots__ = ("body", "done", "fields")

    def __init__(self, done: asyncio.Future[Response]) -> None:
        self.done = done
        self.fields: dict[str, str] = {}
        self.body = bytearray()


class Http2Connection(asyncio.Protocol):
    """One connection. To be used from the loop's thread, by way of `open_connection`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._http = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._exchanges: dict[int, _Exchange] = {}
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._transport: asyncio.Transport | None = None
        self._has_settings = False
        self.is_usable = True

    async def request(self, authority: str, path: str, fields: Sequence[tuple[str, str]], body: bytes) -> Response:
        """POST a body of at most LARGEST_BODY_BYTES, and return the answer.

        Raises ConnectionError when the connection ends before the answer: the server may have carried it out or not.
        A request that is cancelled has waited too long: no further request uses the connection.

        The path and an `authorization` are secret: no table of the compression keeps them (RFC 7541 section 7.1.3).
        """
        await self._room()
        stream_id = self._http.get_next_available_stream_id()
        exchange = _Exchange(self._loop.create_future())
        headers: list[HeaderTuple | tuple[str, str]] = [
            (":method", "POST"),
            (":scheme", "https"),
            (":authority", authority),
            NeverIndexedHeaderTuple(":path", path),
            *(NeverIndexedHeaderTuple(*field) if field[0] == "authorization" else field for field in fields),
            ("content-length", str(len(body))),
        ]
        self._exchanges[stream_id] = exchange
        try:
            self._http.send_headers(stream_id, headers)
            self._http.send_data(stream_id, body, end_stream=True)
            self._flush()
            self._let_one_go_on()
            return await exchange.done
        except ProtocolError:
            self.close()
            raise _lost() from None
        except asyncio.CancelledError:
            self.is_usable = False
            raise
        finally:
            del self._exchanges[stream_id]
            if self.is_usable:
                self._let_one_go_on()
            else:
                self.retire()

    def retire(self) -> None:
        """Take no more requests, and end the connection when all that were sent have their answers."""
        self.is_usable = False
        self._let_all_fail()
        if not self._exchanges:
            self.close()

    def close(self) -> None:
        """End the connection; what waits for an answer is lost."""
        self.is_usable = False
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)
        self._http.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        try:
            for event in self._http.receive_data(data):
                self._handle(event)
        except ProtocolError:
            self.close()
        else:
            self._flush()
            self._let_one_go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self.is_usable = False
        for exchange in self._exchanges.values():
            _fail(exchange)
        self._let_all_fail()

    async def _room(self) -> None:
        """Wait until one more request may be sent. Raises ConnectionError when the connection ends before."""
        while self.is_usable and not self._has_room():
            turn = self._loop.create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                self._let_one_go_on()
                raise
        if not self.is_usable:
            raise _lost()

    def _has_room(self) -> bool:
        # Before the server's settings have come its limits are not known.
        return (
            self._has_settings
            and len(self._exchanges) < self._http.remote_settings.max_concurrent_streams
            and self._http.outbound_flow_control_window >= LARGEST_BODY_BYTES
        )

    def _handle(self, event: Event) -> None:
        if isinstance(event, RemoteSettingsChanged):
            self._has_settings = True
        elif isinstance(event, ConnectionTerminated):
            # h2 takes nothing more after a GOAWAY (RFC 9113 section 6.8); answers that are still under way are lost.
            self.close()
        elif isinstance(event, ResponseReceived | DataReceived | StreamEnded | StreamReset):
            self._handle_answer(event)
        elif isinstance(event, WindowUpdated):
            self._let_one_go_on()

    def _handle_answer(self, event: ResponseReceived | DataReceived | StreamEnded | StreamReset) -> None:
        exchange = self._exchanges.get(event.stream_id or 0)
        if isinstance(event, DataReceived):
            self._http.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
        if exchange is None:
            return
        if isinstance(event, ResponseReceived):
            exchange.fields = {str(name): str(value) for name, value in event.headers or ()}
        elif isinstance(event, DataReceived):
            exchange.body += (event.data or b"")[: _LARGEST_ANSWER_BYTES - len(exchange.body)]
        elif isinstance(event, StreamReset):
            _fail(exchange)
        elif not exchange.done.done():
            status = int(exchange.fields.get(":status", "0"))
            exchange.done.set_result(Response(status, exchange.fields, bytes(exchange.body)))

    def _let_one_go_on(self) -> None:
        if not self.is_usable:
            self._let_all_fail()
            return
        while self._waiting and self._has_room():
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _let_all_fail(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)  # it sees that the connection has ended

    def _flush(self) -> None:
        if self._transport and (data := self._http.data_to_send()):
            self._transport.write(data)


async def open_connection(
    loop: asyncio.AbstractEventLoop, host: str, port: int, context: ssl.SSLContext
) -> Http2Connection:
    """Returns a connection to a server that speaks HTTP/2. Raises OSError."""
    transport, connection = await loop.create_connection(
        lambda: Http2Connection(loop), host, port, ssl=context, server_hostname=host
    )
    connected = transport.get_extra_info("socket")
    for level, option, value in _KEEPALIVE:
        connected.setsockopt(level, option, value)
    ssl_object = transport.get_extra_info("ssl_object")
    if ssl_object.selected_alpn_protocol() != "h2":
        transport.abort()
        raise OSError("the server does not speak HTTP/2")
    return connection


def _fail(exchange: _Exchange) -> None:
    if not exchange.done.done():
        exchange.done.set_exception(_lost())


def _lost() -> ConnectionError:
    return ConnectionError("the connection has ended")
