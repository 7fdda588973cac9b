"""All edges are replaced in ECS's order while calls come in all the time, and none is lost."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tests.calls.office import Office
from tests.calls.test_calls import HIGH, LOW, talk
from tests.edge_process import StartEdge
from tests.fleet.answering import AnsweringPhone
from tests.fleet.calling import OutsideCaller
from tests.fleet.edges import fleet_of
from tests.fleet.load import Load
from tests.service import Service

OLD = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
NEW = ["127.0.0.5", "127.0.0.6", "127.0.0.7"]
PHONES = 6
RATE = 8


def test_no_call_is_lost(service: Service, start_edge: StartEdge, tmp_path: Path) -> None:
    with fleet_of(start_edge, OLD) as edges, Office(service, edges.port) as office, ExitStack() as running:
        callees = [running.enter_context(AnsweringPhone(office)) for _ in range(PHONES)]
        idle = [running.enter_context(AnsweringPhone(office)) for _ in OLD]
        names = [phone.username for phone in callees]
        loads = [running.enter_context(Load(office, tmp_path / mode, mode, names, RATE)) for mode in ("un", "tn")]
        caller, callee = office.registered("baresip", "udp", LOW), office.registered("pjsua2", "tcp", HIGH)
        call, incoming = talk(caller, callee, callee.uri)
        for host in NEW:
            edges.start(host)
        edges.deregister(OLD)
        for phone in (*callees, *idle):
            phone.refresh()  # the deregistration delay is longer than any expiry, so each phone comes by
        edges.stop(OLD)
        # A call that was up before is up still, and its end is told over the connection that the phone has made since.
        call.wait_tone(HIGH)
        callee.refresh()
        call.hangup()
        assert incoming.wait_ended()[0] == 200
        assert call.wait_ended()[0] == 200
        for load in loads:
            load.stop()
            assert load.calls("FailedCall(C)") == 0, load.errors()
            assert load.calls("SuccessfulCall(C)") > 100
        # Phones that have not been called have come along.
        assert [OutsideCaller(office).call(phone.username) for phone in idle] == [200, 200, 200]
    assert edges.counts("internal_error") == 0
