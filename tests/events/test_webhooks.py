"""Events reach the webhooks of their customer, signed; what fails comes again."""

from __future__ import annotations

import json

from pydantic import TypeAdapter

from directory.api.delivery_leases import MOST_IN_FLIGHT
from lambdas.model.event import Event
from tests.events.receiver import Receiver
from tests.rest.client import Api
from tests.service import Service


def test_a_slow_endpoint_has_no_more_than_its_share(service: Service) -> None:
    """The others come later; each comes once, however often it is deferred."""
    api = Api(service.api_url, *service.new_customer())
    with Receiver(pause_s=1) as receiver:
        webhook = api.call("POST", "/webhooks", {"url": receiver.url, "types": ["extension.created"]}).json()
        receiver.secret = webhook["secret"]
        created = {api.create(username=f"phone{n}")["id"] for n in range(MOST_IN_FLIGHT + 3)}
        assert {receiver.wait()["event"]["data"]["id"] for _ in created} == created
        assert receiver.most <= MOST_IN_FLIGHT
        shown = api.call("GET", f"/webhooks/{webhook['id']}").json()
        assert (shown["disabled"], shown["failing_since"]) == (False, "")
        api.call("DELETE", f"/webhooks/{webhook['id']}")


def test_deliveries(service: Service) -> None:
    api, other = (Api(service.api_url, *service.new_customer()) for _ in range(2))
    with Receiver() as receiver:
        webhook = api.call("POST", "/webhooks", {"url": receiver.url, "types": ["extension.created"]}).json()
        receiver.secret = webhook["secret"]
        path = f"/webhooks/{webhook['id']}"
        assert api.call("POST", f"{path}/test", {}).json() == {"delivered": True, "detail": ""}
        assert receiver.wait()["event"]["type"] == "webhook.test"
        receiver.answers = [500]
        assert api.call("POST", f"{path}/test", {}).json() == {"delivered": False, "detail": "The answer was 500."}
        receiver.wait()
        for disabled in (True, False):
            assert api.call("PUT", path, {"disabled": disabled}).json()["disabled"] is disabled

        other.create()  # none of this customer's business
        receiver.answers = [503, 302]
        extension = api.create()
        deliveries = [receiver.wait() for _ in range(2)]
        for delivery in deliveries:
            event = delivery["event"]
            TypeAdapter(Event).validate_json(json.dumps(event), strict=True)
            assert (event["type"], event["data"]["id"]) == ("extension.created", extension["id"])
            assert delivery["headers"]["Webhook-Id"] == event["id"] == deliveries[0]["event"]["id"]
        assert int(deliveries[1]["headers"]["Webhook-Timestamp"]) > int(deliveries[0]["headers"]["Webhook-Timestamp"])
        assert api.call("DELETE", path).status_code == 200  # what still waits is not delivered
    assert webhook["secret"] not in service.log_text()
