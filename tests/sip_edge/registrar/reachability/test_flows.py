"""Flows: what keeps them, what their end means, and devices with several of them."""

from __future__ import annotations

import pytest

from tests.sip_edge.caller import Caller, answer, responses
from tests.sip_edge.rig import DOMAIN, Phone, Rig

INSTANCE = "<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"
URI = f"sip:alice@{DOMAIN}"


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("alice")
    return rig


def with_instance(phone: Phone, more: str = "") -> str:
    return f'<{phone.contact}>;+sip.instance="{INSTANCE}"{more}'


def test_a_udp_flow_is_kept_alive_while_its_phone_is_registered(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert phone.register("Expires: 120").status == 200
    rig.advance(110)
    assert phone.flow.keepalives in (4, 5)  # every 25 s
    rig.advance(40)
    kept = phone.flow.keepalives
    rig.advance(60)
    assert phone.flow.keepalives == kept


def test_no_keepalive_is_ever_left_out(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert phone.register("Expires: 7200").status == 200
    gaps = []
    for _ in range(3600):
        kept, began = phone.flow.keepalives, rig.now
        rig.now += 0.037  # as late as a busy loop's ticks are
        while phone.flow.keepalives == kept and rig.now < began + 60:
            rig.now += 0.053
            rig.timers.advance(rig.now)
        gaps.append(rig.now - began)
        if rig.now > rig.address("alice").bindings[0].expires - 60:
            break
    assert len(gaps) > 250
    assert max(gaps) < 28  # NATs forget after 30 s


def test_an_unregistered_phone_is_left_alone(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert phone.register().status == 200
    assert phone.register("Expires: 0").status == 200
    rig.advance(60)
    assert phone.flow.keepalives == 0


def test_a_lost_connection_ends_its_bindings(rig: Rig) -> None:
    phone = Phone(rig, "alice", rig.flow(transport="TCP"))
    assert phone.register().status == 200
    assert phone.flow.kept
    phone.flow.closed = True
    rig.edge.lose(phone.flow, rig.now)
    rig.store.deliver()
    assert rig.address("alice").bindings == ()


def test_a_connection_lost_after_its_phone_has_moved_changes_nothing(rig: Rig) -> None:
    old = Phone(rig, "alice", rig.flow(transport="TCP"))
    assert old.register(contact=with_instance(old)).status == 200
    new = Phone(rig, "alice", rig.flow(port=7777, transport="TCP"))
    assert new.register(contact=with_instance(new)).status == 200
    rig.edge.lose(old.flow, rig.now)
    rig.store.deliver()
    assert [b.flow for b in rig.address("alice").bindings] == [new.flow.name]


def test_a_lost_connection_finds_what_others_have_written(rig: Rig) -> None:
    phone = Phone(rig, "alice", rig.flow(transport="TCP"))
    assert phone.register().status == 200
    address = rig.address("alice")
    rig.store.addresses[address.aor] = address.with_bindings(address.bindings, "f" * 16, 1)
    rig.edge.lose(phone.flow, rig.now)
    rig.store.deliver()
    assert rig.address("alice").bindings == ()
    assert rig.address("alice").nonce == "f" * 16


def test_a_call_that_rings_on_a_lost_connection_waits_for_its_phone(rig: Rig) -> None:
    phone = Phone(rig, "alice", rig.flow(transport="TCP"))
    assert phone.register().status == 200
    caller = Caller(rig)
    caller.send("INVITE", URI)
    invite = phone.flow.take_request()
    rig.receive(phone.flow, answer(invite, "180 Ringing"))
    caller.flow.take()
    phone.flow.closed = True
    rig.edge.lose(phone.flow, rig.now)
    rig.advance(10)
    assert responses(caller.flow)[-1] == "480 Temporarily Unavailable"
    assert len(rig.edge._transactions) == 1  # the caller's, which waits for its ACK


def test_a_device_with_two_flows_is_one_device_and_rings_once(rig: Rig) -> None:
    phones = [Phone(rig, "alice", rig.flow(port=port, transport="TCP")) for port in (7001, 7002)]
    for reg_id, phone in enumerate(phones, 1):
        ok = phone.register("Supported: outbound, path", contact=with_instance(phone, f";reg-id={reg_id}"))
        assert ok.status == 200
        assert ok.get("require") == "outbound"
        assert ok.get("flow-timer") == "120"
        rig.advance(1)
    assert [b.reg_id for b in rig.address("alice").bindings] == ["1", "2"]
    caller = Caller(rig)
    caller.send("INVITE", URI)
    assert [len(phone.flow.take()) for phone in phones] == [0, 1]
    phones[1].flow.closed = True
    caller = Caller(rig)
    caller.send("INVITE", URI)
    assert len(phones[0].flow.take()) == 1


@pytest.mark.parametrize("transport", ["TCP", "TLS", "WS", "WSS"])
def test_keepalives_are_expected_of_a_device_that_got_a_flow_timer(rig: Rig, transport: str) -> None:
    phone = Phone(rig, "alice", rig.flow(port=7001, transport=transport))
    ok = phone.register("Supported: outbound", contact=with_instance(phone, ";reg-id=1"))
    assert phone.flow.keepalive_s == int(ok.get("flow-timer")) == 120


def test_no_keepalives_are_expected_of_others(rig: Rig) -> None:
    rig.add_extension("bob")
    plain = Phone(rig, "alice", rig.flow(port=7001, transport="TCP"))
    assert plain.register().status == 200
    unsupported = Phone(rig, "alice", plain.flow)
    unsupported.call_id = plain.call_id
    unsupported.register(contact=with_instance(unsupported, ";reg-id=1"))
    proxied = Phone(rig, "bob", rig.flow(port=7002, transport="TCP"))
    via, path = "Via: SIP/2.0/TCP 10.0.0.9;branch=z9hG4bKq", "Path: <sip:p1.example;lr;ob>"
    ok = proxied.register(via, path, "Supported: outbound, path", contact=with_instance(proxied, ";reg-id=1"))
    assert ok.get("require") == "outbound"
    datagrams = Phone(rig, "bob", rig.flow(port=7003))
    datagrams.register("Supported: outbound", contact=with_instance(datagrams, ";reg-id=1"))
    assert [phone.flow.keepalive_s for phone in (plain, proxied, datagrams)] == [0, 0, 0]


def test_reg_id_without_outbound_means_nothing(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    ok = phone.register(contact=with_instance(phone, ";reg-id=1"))
    assert "flow-timer" not in ok.names
    assert rig.address("alice").bindings[0].reg_id == ""


def test_outbound_through_a_proxy_that_cannot(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    answer = phone.register("Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKq", contact=with_instance(phone, ";reg-id=1"))
    assert answer.status == 439


def test_a_path_is_kept_told_and_followed(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    ok = phone.register("Supported: path", "Path: <sip:p1.example;lr>, <sip:p2.example;lr>")
    assert ok.get("path") == "<sip:p1.example;lr>, <sip:p2.example;lr>"
    Caller(rig).send("INVITE", URI)
    invite = phone.flow.take_request()
    assert invite.uri == phone.contact
    assert invite.values("route") == ["<sip:p1.example;lr>", "<sip:p2.example;lr>"]


def test_a_public_gruu_leads_to_one_device(rig: Rig) -> None:
    rig.add_extension("alice", max_devices=2)
    one, other = Phone(rig, "alice"), Phone(rig, "alice")
    ok = one.register("Supported: gruu", contact=with_instance(one))
    gruu = f"{URI};gr={INSTANCE.strip('<>')}"
    assert f'pub-gruu="{gruu}"' in ok.get("contact")
    assert other.register().status == 200
    Caller(rig).send("INVITE", gruu)
    assert one.flow.take_request().uri == one.contact
    assert other.flow.take() == []
    caller = Caller(rig)
    caller.send("INVITE", f"{URI};gr=urn:uuid:nobody")
    assert responses(caller.flow)[-1].startswith("480")


def test_a_temporary_gruu_leads_to_the_device_and_tells_nothing(rig: Rig) -> None:
    rig.add_extension("alice", max_devices=2)
    one, other = Phone(rig, "alice"), Phone(rig, "alice")
    contact = one.register("Supported: path, gruu", contact=with_instance(one)).get("contact")
    gruu = contact.partition('temp-gruu="')[2].partition('"')[0]
    assert "alice" not in gruu
    assert other.register().status == 200
    Caller(rig).send("INVITE", gruu)
    assert one.flow.take_request().uri == one.contact
    assert other.flow.take() == []
    forged = gruu.replace("tgruu.", "tgruu.a")
    restarted = Phone(rig, "alice")
    assert restarted.register("Supported: gruu", contact=with_instance(restarted)).status == 200
    for address, status in ((gruu, "480"), (forged, "404"), (f"sip:tgruu.@{DOMAIN};gr", "404")):
        caller = Caller(rig)
        caller.send("INVITE", address)
        assert responses(caller.flow)[-1].startswith(status)


def test_a_session_interval_too_small(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert phone.register().status == 200
    caller = Caller(rig)
    caller.send("INVITE", URI, "Session-Expires: 60", "Supported: timer")
    refused = caller.flow.take_response()
    assert (refused.status, refused.get("min-se")) == (422, "90")
    for headers in (("Session-Expires: 90;refresher=uac", "Supported: timer"), ("Session-Expires: 60",)):
        Caller(rig).send("INVITE", URI, *headers)
        assert phone.flow.take_request().get("session-expires") == headers[0].partition(": ")[2]


def test_events_that_are_not_ours(rig: Rig) -> None:
    caller = Caller(rig)
    caller.send("SUBSCRIBE", f"sip:registrar.{DOMAIN.partition('.registrar.')[2]}", "Event: reg")
    assert responses(caller.flow) == ["489 Bad Event"]
    caller = Caller(rig, URI)
    caller.send("SUBSCRIBE", URI, "Event: message-summary")
    assert responses(caller.flow) == ["489 Bad Event"]


@pytest.mark.parametrize("method", ["PRACK", "UPDATE", "INFO", "REFER", "NOTIFY", "MESSAGE", "OPTIONS"])
def test_what_belongs_to_a_dialog_passes_both_ways(rig: Rig, method: str) -> None:
    phone = Phone(rig, "alice")
    assert phone.register().status == 200
    caller = Caller(rig)
    caller.send("INVITE", URI)
    invite = phone.flow.take_request()
    rig.receive(phone.flow, answer(invite, "183 Session Progress", "RSeq: 1"))
    early = caller.flow.take()[-1]
    caller.send(method, phone.contact, f"Route: {early.get('record-route')}", to=early.get("to"))
    request = phone.flow.take_request()
    assert (request.method, request.uri) == (method, phone.contact)
    rig.receive(phone.flow, answer(request, "200 OK"))
    assert responses(caller.flow) == ["200 OK"]
    back = Caller(rig, URI, phone.flow, caller.call_id)
    back.send(method, "sip:caller@192.168.7.7:5060", f"Route: {invite.get('record-route')}", to=f"<{URI}>;tag=caller")
    assert caller.flow.take_request().method == method
