"""Token buckets and their bounded memory."""

from __future__ import annotations

from sip_edge.guard.buckets import Buckets


def test_a_bucket_empties_and_fills_again() -> None:
    buckets = Buckets(burst=3, rate=0.5, most=10)
    assert [buckets.spend("a", 0) for _ in range(4)] == [False, False, True, False]
    assert buckets.is_empty("a", 0)
    assert not buckets.is_empty("b", 0)
    assert buckets.is_empty("a", 1.9)
    assert not buckets.is_empty("a", 2)
    assert buckets.spend("a", 2)
    assert [buckets.spend("a", 1000) for _ in range(4)] == [False, False, True, False]


def test_what_is_full_again_is_forgotten() -> None:
    buckets = Buckets(burst=3, rate=1, most=1000)
    for second in range(500):
        buckets.spend(second, second)
    assert len(buckets) <= 3


def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    buckets = Buckets(burst=1, rate=0.001, most=100)
    for name in range(10_000):
        buckets.spend(name, 0)
        buckets.spend("busy", 0)
    assert len(buckets) == 100
    assert buckets.is_empty(9_999, 0)
    assert not buckets.is_empty(0, 0)


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    buckets = Buckets(burst=2, rate=1, most=10)
    buckets.spend("a", 100)
    assert not buckets.is_empty("a", 99.5)
