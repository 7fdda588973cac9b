"""Every transport: register over it, be called over it, and what keeps it alive."""

from __future__ import annotations

import socket
import ssl
import struct
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.calls.office import Office
from tests.edge_process import EdgeProcess, StartEdge
from tests.ports import free_port
from tests.transport.conftest import write_certificate
from tests.transport.peers import (
    KEEPALIVE,
    KEEPALIVE_ANSWER,
    OPEN,
    Address,
    StreamPeer,
    UdpPeer,
    WebSocketPeer,
    preamble,
)
from tests.transport.transports import TRANSPORTS
from tests.transport.wire_phone import WirePhone
from tests.waiting import wait_until

LOOPBACK = "127.0.0.1"
REAL_SOURCE: Address = ("203.0.113.50", 40404)


def balanced(edge: EdgeProcess, port: str) -> tuple[Address, bytes]:
    address = (LOOPBACK, edge.port(port))
    return address, preamble(REAL_SOURCE, address)


@pytest.fixture
def everything(certificate: dict[str, str]) -> dict[str, str]:
    return {**certificate, "WS_PORT": str(free_port())}


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"], ids=["ipv4", "ipv6"])
def test_register_and_be_called(
    office: Office,
    start_edge: StartEdge,
    everything: dict[str, str],
    trusting: ssl.SSLContext,
    transport: str,
    host: str,
) -> None:
    edge = start_edge(**everything, SIP_HOST="127.0.0.1,::1", ADVERTISED_HOST="127.0.0.1,::1")
    extension = office.extension()
    peer = TRANSPORTS[transport](edge, host, trusting)
    phone = WirePhone(office, extension["username"], peer, transport)
    assert phone.register().status == 200
    (device,) = office.devices(extension)
    source_host, source_port = peer.source
    shown = f"[{source_host}]" if ":" in source_host else source_host
    assert (device["transport"], device["source"]) == (transport, f"{shown}:{source_port}")

    caller = WirePhone(office, "outside", UdpPeer((LOOPBACK, edge.port())), "UDP")
    caller.aor = "sip:someone@outside.example"
    body = "v=0\r\n" + "x" * 3000
    caller.peer.send(
        caller.request("INVITE", phone.aor, f"<{phone.aor}>", "Contact: <sip:c@192.0.2.1>", body=body, call_id="c1")
    )
    invite = phone.take_request()
    assert invite.uri == phone.contact
    assert invite.body.decode() == body
    assert invite.get("via").startswith(f"SIP/2.0/{transport} ")
    route = invite.get("record-route")
    assert ("[::1]:" in route) == (host == "::1")
    assert route.endswith(";lr>" if transport == "UDP" else f";transport={transport.lower()};lr>")
    phone.answer(invite, "200 OK", f"Contact: <{phone.contact}>")
    answered = caller.peer.receive()
    while not answered.startswith(b"SIP/2.0 200"):
        answered = caller.peer.receive()
    # The callee hangs up, over its own transport, and the caller hears it over the other.
    to = f"<sip:someone@outside.example>;tag={caller.tag}"
    phone.peer.send(phone.request("BYE", "sip:c@192.0.2.1", to, f"Route: {route}", call_id="c1"))
    bye = caller.take_request()
    assert (bye.method, bye.uri) == ("BYE", "sip:c@192.0.2.1")
    caller.answer(bye, "200 OK")
    assert phone.peer.receive().startswith(b"SIP/2.0 200")
    peer.close()


@pytest.mark.parametrize("transport", ["TCP", "WS"])
def test_a_lost_connection_ends_its_bindings(office: Office, start_edge: StartEdge, transport: str) -> None:
    edge = start_edge(WS_PORT=str(free_port()))
    extension = office.extension()
    peer = TRANSPORTS[transport](edge, LOOPBACK, ssl.create_default_context())
    assert WirePhone(office, extension["username"], peer, transport).register().status == 200
    assert len(office.devices(extension)) == 1
    peer.close()
    wait_until(lambda: not office.devices(extension), "the binding is gone")
    again = TRANSPORTS[transport](edge, LOOPBACK, ssl.create_default_context())
    assert WirePhone(office, extension["username"], again, transport).register().status == 200


