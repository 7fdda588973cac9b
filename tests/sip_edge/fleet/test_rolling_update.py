"""Edges are replaced behind a load balancer in ECS's order, while quiet phones on UDP are called all the time.

ECS starts new edges and waits until they are healthy. It deregisters the old ones and waits until they are unused.
Then it sends SIGTERM (ECS Developer Guide, "Best practices for Amazon ECS service parameters": connection draining).
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from tests.sip_edge.fleet.balanced import BalancedFleet, OneCall, QuietPhone

NOTICE_S = 5.0
OLD = ("10.0.0.1", "10.0.0.2", "10.0.0.3")
NEW = ("10.0.0.4", "10.0.0.5", "10.0.0.6")
HABITS: dict[str, Callable[[int], float]] = {
    "half of the time": lambda told_s: told_s / 2,
    "nine tenths": lambda told_s: told_s * 0.9,
    "five seconds before the end": lambda told_s: max(told_s - 5.0, told_s / 2),
    "at the end": float,
}


def phones_of(fleet: BalancedFleet) -> list[QuietPhone]:
    """Phones of all habits, whose refreshes are as spread as those of phones that registered at any time."""
    chance = Random(17)
    habits = list(HABITS.values())
    phones = [QuietPhone(fleet, number, habits[number % len(habits)]) for number in range(16)]
    fleet.advance(5)
    for number, phone in enumerate(phones):
        assert phone.told_s == fleet.deregistration_s - 60
        phone.put_off(chance.uniform(0, habits[number % len(habits)](phone.told_s)))
    return phones


def call_all(
    fleet: BalancedFleet, phones: list[QuietPhone], calls: list[OneCall], seconds: float, every: float
) -> None:
    """Lets time pass, and calls each phone once in so many seconds."""
    for number in range(int(seconds * len(phones) / every)):
        calls.append(OneCall(fleet, len(calls), phones[number % len(phones)].username))
        fleet.advance(every / len(phones))


@pytest.mark.parametrize(("deregistration_s", "termination_s"), [(960, 5.0), (240, 0.0), (240, 30.0)])
def test_quiet_phones_are_called_at_every_moment_of_a_rolling_update(
    deregistration_s: int, termination_s: float
) -> None:
    fleet = BalancedFleet(deregistration_s, termination_s)
    fleet.start(*OLD)
    phones = phones_of(fleet)
    old = list(fleet.rigs)
    fleet.start(*NEW)
    calls: list[OneCall] = []
    for name in old:
        fleet.group.deregister(name, fleet.now)
    call_all(fleet, phones, calls, NOTICE_S, 5)
    for name in old:
        fleet.rigs[name].edge.begin_handover(fleet.now + deregistration_s)
    call_all(fleet, phones, calls, deregistration_s - 40, 60)
    call_all(fleet, phones, calls, 25, 4)
    for member in fleet.members(old):
        member.begin_to_leave()
    call_all(fleet, phones, calls, 15 + termination_s, 4)
    for member in fleet.members(old):  # SIGTERM, once ECS has seen that the targets are unused
        member.leave(fleet.now)
    fleet.world.deliver()
    for name in old:
        fleet.stop(name)
    call_all(fleet, phones, calls, 60, 4)
    fleet.advance(15)
    failed = [(round(call.began - fleet.now), call.status) for call in calls if call.status != 486]
    assert failed == []
    assert max(call.waited_s for call in calls) < 11
    stored = sum(rig.journal.counts["register_refreshed"] for rig in fleet.rigs.values())
    assert stored >= len(phones)
