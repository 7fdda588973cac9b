"""One id from a call of the API to the item, the event and the log."""

from __future__ import annotations

import json
from typing import Any

from directory.schema.tables import EXTENSIONS
from tests.events.listener import Listener
from tests.rest.client import NEW, Api
from tests.service import Service


def test_a_call_is_followed_to_its_event(service: Service) -> None:
    api = Api(service.api_url, *service.new_customer())
    listener = Listener(service, api.customer_id)
    created = api.call("POST", "/extensions", NEW)
    path = f"/extensions/{created.json()['id']}"
    assert listener.wait_for("extension.created")["correlation_id"] == created.headers["X-Request-Id"]
    updated = api.call("PUT", path, {"name": "Other"}).headers["X-Request-Id"]
    assert stored_request(service, api.customer_id) == updated
    assert listener.wait_for("extension.updated")["correlation_id"] == updated

    deleted = api.call("DELETE", path).headers["X-Request-Id"]
    assert "correlation_id" not in listener.wait_for("extension.deleted")
    (line,) = [line for line in logged(service, deleted) if line["message"] == "changed"]
    assert (line["method"], line["path"].endswith(path)) == ("DELETE", True)


def stored_request(service: Service, customer_id: str) -> str:
    """The request that wrote the customer's only extension last."""
    answer = service.dynamodb.query(
        TableName=service.tables[EXTENSIONS.variable],
        KeyConditionExpression="customer_id = :c",
        ExpressionAttributeValues={":c": {"S": customer_id}},
    )
    (item,) = answer["Items"]
    found: str = item["request_id"]["S"]
    return found


def logged(service: Service, request_id: str) -> list[dict[str, Any]]:
    """The functions' lines of a request."""
    lines = [line for line in service.log_text().splitlines() if f'"correlation_id":"{request_id}"' in line]
    return [json.loads(line[line.index("{") :]) for line in lines]
