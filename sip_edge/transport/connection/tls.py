"""TLS of one connection, between the bytes of its socket and those of its messages.

The event loops' own TLS accepts connections that no limit counts, and reads ahead of the limits.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import Final

_HEADER_BYTES: Final = 5
_RECORD_TYPES: Final = range(20, 25)  # RFC 8446 section 5.1, RFC 6520
_LONGEST_RECORD: Final = (1 << 14) + 2048  # RFC 5246 section 6.2.3


class Tls:
    """The server's side of a TLS connection.

    `is_established` turns true with the end of the handshake, `has_ended` when the peer sends nothing more.
    """

    __slots__ = ("_incoming", "_outgoing", "_received", "_session", "has_ended", "is_established")

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._session = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._received = bytearray()
        self.is_established = False
        self.has_ended = False

    @property
    def unfinished(self) -> int:
        """Returns the number of bytes that are not decrypted yet."""
        return len(self._received)

    def add(self, data: bytes) -> None:
        """Adds bytes of the peer."""
        self._received += data

    def decrypt(self) -> bytes | None:
        """Returns the content of all whole records, None when there are none.

        Raises ssl.SSLError for invalid records. `output` may hold bytes for the peer in any case.
        """
        size = self._whole_records()
        if not size:
            return None
        self._incoming.write(self._received[:size])
        del self._received[:size]
        pieces: list[bytes] = []
        try:
            if not self.is_established:
                self._session.do_handshake()
                self.is_established = True
            while piece := self._session.read(_LONGEST_RECORD):
                pieces.append(piece)
            self.has_ended = True
        except ssl.SSLWantReadError:
            pass
        return b"".join(pieces)

    def encrypt(self, data: bytes) -> bytes:
        """Returns the records for some bytes. Raises ssl.SSLError when the session has ended."""
        self._session.write(data)
        return self.output()

    def close(self) -> None:
        """Ends the session."""
        with suppress(ssl.SSLError):  # it waits for the peer's answer, or there is no session
            self._session.unwrap()

    def output(self) -> bytes:
        """Returns bytes of the session itself that have to be sent: handshake and alerts."""
        return self._outgoing.read()

    def _whole_records(self) -> int:
        """Returns how many bytes the whole records at the front have. Raises ssl.SSLError for what is no record."""
        received, end = self._received, 0
        while len(received) > end:
            if received[end] not in _RECORD_TYPES:
                raise ssl.SSLError("no record")
            if len(received) < end + _HEADER_BYTES:
                break
            length = int.from_bytes(received[end + 3 : end + _HEADER_BYTES])
            if length > _LONGEST_RECORD:
                raise ssl.SSLError("a record that is too long")
            if len(received) < end + _HEADER_BYTES + length:
                break
            end += _HEADER_BYTES + length
        return end
