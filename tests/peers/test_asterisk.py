"""Asterisk's test suite (tests/channels/pjsip/registration/inbound)."""

from __future__ import annotations

import pytest

from tests.peers.origin import of
from tests.peers.scene import BOB, last_request, statuses
from tests.sip_edge.caller import Caller
from tests.sip_edge.rig import Phone, Rig

origin = of("Asterisk")

OFFICE, HOME = "<sip:bob-office@127.0.0.2:5062>", "<sip:bob-home@127.0.0.3:5063>"


def registered(phone: Phone, contacts: str, *extra: str) -> dict[str, str]:
    """The expiry of each Contact after a registration."""
    ok = phone.register(*extra, contact=contacts)
    assert ok.status == 200
    shown = (value.split(";") for value in ok.values("contact"))
    return {uri: next(field for field in fields if field.startswith("expires=")) for uri, *fields in shown}


@pytest.mark.parametrize("way", ["header", "parameter", "both", "neither"])
@origin("registration/inbound/nominal/single_contact/authed")
def test_the_expiry_of_one_contact(rig: Rig, way: str) -> None:
    asked = {
        "header": (OFFICE, "Expires: 90"),
        "parameter": (f"{OFFICE};expires=90",),
        "both": (f"{OFFICE};expires=90", "Expires: 300"),
        "neither": (OFFICE,),
    }[way]
    assert registered(Phone(rig, "bob"), *asked) == {OFFICE: "expires=3600" if way == "neither" else "expires=90"}


@pytest.mark.parametrize(
    ("office", "home", "header", "granted"),
    [
        pytest.param("", "", "Expires: 100", (100, 100), id="header alone"),
        pytest.param(";expires=150", ";expires=200", "X-None: 1", (150, 200), id="parameters alone"),
        pytest.param(";expires=150", "", "Expires: 100", (150, 100), id="one parameter, and the header"),
        pytest.param(";expires=150", "", "X-None: 1", (150, 3600), id="one parameter, and the default"),
    ],
)
@origin("registration/inbound/nominal/multiple_contacts/authed")
def test_the_expiries_of_two_contacts(rig: Rig, office: str, home: str, header: str, granted: tuple[int, int]) -> None:
    found = registered(Phone(rig, "bob"), f"{OFFICE}{office}, {HOME}{home}", header)
    assert found == {OFFICE: f"expires={granted[0]}", HOME: f"expires={granted[1]}"}


@origin("registration/inbound/nominal/mixed")
def test_two_contacts_in_two_headers_with_names_and_parameters(rig: Rig) -> None:
    phone = Phone(rig, "bob")
    found = registered(phone, f'"bob" {OFFICE};transport=udp\r\nm: "bob" {HOME};transport=udp', "Expires: 60")
    assert found == {OFFICE: "expires=60", HOME: "expires=60"}


@origin("registration/inbound/nominal/unregister/all_contacts")
def test_all_contacts_are_removed_by_a_star(rig: Rig) -> None:
    phone = Phone(rig, "bob")
    registered(phone, f"{OFFICE}, {HOME}", "Expires: 60")
    gone = phone.register("Expires: 0", contact="*")
    assert (gone.status, gone.get("contact")) == (200, "")


@origin("registration/inbound/nominal/unregister/single_contact")
def test_one_contact_is_removed(rig: Rig) -> None:
    phone = Phone(rig, "bob")
    registered(phone, OFFICE, "Expires: 60")
    assert registered(phone, OFFICE, "Expires: 0") == {}


@origin("registration/inbound/nominal/unregister/multiple_contacts")
def test_one_of_two_contacts_is_removed(rig: Rig) -> None:
    phone = Phone(rig, "bob")
    registered(phone, f"{OFFICE}, {HOME}", "Expires: 90")
    assert registered(phone, OFFICE, "Expires: 0") == {HOME: "expires=90"}


@origin("registration/inbound/off-nominal/unregister/no_expires_header")
def test_a_star_without_expires(rig: Rig) -> None:
    phone = Phone(rig, "bob")
    registered(phone, OFFICE, "Expires: 60")
    assert phone.register(contact="*").status == 400
    assert len(rig.address("bob").bindings) == 1


