"""SIGTERM: health fails at once, what has begun is finished, and the edge goes."""

from __future__ import annotations

import signal
import socket

import requests

from tests.calls.office import Office
from tests.edge_process import EdgeProcess, StartEdge
from tests.ports import free_port
from tests.transport.peers import UdpPeer
from tests.transport.wire_phone import WirePhone


def health(edge: EdgeProcess, path: str = "/health") -> int:
    return requests.get(f"http://127.0.0.1:{edge.port('HEALTH_PORT')}{path}", timeout=5).status_code


def test_an_edge_finishes_a_call_that_rings_and_takes_its_bye(office: Office, start_edge: StartEdge) -> None:
    edge = start_edge(HEALTH_PORT=str(free_port()), DRAIN_SECONDS="60")
    assert (health(edge), health(edge, "/other")) == (200, 404)
    address = ("127.0.0.1", edge.port())
    callee = WirePhone(office, office.extension()["username"], UdpPeer(address), "UDP")
    assert callee.register().status == 200
    caller = WirePhone(office, "outside", UdpPeer(address), "UDP")
    caller.aor = "sip:someone@outside.example"
    caller.peer.send(caller.request("INVITE", callee.aor, f"<{callee.aor}>", "Contact: <sip:x@192.0.2.1>"))
    invite = callee.take_request()
    callee.answer(invite, "180 Ringing")

    edge.signal(signal.SIGTERM)
    while health(edge) == 200:
        pass
    assert health(edge) == 503
    late = WirePhone(office, office.extension()["username"], UdpPeer(address), "UDP")
    assert late.register().status == 200  # somebody whom the balancer has not told yet
    callee.answer(invite, "200 OK", f"Contact: <{callee.contact}>")
    answered = caller.final_response()
    route = f"Route: {answered.get('record-route')}"
    caller.peer.send(caller.request("BYE", callee.contact, answered.get("to"), route))
    callee.answer(callee.take_request(), "200 OK")
    assert caller.final_response().status == 200
    assert edge.wait_ended() == 0
    counts = edge.events()[-1]["counts"]
    assert (counts["invite_200"], counts["bye_200"]) == (1, 1)


def test_who_rings_on_is_called_off_in_the_end_or_when_somebody_hurries(office: Office, start_edge: StartEdge) -> None:
    for seconds, signals in (("1", 1), ("600", 2)):
        edge = start_edge(DRAIN_SECONDS=seconds)
        address = ("127.0.0.1", edge.port())
        callee = WirePhone(office, office.extension()["username"], UdpPeer(address), "UDP")
        assert callee.register().status == 200
        caller = WirePhone(office, "outside", UdpPeer(address), "UDP")
        caller.aor = "sip:someone@outside.example"
        caller.peer.send(caller.request("INVITE", callee.aor, f"<{callee.aor}>", "Contact: <sip:x@192.0.2.1>"))
        callee.answer(callee.take_request(), "180 Ringing")
        edge.signal(signal.SIGTERM)
        if signals == 2:
            edge.wait_for("draining")
            edge.signal(signal.SIGTERM)
        assert caller.final_response().status == 503
        assert callee.take_request().method == "CANCEL"
        assert edge.wait_ended() == 0


def test_a_balancer_with_preambles_may_ask_for_health(start_edge: StartEdge) -> None:
    edge = start_edge(HEALTH_PORT=str(free_port()))
    local = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\x05extra"
    with socket.create_connection(("127.0.0.1", edge.port("HEALTH_PORT")), timeout=5) as balancer:
        balancer.sendall(local + b"GET /health HTTP/1.1\r\nHost: edge\r\n\r\n")
        answer = b"".join(iter(lambda: balancer.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
