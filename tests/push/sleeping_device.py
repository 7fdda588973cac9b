"""A device in the tables of a running service that sleeps and can be pushed."""

from __future__ import annotations

import time

from directory.schema import items
from directory.schema.model import Binding
from tests.service import Service


def add_sleeping_device(service: Service, aor: str, token: str) -> None:
    """Put an iPhone with this token into an address of record, as if it had registered."""
    table, key = service.tables["ADDRESSES_TABLE"], {"aor": {"S": aor}}
    address = items.address(service.dynamodb.get_item(TableName=table, Key=key)["Item"])
    now = int(time.time())
    uri = f"sip:office1@192.0.2.1;pn-provider=apns;pn-param=com.example.app;pn-prid={token}"
    binding = Binding(
        uri, "c", 1, "flow", "edge", "192.0.2.1:5060", "TLS", now, now + 3600, is_pushed=True, asleep_since=now
    )
    stored = address.with_bindings((binding,), "", 0)
    service.dynamodb.put_item(TableName=table, Item=items.address_item(stored))