@pytest.mark.parametrize(("transport", "port"), [("TLS", "BALANCED_TLS_PORT"), ("WSS", "BALANCED_WSS_PORT")])
def test_tls_that_ended_at_a_load_balancer(office: Office, start_edge: StartEdge, transport: str, port: str) -> None:
    edge = start_edge(**{port: str(free_port())})
    address, told = balanced(edge, port)
    peer = StreamPeer(address, preamble=told) if transport == "TLS" else WebSocketPeer(address, preamble=told)
    extension = office.extension()
    phone = WirePhone(office, extension["username"], peer, transport)
    answer = phone.register()
    assert answer.status == 200
    assert f"received={REAL_SOURCE[0]}" in answer.get("via")
    assert f"rport={REAL_SOURCE[1]}" in answer.get("via")
    (device,) = office.devices(extension)
    assert (device["transport"], device["source"]) == (transport, "203.0.113.50:40404")
    peer.close()


def test_a_balancers_own_health_check_and_a_stranger(start_edge: StartEdge) -> None:
    edge = start_edge(BALANCED_TLS_PORT=str(free_port()))
    address, _ = balanced(edge, "BALANCED_TLS_PORT")
    for first in (b"\r\n\r\n\x00\r\nQUIT\n" + struct.pack("!BBH", 0x20, 0, 0), b"GET / HTTP/1.0\r\n\r\n"):
        with socket.create_connection(address, 5) as connection:
            connection.sendall(first)
            if first.startswith(b"GET"):
                with suppress(ConnectionResetError):
                    assert connection.recv(100) == b""


def test_a_renewed_certificate_is_shown_without_a_restart(
    start_edge: StartEdge, certificate: dict[str, str], trusting: ssl.SSLContext, tmp_path: Path
) -> None:
    edge = start_edge(**certificate)
    address = (LOOPBACK, edge.port("TLS_PORT"))
    before = StreamPeer(address, trusting)
    renewed = write_certificate(tmp_path)
    assert before.certificate() != renewed
    wait_until(lambda: StreamPeer(address, trusting).certificate() == renewed, "the certificate is new", timeout_s=30)
    before.send(KEEPALIVE)
    assert before.receive_raw() == KEEPALIVE_ANSWER


def test_keepalives_are_answered(start_edge: StartEdge, everything: dict[str, str], trusting: ssl.SSLContext) -> None:
    edge = start_edge(**everything)
    for name in ("TCP", "TLS"):
        peer = TRANSPORTS[name](edge, LOOPBACK, trusting)
        assert isinstance(peer, StreamPeer)
        peer.send(KEEPALIVE)
        assert peer.receive_raw() == KEEPALIVE_ANSWER
        peer.send(KEEPALIVE[:2])
        peer.send(KEEPALIVE[2:])
        assert peer.receive_raw() == KEEPALIVE_ANSWER
    for name in ("WS", "WSS"):
        peer = TRANSPORTS[name](edge, LOOPBACK, trusting)
        assert isinstance(peer, WebSocketPeer)
        peer.send(KEEPALIVE)
        assert peer.receive() == KEEPALIVE_ANSWER
        peer.ping()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"], ids=["ipv4", "ipv6"])
def test_stun_tells_a_phone_its_address(start_edge: StartEdge, host: str) -> None:
    edge = start_edge(SIP_HOST="127.0.0.1,::1", ADVERTISED_HOST="127.0.0.1,::1")
    peer = UdpPeer((host, edge.port()), host)
    transaction = b"0123456789ab"
    peer.send(struct.pack("!HHI", 0x0001, 0, 0x2112A442) + transaction)
    answer = peer.receive()
    kind, length, cookie = struct.unpack_from("!HHI", answer)
    assert (kind, length, cookie, answer[8:20]) == (0x0101, len(answer) - 20, 0x2112A442, transaction)
    attribute, size, family, port = struct.unpack_from("!HHxBH", answer, 20)
    assert (attribute, size, family) == (0x0020, 8 if host == LOOPBACK else 20, 1 if host == LOOPBACK else 2)
    mask = struct.pack("!I", 0x2112A442) + transaction
    address = bytes(a ^ b for a, b in zip(answer[28:], mask, strict=False))
    kind_of_address = socket.AF_INET if host == LOOPBACK else socket.AF_INET6
    assert (socket.inet_ntop(kind_of_address, address), port ^ 0x2112) == peer.source


