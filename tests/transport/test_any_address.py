"""An edge that listens on all addresses of both families under one name, as in a dual-stack deployment."""

from __future__ import annotations

import signal
from urllib.request import urlopen

from tests.calls.office import Office
from tests.edge_process import StartEdge
from tests.ports import free_port
from tests.service import Service
from tests.transport.peers import UdpPeer
from tests.transport.wire_phone import WirePhone


def test_phones_and_the_balancer_reach_it_over_both_families(service: Service, start_edge: StartEdge) -> None:
    ports = {name: str(free_port()) for name in ("HEALTH_PORT", "BALANCED_TLS_PORT", "FLEET_PORT")}
    edge = start_edge(SIP_HOST="0.0.0.0,::", ADVERTISED_HOST="sip.voip.test", FLEET_ADDRESS="127.0.0.1", **ports)
    with Office(service, edge.port()) as office:
        for host, shown in (("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")):
            with urlopen(f"http://{shown}:{edge.port('HEALTH_PORT')}/health", timeout=10) as answer:
                assert answer.status == 200
            peer = UdpPeer((host, edge.port()), host)
            assert WirePhone(office, office.extension()["username"], peer, "UDP").register().status == 200
            peer.close()
    edge.signal(signal.SIGTERM)  # and once more at the end of the test, which ends the drain
    edge.wait_for("draining")
