"""The bytes of a connection, from its accept to its end. Each step before the first message has a deadline."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Final, cast

from sip_edge.transport.connection.accept import Accept
from sip_edge.transport.connection.proxy_protocol import PreambleError, read_preamble
from sip_edge.transport.connection.tls import Tls
from sip_edge.transport.flow import FlowClosedError
from sip_edge.transport.source_network import network_of

_MOST_UNSENT: Final = 1 << 20
_PREAMBLE_S: Final = 5  # a balancer sends it at once
_HANDSHAKE_S: Final = 10
_LINGER_S: Final = 2  # for the peer to read the reason of the end
_OPTIONS: Final = (
    # Bytes that the peer's host does not acknowledge for so many milliseconds end the connection (RFC 5482). The
    # system's own keepalives stay off: with this limit one lost packet would end a connection (tcp(7)).
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
)


class CountedConnection(asyncio.BufferedProtocol):
    """Reads and writes bytes, behind a PROXY preamble or none and within TLS or none.

    It counts against all connections from its accept, and against its source as soon as that is known. All bytes that
    it holds count, too. Subclasses know about messages.
    """

    __slots__ = (
        *("__weakref__", "_accept", "_deadline", "_held", "_host", "_is_ending", "_port", "_preamble", "_source"),
        *("_tls", "_transport", "_unsent"),
    )

    def __init__(self, accept: Accept) -> None:
        self._accept = accept
        self._source = ""  # as the limits count it, "" until it is known
        self._preamble: bytearray | None = bytearray() if accept.behind_balancer else None
        self._tls: Tls | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._is_ending = False
        self._held = 0  # bytes, as the limits know them
        self._unsent = 0

    @property
    def unfinished(self) -> int:
        """Returns the number of bytes behind preamble and handshake that are not handled yet."""
        raise NotImplementedError

    def begin_messages(self) -> None:
        """Begins to handle messages."""
        raise NotImplementedError

    def add(self, data: bytes) -> None:
        """Adds bytes of the peer, behind preamble and handshake."""
        raise NotImplementedError

    def serve(self, most: int) -> int:
        """Handles at most `most` messages, keepalives or frames, and returns their number."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Counts a peer that has connected. A peer that has gone already has no address any more."""
        self._transport = cast(asyncio.Transport, transport)
        if not self._accept.limits.enter(self):
            self.abort()
            return
        opened = transport.get_extra_info("socket")
        try:
            for level, option, value in _OPTIONS:
                opened.setsockopt(level, option, value)
            self._host, self._port = opened.getpeername()[:2]
        except OSError:
            self.abort()
            return
        self._transport.set_write_buffer_limits(0)  # so that resume_writing is called when everything is sent
        if self._preamble is None:
            self._begin()
        else:
            self._await(_PREAMBLE_S, self.abort)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Returns the buffer to read into."""
        return self._accept.turns.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Handles bytes that have come."""
        if self._is_ending:
            return
        turns = self._accept.turns
        data = bytes(turns.buffer[:nbytes])
        if self._preamble is not None:
            data = self._read_preamble(self._preamble, data)
        if self._tls:
            self._tls.add(data)
        elif data and self._is_open:
            self.add(data)
        turns.serve(self, nbytes)

    def pause(self) -> None:
        """See Turns."""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """See Turns."""
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def write(self, data: bytes) -> None:
        """Sends bytes. Raises FlowClosedError when the connection has ended or its peer takes nothing."""
        try:
            self._write(self._tls.encrypt(data) if self._tls and self._is_open else data)
        except ssl.SSLError:
            raise FlowClosedError from None

    def write_if_open(self, data: bytes) -> None:
        """Sends bytes, unless the connection has ended."""
        with suppress(FlowClosedError):
            self.write(data)

    def resume_writing(self) -> None:
        """Notes that everything is sent."""
        self._unsent = 0
        if self._is_open:
            self._account()

    def finish(self) -> None:
        """Sends and handles nothing more, and ends the connection when the peer has read everything.

        A socket that is closed with unread bytes resets the connection, and the peer may lose the last answer.
        """
        if not self._is_open:
            return
        self._end_tls()
        self._is_ending = True
        if self._transport.can_write_eof():
            self._transport.write_eof()
            self._await(_LINGER_S, self.abort)
        else:
            self._transport.close()

    def close(self) -> None:
        """Ends the connection when everything is sent."""
        self._end_tls()
        self._transport.close()

    def abort(self) -> None:
        """Ends the connection at once."""
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Drops all references to a connection that has ended."""
        limits = self._accept.limits
        limits.hold(self, self._source, 0)
        limits.leave(self)
        if self._source:
            limits.leave_source(self._source)
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    @property
    def _is_open(self) -> bool:
        return not self._is_ending and not self._transport.is_closing()

    def _begin(self) -> None:
        """Begins to count against the source, which is known now."""
        source = network_of(self._host)
        if not self._accept.limits.enter_source(source):
            self.abort()
            return
        self._source = source
        if self._accept.tls:
            self._tls = Tls(self._accept.tls)
            self._await(_HANDSHAKE_S, self.abort)
        else:
            self.begin_messages()

    def _read_preamble(self, preamble: bytearray, data: bytes) -> bytes:
        """Finds the real source, and returns the bytes behind the preamble, b"" while it is not whole."""
        preamble += data
        try:
            read = read_preamble(preamble)
        except PreambleError:
            self.abort()
            return b""
        if read is None:
            return b""
        source, size = read
        self._host, self._port = source or (self._host, self._port)
        self._preamble = None
        self._account()  # the bytes count against the real source from now on
        self._begin()
        return bytes(preamble[size:])

    def _decrypt(self, tls: Tls) -> bool:
        """Decrypts whole records, or goes on with the handshake. Returns whether there were any."""
        was_established = tls.is_established
        try:
            plain = tls.decrypt()
        except ssl.SSLError:
            self._send_tls_output(tls)
            self._transport.close()
            return True
        self._send_tls_output(tls)
        if tls.is_established and not was_established:
            self.begin_messages()
        if plain:
            self.add(plain)
        return plain is not None

    def _send_tls_output(self, tls: Tls) -> None:
        if output := tls.output():
            with suppress(FlowClosedError):
                self._write(output)

    def _end_tls(self) -> None:
        if self._tls:
            self._tls.close()
            self._send_tls_output(self._tls)

    def _write(self, data: bytes) -> None:
        if not self._is_open:
            raise FlowClosedError
        if self._unsent > _MOST_UNSENT:
            self.abort()
            raise FlowClosedError
        self._transport.write(data)
        self._unsent = self._transport.get_write_buffer_size()
        if self._unsent:
            self._account()

    def _account(self) -> None:
        """Tells the limits how many bytes the connection holds."""
        held = self.unfinished + self._unsent + len(self._preamble or ())
        if self._tls:
            held += self._tls.unfinished
        if held != self._held:
            self._held = held
            self._accept.limits.hold(self, self._source, held)

    def _await(self, seconds: float, then: Callable[[], None]) -> None:
        """Calls `then` unless the next step of the connection's life comes within that time."""
        if self._deadline:
            self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(seconds, then)
