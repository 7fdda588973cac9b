"""The edge logs registrations and calls with one line each, and one id to follow."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from sip_edge.message.message import Request
from tests.sip_edge.caller import Caller, answer
from tests.sip_edge.rig import CUSTOMER, DOMAIN, Phone, Rig


@pytest.fixture
def rig(caplog: pytest.LogCaptureFixture) -> Rig:
    caplog.set_level(logging.INFO, "sip_edge")
    rig = Rig()
    rig.add_extension("alice")
    return rig


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The lines so far, which are taken away."""
    found = [{"message": record.message, **getattr(record, "fields", {})} for record in caplog.records]
    caplog.clear()
    return found


def test_registrations(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    phone = Phone(rig, "alice")
    phone.register()
    who = {
        "correlation_id": phone.call_id,
        "aor": f"alice@{CUSTOMER}",
        "source": phone.flow.source,
        "transport": "UDP",
        "agent": "Rig/1.0",
    }
    assert lines(caplog) == [{"message": "registered", **who}]
    (binding,) = rig.address("alice").bindings
    assert binding.call_id == phone.call_id
    phone.register()
    assert lines(caplog) == []
    caplog.set_level(logging.DEBUG, "sip_edge")
    phone.register()
    assert {"message": "register_refreshed", **who} in lines(caplog)
    caplog.set_level(logging.INFO, "sip_edge")
    phone.register("Expires: 0")
    assert lines(caplog) == [{"message": "unregistered", **who}]
    phone.password = "wrong wrong wrong"
    phone.register()
    assert lines(caplog) == [{"message": "register_refused", **who, "reason": "wrong_password"}]
    rig.advance(1.1)
    (attempt,) = rig.attempts.written.values()
    assert attempt.call_id == phone.call_id
    rig.store.outage = True
    rig.add_extension("bob")
    Phone(rig, "bob").register()
    (line,) = lines(caplog)
    assert (line["message"], line["aor"], line["reason"]) == ("directory_unavailable", f"bob@{CUSTOMER}", "outage")


def test_a_call_is_one_line_however_often_it_changes(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    phone = Phone(rig, "alice")
    phone.register()
    lines(caplog)
    caller = Caller(rig)
    uri = f"sip:alice@{DOMAIN}"
    caller.send("INVITE", uri)
    rig.advance(3)
    invite = phone.flow.take()[0]
    assert isinstance(invite, Request)
    rig.receive(phone.flow, answer(invite, "200 OK", f"Contact: <{phone.contact}>"))
    accepted = caller.flow.take()[-1]
    caller.send("INVITE", phone.contact, f"Route: {accepted.get('record-route')}", to=accepted.get("to"))
    again = phone.flow.take_request()
    rig.receive(phone.flow, answer(again, "200 OK", f"Contact: <{phone.contact}>"))
    assert lines(caplog) == [
        {
            "message": "call",
            "correlation_id": caller.call_id,
            "caller": caller.sender,
            "callee": uri,
            "source": caller.flow.source,
            "status": 200,
            "branches": 1,
            "seconds": 3.0,
        }
    ]


def test_calls_that_come_to_nothing(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    Caller(rig).send("INVITE", f"sip:nobody@{DOMAIN}")
    Caller(rig).send("INVITE", f"sip:alice@{DOMAIN}")
    assert [(line["message"], line["status"]) for line in lines(caplog)] == [("call", 404), ("call", 480)]
    phone = Phone(rig, "alice")
    phone.register()
    lines(caplog)
    rig.store.held = True
    caller = Caller(rig)
    caller.send("INVITE", f"sip:alice@{DOMAIN}")
    caller.send("CANCEL", f"sip:alice@{DOMAIN}", cseq=1, branch=caller.branch)
    rig.store.held = False
    rig.store.deliver()
    assert [(line["message"], line["status"]) for line in lines(caplog)] == [("call", 487)]
