"""A test of an extension's devices pushes each of them, and tells whether it has registered."""

from __future__ import annotations

import pytest

from directory.schema.records import WakeUpRecord
from sip_edge.push.outcome import Outcome, Result
from sip_edge.push.parameters import Purpose
from sip_edge.registrar.reachability.wake_up_tests import WAKE_UP_S, WakeUpTests
from tests.sip_edge.registrar.push_phones import connected, contact, push_rig, push_uri
from tests.sip_edge.rig import CUSTOMER, Phone, Rig


@pytest.fixture
def rig() -> Rig:
    return push_rig()


def begin(rig: Rig, username: str = "alice") -> None:
    tests = WakeUpTests(rig.store, rig.world.pusher, rig.wake_ups, rig.timers, rig.journal)
    tests.begin(f"{username}@{CUSTOMER}")
    rig.deliver()


def outcomes(rig: Rig) -> list[WakeUpRecord]:
    """The records that are written by now."""
    rig.advance(1.1)
    return rig.world.wake_ups.written


def registered(rig: Rig) -> Phone:
    phone = connected(rig)
    assert phone.register(contact=contact()).status == 200
    return phone


@pytest.mark.parametrize("is_asleep", [True, False])
def test_a_device_that_wakes(rig: Rig, is_asleep: bool) -> None:
    phone = registered(rig)
    if is_asleep:
        rig.lose(phone.flow)
        phone.flow = connected(rig).flow
    begin(rig)
    assert [purpose for _, purpose in rig.world.pusher.pushed] == [Purpose.TEST]
    rig.advance(3.5)
    assert phone.register(contact=contact()).status == 200
    rig.advance(1)
    (found,) = outcomes(rig)
    assert (found.cause, found.push, found.end, found.call_id) == ("test", "accepted", "registered", "")
    assert (found.service, found.app) == ("fcm", "project-1")
    assert found.woke_after_ms
    assert 3500 <= found.woke_after_ms <= 4600


def test_a_device_that_registers_anew_with_another_call_id_and_its_instance(rig: Rig) -> None:
    line = contact() + ';+sip.instance="<urn:uuid:00000000-0000-4000-8000-000000000001>"'
    assert connected(rig).register(contact=line).status == 200
    begin(rig)
    assert connected(rig).register(contact=line).status == 200
    rig.advance(1)
    assert [one.end for one in outcomes(rig)] == ["registered"]


def test_an_app_that_was_ended_registers_with_a_new_call_id_and_without_an_instance(rig: Rig) -> None:
    rig.add_extension("alice", max_devices=2)
    rig.lose(registered(rig).flow)
    begin(rig)
    assert connected(rig).register(contact=contact()).status == 200
    rig.advance(1)
    assert [one.end for one in outcomes(rig)] == ["registered"]


def test_another_device_that_registers_is_not_the_one(rig: Rig) -> None:
    rig.add_extension("alice", max_devices=2)
    registered(rig)
    begin(rig)
    assert connected(rig).register(contact="<sip:alice@10.0.0.9:5060>").status == 200
    rig.advance(WAKE_UP_S + 1)
    assert [one.end for one in outcomes(rig)] == ["unanswered"]


def test_a_device_that_stays_asleep(rig: Rig) -> None:
    registered(rig)
    begin(rig)
    rig.advance(WAKE_UP_S - 2)
    assert outcomes(rig) == []
    rig.advance(3)
    (found,) = outcomes(rig)
    assert (found.push, found.end, found.woke_after_ms) == ("accepted", "unanswered", None)


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(Result.REFUSED, "BadDeviceToken"),
        Outcome(Result.UNREGISTERED, "Unregistered"),
        Outcome(Result.UNAVAILABLE, "Timeout"),
    ],
)
def test_a_push_that_is_not_accepted_ends_the_test_and_no_binding(rig: Rig, outcome: Outcome) -> None:
    registered(rig)
    rig.world.pusher.outcome = outcome
    begin(rig)
    (found,) = outcomes(rig)
    assert (found.push, found.reason, found.end) == (outcome.result.value, outcome.reason, "unanswered")
    assert rig.address("alice").bindings


def test_each_device_is_pushed_once_and_others_are_not(rig: Rig) -> None:
    rig.add_extension("alice", max_devices=3)
    registered(rig)
    other = connected(rig)
    assert other.register(contact=contact(push_uri(prid="b" * 64))).status == 200
    assert connected(rig).register(contact="<sip:alice@10.0.0.9:5060>").status == 200
    begin(rig)
    assert len(rig.world.pusher.pushed) == 2
    assert other.register(contact=contact(push_uri(prid="b" * 64))).status == 200
    rig.advance(WAKE_UP_S + 2)
    assert sorted(one.end for one in outcomes(rig)) == ["registered", "unanswered"]


def test_a_read_that_fails_is_tried_again(rig: Rig) -> None:
    registered(rig)
    begin(rig)
    rig.store.outage = True
    rig.advance(5)
    rig.store.outage = False
    rig.advance(WAKE_UP_S)
    assert [one.end for one in outcomes(rig)] == ["unanswered"]


def test_an_extension_that_is_gone_and_a_directory_that_is_away(rig: Rig) -> None:
    begin(rig, "unknown")
    rig.store.outage = True
    begin(rig)
    assert outcomes(rig) == []
    assert rig.world.pusher.pushed == []
    assert rig.journal.counts["directory_unavailable"] == 1
