"""A binding is a device's own, with equal Contacts, flows and Call-IDs of others (RFC 5626 §6, RFC 3327)."""

from __future__ import annotations

import pytest

from directory.schema.model import device_of, registration_id
from sip_edge.message.message import Response
from tests.sip_edge.caller import Caller, answer
from tests.sip_edge.rig import DOMAIN, FakeFlow, Phone, Rig

PRIVATE = "sip:alice@192.168.1.20:5060"
PATH = ("Supported: path", "Path: <sip:sbc.example;lr>")
BEHIND = "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKbehind"
TRANSPORTS = pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS", "WS"])


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("alice", max_devices=2)
    return rig


def instance(number: int) -> str:
    return f'+sip.instance="<urn:uuid:00000000-0000-1000-8000-{number:012}>"'


def stored(rig: Rig) -> list[str]:
    """The Call-IDs of the bindings, of which each has an id of its own."""
    bindings = rig.address("alice").bindings
    assert len({registration_id(b) for b in bindings}) == len(bindings)
    assert len({device_of(b) for b in bindings}) <= rig.address("alice").max_devices
    return [b.call_id for b in bindings]


def homes(rig: Rig, transport: str = "UDP") -> tuple[Phone, Phone]:
    """Two phones in two homes, with the same private Contact."""
    first = Phone(rig, "alice", rig.flow("198.51.100.1", 5060, transport))
    second = Phone(rig, "alice", rig.flow("203.0.113.7", 5060, transport))
    first.contact = second.contact = PRIVATE
    return first, second


def behind_proxy(rig: Rig, flow: FakeFlow, host: str) -> Phone:
    phone = Phone(rig, "alice", flow)
    phone.contact = f"sip:alice@{host}:5060"
    return phone


@TRANSPORTS
@pytest.mark.parametrize("more", [";reg-id=1", ""])
@pytest.mark.parametrize("last", [";expires=0", ""])
def test_unregistering_leaves_the_same_contact_of_another_instance(
    rig: Rig, transport: str, more: str, last: str
) -> None:
    first, second = homes(rig, transport)
    outbound = "Supported: path, outbound"
    contacts = [f"<{PRIVATE}>{more};{instance(number)}" for number in (1, 2)]
    assert first.register(outbound, contact=contacts[0]).status == 200
    header = () if last else ("Expires: 0",)
    assert second.register(outbound, *header, contact=contacts[1] + last).status == 200
    assert stored(rig) == [first.call_id]
    assert second.register(outbound, contact=contacts[1]).status == 200
    assert stored(rig) == [first.call_id, second.call_id]
    assert second.register(outbound, *header, contact=contacts[1] + last).status == 200
    assert stored(rig) == [first.call_id]


@TRANSPORTS
def test_unregistering_leaves_the_same_contact_of_another_call_id(rig: Rig, transport: str) -> None:
    first, second = homes(rig, transport)
    assert first.register().status == second.register().status == 200
    assert stored(rig) == [first.call_id, second.call_id]
    assert second.register("Expires: 0").status == 200
    assert stored(rig) == [first.call_id]
    assert second.register("Expires: 0").status == 200
    assert stored(rig) == [first.call_id]


def test_unregistering_without_an_instance_leaves_that_of_an_instance(rig: Rig) -> None:
    first, second = homes(rig)
    assert first.register(contact=f"<{PRIVATE}>;{instance(1)}").status == 200
    assert second.register("Expires: 0").status == 200
    assert stored(rig) == [first.call_id]


def test_the_same_contact_of_two_homes_rings_twice(rig: Rig) -> None:
    first, second = homes(rig)
    assert first.register().status == second.register().status == 200
    Caller(rig).send("INVITE", f"sip:alice@{DOMAIN}")
    assert [first.flow.take_request().uri, second.flow.take_request().uri] == [PRIVATE, PRIVATE]


def test_a_third_home_with_the_same_contact_is_one_too_many(rig: Rig) -> None:
    first, second = homes(rig)
    assert first.register().status == second.register().status == 200
    third = Phone(rig, "alice", rig.flow("203.0.113.8"))
    third.contact = PRIVATE
    rig.receive(third.flow, third.register_text(third.credentials(third.challenge())))
    for phone in (first, second):
        rig.receive(phone.flow, answer(phone.flow.take_request(), "200 OK"))
    assert third.flow.take_response().status == 403
    assert stored(rig) == [first.call_id, second.call_id]


