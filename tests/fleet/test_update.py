"""An edge is replaced in either order: ECS deregisters it before SIGTERM, and StopTask does not."""

from __future__ import annotations

from contextlib import ExitStack

from tests.calls.office import Office
from tests.edge_process import StartEdge
from tests.fleet.answering import AnsweringPhone
from tests.fleet.balancer import ZONES
from tests.fleet.calling import OutsideCaller
from tests.fleet.edges import fleet_of
from tests.service import Service
from tests.transport.peers import KEEPALIVE, StreamPeer, UdpPeer
from tests.transport.wire_phone import WirePhone
from tests.waiting import wait_until

OLD, NEW, NEWEST = "127.0.0.2", "127.0.0.3", "127.0.0.4"


def test_both_orders(service: Service, start_edge: StartEdge) -> None:
    with fleet_of(start_edge, [OLD]) as edges, Office(service, edges.port) as office, ExitStack() as running:
        quiet = running.enter_context(AnsweringPhone(office))
        at_balancer = ("127.0.0.1", office.sip_port)
        callee = WirePhone(office, office.extension()["username"], UdpPeer(at_balancer), "UDP")
        caller = WirePhone(office, "outside", UdpPeer(at_balancer), "UDP")
        caller.aor = "sip:someone@outside.example"
        assert callee.register().status == 200
        edges.start(NEW)
        caller.peer.send(caller.request("INVITE", callee.aor, f"<{callee.aor}>", "Contact: <sip:x@192.0.2.1>"))
        invite = callee.take_request()
        callee.answer(invite, "180 Ringing")
        edges.deregister([OLD])
        quiet.refresh()
        assert OutsideCaller(office).call(quiet.username) == 200

        # It rings on at the edge whose flows have ended. Both phones have other flows, by whatever they send.
        wait_until(lambda: edges.balancer.has_terminated(OLD), "the flows have ended")
        caller.peer.send(KEEPALIVE)
        callee.answer(invite, "200 OK", f"Contact: <{callee.contact}>")
        assert caller.final_response().status == 200
        assert OutsideCaller(office).call(quiet.username) == 200
        edges.stop([OLD])
        assert OutsideCaller(office).call(quiet.username) == 200

        # SIGTERM comes while the edge is registered: it moves its phones once the load balancer finds it unhealthy.
        edges.start(NEWEST)
        edges.stop_task(NEW)
        assert OutsideCaller(office).call(quiet.username) == 200
    assert edges.counts("internal_error") == 0
    assert edges.counts("phone_taken_over") > 0


def test_one_phone_through_two_zones_and_over_tls(service: Service, start_edge: StartEdge) -> None:
    with fleet_of(start_edge, [OLD]) as edges, Office(service, edges.port) as office:
        peer = UdpPeer((ZONES[0], edges.port))
        phone = WirePhone(office, office.extension()["username"], peer, "UDP")
        assert phone.register().status == 200
        peer.turn_to((ZONES[1], edges.port))  # what its resolver gives it next
        assert phone.register().status == 200
        caller = OutsideCaller(office)
        caller.invite(phone.username)
        phone.answer(phone.take_request(), "486 Busy Here")
        assert caller.outcome().status == 486

        # The load balancer has ended TLS, and tells the source in a preamble.
        connected = StreamPeer((ZONES[1], edges.tls_port))
        over_tls = WirePhone(office, office.extension()["username"], connected, "TLS")
        assert over_tls.register().status == 200
        (registered,) = [
            event
            for event in edges.running[OLD].events()
            if event["message"] == "registered" and event["aor"].startswith(f"{over_tls.username}@")
        ]
        assert registered["source"] == "{}:{}".format(*connected.source)
