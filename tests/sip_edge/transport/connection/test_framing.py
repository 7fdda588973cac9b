"""Messages in a stream."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_edge.message.message import parse
from sip_edge.transport.connection.framing import PING, Framer, FramingError
from tests.sip_edge.message.strategies import TORTURE, mutated


def message(body: bytes, length: str = "") -> bytes:
    return b"MESSAGE sip:a SIP/2.0\r\nl: " + (length or str(len(body))).encode() + b"\r\n\r\n" + body


def cut(*pieces: bytes) -> tuple[list[bytes], bool]:
    """The messages in a stream that comes in pieces, and whether its end can't be told."""
    framer, messages = Framer(), []
    for piece in pieces:
        try:
            for found in framer.feed(piece):
                messages.append(found)  # noqa: PERF402 - an error comes after messages that count
        except FramingError:
            return messages, True
    return messages, False


def split(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


STREAMS = st.lists(
    st.one_of(
        st.binary(max_size=30).map(message),
        st.sampled_from((PING, b"\r\n", b"\n", b"\r", message(b"", "x"), message(b"", "-1"), *TORTURE)),
        mutated(TORTURE),
    ),
    max_size=5,
).map(b"".join)


@given(STREAMS, st.lists(st.integers(0, 200), max_size=20))
def test_it_is_the_same_however_it_arrives(stream: bytes, sizes: list[int]) -> None:
    assert cut(*split(stream, sizes)) == cut(stream)


@given(STREAMS)
def test_it_is_the_same_byte_by_byte(stream: bytes) -> None:
    assert cut(*(stream[i : i + 1] for i in range(len(stream)))) == cut(stream)


@given(st.lists(st.binary(max_size=50)))
def test_every_message_comes_out(bodies: list[bytes]) -> None:
    messages = [message(body) for body in bodies]
    assert cut(b"".join(messages)) == (messages, False)
    assert cut(PING.join([b"", *messages])) == ([piece for one in messages for piece in (PING, one)], False)


@pytest.mark.parametrize("line", ["Content-Length: 3", "content-length:3", "L : 003", "l:\r\n 3", "l:\r\n \r\n\t 3"])
def test_spellings_of_the_length(line: str) -> None:
    data = f"MESSAGE sip:a SIP/2.0\r\nTo: b\r\n{line}\r\n\r\nabc".encode()
    assert cut(data * 2) == ([data, data], False)


def refused(data: bytes) -> tuple[bytes, str]:
    """The head without a known end in a stream, and the answer to it."""
    with pytest.raises(FramingError) as raised:
        list(Framer().feed(data))
    return raised.value.head, raised.value.status


@pytest.mark.parametrize("name", ["X-Content-Length", "Content-Lengthy", "Content", "ll"])
def test_a_message_that_says_no_length_is_refused(name: str) -> None:
    data = f"MESSAGE sip:a SIP/2.0\r\n{name}: 3\r\n\r\n".encode()
    assert refused(data + b"abc" + message(b"")) == (data, "400 Bad Request - no content-length")


@pytest.mark.parametrize(
    ("length", "status"),
    [(length, "400 Bad Request - a Content-Length") for length in ("x", "-1", "+1", "1 2", "1, 1", "0x1", "٣", " ")]
    + [(length, "413 Request Entity Too Large") for length in ("262145", "9" * 5000)],
)
def test_a_length_that_tells_nothing(length: str, status: str) -> None:
    data = message(b"", length)
    assert refused(data + b"rest") == (data, status)
    assert cut(message(b"a") + data) == ([message(b"a")], True)


def test_two_lengths() -> None:
    for second in (b"1", b"2"):
        data = b"MESSAGE sip:a SIP/2.0\r\nl: 1\r\nContent-Length: " + second + b"\r\n\r\n"
        assert refused(data + b"a") == (data, "400 Bad Request - more than one content-length")


@pytest.mark.parametrize("pieces", [1, 4000])
def test_a_head_that_does_not_end(pieces: int) -> None:
    assert cut(*[b"a" * (80_000 // pieces)] * pieces) == ([], True)
    assert cut(b"a" * 80_000 + b"\r\n\r\n") == ([], True)
    assert refused(b"a" * 65_536 + b"\r\n\r\n")[1].startswith("400")
    lines = b"MESSAGE sip:a SIP/2.0\r\n" + b"Z: y\r\n" * 20_000
    head, status = refused(lines)
    assert status == "513 Message Too Large"
    assert lines.startswith(head)
    assert parse(head).get("z") == "y"


@pytest.mark.parametrize("strays", [b"\n" * 50_000, b"\r" * 50_000, b"\r\r\n" * 20_000, b"\n\r\r" * 20_000])
def test_stray_line_ends_are_one_piece(strays: bytes) -> None:
    framer = Framer()
    framer.add(strays + message(b""))
    assert [framer.take() for _ in range(3)] == [b"", message(b""), None]
    framer.add(strays)
    assert (framer.take(), framer.take(), framer.has_begun) == (b"", None, False)
    assert framer.unfinished < 4


def test_a_message_begins_with_something_else_than_line_ends() -> None:
    framer = Framer()
    assert not framer.has_begun
    framer.add(b"\r\n")
    assert (framer.take(), framer.has_begun) == (None, False)
    framer.add(b"M")
    assert (framer.take(), framer.take(), framer.has_begun) == (b"", None, True)


def test_a_body_that_comes_byte_by_byte_is_measured_once() -> None:
    head = b"MESSAGE sip:a SIP/2.0\r\nX: " + b"x" * 60_000 + b"\r\nl: 20000\r\n\r\n"
    assert cut(head, *[b"y"] * 20_000) == ([head + b"y" * 20_000], False)