def test_all_bindings_go_when_a_device_asks_for_that(rig: Rig) -> None:
    first, second = homes(rig)
    assert first.register().status == second.register().status == 200
    assert second.register("Expires: 0", contact="*").status == 200
    assert stored(rig) == []


def test_unregistering_one_of_two_contacts_leaves_the_other(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert phone.register(contact=f"<{PRIVATE}>, <sip:alice@192.168.1.21>").status == 200
    assert phone.register(contact=f"<{PRIVATE}>;expires=0").status == 200
    assert [b.contact for b in rig.address("alice").bindings] == ["sip:alice@192.168.1.21"]


def test_unregistering_with_another_contact_than_before(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert phone.register().status == 200
    assert phone.register("Expires: 0", contact="<sip:alice@203.0.113.9:1024>").status == 200
    assert stored(rig) == []


def test_a_contact_that_stands_twice_is_one_binding(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    ok = phone.register(contact=f"<{PRIVATE}>;expires=100, <{PRIVATE}>;expires=200")
    assert ok.values("contact") == [f"<{PRIVATE}>;expires=200"]
    assert stored(rig) == [phone.call_id]


@TRANSPORTS
@pytest.mark.parametrize("headers", [(BEHIND, *PATH), (BEHIND,), PATH])
@pytest.mark.parametrize("named", [True, False])
def test_two_phones_behind_one_proxy_are_two_devices(
    rig: Rig, transport: str, headers: tuple[str, ...], named: bool
) -> None:
    flow = rig.flow("203.0.113.50", 5060, transport)
    phones = [behind_proxy(rig, flow, f"10.0.0.{number}") for number in (1, 2)]

    def register(number: int, *more: str) -> Response:
        phone = phones[number]
        contact = f"<{phone.contact}>" + (f";{instance(number)}" if named else "")
        return phone.register(*headers, *more, contact=contact)

    assert register(0).status == register(1).status == 200
    assert stored(rig) == [phone.call_id for phone in phones]
    assert register(0).status == register(1).status == 200
    assert len(stored(rig)) == 2
    assert register(0, "Expires: 0").status == 200
    assert stored(rig) == [phones[1].call_id]


def test_vias_of_a_proxy_in_one_line(rig: Rig) -> None:
    flow = rig.flow("203.0.113.50", 5060, "TCP")
    for number in (1, 2):
        phone = behind_proxy(rig, flow, f"10.0.0.{number}")
        text = phone.register_text(phone.credentials(phone.challenge()))
        end = text.index("\r\nMax-Forwards")
        rig.receive(flow, f"{text[:end]}, SIP/2.0/UDP 10.0.0.{number}:5060;branch=z9hG4bKq{text[end:]}")
        assert flow.take_response().status == 200
    assert len(stored(rig)) == 2


def test_a_third_phone_behind_the_proxy_is_one_too_many(rig: Rig) -> None:
    flow = rig.flow("203.0.113.50", 5060, "TCP")
    phones = [behind_proxy(rig, flow, f"10.0.0.{number}") for number in (1, 2, 3)]
    for phone in phones[:2]:
        assert phone.register(BEHIND, *PATH).status == 200
    third = phones[2]
    rig.receive(flow, third.register_text(third.credentials(third.challenge()), BEHIND, *PATH))
    asked = flow.take()
    assert [(m.get("route"), m.start) for m in asked] == [
        ("<sip:sbc.example;lr>", f"OPTIONS {phone.contact} SIP/2.0") for phone in phones[:2]
    ]
    rig.advance(3)  # both are gone
    assert {m.start for m in flow.take()} >= {"SIP/2.0 200 OK"}
    assert stored(rig) == [third.call_id]


def test_a_phone_behind_a_proxy_that_restarts_without_an_instance(rig: Rig) -> None:
    flow = rig.flow("203.0.113.50", 5060, "TCP")
    first, second = (behind_proxy(rig, flow, f"10.0.0.{number}") for number in (1, 2))
    assert first.register(BEHIND, *PATH).status == second.register(BEHIND, *PATH).status == 200
    restarted = behind_proxy(rig, flow, "10.0.0.1")
    assert restarted.register(BEHIND, *PATH).status == 200
    assert stored(rig) == [second.call_id, restarted.call_id]


def test_the_end_of_the_proxys_connection_ends_all_bindings_over_it(rig: Rig) -> None:
    flow = rig.flow("203.0.113.50", 5060, "TCP")
    for number in (1, 2):
        assert behind_proxy(rig, flow, f"10.0.0.{number}").register(BEHIND, *PATH).status == 200
    rig.lose(flow)
    assert stored(rig) == []


def test_a_phone_that_restarts_on_its_own_flow_is_the_same_device(rig: Rig) -> None:
    flow = rig.flow()
    other = Phone(rig, "alice")
    assert other.register().status == 200
    for _ in range(3):
        restarted = Phone(rig, "alice", flow)
        assert restarted.register().status == 200
        assert stored(rig) == [other.call_id, restarted.call_id]


def test_a_phone_that_restarts_under_another_instance_takes_its_own_place(rig: Rig) -> None:
    rig.add_extension("alice")
    flow = rig.flow()
    for number in (1, 2):
        phone = Phone(rig, "alice", flow)
        assert phone.register(contact=f"<{phone.contact}>;{instance(number)}").status == 200
        assert stored(rig) == [phone.call_id]


def test_two_instances_over_one_flow_are_two_devices(rig: Rig) -> None:
    flow = rig.flow()
    for number in (1, 2):
        phone = Phone(rig, "alice", flow)
        assert phone.register(contact=f"<{phone.contact}>;{instance(number)}").status == 200
    assert len(stored(rig)) == 2


@pytest.mark.parametrize("separate", [True, False])
def test_each_contact_of_a_register_has_its_own_instance(rig: Rig, separate: bool) -> None:
    phone = Phone(rig, "alice")
    contacts = [f"<sip:alice@10.0.0.{number}>;{instance(number)}" for number in (1, 2)]
    more = (f"Contact: {contacts[1]}",) if separate else ()
    ok = phone.register(*more, contact=contacts[0] if separate else ", ".join(contacts))
    assert ok.status == 200
    assert sorted(ok.values("contact")) == [f"<sip:alice@10.0.0.{n}>;expires=3600;{instance(n)}" for n in (1, 2)]
    named = [(b.contact[-1], b.instance[-2]) for b in rig.address("alice").bindings]
    assert sorted(named) == [("1", "1"), ("2", "2")]
    stored(rig)
    assert phone.register("Expires: 0", contact=contacts[0]).status == 200
    assert [b.contact for b in rig.address("alice").bindings] == ["sip:alice@10.0.0.2"]


def test_an_instance_beside_a_contact_without_one(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    contacts = f"<sip:alice@10.0.0.1>;{instance(1)}, <sip:alice@10.0.0.2>"
    for _ in range(2):
        assert phone.register(contact=contacts).status == 200
        assert [bool(b.instance) for b in rig.address("alice").bindings] == [True, False]


def test_two_devices_in_one_register_of_an_extension_for_one(rig: Rig) -> None:
    rig.add_extension("alice")
    phone = Phone(rig, "alice")
    answer = phone.register(contact=f"<sip:a@10.0.0.1>;{instance(1)}, <sip:a@10.0.0.2>;{instance(2)}")
    assert (answer.status, answer.get("warning")) == (403, 'Warning: 399 registrar "Only one device per extension"'[9:])
    assert stored(rig) == []


def test_devices_that_were_too_many_before_may_stay(rig: Rig) -> None:
    phones = [Phone(rig, "alice") for _ in range(2)]
    for phone in phones:
        assert phone.register().status == 200
    address = rig.address("alice")
    address.max_devices = 1
    for phone in phones:
        assert phone.register().status == 200
    assert len(rig.address("alice").bindings) == 2


def test_a_restart_with_the_same_call_id_and_instance(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    contact = f"<{phone.contact}>;{instance(1)}"
    phone.cseq = 500
    assert phone.register(contact=contact).status == 200
    phone.cseq, phone.flow = 0, rig.flow("198.51.100.99")
    assert phone.register(contact=contact).status == 200
    (binding,) = rig.address("alice").bindings
    assert (binding.cseq, binding.flow) == (2, phone.flow.name)
