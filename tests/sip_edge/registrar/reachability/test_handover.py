"""An edge hands its phones on UDP over before a load balancer takes their flows away."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Response
from sip_edge.message.values import address, parameters
from tests.sip_edge.registrar.push_phones import contact
from tests.sip_edge.rig import FakeFlow, Phone, Rig

DEREGISTRATION_S = 960


@pytest.fixture
def rig() -> Rig:
    rig = Rig(deregistration_seconds=DEREGISTRATION_S)
    rig.add_extension("alice")
    return rig


def told(answer: Response) -> int:
    assert answer.status == 200
    return int(parameters(address(answer.get("contact"))[1])["expires"])


def over(rig: Rig, transport: str) -> Phone:
    return Phone(rig, "alice", rig.flow("198.51.100.9", 5070, transport))


@pytest.mark.parametrize("asked", [3600, 7200, 900, 901])
def test_a_phone_on_udp_comes_by_within_the_deregistration_delay(rig: Rig, asked: int) -> None:
    assert told(over(rig, "UDP").register(f"Expires: {asked}")) == 900
    assert rig.address("alice").bindings[0].expires - rig.now <= 901


@pytest.mark.parametrize("transport", ["TCP", "TLS", "WS", "WSS"])
def test_a_connection_tells_its_phone_of_its_end(rig: Rig, transport: str) -> None:
    rig.edge.begin_handover(rig.now + 20)
    assert told(over(rig, transport).register("Expires: 3600")) == 3600


def test_without_such_a_load_balancer_expiries_are_as_long_as_ever() -> None:
    rig = Rig()
    rig.add_extension("alice")
    assert told(over(rig, "UDP").register("Expires: 7200")) == 7200


@pytest.mark.parametrize(("left_s", "seconds"), [(900, 450), (600, 300), (101, 50), (60, 30), (40, 20), (31, 15)])
def test_a_phone_is_told_half_of_the_time_that_is_left(rig: Rig, left_s: int, seconds: int) -> None:
    phone = over(rig, "UDP")
    phone.register("Expires: 3600")
    rig.edge.begin_handover(rig.now + left_s)
    assert told(phone.register("Expires: 3600")) == seconds
    # The binding lasts longer, so that the phone can be called while its REGISTER gets no answer.
    assert rig.address("alice").bindings[0].expires - rig.now > 899
    assert told(phone.register("Expires: 3600")) <= seconds


def test_less_than_that_stays_less(rig: Rig) -> None:
    rig.edge.begin_handover(rig.now + 900)
    assert told(over(rig, "UDP").register("Expires: 100")) == 100


def test_a_phone_that_can_be_pushed_needs_none_of_it(rig: Rig) -> None:
    """A call wakes it, and it registers over a new flow."""
    rig.world.pusher.apps = {"fcm": {"project-1"}}
    rig.edge.begin_handover(rig.now + 100)
    assert told(over(rig, "UDP").register("Expires: 86400", contact=contact())) == 86400


@pytest.mark.parametrize("left_s", [29, 10, 0, -30])
def test_towards_the_end_a_register_gets_an_answer_within_its_repetitions(rig: Rig, left_s: int) -> None:
    phones = [Phone(rig, "alice", rig.flow(f"198.51.100.{i}", 5060)) for i in range(20)]
    rig.edge.begin_handover(rig.now + left_s)
    waits = [wait(rig, phone) for phone in phones]
    assert max(waits) <= 24  # repeated for 32 s
    assert len(set(waits)) >= 4  # not all at once
    assert sum(wait_s > 0 for wait_s in waits) > 10


def wait(rig: Rig, phone: Phone) -> float:
    """For how long a REGISTER is repeated until it has an answer (RFC 3261 §17.1.2.2)."""
    text, began, pause = phone.register_text(), rig.now, 0.5
    while True:
        rig.receive(phone.flow, text)
        if phone.flow.take():
            return rig.now - began
        rig.advance(pause)
        pause = min(2 * pause, 4.0)


def test_calls_go_on_meanwhile(rig: Rig) -> None:
    phone = over(rig, "UDP")
    phone.register()
    rig.edge.begin_handover(rig.now)
    flow = FakeFlow("203.0.113.9", 5060)
    rig.receive(flow, phone.register_text().replace("REGISTER", "OPTIONS").replace("10.0.0.5", "203.0.113.9"))
    assert flow.take_response().status == 200
