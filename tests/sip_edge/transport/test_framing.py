"""Messages in a stream."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_edge.message.message import parse
from sip_edge.transport.framing import PING, Framer, FramingError
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


def test_what_says_no_length_has_no_body() -> None:
    data = b"MESSAGE sip:a SIP/2.0\r\nX-Content-Length: 3\r\n\r\n"
    assert cut(data * 2) == ([data, data], False)


@pytest.mark.parametrize("length", ["x", "-1", "+1", "1 2", "0x1", "٣", "262145", "9" * 5000, " "])
def test_a_length_that_tells_nothing(length: str) -> None:
    data = message(b"", length)
    framer = Framer()
    with pytest.raises(FramingError):
        assert next(iter(framer.feed(data + b"rest"))) == data
        list(framer.feed(b""))
    with pytest.raises(FramingError):
        list(framer.feed(message(b"")))
    assert parse(data).get("content-length") == length.strip()


def test_two_lengths() -> None:
    data = b"MESSAGE sip:a SIP/2.0\r\nl: 1\r\nContent-Length: 1\r\n\r\n"
    assert cut(data + b"a") == ([data], True)


@pytest.mark.parametrize("pieces", [1, 4000])
def test_a_head_that_does_not_end(pieces: int) -> None:
    assert cut(*[b"a" * (80_000 // pieces)] * pieces) == ([], True)
    assert cut(b"a" * 80_000 + b"\r\n\r\n") == ([], True)
    assert cut(b"a" * 65_536 + b"\r\n\r\n")[1] is False


def test_a_body_that_comes_byte_by_byte_is_measured_once() -> None:
    head = b"MESSAGE sip:a SIP/2.0\r\nX: " + b"x" * 60_000 + b"\r\nl: 20000\r\n\r\n"
    assert cut(head, *[b"y"] * 20_000) == ([head + b"y" * 20_000], False)
