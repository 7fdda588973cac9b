"""A new password that overlaps with the one before, and extensions that are disabled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from directory.schema.credentials import ha1
from directory.schema.reasons import Reason
from tests.sip_edge.caller import Caller, responses
from tests.sip_edge.rig import BASE, DOMAIN, PASSWORD, Phone, Rig, digest

CHALLENGED = "407 Proxy Authentication Required"
NEW = "a quite new password"


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("alice")
    rig.add_extension("bob")
    return rig


def rotate(rig: Rig, overlap: int) -> None:
    """As the API does it."""
    address = rig.address("alice")
    rig.store.addresses[address.aor] = replace(
        address,
        version=address.version + 1,
        ha1=ha1("alice", BASE, NEW),
        ha1_before=address.ha1,
        ha1_before_until=int(rig.now) + overlap,
        password_number=address.password_number + 1,
    )


def disable(rig: Rig, disabled: bool = True) -> None:
    """As the API does it."""
    address = rig.address("alice")
    rig.store.addresses[address.aor] = replace(
        address, version=address.version + 1, disabled=disabled, bindings=() if disabled else address.bindings
    )


def last_answer(rig: Rig, caller: str, callee: str, password: str = PASSWORD) -> str:
    """Returns the response to a call by an extension that has answered the challenge."""
    calling = Caller(rig, f"sip:{caller}@{DOMAIN}", flow=rig.flow(port=6000 + int(rig.unique())))
    uri = f"sip:{callee}@{DOMAIN}"
    calling.send("INVITE", uri)
    challenge = calling.flow.take_response().get("proxy-authenticate")
    credentials = digest(challenge, "INVITE", uri, caller, password)
    calling.send("INVITE", uri, f"Proxy-Authorization: {credentials}")
    return responses(calling.flow)[-1]


def reasons(rig: Rig) -> list[str]:
    rig.advance(1.1)
    return [attempt.reason for attempt in rig.attempts.written.values()]


def test_both_passwords_hold_until_the_overlap_ends(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert phone.register().status == 200
    rotate(rig, overlap=600)
    assert phone.register().status == 200
    phone.password = NEW
    assert phone.register().status == 200
    phone.password = "neither of the two"
    assert phone.register().status == 407
    for password, status in ((PASSWORD, 407), (NEW, 200)):
        rig.now += 601
        phone.password = password
        assert phone.register().status == status


def test_the_device_shows_which_password_it_used(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    rotate(rig, overlap=600)
    assert phone.register().status == 200
    assert [b.password_number for b in rig.address("alice").bindings] == [0]
    phone.password = NEW
    assert phone.register().status == 200
    assert [b.password_number for b in rig.address("alice").bindings] == [1]


def test_a_refresh_by_memory_ends_with_the_overlap_too(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    rotate(rig, overlap=60)
    challenge = phone.challenge()
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge)))
    assert phone.flow.take_response().status == 200
    rig.now += 61
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge, nc=2)))
    assert phone.flow.take_response().status == 407
    assert reasons(rig) == [Reason.WRONG_PASSWORD]


def test_calls_are_proved_by_both(rig: Rig) -> None:
    rotate(rig, overlap=600)
    bob = Phone(rig, "bob")
    assert bob.register().status == 200
    for password, answered in ((PASSWORD, True), (NEW, True), ("neither of the two", False)):
        assert last_answer(rig, "alice", "bob", password) == ("100 Trying" if answered else CHALLENGED)


@pytest.mark.parametrize("remembered", [True, False])
def test_a_disabled_extension_can_do_nothing_and_learns_nothing(rig: Rig, remembered: bool) -> None:
    alice, bob = Phone(rig, "alice"), Phone(rig, "bob")
    assert bob.register().status == 200
    if remembered:
        assert alice.register().status == 200
    disable(rig)
    wrong = Phone(rig, "bob", password="wrong wrong wrong").register()
    refused = alice.register()
    assert (refused.status, refused.names) == (wrong.status, wrong.names)
    assert rig.address("alice").bindings == ()
    assert Reason.EXTENSION_DISABLED in reasons(rig)
    assert last_answer(rig, "alice", "bob") == CHALLENGED
    assert last_answer(rig, "bob", "alice").startswith("480")
    disable(rig, disabled=False)
    assert alice.register().status == 200
