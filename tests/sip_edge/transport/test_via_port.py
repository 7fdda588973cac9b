"""Phones that listen at another port than they send from, and don't ask for rport (RFC 3261 §18.2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from sip_edge.message.message import Request
from tests.sip_edge.caller import Caller, answer
from tests.sip_edge.rig import DOMAIN, FakeFlow, Phone, Rig

HOST, SOURCE, LISTENING = "192.0.2.5", 50933, 5060


class CiscoPhone(Phone):
    """A phone at a public address that says in its Via where it listens."""

    def __init__(self, rig: Rig, via: str = f"{HOST}:{LISTENING}", host: str = HOST) -> None:
        super().__init__(rig, "bob", rig.flow(host, SOURCE))
        self.via = via
        self.contact = f"sip:bob@{via.replace(' ', '')}"

    def register_text(self, *extra: str, contact: str | None = None, to: str | None = None) -> str:
        return super().register_text(*extra, contact=contact, to=to).replace("10.0.0.5:5060;rport", self.via, 1)


def edge(**settings: Any) -> Rig:
    rig = Rig(**settings)
    rig.add_extension("bob")
    return rig


def registered(phone: CiscoPhone, listening: FakeFlow) -> None:
    rig = phone.rig
    rig.receive(phone.flow, phone.register_text())
    challenge = listening.take_response()
    assert challenge.status == 407
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge.get("www-authenticate"))))
    assert listening.take_response().status == 200
    assert phone.flow.take() == []


@pytest.mark.parametrize(
    ("via", "host", "port"),
    [
        (f"{HOST}:{LISTENING}", HOST, LISTENING),
        (HOST, HOST, 5060),
        (f"{HOST} : 5070", HOST, 5070),
        ("[2001:db8::5]:5070", "2001:db8::5", 5070),
        ("[2001:DB8:0::0:5]", "2001:db8::5", 5060),
    ],
)
def test_it_registers_and_is_called_where_it_listens(via: str, host: str, port: int) -> None:
    rig = edge()
    listening = rig.flow(host, port)
    phone = CiscoPhone(rig, via, host)
    registered(phone, listening)
    (binding,) = rig.address("bob").bindings
    assert binding.flow == listening.name
    rig.advance(30)
    assert (listening.keepalives, phone.flow.keepalives) == (1, 0)
    caller = Caller(rig)
    caller.send("INVITE", f"sip:bob@{DOMAIN}")
    invite = listening.take_request()
    rig.receive(phone.flow, answer(invite, "200 OK", f"Contact: <{phone.contact}>"))
    assert caller.flow.take()[-1].start == "SIP/2.0 200 OK"


def test_its_own_calls_are_answered_there_too() -> None:
    rig = edge()
    rig.add_extension("alice")
    alice = Phone(rig, "alice")
    alice.register()
    listening = rig.flow(HOST, LISTENING)
    caller = Caller(rig, flow=rig.flow(HOST, SOURCE))
    text = caller.text("INVITE", f"sip:alice@{DOMAIN}").replace("192.168.7.7:5060;rport", f"{HOST}:{LISTENING}", 1)
    rig.receive(caller.flow, text)
    rig.receive(caller.flow, text)
    assert [m.start for m in listening.take()] == ["SIP/2.0 100 Trying"] * 2
    invite = alice.flow.take_request()
    rig.receive(alice.flow, answer(invite, "200 OK", "Contact: <sip:alice@10.0.0.5>"))
    ok = listening.take_response()
    back = Caller(rig, f"sip:alice@{DOMAIN}", alice.flow, caller.call_id)
    back.send("BYE", caller.contact, f"Route: {invite.get('record-route')}", to=f"<{caller.sender}>;tag=caller")
    bye = listening.take_request()
    assert (bye.method, ok.status) == ("BYE", 200)
    assert caller.flow.take() == []


def test_what_is_refused_is_refused_there_too() -> None:
    rig = edge()
    listening = rig.flow(HOST, LISTENING)
    phone = CiscoPhone(rig)
    rig.receive(phone.flow, phone.register_text().replace("CSeq: 1", "CSeq: x"))
    assert listening.take_response().status == 400


@pytest.mark.parametrize(
    "via",
    [
        f"{HOST}:{LISTENING};rport",
        f"{HOST}:{LISTENING};RPORT=",
        f"{HOST}:{LISTENING};x ; rport",
        "10.0.0.5:5060",  # behind a NAT
        "192.0.2.50:5060",
        "phone.example:5060",
        f"{HOST}:{SOURCE}",
        f"{HOST}:0",
        f"{HOST}:99999",
        f"[::ffff:{HOST}]:5060",
    ],
)
def test_others_are_answered_where_they_come_from(via: str) -> None:
    rig = edge()
    phone = CiscoPhone(rig, via)
    rig.receive(phone.flow, phone.register_text())
    assert phone.flow.take_response().status in (400, 407)


@pytest.mark.parametrize("setting", ["fleet_port", "balanced_tls_port", "balanced_wss_port"])
def test_behind_a_load_balancer_only_the_source_port_leads_back(setting: str) -> None:
    rig = edge(**{setting: 7000})
    phone = CiscoPhone(rig)
    rig.receive(phone.flow, phone.register_text())
    assert phone.flow.take_response().status == 407


@pytest.mark.parametrize("transport", ["TCP", "TLS", "WS", "WSS"])
def test_a_connection_is_answered_over_itself(transport: str) -> None:
    rig = edge()
    flow = rig.flow(HOST, SOURCE, transport)
    caller = Caller(rig, flow=flow)
    rig.receive(flow, caller.text("OPTIONS", "sip:192.0.2.1").replace("192.168.7.7:5060;rport", f"{HOST}:5060", 1))
    assert not isinstance(flow.take_one(), Request)
