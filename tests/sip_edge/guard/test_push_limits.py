"""Callers wake phones, and no stranger keeps one awake."""

from __future__ import annotations

import pytest

from sip_edge.guard.push_limits import PushLimits
from tests.sip_edge.rig import FakeFlow

BOB = "bob@abc123-def456"


def spent(limits: PushLimits, aors: list[str], flow: FakeFlow, now: float = 0.0) -> int:
    """The number of pushes that are let through."""
    return sum(limits.spend(aor, flow, now) for aor in aors)


def proved(host: str = "198.51.100.7") -> FakeFlow:
    return FakeFlow(host, 5060, "TCP")


def test_one_caller_wakes_a_phone_a_few_times() -> None:
    limits = PushLimits()
    assert spent(limits, [BOB] * 100, proved()) == 5
    assert spent(limits, [BOB] * 100, proved(), 29) == 0
    assert spent(limits, [BOB] * 100, proved(), 30) == 1
    assert spent(limits, ["alice@abc123-def456"], proved(), 30) == 1


def test_one_source_wakes_some_phones() -> None:
    limits = PushLimits()
    assert spent(limits, [f"{number}@abc123-def456" for number in range(100)], proved()) == 30
    assert spent(limits, [BOB], proved("198.51.100.8")) == 1


@pytest.mark.parametrize("family", ["2001:db8:{0}::1", "198.51.100.{0}"])
def test_many_sources_wake_one_phone_some_times(family: str) -> None:
    limits = PushLimits()
    assert sum(spent(limits, [BOB], proved(family.format(number))) for number in range(100)) == 20


def test_a_network_is_one_source() -> None:
    limits = PushLimits()
    assert sum(spent(limits, [BOB], proved(f"2001:db8::{number}")) for number in range(1, 100)) == 5


def test_forged_datagrams_spend_nothing_of_their_victim_s() -> None:
    limits = PushLimits()
    for number in range(100):
        limits.spend(BOB, FakeFlow(f"203.0.113.{number}", 5060), 0)
        limits.spend(BOB, FakeFlow("198.51.100.7", number + 1), 0)
    assert not limits.spend(BOB, FakeFlow("192.0.2.1", 5060), 0)
    assert limits.spend(BOB, proved(), 0)


def test_a_push_that_is_not_sent_counts_nowhere() -> None:
    limits = PushLimits()
    for _ in range(1000):
        limits.spend(BOB, proved(), 0)
    assert spent(limits, [f"{number}@abc123-def456" for number in range(100)], proved()) == 25
