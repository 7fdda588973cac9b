"""The id of a request: in its answer, in its log line, and in all that it writes."""

from __future__ import annotations

import io
import json
import time
from typing import Any

from directory.schema import items
from directory.schema.model import Address, Binding, registration_id
from directory.schema.tables import (
    ACCESS_KEYS,
    ADDRESSES,
    CUSTOMERS,
    DIRECT_HASHES,
    EXTENSIONS,
    SWITCHES,
    WEBHOOKS,
    Table,
)
from tests import tables
from tests.lambdas.gateway import REQUEST_ID, Answer, Gateway
from tests.rest.client import NEW


def call(gateway: Gateway, request_id: str, method: str, path: str, body: object = None) -> Answer:
    context = gateway.event(method, path)["requestContext"] | {"requestId": request_id}
    answer = gateway.call(method, path, body, requestContext=context)
    assert answer.status == 200, answer.body
    assert answer.headers["X-Request-Id"] == request_id
    return answer


def written_for(client: Any, *of: Table) -> set[str]:
    return {item["request_id"]["S"] for table in of for item in tables.contents(client, table)}


def test_all_that_is_made_has_it(client: Any, customer: Gateway, operator: Gateway) -> None:
    call(customer, REQUEST_ID, "POST", "/extensions", NEW | {"direct": True})
    call(customer, REQUEST_ID, "POST", "/accesskeys", {"name": "a"})
    call(customer, REQUEST_ID, "POST", "/webhooks", {"url": "https://example.com"})
    call(operator, REQUEST_ID, "PUT", "/edges", {"log_level": "DEBUG", "for_seconds": 60})
    made = (EXTENSIONS, ADDRESSES, DIRECT_HASHES, ACCESS_KEYS, CUSTOMERS, WEBHOOKS, SWITCHES)
    assert all(tables.contents(client, table) for table in made)
    assert written_for(client, *made) == {REQUEST_ID}


def test_what_is_changed_has_the_last_one(client: Any, customer: Gateway) -> None:
    path = f"/extensions/{call(customer, 'first', 'POST', '/extensions', NEW).body['id']}"
    call(customer, "second", "PUT", path, {"name": "Other"})
    assert (written_for(client, EXTENSIONS), written_for(client, ADDRESSES)) == ({"second"}, {"first"})
    call(customer, "third", "PUT", path, {"enabled": False, "direct": True})
    assert written_for(client, EXTENSIONS, ADDRESSES, DIRECT_HASHES) == {"third"}
    call(customer, "fourth", "PUT", f"{path}/trace", {"for_seconds": 60})
    assert written_for(client, SWITCHES) == {"fourth"}
    call(customer, "fifth", "GET", path)
    assert written_for(client, EXTENSIONS, ADDRESSES, DIRECT_HASHES) == {"third"}


def test_a_device_that_is_taken_off(client: Any, customer: Gateway) -> None:
    path = f"/extensions/{call(customer, 'first', 'POST', '/extensions', NEW).body['id']}"
    (item,) = tables.contents(client, ADDRESSES)
    made: Address = items.address(item)
    binding = Binding("sip:a@192.0.2.1", "c", 1, "f", "e", "192.0.2.1:5060", "UDP", 1, int(time.time()) + 60)
    registered = items.address_item(made.with_bindings((binding,), "", 0))
    client.put_item(TableName=tables.ENVIRONMENT["ADDRESSES_TABLE"], Item=registered)
    call(customer, "second", "DELETE", f"{path}/registrations/{registration_id(binding)}")
    assert written_for(client, ADDRESSES) == {"second"}


def test_a_change_leaves_a_line(customer: Gateway, logged: io.StringIO) -> None:
    path = f"/extensions/{call(customer, 'first', 'POST', '/extensions', NEW).body['id']}"
    call(customer, "second", "GET", path)
    call(customer, "third", "DELETE", path)
    fields = ("level", "message", "correlation_id", "method", "path", "status")
    lines = [json.loads(line) for line in logged.getvalue().splitlines() if '"path"' in line]
    assert [tuple(line[field] for field in fields) for line in lines] == [
        ("INFO", "changed", "first", "POST", "/v1.0/extensions", 200),
        ("DEBUG", "answered", "second", "GET", f"/v1.0{path}", 200),
        ("INFO", "changed", "third", "DELETE", f"/v1.0{path}", 200),
    ]
