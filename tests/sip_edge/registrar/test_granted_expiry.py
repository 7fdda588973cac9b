"""The expiry that a 200 grants is the one that was asked for and stored, to the second."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Response
from sip_edge.message.values import address, parameters
from tests.sip_edge.rig import Phone, Rig

FRACTIONS = pytest.mark.parametrize("fraction", [0.0, 0.001, 0.25, 0.499, 0.5, 0.501, 0.75, 0.999])


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("alice", max_devices=2)
    return rig


def granted(answer: Response) -> list[int]:
    assert answer.status == 200
    return [int(parameters(address(value)[1])["expires"]) for value in answer.values("contact")]


@FRACTIONS
@pytest.mark.parametrize("seconds", [60, 61, 3600, 7200])
def test_what_was_asked_for_is_granted(rig: Rig, fraction: float, seconds: int) -> None:
    rig.now += fraction
    phone = Phone(rig, "alice")
    assert granted(phone.register(f"Expires: {seconds}")) == [seconds]
    assert granted(phone.register(contact=f"<{phone.contact}>;expires={seconds}")) == [seconds]
    (binding,) = rig.address("alice").bindings
    assert 0 <= binding.expires - rig.now - seconds < 1


@FRACTIONS
def test_a_slow_write_takes_nothing_from_it(rig: Rig, fraction: float) -> None:
    rig.now += fraction
    phone = Phone(rig, "alice")
    authorization = phone.credentials(phone.challenge())
    rig.store.held = True
    rig.receive(phone.flow, phone.register_text(authorization, "Expires: 60"))
    rig.advance(3.9)
    assert phone.flow.take_response().status == 100  # after 3.5 s (RFC 4320 §4.1)
    rig.store.held = False
    rig.deliver()
    assert granted(phone.flow.take_response()) == [60]


def test_a_write_that_others_forestalled_takes_nothing_from_it(rig: Rig) -> None:
    first, second = Phone(rig, "alice"), Phone(rig, "alice")
    texts = [phone.register_text(phone.credentials(phone.challenge()), "Expires: 60") for phone in (first, second)]
    rig.store.held = True
    for phone, text in zip((first, second), texts, strict=True):
        rig.receive(phone.flow, text)
    rig.advance(1.3)
    rig.store.held = False
    rig.deliver()
    assert granted(first.flow.take_response()) == [60]
    assert granted(second.flow.take_response())[0] == 60


def test_refreshes_that_ask_for_what_was_granted_do_not_drift(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    seconds = 3600
    for _ in range(20):
        rig.advance(7.3)
        (seconds,) = granted(phone.register(f"Expires: {seconds}"))
    assert seconds == 3600


def test_the_shortest_expiry_can_be_refreshed_for_ever(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    for _ in range(20):
        rig.advance(0.77)
        (seconds,) = granted(phone.register(contact=f"<{phone.contact}>;expires=60"))
        assert seconds == 60


@FRACTIONS
@pytest.mark.parametrize("seconds", [1, 59])
def test_less_than_the_shortest_is_refused(rig: Rig, fraction: float, seconds: int) -> None:
    rig.now += fraction
    phone = Phone(rig, "alice")
    for answer in (
        phone.register(f"Expires: {seconds}"),
        phone.register("Expires: 3600", contact=f"<{phone.contact}>;expires={seconds}"),
        phone.register(contact=f"<sip:a@10.0.0.9>;expires=3600, <{phone.contact}>;expires={seconds}"),
    ):
        assert (answer.status, answer.get("min-expires")) == (423, "60")


@pytest.mark.parametrize(
    ("header", "parameter", "seconds"),
    [
        ("Expires: 600", ";expires=300", 300),
        ("Expires: 0", ";expires=300", 300),
        ("Expires: 30", ";expires=300", 300),
        ("Expires: 600", "", 600),
        ("Expires: 600", ";expires", 600),
        ("Expires: 600", ";EXPIRES=300", 300),
        ("Expires: 600", ';expires="300"', 300),
        ("Expires: 0000000000000600", "", 600),
        ("Expires: 600", ";expires=0000000000000300", 300),
        ("Expires: 99999", "", 7200),
        ("Expires: 4294967296", "", 7200),
        (f"Expires: {'9' * 400}", "", 7200),
        ("Expires: 600", f";expires={'9' * 400}", 7200),
        ("Expires: soon", "", 3600),
        ("Expires: -1", "", 3600),
        ("Expires: 600.5", "", 3600),
        ("Expires: ", "", 3600),
        ("Expires: 0", ";expires=soon", 3600),
        ("Expires: 600", ";expires=-1", 3600),
        ("Expires: 600", ";expires=٣٠٠", 3600),  # digits, and none of SIP's
        ("Expires: Thu, 01 Dec 2033 16:00:00 GMT", "", 3600),  # RFC 2543 §6.20
    ],
)
def test_which_expiry_counts(rig: Rig, header: str, parameter: str, seconds: int) -> None:
    phone = Phone(rig, "alice")
    assert granted(phone.register(header, contact=f"<{phone.contact}>{parameter}")) == [seconds]


def test_each_contact_has_its_own_expiry(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    contacts = "<sip:a@10.0.0.1>;expires=100, <sip:a@10.0.0.2>, <sip:a@10.0.0.3>;expires=0"
    assert granted(phone.register("Expires: 200", contact=contacts)) == [100, 200]


def test_the_contacts_of_the_register_itself_come_first(rig: Rig) -> None:
    first, second = Phone(rig, "alice"), Phone(rig, "alice")
    assert granted(first.register("Expires: 100")) == [100]
    rig.advance(10)
    assert granted(second.register("Expires: 200")) == [200, 90]
    assert granted(first.register("Expires: 100")) == [100, 200]
