"""Changes as the tables' streams tell them."""

from __future__ import annotations

from typing import Any

from directory.schema import items
from directory.schema.model import Address
from directory.schema.request import carrying_out
from directory.schema.stream import Change, change
from tests import tables


def address(request_id: str, version: int) -> items.Item:
    """The item of an address that was last written for this request."""
    with carrying_out(request_id):
        return items.address_item(Address("alice@abc123-def456", "id", "ha1", 1, version))


def told(**images: Any) -> Change:
    table = tables.ENVIRONMENT["ADDRESSES_TABLE"]
    record = {
        "eventID": "e",
        "eventSourceARN": f"arn:aws:dynamodb:eu-central-1:123456789012:table/{table}/stream/x",
        "dynamodb": {"ApproximateCreationDateTime": 1000.5, **images},
    }
    return change(record, tables.ENVIRONMENT)


def test_the_request_that_made_a_change() -> None:
    assert told(NewImage=address("a", 1)).request_id == "a"
    assert told(OldImage=address("a", 1), NewImage=address("b", 2)).request_id == "b"


def test_an_edges_change_has_no_request() -> None:
    assert told(OldImage=address("a", 1), NewImage=address("a", 2)).request_id == ""


def test_a_deletion_has_no_request() -> None:
    assert told(OldImage=address("a", 1)).request_id == ""


def test_what_was_written_before_requests_were_told() -> None:
    old = address("", 1)
    del old["request_id"]
    assert told(OldImage=old, NewImage=old).request_id == ""
    assert told(OldImage=old, NewImage=address("a", 2)).request_id == "a"
