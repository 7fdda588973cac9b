"""An edge without its rtpengine lets those beside its peers relay its calls, until it has its own again."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tests.calls.office import Office
from tests.calls.test_calls import HIGH, LOW, talk
from tests.edge_process import StartEdge
from tests.fleet.edges import fleet_of
from tests.media.relay import RelayBeside, calls
from tests.ports import free_port
from tests.service import Service
from tests.waiting import wait_until

HOSTS = ["127.0.0.8", "127.0.0.9"]


def test_a_peers_relay_takes_calls(service: Service, start_edge: StartEdge, tmp_path: Path) -> None:
    port = free_port()
    with ExitStack() as running:
        relays: dict[str, RelayBeside] = {}

        def start(host: str, name: str) -> None:
            relays[host] = running.enter_context(RelayBeside(tmp_path / f"{name}.log", host, port))
            relays[host].wait_until_ready()

        for host in HOSTS:
            start(host, host)
        settings = {"RTPENGINES": f":{port}", "MEDIA_ANCHORING": "always"}
        edges = running.enter_context(fleet_of(start_edge, HOSTS, **settings))
        office = running.enter_context(Office(service, edges.port))
        caller, callee = office.registered("pjsua2", tone=LOW), office.registered("pjsua2", tone=HIGH)

        def place_of_a_call() -> str:
            """The host whose rtpengine relays a call with sound."""
            call, incoming = talk(caller, callee, callee.uri)
            (found,) = [host for host, relay in relays.items() if calls(relay)]
            call.hangup()
            assert call.wait_ended()[0] == 200
            assert incoming.wait_ended()[0] == 200
            wait_until(lambda: not calls(relays[found]), "the rtpengine has forgotten the call")
            return found

        own = place_of_a_call()
        (other,) = set(HOSTS) - {own}
        edge = edges.running[own]
        relays.pop(own).kill()
        # At once, when the edge does not know it yet, and when it does.
        assert place_of_a_call() == other
        edge.wait_for("media_relay_lost")
        assert place_of_a_call() == other

        start(own, "successor")
        edge.wait_for("media_relay_back")
        assert place_of_a_call() == own

        for relay in relays.values():
            relay.kill()
        assert caller.call(callee.uri).wait_ended(10)[0] == 500