@origin("registration/inbound/off-nominal/no_contact_header")
def test_a_register_without_contact_asks(rig: Rig) -> None:
    answered = Phone(rig, "bob").register("Expires: 10", contact="")
    assert (answered.status, answered.get("contact")) == (200, "")


@origin("registration/inbound/off-nominal/wrong_password")
def test_a_wrong_password(rig: Rig) -> None:
    phone = Phone(rig, "bob", password="wrong")
    assert phone.register().status == 407
    assert rig.address("bob").bindings == ()


@origin("registration/inbound/off-nominal/max_contacts")
def test_more_devices_at_once_than_the_extension_may_have(rig: Rig) -> None:
    rig.add_extension("carol")
    devices = (f'{uri};+sip.instance="<urn:uuid:{number}>"' for number, uri in enumerate((OFFICE, HOME)))
    assert Phone(rig, "carol").register(contact=", ".join(devices)).status == 403
    assert rig.address("carol").bindings == ()


@origin("registration/inbound/nominal/config_options/maximum_expiration")
def test_more_than_the_longest_expiry(rig: Rig) -> None:
    assert registered(Phone(rig, "bob"), OFFICE, "Expires: 100000") == {OFFICE: "expires=7200"}


@origin("registration/inbound/nominal/config_options/minimum_expiration")
def test_less_than_the_shortest_expiry(rig: Rig) -> None:
    refused = Phone(rig, "bob").register("Expires: 30", contact=OFFICE)
    assert (refused.status, refused.get("min-expires")) == (423, "60")  # Asterisk grants 60 unasked (§10.2.8 allows it)


@origin("registration/inbound/nominal/config_options/remove_existing")
def test_a_phone_whose_address_has_changed_replaces_itself(rig: Rig) -> None:
    rig.add_extension("carol")
    phone = Phone(rig, "carol")
    registered(phone, "<sip:carol@127.0.0.1:5061>", "Expires: 60")
    assert registered(phone, "<sip:carol@127.0.0.1:5062>", "Expires: 60") == {
        "<sip:carol@127.0.0.1:5062>": "expires=60"
    }


@origin("registration/inbound/nominal/config_options/remove_unavailable")
def test_a_device_that_is_gone_makes_room(rig: Rig) -> None:
    rig.add_extension("carol")
    assert Phone(rig, "carol").register().status == 200
    newcomer = Phone(rig, "carol")
    rig.receive(newcomer.flow, newcomer.register_text(newcomer.credentials(newcomer.challenge())))
    rig.advance(3)
    assert [line[:3] for line in statuses(newcomer.flow)] == ["200"]


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@origin("registration/inbound/nominal/single_contact/unauthed_drop_options")
def test_a_phone_that_answers_no_options_stays_registered(rig: Rig, transport: str) -> None:
    phone = Phone(rig, "bob", rig.flow(transport=transport))
    assert phone.register("Expires: 300").status == 200
    rig.advance(120)
    phone.flow.take()
    assert len(rig.address("bob").bindings) == 1


@origin("registration/inbound/nominal/path")
def test_a_path_is_shown_and_used(rig: Rig) -> None:
    phone = Phone(rig, "bob")
    path = "<sip:localhost:5062;lr>,<sip:P1.EXAMPLEVISITED.COM;lr>"
    ok = phone.register("Supported: path", f"Path: {path}", contact="sip:bob@127.0.0.1:5060")
    assert [route.replace(" ", "") for route in ok.values("path")] == path.split(",")
    Caller(rig).send("INVITE", BOB)
    assert last_request(phone.flow).values("route") == path.split(",")


@origin("registration/inbound/nominal/user_agent")
def test_the_user_agent_is_kept(rig: Rig) -> None:
    phone = Phone(rig, "bob")
    phone.register()
    (binding,) = rig.address("bob").bindings
    assert binding.user_agent == "Rig/1.0"
