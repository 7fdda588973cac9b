"""A change of a table means certain events."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from directory.schema.model import Address, Binding, Extension, registration_id
from directory.schema.reasons import Reason
from directory.schema.records import Attempt, CallStep
from directory.schema.stream import Change, Stored
from lambdas.event.events_from_changes import events_from_changes
from lambdas.model.event import Event

AT = 1000
EXTENSION = Extension("abc123-def456", "id-1", "Phone", "", "alice", "0123456789ab", "t1", "t1")
ATTEMPT = Attempt("alice@abc123-def456", "a", Reason.WRONG_PASSWORD, "192.0.2.7:1", "UDP", "Rig", "c", 1, 1, 1)


def binding(call_id: str = "c", flow: str = "UDP/192.0.2.7:1", expires: int = 2000, **more: Any) -> Binding:
    fields = {"contact": "sip:alice@192.0.2.7", "cseq": 1, "edge": "e", "source": "192.0.2.7:1", "transport": "UDP"}
    return Binding(call_id=call_id, flow=flow, registered=1, expires=expires, **{**fields, **more})


def pushed(token: str = "the-token", **more: Any) -> Binding:
    contact = f"sip:alice@192.0.2.7;pn-provider=fcm;pn-param=project;pn-prid={token}"
    return binding(contact=contact, push_parameters=f';pn-prid="{token}"', is_pushed=True, **more)


def address(*bindings: Binding) -> Address:
    return Address("alice@abc123-def456", "id-1", "the-ha1", 1, 7, bindings, "the-nonce", 1)


def told(before: Stored | None, after: Stored | None, request_id: str = "") -> list[Any]:
    events = events_from_changes(Change("e", AT, before, after, request_id))
    for event in events:
        TypeAdapter(Event).validate_python(event, strict=True)
        assert event["customer_id"] == "abc123-def456"
        assert not any(secret in str(event) for secret in ("the-ha1", "the-nonce", "0123456789ab", "-token"))
    assert [event["id"] for event in events] == [f"e-{n}" for n in range(len(events))]
    return list(events)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [binding()], ["registered"]),
        ([binding()], [binding(expires=3000)], []),
        ([binding()], [], ["unregistered"]),
        ([binding(expires=AT)], [], ["expired"]),
        ([binding(expires=AT)], [binding()], ["expired", "registered"]),
        ([binding()], [binding(flow="UDP/192.0.2.8:9")], ["moved"]),
        ([binding()], [binding(contact="sip:alice@192.0.2.9")], ["moved"]),
        ([binding()], [binding(edge="other")], ["moved"]),
        ([binding()], [binding(call_id="after-a-restart")], []),
        ([binding()], [binding("other", "UDP/192.0.2.8:9")], ["registered", "unregistered"]),
        ([binding("a", "1"), binding("b", "2")], [binding("b", "2"), binding("a", "1")], []),
        ([pushed()], [pushed(asleep_since=AT)], []),
        ([pushed(asleep_since=AT)], [pushed(wake_by=AT)], []),
        ([pushed()], [pushed("another-token")], []),
        ([pushed(asleep_since=AT)], [pushed(flow="TLS/192.0.2.7:2")], ["moved"]),
        ([pushed(asleep_since=AT)], [], ["unregistered"]),
        ([], [pushed()], ["registered"]),
    ],
)
def test_devices(before: list[Binding], after: list[Binding], expected: list[str]) -> None:
    events = told(address(*before), address(*after))
    assert [event["type"] for event in events] == [f"registration.{kind}" for kind in expected]


def test_what_a_registration_tells() -> None:
    (event,) = told(address(), address(binding(instance="<urn:uuid:1>")))
    assert event == {
        "id": "e-0",
        "version": "1",
        "type": "registration.registered",
        "time": "1970-01-01T00:16:40Z",
        "customer_id": "abc123-def456",
        "correlation_id": "c",
        "data": {
            "extension_id": "id-1",
            "username": "alice",
            "device": {
                "id": registration_id(binding(instance="<urn:uuid:1>")),
                "contact": "sip:alice@192.0.2.7",
                "source": "192.0.2.7:1",
                "transport": "UDP",
                "user_agent": "",
                "password": "current",
                "instance": "<urn:uuid:1>",
                "registered": "1970-01-01T00:00:01Z",
                "expires": "1970-01-01T00:33:20Z",
            },
        },
    }


def test_an_extension_that_is_deleted_takes_its_devices_along() -> None:
    assert told(None, address()) == []
    assert [event["type"] for event in told(address(binding()), None)] == ["registration.unregistered"]


def test_extensions() -> None:
    kinds = [told(None, EXTENSION), told(EXTENSION, EXTENSION), told(EXTENSION, None)]
    assert [[event["type"] for event in events] for events in kinds] == [
        ["extension.created"],
        ["extension.updated"],
        ["extension.deleted"],
    ]
    assert kinds[0][0]["data"] == {
        "id": "id-1",
        "name": "Phone",
        "detail": "",
        "username": "alice",
        "tm_create": "t1",
        "tm_update": "t1",
    }


def test_what_the_logs_have_it_under() -> None:
    (event,) = told(address(binding("the-call-id")), address(), "the-request-id")
    assert event["correlation_id"] == "the-request-id"
    (event,) = told(address(binding("the-call-id")), address())
    assert event["correlation_id"] == "the-call-id"
    (event,) = told(EXTENSION, EXTENSION, "the-request-id")
    assert event["correlation_id"] == "the-request-id"
    (event,) = told(EXTENSION, None)
    assert "correlation_id" not in event


def test_a_call() -> None:
    ends = ("sip:a@b", "sip:alice@host")
    started = CallStep("abc123-def456", "a", "started", "c", "inbound", *ends, 0, 0, {})
    ended = CallStep("abc123-def456", "a", "ended", "c", "inbound", *ends, 200, 9, {"caller_mos": 4.3})
    (event,) = told(None, started)
    common = {"call_id": "c", "direction": "inbound", "caller": "sip:a@b", "callee": "sip:alice@host"}
    assert (event["type"], event["data"], event["correlation_id"]) == ("call.started", common, "c")
    (event,) = told(None, ended)
    assert event["type"] == "call.ended"
    assert event["data"] == {**common, "status": 200, "seconds": 9, "media": {"caller_mos": 4.3}}
    assert told(ended, ended) == told(ended, None) == []  # told of twice, and forgotten


def test_an_attempt_is_told_once() -> None:
    (event,) = told(None, ATTEMPT)
    assert (event["type"], event["data"]["reason"]) == ("registration.refused", "wrong_password")
    assert event["correlation_id"] == event["data"]["call_id"] == "c"
    assert told(ATTEMPT, ATTEMPT) == told(ATTEMPT, None) == []


def test_what_was_accepted_was_not_refused() -> None:
    replaced = Attempt("alice@abc123-def456", "a", Reason.DEVICE_REPLACED, "192.0.2.7:1", "UDP", "Rig", "c", 1, 1, 1)
    assert told(None, replaced) == []
