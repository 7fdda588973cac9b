"""A device is taken off over REST."""

from __future__ import annotations

import pytest

from tests.agents.settings import Kind
from tests.calls.office import Office
from tests.calls.test_calls import HIGH, LOW, talk
from tests.edge_process import StartEdge
from tests.service import Service


@pytest.mark.parametrize("kind", ["pjsua2", "baresip"])
def test_it_gets_no_call_on_any_edge_and_its_call_goes_on(service: Service, start_edge: StartEdge, kind: Kind) -> None:
    other_edge = start_edge()
    with Office(service) as office, Office(service, sip_port=other_edge.port()) as elsewhere:
        extension = office.extension()
        phone = office.phone(kind, extension, tone=HIGH)
        phone.register()
        call, incoming = talk(office.registered("pjsua2", tone=LOW), phone, phone.uri)
        (device,) = office.devices(extension)

        path = f"/{extension['id']}/registrations"
        assert office.rest("DELETE", f"{path}/{device['id']}") == device
        assert office.rest("GET", path) == {"status": "unregistered", "devices": []}
        for caller in (office.outside_caller("pjsua2"), elsewhere.outside_caller("pjsua2")):
            assert caller.call(phone.uri).wait_ended()[0] == 480

        call.wait_tone(HIGH)
        call.hangup()
        assert incoming.wait_ended()[0] == 200
        phone.register()  # nothing keeps it from coming back
        assert len(office.devices(extension)) == 1
