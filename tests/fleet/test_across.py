"""Real phones at different edges of one fleet call each other, and notice nothing of it."""

from __future__ import annotations

from tests.agents.settings import Kind, Transport
from tests.calls.office import Office
from tests.calls.test_calls import HIGH, LOW, talk
from tests.edge_process import StartEdge
from tests.fleet.edges import fleet_of
from tests.service import Service

HOSTS = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
PAIRS: list[tuple[Kind, Kind, Transport]] = [("pjsua2", "baresip", "udp"), ("baresip", "pjsua2", "tcp")]


def test_calls_across_edges(service: Service, start_edge: StartEdge) -> None:
    with fleet_of(start_edge, HOSTS) as edges, Office(service, edges.port) as office:
        for caller_kind, callee_kind, transport in PAIRS:
            caller = office.registered(caller_kind, transport, LOW)
            callee = office.registered(callee_kind, transport, HIGH)
            call, incoming = talk(caller, callee, callee.uri)
            call.hold()
            incoming.wait_held_by_peer()
            call.resume()
            incoming.wait_held_by_peer(False)
            incoming.hangup()
            assert call.wait_ended()[0] == 200
            back = callee.call(caller.uri)
            caller.wait_incoming().reject()
            assert back.wait_ended()[0] in (486, 603)
        registered = [edge for edge in edges.all if any(e["message"] == "registered" for e in edge.events())]
        assert len(registered) == len(HOSTS)
    assert edges.counts("fleet_handed_over") > 0
    for trouble in ("internal_error", "fleet_refused", "fleet_searched"):
        assert edges.counts(trouble) == 0
    assert edges.silent() == []
