"""A call is not answered: the edge gives up, with a setting that doesn't take three minutes."""

from __future__ import annotations

import pytest

from tests.agents.settings import Kind
from tests.calls.office import Office
from tests.edge_process import StartEdge
from tests.service import Service


@pytest.mark.parametrize(("caller_kind", "callee_kind"), [("pjsua2", "baresip"), ("baresip", "pjsua2")])
def test_no_answer(service: Service, start_edge: StartEdge, caller_kind: Kind, callee_kind: Kind) -> None:
    edge = start_edge(NO_ANSWER_SECONDS="5")
    with Office(service, edge.port()) as office:
        caller, callee = office.registered(caller_kind), office.registered(callee_kind)
        call = caller.call(callee.uri)
        incoming = callee.wait_incoming()
        call.wait_ringing()
        assert call.wait_ended(timeout=20)[0] == 408
        assert incoming.wait_ended()[0] == 487
