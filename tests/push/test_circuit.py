"""A provider that fails is left alone for a while."""

from __future__ import annotations

from sip_edge.push.circuit import Circuit
from sip_edge.push.outcome import ACCEPTED, TIMED_OUT, Outcome, Result


def test_it_opens_after_five_failures_in_a_row() -> None:
    circuit = Circuit()
    for _ in range(4):
        circuit.note(TIMED_OUT, 0)
    circuit.note(ACCEPTED, 0)
    for _ in range(4):
        circuit.note(TIMED_OUT, 0)
        assert circuit.answer(0) is None
    circuit.note(TIMED_OUT, 0)
    assert circuit.answer(0) == TIMED_OUT
    assert circuit.answer(4.9) == TIMED_OUT


def test_one_push_tries_again_and_decides() -> None:
    circuit = Circuit()
    for _ in range(5):
        circuit.note(TIMED_OUT, 0)
    assert circuit.answer(5) is None
    assert circuit.answer(5) == TIMED_OUT
    circuit.note(TIMED_OUT, 6)
    assert circuit.answer(15.9) == TIMED_OUT
    assert circuit.answer(16) is None
    circuit.note(ACCEPTED, 17)
    assert circuit.answer(17) is None
    assert circuit.answer(17) is None


def test_a_push_that_tries_and_is_never_heard_of_is_followed_by_another() -> None:
    circuit = Circuit()
    for _ in range(5):
        circuit.note(TIMED_OUT, 0)
    assert circuit.answer(5) is None
    assert circuit.answer(14.9) == TIMED_OUT
    assert circuit.answer(15) is None


def test_the_pause_grows_up_to_some_minutes() -> None:
    circuit, now = Circuit(), 0.0
    for _ in range(30):
        circuit.note(TIMED_OUT, now)
        now += 160
        assert circuit.answer(now) is None
    circuit.note(TIMED_OUT, now)
    assert circuit.answer(now + 159) == TIMED_OUT


def test_a_pause_that_the_provider_names() -> None:
    circuit = Circuit()
    refused = Outcome(Result.REFUSED, "InvalidProviderToken", pause_s=60)
    circuit.note(refused, 0)
    assert circuit.answer(59) == refused
    assert circuit.answer(60) is None


def test_what_is_wrong_with_one_device_is_no_failure() -> None:
    circuit = Circuit()
    for _ in range(100):
        circuit.note(Outcome(Result.REFUSED, "BadDeviceToken"), 0)
        circuit.note(Outcome(Result.UNREGISTERED, "Unregistered"), 0)
    assert circuit.answer(0) is None
