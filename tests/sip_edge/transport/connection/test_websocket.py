"""SIP over WebSocket, by a client that is none of ours."""

from __future__ import annotations

import asyncio

import pytest

from sip_edge.transport.connection.framing import PING, PONG
from sip_edge.transport.connection.websocket import WebSocketConnection
from tests.sip_edge.transport.connection.websocket_client import MASK, UPGRADE, masked
from tests.sip_edge.transport.listener import OPTIONS, Listener, ended, run, until

END = b"\r\n\r\n"
PROTOCOL_ERROR, INVALID_DATA, TOO_BIG = 1002, 1007, 1009  # RFC 6455 section 7.4.1


def unmasked(opcode: int, payload: bytes) -> bytes:
    """A short frame of a server (RFC 6455 section 5.2)."""
    return bytes((0x80 | opcode, len(payload))) + payload


def first_line(sent: bytes) -> bytes:
    """The status line of the answer to a handshake."""

    lines: list[bytes] = []

    async def test() -> None:
        async with Listener(WebSocketConnection) as listener:
            reader, writer = await listener.connect()
            writer.write(sent)
            lines.append(await reader.readline())

    run(test())
    return lines[0].strip().removeprefix(b"HTTP/1.1 ")


def test_the_handshake_of_the_rfc() -> None:
    async def test() -> None:
        async with Listener(WebSocketConnection) as listener:
            reader, writer = await listener.connect()
            writer.write(UPGRADE)
            answered = await reader.readuntil(END)
            assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answered
            assert b"\r\nSec-WebSocket-Protocol: sip\r\n" in answered

    run(test())


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
    assert first_line(UPGRADE.replace(line, other)) == b"101 Switching Protocols"


@pytest.mark.parametrize(
    ("line", "other", "refused"),
    [
        (b"GET", b"POST", b"405 Method Not Allowed"),
        (b"HTTP/1.1", b"HTTP/1.0", b"505 HTTP Version Not Supported"),
        (b"HTTP/1.1", b"SIP/2.0", b"400 Bad Request"),
        (b"Host: edge.test", b"Host", b"400 Bad Request"),
        (b"Host: edge.test", b"Host: edge.test\r\n folded", b"400 Bad Request"),
        (b"Host: edge.test", b"Host: edge.test\r\nA b: c", b"400 Bad Request"),
        (b"Protocol: sip", b"Protocol: chat", b"400 Bad Request"),
        (b"Key: dGhl", b"Key: dGh", b"400 Bad Request"),
        (b"Key: dGhl", b"Key: dGhldGhl", b"400 Bad Request"),
        (b"Key: dGhl", b"Key: \xff", b"400 Bad Request"),
        (b"Version: 13", b"Version: 8", b"400 Bad Request"),
        (b"Upgrade: websocket", b"Upgrade: h2c", b"426 Upgrade Required"),
        (b"Connection: Upgrade\r\n", b"", b"426 Upgrade Required"),
    ],
)
def test_handshakes_that_are_refused(line: bytes, other: bytes, refused: bytes) -> None:
    assert line in UPGRADE
    assert first_line(UPGRADE.replace(line, other)) == refused


@pytest.mark.parametrize("step", [1, 1 << 20])
def test_a_conversation(step: int) -> None:
    sip = masked(0x1, OPTIONS[:9], is_final=False) + masked(0x9, b"ping") + masked(0x0, OPTIONS[9:])
    stream = UPGRADE + sip + masked(0x2, b"\xff" + OPTIONS) + masked(0x1, PING)

    async def test() -> None:
        async with Listener(WebSocketConnection) as listener:
            listener.answer = b"SIP/2.0 200 \xc3\xb6\r\n\r\n"
            peer = await listener.connect()
            for at in range(0, len(stream), step):
                peer[1].write(stream[at : at + step])
                await asyncio.sleep(0)
            await until(lambda: len(listener.received) == 2, "both are received")
            peer[1].write(masked(0x8, b"\x03\xe8bye"))
            answered = await ended(peer)
            assert listener.received == [OPTIONS, b"\xff" + OPTIONS]
            _, _, behind = answered.partition(END)
            expected = (
                unmasked(0xA, b"ping")
                + unmasked(0x1, listener.answer) * 2
                + unmasked(0x1, PONG)
                + unmasked(0x8, b"\x03\xe8bye")
            )
            assert behind == expected

    run(test())


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (masked(0x0, b"a"), PROTOCOL_ERROR),
        (b"\x81\x01a", PROTOCOL_ERROR),  # without a mask
        (b"\xc1\x81" + MASK + b"a", PROTOCOL_ERROR),  # a reserved bit
        (b"\x83\x80" + MASK, PROTOCOL_ERROR),  # a reserved opcode
        (b"\x09\x80" + MASK, PROTOCOL_ERROR),  # a ping in fragments
        (b"\x81\xff" + (400_000).to_bytes(8), TOO_BIG),
        (masked(0x1, b"a", is_final=False) + masked(0x1, b"a"), PROTOCOL_ERROR),
        (masked(0x1, b"\xff"), INVALID_DATA),
        (masked(0x1, b"\xc3", is_final=False) + masked(0x0, b"a"), INVALID_DATA),
        (masked(0x1, b"a" * 200_000, is_final=False) + masked(0x0, b"a" * 200_000), TOO_BIG),
    ],
)
def test_a_connection_that_breaks_the_protocol_is_told_why(sent: bytes, code: int) -> None:
    async def test() -> None:
        async with Listener(WebSocketConnection) as listener:
            peer = await listener.connect()
            peer[1].write(UPGRADE + sent + masked(0x1, OPTIONS))
            closed = (await ended(peer)).partition(END)[2]
            assert (closed[0], closed[2:4]) == (0x88, code.to_bytes(2))
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


@pytest.mark.parametrize("size", [8_000, 20_000])
def test_a_head_of_http_is_bounded(size: int) -> None:
    async def test() -> None:
        async with Listener(WebSocketConnection) as listener:
            peer = await listener.connect()
            peer[1].write(UPGRADE.replace(b"edge.test", b"e" * size))
            if size > 8192:  # of the library
                assert (await ended(peer)).startswith(b"HTTP/1.1 431 ")
            else:
                assert (await peer[0].readline()).startswith(b"HTTP/1.1 101 ")

    run(test())
