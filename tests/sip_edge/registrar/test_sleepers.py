"""Sleeping phones outlive their connections and keep their places, but lock no owner out."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Request
from sip_edge.push.outcome import ACCEPTED, NO_TOKEN, Outcome, Result
from sip_edge.push.parameters import Purpose
from sip_edge.push.wake_up import Cause, WakeUpEnd
from tests.sip_edge.registrar.push_phones import TOKEN, bindings, connected, contact, push_rig, push_uri
from tests.sip_edge.rig import Phone, Rig, World


@pytest.fixture
def rig() -> Rig:
    return push_rig()


@pytest.mark.parametrize("transport", ["TCP", "TLS", "WS"])
def test_a_pushed_phone_outlives_its_connection(rig: Rig, transport: str) -> None:
    phone = connected(rig, transport)
    assert phone.register(contact=contact()).status == 200
    rig.lose(phone.flow)
    (asleep,) = bindings(rig)
    assert asleep.asleep_since == int(rig.now)
    again = connected(rig, transport)
    assert again.register(contact=contact()).status == 200
    (awake,) = bindings(rig)
    assert not awake.asleep_since
    assert awake.registered == asleep.registered


def test_a_connection_takes_ordinary_phones_along(rig: Rig) -> None:
    rig.add_extension("alice", max_devices=2)
    phone = connected(rig)
    assert phone.register(contact=contact()).status == 200
    other = Phone(rig, "alice", phone.flow)
    other.call_id = phone.call_id
    assert other.register(contact="<sip:alice@10.0.0.5:5060>").status == 200
    rig.lose(phone.flow)
    assert not bindings(rig)


def test_a_sleeping_phone_expires(rig: Rig) -> None:
    phone = connected(rig)
    assert phone.register("Expires: 300", contact=contact()).status == 200
    rig.lose(phone.flow)
    rig.advance(320)
    assert not rig.address("alice").bindings


def asleep(rig: Rig, uri: str = "") -> Phone:
    phone = connected(rig)
    assert phone.register(contact=contact(uri)).status == 200
    rig.lose(phone.flow)
    return phone


def test_a_newcomer_has_the_sleeper_pushed_and_waits(rig: Rig) -> None:
    asleep(rig)
    newcomer = Phone(rig, "alice")
    response = newcomer.register()
    assert response.status == 403
    assert response.get("retry-after") == "30"
    ((target, purpose),) = rig.world.pusher.pushed
    assert (target.remote_token, purpose) == (TOKEN, Purpose.REFRESH)
    rig.advance(10)
    response = newcomer.register()
    assert response.status == 403
    assert response.get("retry-after") == "20"
    assert len(rig.world.pusher.pushed) == 1
    assert [b.contact for b in bindings(rig)] == [push_uri()]


def test_a_newcomer_wins_when_the_sleeper_does_not_register(rig: Rig) -> None:
    asleep(rig)
    newcomer = Phone(rig, "alice")
    assert newcomer.register().status == 403
    rig.advance(30)
    assert newcomer.register().status == 200
    assert [b.call_id for b in bindings(rig)] == [newcomer.call_id]


def test_a_sleeper_that_registers_keeps_its_place(rig: Rig) -> None:
    asleep(rig)
    newcomer = Phone(rig, "alice")
    assert newcomer.register().status == 403
    woken = connected(rig)
    assert woken.register(contact=contact()).status == 200
    rig.lose(woken.flow)
    rig.advance(31)
    assert newcomer.register().status == 403
    assert len(rig.world.pusher.pushed) == 2


def test_a_phone_that_answers_is_not_pushed(rig: Rig) -> None:
    phone = connected(rig)
    assert phone.register(contact=contact()).status == 200
    newcomer = Phone(rig, "alice")
    rig.receive(newcomer.flow, newcomer.register_text(newcomer.credentials(newcomer.challenge())))
    ping = phone.flow.take_request()
    rig.receive(phone.flow, f"SIP/2.0 200 OK\r\nVia: {ping.get('via')}\r\n" + _dialog(ping))
    assert newcomer.flow.take_response().status == 403
    assert not rig.world.pusher.pushed


def _dialog(request: Request) -> str:
    lines = [f"{name}: {request.get(name.lower())}" for name in ("From", "To", "Call-ID", "CSeq")]
    return "\r\n".join([*lines, "Content-Length: 0", "", ""])


def test_a_suspended_phone_on_udp_is_pushed_when_it_is_silent(rig: Rig) -> None:
    assert Phone(rig, "alice").register(contact=contact()).status == 200
    newcomer = Phone(rig, "alice")
    rig.receive(newcomer.flow, newcomer.register_text(newcomer.credentials(newcomer.challenge())))
    rig.advance(3)
    response = newcomer.flow.take_response()
    assert response.status == 403
    assert response.get("retry-after") == "30"
    assert len(rig.world.pusher.pushed) == 1


def test_a_refused_push_frees_the_place_at_once(rig: Rig) -> None:
    asleep(rig)
    rig.world.pusher.outcome = Outcome(Result.UNREGISTERED, "Unregistered")
    newcomer = Phone(rig, "alice")
    assert newcomer.register().status == 403
    assert not bindings(rig)
    assert newcomer.register().status == 200


def test_a_push_that_fails_otherwise_leaves_the_sleeper_its_time(rig: Rig) -> None:
    asleep(rig)
    rig.world.pusher.outcome = NO_TOKEN
    assert Phone(rig, "alice").register().status == 403
    assert len(bindings(rig)) == 1


def test_of_two_phones_the_dead_one_loses_its_place(rig: Rig) -> None:
    rig.add_extension("alice", max_devices=2)
    asleep(rig)
    assert Phone(rig, "alice").register().status == 200  # ordinary, and silent
    newcomer = Phone(rig, "alice")
    rig.receive(newcomer.flow, newcomer.register_text(newcomer.credentials(newcomer.challenge())))
    rig.advance(3)
    assert newcomer.flow.take_response().status == 200
    assert not rig.world.pusher.pushed
    assert bindings(rig)[0].contact == push_uri()


def test_any_edge_decides_the_next_try() -> None:
    world = World()
    first, second = Rig(world, "10.0.0.1:5070"), Rig(world, "10.0.0.2:5070")
    first.add_extension("alice")
    world.pusher.apps = {"fcm": {"project-1"}}
    phone = connected(first)
    assert phone.register(contact=contact()).status == 200
    first.lose(phone.flow)
    world.advance(1)
    assert Phone(second, "alice").register().status == 403
    first.die()
    newcomer = Phone(second, "alice")
    response = newcomer.register()
    assert (response.status, response.get("retry-after")) == (403, "30")
    world.advance(30)
    assert newcomer.register().status == 200
    assert len(world.pusher.pushed) == 1


def test_the_attempts_tell_of_a_sleeper(rig: Rig) -> None:
    asleep(rig)
    assert Phone(rig, "alice").register().status == 403
    rig.advance(2)
    assert [attempt.reason for attempt in rig.attempts.written.values()] == ["device_asleep"]


@pytest.mark.parametrize("after", [2, 29])
def test_a_push_for_a_place_is_noted(rig: Rig, after: int) -> None:
    phone = asleep(rig)
    assert Phone(rig, "alice").register().status == 403
    rig.advance(after)
    phone.flow = connected(rig).flow
    assert phone.register(contact=contact()).status == 200
    (wake_up,) = rig.world.ended_wake_ups
    assert (wake_up.cause, wake_up.end, wake_up.app) == (Cause.PLACE, WakeUpEnd.REGISTERED, "project-1")
    assert wake_up.push == ACCEPTED
    assert wake_up.after_s == pytest.approx(after)
    rig.advance(40)
    assert len(rig.world.ended_wake_ups) == 1


@pytest.mark.parametrize("outcome", [ACCEPTED, NO_TOKEN, Outcome(Result.UNREGISTERED, "Unregistered")])
def test_a_push_for_a_place_that_wakes_no_phone_is_noted(rig: Rig, outcome: Outcome) -> None:
    asleep(rig)
    rig.world.pusher.outcome = outcome
    newcomer = Phone(rig, "alice")
    assert newcomer.register().status == 403
    rig.advance(31)
    assert newcomer.register().status == 200
    (wake_up,) = rig.world.ended_wake_ups
    assert (wake_up.end, wake_up.push, wake_up.after_s) == (WakeUpEnd.UNANSWERED, outcome, None)


def test_the_registration_of_another_phone_is_not_that_of_the_sleeper() -> None:
    world = World()
    first, second = Rig(world, "10.0.0.1:5070"), Rig(world, "10.0.0.2:5070")
    first.add_extension("alice", max_devices=2)
    world.pusher.apps = {"fcm": {"project-1"}}
    sleeper = connected(first)
    assert sleeper.register(contact=contact()).status == 200
    first.lose(sleeper.flow)
    world.advance(1)
    other = connected(second)
    assert other.register(contact=contact(push_uri(prid="f" * 40))).status == 200
    second.lose(other.flow)
    world.advance(1)
    assert Phone(first, "alice").register().status == 403
    world.advance(5)
    other.flow = connected(second).flow
    assert other.register(contact=contact(push_uri(prid="f" * 40))).status == 200
    world.advance(5)
    sleeper.rig, sleeper.flow = second, connected(second).flow
    assert sleeper.register(contact=contact()).status == 200
    assert [round(wake_up.after_s or 0) for wake_up in world.ended_wake_ups] == [5, 10]
