"""The targets: each takes any bytes, and raises when something is wrong with what became of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sip_edge.auth import digest
from sip_edge.media.bencode import decode, encode
from sip_edge.media.description import find as find_description
from sip_edge.media.trimming import refuse_video, trim
from sip_edge.message import sanity
from sip_edge.message import uri as uris
from sip_edge.message import via as vias
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.message import Request, Response, parse
from sip_edge.message.values import address, parameters, split_values
from sip_edge.transport.connection.framing import PING, Framer, FramingError
from tests.sip_edge.rig import FakeFlow, Rig

Target = Callable[[bytes], None]
_INPUTS_PER_RIG: Final = 500
_MOST_ANSWERS: Final = 3
_MOST_PIECES: Final = 32


class EdgeTarget:
    """The whole edge, over UDP and in a stream. It logs where an internal error happened."""

    def __init__(self) -> None:
        self._inputs = 0

    def __call__(self, data: bytes) -> None:
        """Let the edge receive the bytes in both ways."""
        if self._inputs % _INPUTS_PER_RIG == 0:
            self._begin()
        self._inputs += 1
        self._receive(self._udp, data)
        try:
            for message in Framer().feed(data):
                if message != PING:
                    self._receive(self._tcp, message)
        except FramingError as error:
            self._rig.edge.refuse(error.head, error.status, self._tcp)
        self._rig.advance(0.05)
        self._udp.sent.clear()
        self._tcp.sent.clear()

    def _begin(self) -> None:
        self._rig = Rig()
        self._rig.add_extension("alice")
        self._udp = self._rig.flow()
        self._tcp = self._rig.flow(transport="TCP")

    def _receive(self, flow: FakeFlow, data: bytes) -> None:
        before = len(flow.sent)
        self._rig.receive(flow, data)
        assert not self._rig.journal.counts["internal_error"], "see the log"
        assert len(flow.sent) - before <= _MOST_ANSWERS, "too many answers"


def read_message(data: bytes) -> None:
    """Read everything that can be read in a message, and write it again."""
    try:
        message = parse(data)
    except MalformedError:
        return
    again = parse(message.encode())
    assert not isinstance(again, Request) or not again.fault
    assert (again.start, again.names, again.lines, again.body) == (
        message.start,
        message.names,
        message.lines,
        message.body,
    )
    for name in set(message.names):
        _read_values(message, name)
    _read_whole(message)


def _read_values(message: Request | Response, name: str) -> None:
    try:
        for value in message.values(name):
            assert split_values(value) == [value]
            _uri, tail = address(value)
            parameters(tail)
    except MalformedError:
        return


def _read_whole(message: Request | Response) -> None:
    try:
        if isinstance(message, Request):
            assert 0 < vias.answered_at(message, "192.0.2.9", 5060) < 65536
            vias.mark_source(message, "192.0.2.9", 5060)
            sanity.check(message)
        else:
            sanity.check_response(message)
        via = vias.top(message)
        assert via.transport == via.transport.upper()
        message.remove_first_value("via")
    except (MalformedError, RejectError):
        return


def read_uri(data: bytes) -> None:
    """Read a URI and compare it with itself."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        uri = uris.parse(text)
        assert uri.host == uri.host.lower()
        assert uri.key == uris.parse(uris.without_headers(text)).key
    except MalformedError:
        return


def read_credentials(data: bytes) -> None:
    """Read credentials and check them against a password."""
    line = "Authorization: " + data.decode("utf-8", "surrogateescape")
    request = Request("", ["authorization"], [line], b"", "REGISTER", "sip:voip.example")
    try:
        credentials = digest.presented(request, "voip.example")
    except MalformedError:
        return
    if credentials:
        assert not credentials.prove("REGISTER", "0" * 32)


def read_description(data: bytes) -> None:
    """Find the session description in a body of whatever kind the first line says, and put another there."""
    kind, _, body = data.partition(b"\n")
    line = "Content-Type: " + kind.decode("utf-8", "surrogateescape")
    message = Request("", ["content-type"], [line], body, "INVITE", "sip:voip.example")
    try:
        found = find_description(message)
    except RejectError:
        return
    if found:
        size = len(body) - len(found.text)
        found.put(message, b"v=0")
        assert len(message.body) == size + len(b"v=0")


def trim_description(data: bytes) -> None:
    """Trim a description twice, and refuse its video: a phone gets no more lines than were there."""
    trimmed = trim(data)
    assert trim(trimmed) == trimmed
    assert refuse_video(trimmed).count(b"\n") <= trimmed.count(b"\n") <= data.count(b"\n")


def read_bencode(data: bytes) -> None:
    """Decode, and encode again."""
    try:
        value = decode(data)
    except MalformedError:
        return
    assert decode(encode(value)) == value


def cut_stream(data: bytes) -> None:
    """Cut a stream twice, whole and in pieces whose size the first byte says; many pieces would take long."""
    size = max(data[0] + 1, len(data) // _MOST_PIECES) if data else 1
    whole, pieces = [data], [data[at : at + size] for at in range(0, len(data), size)]
    assert _cut(whole) == _cut(pieces)


def _cut(pieces: list[bytes]) -> tuple[list[bytes], bool]:
    framer, messages = Framer(), []
    try:
        for piece in pieces:
            for message in framer.feed(piece):
                messages.append(message)  # noqa: PERF402 - an error comes after messages that count
    except FramingError:
        return messages, True
    return messages, False


TARGETS: Final[dict[str, Callable[[], Target]]] = {
    "edge": EdgeTarget,
    "message": lambda: read_message,
    "uri": lambda: read_uri,
    "digest": lambda: read_credentials,
    "description": lambda: read_description,
    "trimming": lambda: trim_description,
    "bencode": lambda: read_bencode,
    "framing": lambda: cut_stream,
}