def test_a_websocket_of_another_kind_is_turned_away(start_edge: StartEdge) -> None:
    edge = start_edge(WS_PORT=str(free_port()))
    with pytest.raises(ConnectionRefusedError):
        WebSocketPeer((LOOPBACK, edge.port("WS_PORT")), subprotocol="chat")


def test_a_message_in_websocket_fragments(office: Office, start_edge: StartEdge) -> None:
    edge = start_edge(WS_PORT=str(free_port()))
    peer = WebSocketPeer((LOOPBACK, edge.port("WS_PORT")))
    phone = WirePhone(office, "x", peer, "WS")
    uri = f"sip:{office.domain}"
    peer.send_in_fragments(phone.request("OPTIONS", uri, f"<{uri}>"), 7)
    assert peer.receive().startswith(b"SIP/2.0 200 OK")


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_large_message_in_pieces_of_any_size(office: Office, start_edge: StartEdge, size: int) -> None:
    edge = start_edge()
    extension = office.extension()
    phone = WirePhone(office, extension["username"], StreamPeer((LOOPBACK, edge.port())), "TCP")
    assert phone.register().status == 200
    caller = WirePhone(office, "outside", StreamPeer((LOOPBACK, edge.port())), "TCP")
    caller.aor = "sip:someone@outside.example"
    body = "".join(chr(33 + i % 90) for i in range(64 * 1024 if size > 1 else 2000))
    data = caller.request("INVITE", phone.aor, f"<{phone.aor}>", "Contact: <sip:c@192.0.2.1>", body=body)
    for i in range(0, len(data), size):
        caller.peer.send(data[i : i + size])
    assert phone.take_request().body.decode() == body


def test_connections_are_bounded(start_edge: StartEdge) -> None:
    edge = start_edge(MAX_CONNECTIONS="2")
    held = [StreamPeer((LOOPBACK, edge.port())) for _ in range(2)]
    for peer in held:
        peer.send(KEEPALIVE)
        assert peer.receive_raw() == KEEPALIVE_ANSWER
    third = StreamPeer((LOOPBACK, edge.port()))
    with pytest.raises((EOFError, ConnectionError)):
        third.receive()
    held[0].close()

    def fourth_is_let_in() -> bool:
        fourth = StreamPeer((LOOPBACK, edge.port()))
        try:
            fourth.send(KEEPALIVE)
            return fourth.receive_raw() == KEEPALIVE_ANSWER
        except ConnectionError:
            return False

    wait_until(fourth_is_let_in, "there is room again")


@pytest.mark.parametrize("transport", ["TCP", "WS"])
def test_connections_of_one_source_are_bounded(start_edge: StartEdge, transport: str) -> None:
    edge = start_edge(MAX_CONNECTIONS_PER_SOURCE="2", WS_PORT=str(free_port()))
    context = ssl.create_default_context()

    def is_let_in(source: str = LOOPBACK) -> bool:
        try:
            peer = TRANSPORTS[transport](edge, LOOPBACK, context, source)
            peer.send(KEEPALIVE)
            return bool(peer.receive_raw() if isinstance(peer, StreamPeer) else peer.receive())
        except (EOFError, ConnectionError):
            return False

    assert [is_let_in(), is_let_in(), is_let_in(), is_let_in("127.0.0.66")] == [True, True, False, True]
    OPEN[0].close()
    wait_until(is_let_in, "there is room again")


def test_settings_that_do_not_fit_together(start_edge: StartEdge) -> None:
    with pytest.raises(Exception, match="TLS_CERTIFICATE_FILE"):
        start_edge(TLS_PORT=str(free_port()))


@pytest.mark.parametrize("transport", ["UDP", "TCP", "WS"])
def test_what_is_too_large_is_said(office: Office, start_edge: StartEdge, transport: str) -> None:
    edge = start_edge(WS_PORT=str(free_port()))
    for headers, status in ((["X: " + "x" * 17_000], 513), (["X: y"] * 300, 513)):
        peer = TRANSPORTS[transport](edge, LOOPBACK, ssl.create_default_context())
        phone = WirePhone(office, "x", peer, transport)
        assert phone.ask(phone.request("OPTIONS", f"sip:{office.domain}", "<sip:x@y>", *headers)).status == status


