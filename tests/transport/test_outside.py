"""A caller's connection has ended: the callee's BYE finds the caller's other host by DNS, over real sockets."""

from __future__ import annotations

import socket

from tests.background import in_background
from tests.calls.office import Office
from tests.edge_process import StartEdge
from tests.ports import free_port
from tests.sip_edge.resolver.nameserver import Nameserver
from tests.transport.peers import StreamPeer, UdpPeer
from tests.transport.wire_phone import WirePhone


def test_a_bye_finds_the_callers_other_host(office: Office, start_edge: StartEdge) -> None:
    dead = free_port()
    with socket.create_server(("127.0.0.1", 0)) as gateway:
        alive = gateway.getsockname()[1]
        gateway.settimeout(10)
        zone = f"""
            _sip._tcp.gateway SRV 1 0 {dead} one
            _sip._tcp.gateway SRV 2 0 {alive} two
            one A 127.0.0.1
            two A 127.0.0.1
        """
        nameserver = Nameserver(zone)
        with in_background(nameserver.serving()):
            edge = start_edge(DNS_SERVERS=f"127.0.0.1:{nameserver.port}", PRIVATE_HOPS="true")
            address = ("127.0.0.1", edge.port())
            callee = WirePhone(office, office.extension()["username"], UdpPeer(address), "UDP")
            assert callee.register().status == 200
            caller = WirePhone(office, "outside", StreamPeer(address), "TCP")
            caller.aor = "sip:someone@outside.example"
            contact = "Contact: <sip:someone@gateway.example;transport=tcp>"
            caller.peer.send(caller.request("INVITE", callee.aor, f"<{callee.aor}>", contact, call_id="c1"))
            invite = callee.take_request()
            callee.answer(invite, "200 OK", f"Contact: <{callee.contact}>")
            while not caller.peer.receive().startswith(b"SIP/2.0 200"):
                pass
            caller.peer.close()

            route = f"Route: {invite.get('record-route')}"
            to = f"<sip:someone@outside.example>;tag={caller.tag}"
            callee.peer.send(callee.request("BYE", "sip:someone@gateway.example", to, route, call_id="c1"))
            connection, _ = gateway.accept()
            with connection:
                assert connection.recv(65535).startswith(b"BYE sip:someone@gateway.example SIP/2.0\r\n")
    assert nameserver.count("_sip._tcp.gateway.example", "SRV") == 1
