"""All messages of RFC 4475 over real sockets at the running edge, which goes on as if nothing had been."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from sip_edge.message.message import Response, parse
from sip_edge.transport.connection.framing import Framer
from tests.calls.office import Office
from tests.calls.wire import WirePhone
from tests.service import Service
from tests.torture.outcomes import OUTCOMES, Outcome

ALL = pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.name)
TIMEOUT_S = 20


@ALL
def test_over_udp(service: Service, udp: socket.socket, outcome: Outcome) -> None:
    udp.send(outcome.data)
    received = answers_until_alive(service, udp, outcome.name)
    assert tuple(received) == outcome.udp


@ALL
def test_over_tcp(service: Service, udp: socket.socket, outcome: Outcome) -> None:
    # Another host than the datagrams': of one, the edge answers few REGISTERs for foreign domains.
    here = ("127.0.0.2", 0)
    with socket.create_connection((service.sip_host, service.sip_port), TIMEOUT_S, here) as stream:
        stream.sendall(outcome.data)
        if not outcome.closes:
            stream.shutdown(socket.SHUT_WR)
        framer = Framer()
        answers = [message for data in iter(lambda: stream.recv(65536), b"") for message in framer.feed(data)]
    assert tuple(phrase(answer) for answer in answers if answer.strip()) == outcome.over_tcp
    assert answers_until_alive(service, udp, outcome.name) == []


@pytest.fixture(scope="module")
def udp(service: Service) -> Iterator[socket.socket]:
    with (
        Office(service) as office,
        WirePhone(office, office.extension()["username"]) as phone,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        phone.register()  # strangers' datagrams for foreign domains would get no answer
        sender.settimeout(TIMEOUT_S)
        sender.connect((service.sip_host, service.sip_port))
        yield sender


def answers_until_alive(service: Service, udp: socket.socket, name: str) -> list[str]:
    """Returns the answers before that of the edge to an OPTIONS."""
    udp.send(options(service, udp, name))
    received: list[str] = []
    while True:
        data = udp.recv(65535)
        message = parse(data)
        assert isinstance(message, Response)
        if message.get("call-id") == f"alive-{name}":
            assert message.status == 200
            return received
        received.append(phrase(data))


def options(service: Service, udp: socket.socket, name: str) -> bytes:
    host, port = udp.getsockname()
    lines = (
        f"OPTIONS sip:registrar.{service.base} SIP/2.0",
        f"Via: SIP/2.0/UDP {host}:{port};rport;branch=z9hG4bKalive{name}",
        "Max-Forwards: 70",
        f"From: <sip:tester@{host}>;tag=1",
        f"To: <sip:registrar.{service.base}>",
        f"Call-ID: alive-{name}",
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", "")).encode()


def phrase(answer: bytes) -> str:
    return answer.partition(b"\r\n")[0].decode().removeprefix("SIP/2.0 ")
