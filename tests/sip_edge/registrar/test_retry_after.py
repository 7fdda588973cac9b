"""Refused phones get times for their next tries that the directory can keep up with (RFC 3261 §20.33)."""

from __future__ import annotations

from sip_edge.registrar.bindings.retry_after import RetryAfter

NOW = 1_000_000.0


def test_a_few_phones_come_back_soon_and_apart() -> None:
    retry_after = RetryAfter()
    waits = [retry_after.refuse(NOW) for _ in range(100)]
    assert 5 <= min(waits) <= max(waits) <= 15
    assert len(set(waits)) > 5


def test_phones_come_back_at_the_rate_that_is_served() -> None:
    retry_after = RetryAfter()
    for second in range(30):
        for _ in range(200):
            retry_after.serve(NOW + second)
        waits = [retry_after.refuse(NOW + second) for _ in range(400)]
    # 12,000 refused phones are a minute of 200 a second; the last ones wait for it, beside their random part.
    assert 30 <= max(waits) <= 75


def test_no_phone_waits_for_longer_than_five_minutes() -> None:
    retry_after = RetryAfter()
    assert max(retry_after.refuse(NOW) for _ in range(1_000_000)) <= 315


def test_an_idle_queue_is_empty_again() -> None:
    retry_after = RetryAfter()
    for _ in range(100_000):
        retry_after.refuse(NOW)
    assert retry_after.refuse(NOW + 400) <= 15


def test_a_clock_that_is_set_back_changes_nothing() -> None:
    retry_after = RetryAfter()
    retry_after.refuse(NOW)
    assert 5 <= retry_after.refuse(NOW - 3600) <= 315
