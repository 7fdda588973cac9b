"""What happens over REST and at the edge comes out on EventBridge, through the tables' streams."""

from __future__ import annotations

import pytest

from tests.agents.phone import RegistrationRefused
from tests.calls.office import PASSWORD, Office
from tests.events.listener import Listener
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
        registered = listener.wait_for("registration.registered")
        assert registered["data"] == {
            "extension_id": extension["id"],
            "username": extension["username"],
            "device": office.devices(extension)[0],
        }
        phone.unregister()
        gone = listener.wait_for("registration.unregistered")
        assert gone["data"]["device"]["contact"] == registered["data"]["device"]["contact"]

        office.rest("PUT", f"/{extension['id']}", name="Another name")
        assert listener.wait_for("extension.updated")["data"]["name"] == "Another name"
        office.rest("DELETE", f"/{extension['id']}")
        assert listener.wait_for("extension.deleted")["data"]["id"] == extension["id"]
    assert PASSWORD not in service.log_text()