def test_a_body_without_end_is_refused_and_its_connection_closed(office: Office, start_edge: StartEdge) -> None:
    edge = start_edge()
    phone = WirePhone(office, "x", StreamPeer((LOOPBACK, edge.port())), "TCP")
    request = phone.request("OPTIONS", f"sip:{office.domain}", "<sip:x@y>")
    assert phone.ask(request.replace(b"Content-Length: 0", b"Content-Length: 900000")).status == 413
    with pytest.raises(EOFError):
        phone.peer.receive()


def test_connections_that_have_said_nothing_do_not_hold_up_the_end(
    start_edge: StartEdge, certificate: dict[str, str], trusting: ssl.SSLContext
) -> None:
    edge = start_edge(**certificate, BALANCED_TLS_PORT=str(free_port()))
    with ExitStack() as held:
        for port in ("BALANCED_TLS_PORT", "TLS_PORT", "SIP_PORT"):
            held.enter_context(socket.create_connection((LOOPBACK, edge.port(port)), 5))
        address, told = balanced(edge, "BALANCED_TLS_PORT")
        for peer in (
            StreamPeer(address, preamble=told),
            StreamPeer((LOOPBACK, edge.port("TLS_PORT")), trusting),
            StreamPeer((LOOPBACK, edge.port())),
        ):
            peer.send(KEEPALIVE)
            assert peer.receive_raw() == KEEPALIVE_ANSWER  # those before it are accepted by now
        edge.__exit__()  # fails when the edge has to be killed
        assert edge.events()[-1]["message"] == "stopped"


@pytest.mark.parametrize("transport", ["TCP", "TLS", "WS", "WSS"])
def test_a_request_without_a_content_length(
    office: Office, start_edge: StartEdge, everything: dict[str, str], trusting: ssl.SSLContext, transport: str
) -> None:
    """In a stream it is refused (RFC 3261 section 18.3), in a WebSocket it needs none (RFC 7118 section 5.2)."""
    edge = start_edge(**everything)
    peer = TRANSPORTS[transport](edge, LOOPBACK, trusting)
    phone = WirePhone(office, "x", peer, transport)
    uri = f"sip:{office.domain}"
    without = phone.request("OPTIONS", uri, f"<{uri}>", body="v=0\r\n\r\n").replace(b"Content-Length: 7\r\n", b"")
    following = phone.request("OPTIONS", uri, f"<{uri}>")
    peer.send(without + following if transport in ("TCP", "TLS") else without)
    if transport in ("TCP", "TLS"):
        assert phone.final_response().start == "SIP/2.0 400 Bad Request - no content-length"
        with pytest.raises(EOFError):
            peer.receive()
    else:
        assert phone.final_response().status == 200


@pytest.mark.parametrize("transport", ["TCP", "TLS"])
@pytest.mark.parametrize(
    ("length", "status"), [("x", 400), ("-1", 400), ("1\r\nl: 2", 400), ("900000", 413), ("9" * 60, 413), ("1, 1", 400)]
)
def test_a_content_length_that_cannot_be_used(
    office: Office,
    start_edge: StartEdge,
    everything: dict[str, str],
    trusting: ssl.SSLContext,
    transport: str,
    length: str,
    status: int,
) -> None:
    edge = start_edge(**everything)
    peer = TRANSPORTS[transport](edge, LOOPBACK, trusting)
    phone = WirePhone(office, "x", peer, transport)
    request = phone.request("OPTIONS", f"sip:{office.domain}", "<sip:x@y>")
    peer.send(request.replace(b"Content-Length: 0", f"Content-Length: {length}".encode()) + b"v=0\r\n" + request)
    assert phone.final_response().status == status
    with pytest.raises(EOFError):
        peer.receive()


def test_a_response_without_a_content_length_ends_its_connection(start_edge: StartEdge) -> None:
    edge = start_edge()
    peer = StreamPeer((LOOPBACK, edge.port()))
    peer.send(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP x;branch=z9hG4bKx\r\nCSeq: 1 INVITE\r\n\r\nv=0\r\n")
    with pytest.raises(EOFError):
        peer.receive()
