"""UDP over real sockets: where answers go."""

from __future__ import annotations

import asyncio
import socket

import pytest

from sip_edge.transport.flow import Flow
from sip_edge.transport.udp import UdpListener
from tests.ports import free_port


def exchange(data: bytes, *answers: bytes, is_balanced: bool = False) -> tuple[list[bytes], list[bytes]]:
    """Send data from one port, and answer it at another port. Returns what arrives at the first and at the second."""
    return asyncio.run(_exchange(data, answers, is_balanced))


async def _exchange(data: bytes, answers: tuple[bytes, ...], is_balanced: bool) -> tuple[list[bytes], list[bytes]]:
    loop, port = asyncio.get_running_loop(), free_port()
    arrived: asyncio.Queue[Flow] = asyncio.Queue()
    listener = UdpListener("127.0.0.1", port, f"127.0.0.1:{port}", lambda _, flow: arrived.put_nowait(flow), print)
    listener.is_balanced = is_balanced
    listener.start(loop)
    with bound() as source, bound() as listening:
        source.sendto(data, ("127.0.0.1", port))
        flow = await asyncio.wait_for(arrived.get(), 5)
        answered = flow.answered_at(listening.getsockname()[1])
        for answer in answers:
            answered.send(answer)
        listener.close(loop)
        return received(source), received(listening)


def bound() -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind(("127.0.0.1", 0))
    opened.setblocking(False)
    return opened


def received(peer: socket.socket) -> list[bytes]:
    """Returns the datagram that is there: over loopback it has arrived when it is sent."""
    found = []
    while True:
        try:
            found.append(peer.recv(65535))
        except BlockingIOError:
            return found


@pytest.mark.parametrize("is_balanced", [False, True])
def test_an_answer_goes_to_another_port_unless_a_balancer_is_before_it(is_balanced: bool) -> None:
    at_source, at_other = exchange(b"x" * 100, b"answer", is_balanced=is_balanced)
    assert (at_source, at_other) == (([b"answer"], []) if is_balanced else ([], [b"answer"]))


def test_the_other_port_gets_less_than_three_times_the_bytes_too() -> None:
    _, at_other = exchange(b"x" * 100, *[b"y" * 60] * 9)
    assert at_other == [b"y" * 60] * 4
