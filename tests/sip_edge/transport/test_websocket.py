"""WebSocket frames and handshakes, against wsproto."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, Request

from sip_edge.transport.framing import PING, PONG
from sip_edge.transport.websocket import handshake
from sip_edge.transport.websocket.connection import WebSocketConnection
from sip_edge.transport.websocket.frames import CloseCode, Frame, FrameError, FrameReader, Opcode, frame
from tests.sip_edge.transport.listener import OPTIONS, Listener, ended, run, until
from tests.sip_edge.transport.websocket_client import MASK, UPGRADE, masked

SIZES = (0, 1, 125, 126, 127, 65_535, 65_536, 100_000)


def frames(stream: bytes, step: int, longest: int = 1 << 20) -> list[Frame]:
    """The frames in a stream that comes in pieces."""
    reader, found = FrameReader(longest), []
    for at in range(0, len(stream), step):
        reader.add(stream[at : at + step])
        while taken := reader.take():
            found.append(taken)
    assert reader.unfinished == 0
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [7, 1 << 20])
def test_frames_of_a_client(size: int, step: int) -> None:
    payload = bytes(i % 251 for i in range(size))
    expected = [Frame(Opcode.BINARY, True, payload), Frame(Opcode.TEXT, False, b"a")]
    assert frames(masked(0x2, payload) + masked(0x1, b"a", is_final=False), step) == expected


@given(st.lists(st.tuples(st.sampled_from((0x0, 0x1, 0x2, 0x9, 0xA)), st.binary(max_size=125))), st.integers(1, 40))
def test_frames_are_the_same_however_they_arrive(sent: list[tuple[int, bytes]], step: int) -> None:
    stream = b"".join(masked(opcode, payload) for opcode, payload in sent)
    assert frames(stream, step) == [Frame(Opcode(opcode), True, payload) for opcode, payload in sent]


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (b"\x81\x01a", CloseCode.PROTOCOL_ERROR),  # without a mask
        (b"\xc1\x81" + MASK + b"a", CloseCode.PROTOCOL_ERROR),  # a reserved bit
        (b"\x83\x80" + MASK, CloseCode.PROTOCOL_ERROR),  # a reserved opcode
        (b"\x09\x80" + MASK, CloseCode.PROTOCOL_ERROR),  # a ping in fragments
        (b"\x89\xfe\x00\x80" + MASK, CloseCode.PROTOCOL_ERROR),  # a ping that is too long
        (b"\x81\xff" + (101).to_bytes(8), CloseCode.TOO_BIG),
        (b"\x81\xff" + b"\xff" * 8, CloseCode.TOO_BIG),
    ],
)
def test_frames_that_break_the_protocol(stream: bytes, code: CloseCode) -> None:
    with pytest.raises(FrameError) as raised:
        frames(stream, 1, longest=100)
    assert raised.value.code is code


@pytest.mark.parametrize("size", SIZES)
def test_frames_of_ours(size: int) -> None:
    client = WSConnection(ConnectionType.CLIENT)
    request = client.send(Request(host="edge", target="/", subprotocols=["sip"]))
    client.receive_data(handshake.answer(request.removesuffix(handshake.END)))
    assert isinstance(next(client.events()), AcceptConnection)
    client.receive_data(frame(Opcode.BINARY, b"x" * size))
    data = [event.data for event in client.events() if isinstance(event, BytesMessage)]
    assert b"".join(data) == b"x" * size


def status(request: bytes) -> bytes:
    """The status line of the answer to a request."""
    try:
        response = handshake.answer(request.removesuffix(handshake.END))
    except handshake.HandshakeError as error:
        response = error.response
    assert response.endswith(handshake.END)
    return response.partition(b"\r\n")[0].removeprefix(b"HTTP/1.1 ")


def test_the_handshake_of_the_rfc() -> None:
    answered = handshake.answer(UPGRADE.removesuffix(handshake.END))
    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answered
    assert b"\r\nSec-WebSocket-Protocol: sip\r\n" in answered


@pytest.mark.parametrize(
    ("line", "other"),
    [
        (b"Connection: Upgrade", b"Connection: keep-alive, upgrade"),
        (b"Upgrade: websocket", b"Upgrade: WebSocket"),
        (b"Sec-WebSocket-Protocol: sip", b"sec-websocket-protocol: msrp,sip"),
        (b"Sec-WebSocket-Protocol: sip", b"Sec-WebSocket-Protocol: msrp\r\nSec-WebSocket-Protocol:sip"),
        (b"Host: edge.test", b"Host: edge.test\r\nCookie: a=" + b"b" * 8000),
        (b"GET / ", b"GET /sip?a=b "),
    ],
)
def test_handshakes_that_are_let_in(line: bytes, other: bytes) -> None:
    assert line in UPGRADE
    assert status(UPGRADE.replace(line, other)) == b"101 Switching Protocols"


@pytest.mark.parametrize(
    ("line", "other", "refused"),
    [
        (b"GET", b"POST", b"400 Bad Request"),
        (b"HTTP/1.1", b"HTTP/1.0", b"400 Bad Request"),
        (b"HTTP/1.1", b"SIP/2.0", b"400 Bad Request"),
        (b"Host: edge.test\r\n", b"", b"400 Bad Request"),
        (b"Host: edge.test", b"Host", b"400 Bad Request"),
        (b"Host: edge.test", b"Host: edge.test\r\n folded", b"400 Bad Request"),
        (b"Host: edge.test", b"Host: edge.test\r\nA b: c", b"400 Bad Request"),
        (b"Protocol: sip", b"Protocol: chat", b"400 Bad Request"),
        (b"Key: dGhl", b"Key: dGh", b"400 Bad Request"),
        (b"Key: dGhl", b"Key: dGhldGhl", b"400 Bad Request"),
        (b"Key: dGhl", b"Key: \xff", b"400 Bad Request"),
        (b"Version: 13", b"Version: 8", b"426 Upgrade Required"),
        (b"Upgrade: websocket", b"Upgrade: h2c", b"426 Upgrade Required"),
        (b"Connection: Upgrade\r\n", b"", b"426 Upgrade Required"),
    ],
)
def test_handshakes_that_are_refused(line: bytes, other: bytes, refused: bytes) -> None:
    assert line in UPGRADE
    assert status(UPGRADE.replace(line, other)) == refused


@pytest.mark.parametrize("step", [1, 1 << 20])
def test_a_conversation(step: int) -> None:
    sip = masked(0x1, OPTIONS[:9], is_final=False) + masked(0x9, b"ping") + masked(0x0, OPTIONS[9:])
    stream = UPGRADE + sip + masked(0x2, b"\xff" + OPTIONS) + masked(0x1, PING) + masked(0x8, b"\x03\xe8bye")

    async def test() -> None:
        async with Listener(WebSocketConnection) as listener:
            listener.answer = b"SIP/2.0 200 \xc3\xb6\r\n\r\n"
            peer = await listener.connect()
            for at in range(0, len(stream), step):
                peer[1].write(stream[at : at + step])
                await asyncio.sleep(0)
            answered = await ended(peer)
            assert listener.received == [OPTIONS, b"\xff" + OPTIONS]
            _, _, behind = answered.partition(handshake.END)
            expected = (
                frame(Opcode.PONG, b"ping")
                + frame(Opcode.TEXT, listener.answer) * 2
                + frame(Opcode.TEXT, PONG)
                + frame(Opcode.CLOSE, b"\x03\xe8")
            )
            assert behind == expected

    run(test())


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (masked(0x0, b"a"), CloseCode.PROTOCOL_ERROR),
        (masked(0x1, b"a", is_final=False) + masked(0x1, b"a"), CloseCode.PROTOCOL_ERROR),
        (masked(0x1, b"\xff"), CloseCode.INVALID_DATA),
        (masked(0x1, b"\xc3", is_final=False) + masked(0x0, b"a"), CloseCode.INVALID_DATA),
        (masked(0x1, b"a" * 200_000, is_final=False) + masked(0x0, b"a" * 200_000), CloseCode.TOO_BIG),
    ],
)
def test_a_connection_that_breaks_the_protocol_is_told_why(sent: bytes, code: CloseCode) -> None:
    async def test() -> None:
        async with Listener(WebSocketConnection) as listener:
            peer = await listener.connect()
            peer[1].write(UPGRADE + sent + masked(0x1, OPTIONS))
            assert (await ended(peer)).endswith(frame(Opcode.CLOSE, code.to_bytes(2)))
            assert listener.received == []

    run(test())


def test_text_may_be_cut_within_a_character() -> None:
    sip = OPTIONS.replace(b"x", "ö".encode())
    at = sip.index(b"\xc3") + 1

    async def test() -> None:
        async with Listener(WebSocketConnection) as listener:
            peer = await listener.connect()
            peer[1].write(UPGRADE + masked(0x1, sip[:at], is_final=False) + masked(0x0, sip[at:]))
            await until(lambda: listener.received == [sip], "it is received")

    run(test())


@pytest.mark.parametrize("size", [10_000, 20_000])
def test_a_head_of_http_is_bounded(size: int) -> None:
    async def test() -> None:
        async with Listener(WebSocketConnection) as listener:
            peer = await listener.connect()
            peer[1].write(UPGRADE.replace(b"edge.test", b"e" * size))
            if size > handshake.LONGEST_REQUEST:
                assert (await ended(peer)).startswith(b"HTTP/1.1 431 ")
            else:
                assert (await peer[0].readline()).startswith(b"HTTP/1.1 101 ")

    run(test())
