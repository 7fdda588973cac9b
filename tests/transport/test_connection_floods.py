"""Connections that say nothing, or are gone before they are accepted, take no more files than their source may have."""

from __future__ import annotations

import socket
import struct
from contextlib import ExitStack, closing, suppress

import pytest

from tests.edge_process import StartEdge
from tests.ports import free_port
from tests.transport.peers import KEEPALIVE, KEEPALIVE_ANSWER, StreamPeer, preamble
from tests.waiting import wait_until

LOOPBACK = "127.0.0.1"
PORTS = ("SIP_PORT", "WS_PORT", "TLS_PORT", "WSS_PORT", "BALANCED_TLS_PORT", "BALANCED_WSS_PORT")
OF_A_SOURCE = 100
OTHERS = 10  # connections to DynamoDB, which come and go
RESET = struct.pack("ii", 1, 0)  # of SO_LINGER: close sends RST


@pytest.fixture
def all_ports(certificate: dict[str, str]) -> dict[str, str]:
    others = ("WS_PORT", "BALANCED_TLS_PORT", "BALANCED_WSS_PORT")
    limit = {"MAX_CONNECTIONS_PER_SOURCE": str(OF_A_SOURCE), "MAX_CONNECTIONS": "1000"}
    return {**certificate, **{port: str(free_port()) for port in others}, **limit}


def connect(stack: ExitStack, address: tuple[str, int]) -> socket.socket:
    return stack.enter_context(closing(socket.create_connection(address, 5)))


def test_connections_that_are_reset_leave_nothing(start_edge: StartEdge, all_ports: dict[str, str]) -> None:
    edge = start_edge(**all_ports)
    before = edge.open_files()
    for port in PORTS:
        for _ in range(1000):
            with suppress(ConnectionError), socket.create_connection((LOOPBACK, edge.port(port)), 5) as reset:
                reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    wait_until(lambda: edge.open_files() <= before + OTHERS, "all files are closed")
    assert "internal_error" not in edge.log.read_text()
    assert "Traceback" not in edge.log.read_text()


@pytest.mark.parametrize("port", ["TLS_PORT", "WSS_PORT"])
@pytest.mark.parametrize("first", [b"", b"\x16\x03\x01\x02\x00\x01"], ids=["silent", "begun"])
def test_silent_handshakes_are_those_of_their_source(
    start_edge: StartEdge, all_ports: dict[str, str], port: str, first: bytes
) -> None:
    edge = start_edge(**all_ports)
    before = edge.open_files()
    with ExitStack() as stack:
        for _ in range(3 * OF_A_SOURCE):
            with suppress(ConnectionError):
                connect(stack, (LOOPBACK, edge.port(port))).sendall(first)
        wait_until(
            lambda: OF_A_SOURCE // 2 <= edge.open_files() - before <= OF_A_SOURCE + OTHERS,
            "those beyond the limit are closed, and no others",
        )
        other = StreamPeer((LOOPBACK, edge.port()), host="127.0.0.66")
        other.send(KEEPALIVE)
        assert other.receive_raw() == KEEPALIVE_ANSWER


def test_behind_a_balancer_silent_ones_give_way(start_edge: StartEdge, all_ports: dict[str, str]) -> None:
    edge = start_edge(**all_ports)
    address = (LOOPBACK, edge.port("BALANCED_TLS_PORT"))
    before = edge.open_files()
    with ExitStack() as stack:
        for _ in range(2 * OF_A_SOURCE):  # their source isn't known
            connect(stack, address).sendall(b"\r\n\r\n")
        wait_until(lambda: edge.open_files() >= before + 2 * OF_A_SOURCE, "they are accepted")
        good = StreamPeer(address, preamble=preamble(("203.0.113.50", 40404), address))
        good.send(KEEPALIVE)
        assert good.receive_raw() == KEEPALIVE_ANSWER
        wait_until(lambda: edge.open_files() <= before + OTHERS, "a preamble has a deadline")
