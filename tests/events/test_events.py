"""Changes over REST and at the edge come out on EventBridge, through the tables' streams."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agents.phone import RegistrationRefused
from tests.calls.office import PASSWORD, Office
from tests.edge_process import StartEdge
from tests.events.listener import Listener
from tests.events.receiver import Receiver
from tests.media.relay import media_relay
from tests.rest.client import Api
from tests.service import Service


def test_from_an_extension_s_creation_to_its_end(service: Service) -> None:
    with Office(service) as office:
        listener = Listener(service, office.customer_id)
        extension = office.extension()
        created = listener.wait_for("extension.created")
        assert created["data"]["id"] == extension["id"]
        assert created["customer_id"] == office.customer_id

        with pytest.raises(RegistrationRefused):
            office.phone("baresip", extension, password="not the password").register()
        refused = listener.wait_for("registration.refused")
        assert (refused["data"]["username"], refused["data"]["reason"]) == (extension["username"], "wrong_password")

        phone = office.phone("pjsua2", extension, "tcp")
        phone.register()
        device = office.devices(extension)[0]
        assert device.pop("reachability") == "reachable"  # of the moment: an event doesn't tell it
        registered = listener.wait_for("registration.registered")
        assert registered["data"] == {
            "extension_id": extension["id"],
            "username": extension["username"],
            "device": device,
        }
        phone.unregister()
        gone = listener.wait_for("registration.unregistered")
        assert gone["data"]["device"]["contact"] == registered["data"]["device"]["contact"]
        assert f'"correlation_id": "{registered["correlation_id"]}"' in service.log_text()

        phone.register()
        api = Api(service.api_url, office.customer_id, office.token)
        disabled = api.call("PUT", f"/extensions/{extension['id']}", {"enabled": False})
        for kind in ("registration.unregistered", "extension.updated"):
            assert listener.wait_for(kind)["correlation_id"] == disabled.headers["X-Request-Id"]

        office.rest("PUT", f"/{extension['id']}", name="Another name")
        assert listener.wait_for("extension.updated")["data"]["name"] == "Another name"
        office.rest("DELETE", f"/{extension['id']}")
        assert listener.wait_for("extension.deleted")["data"]["id"] == extension["id"]
    assert PASSWORD not in service.log_text()


def test_a_call_and_how_it_sounded(service: Service, start_edge: StartEdge, tmp_path: Path) -> None:
    with media_relay(tmp_path) as relay, Receiver() as receiver:
        edge = start_edge(RTPENGINES=relay.address, MEDIA_ANCHORING="always")
        with Office(service, edge.port()) as office:
            listener = Listener(service, office.customer_id)
            api = Api(service.api_url, office.customer_id, office.token)
            webhook = api.call("POST", "/webhooks", {"url": receiver.url, "types": ["call.ended"]}).json()
            receiver.secret = webhook["secret"]
            callee, caller = office.registered("pjsua2"), office.registered("pjsua2")
            call = caller.call(callee.uri)
            answered = callee.wait_incoming()
            answered.answer()
            call.wait_established()
            started, taken = listener.wait_for("call.started"), listener.wait_for("call.answered")
            answered.wait_tone()
            answered.hangup()
            call.wait_ended()
            ended = listener.wait_for("call.ended")
            ends = {"direction": "internal", "caller": caller.uri, "callee": callee.uri}
            assert started["data"] == {"call_id": started["data"]["call_id"], **ends}
            for event in (taken, ended):
                assert event["customer_id"] == office.customer_id
                assert event["data"].items() >= {**started["data"], "status": 200}.items()
            assert ended["data"]["media"]["caller_packets"] > 0
            assert receiver.wait()["event"] == ended
