"""The cost of guesses for the phones behind the same NAT; docs/reliability.md has the figures."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Response
from tests.sip_edge.rig import PASSWORD, Phone, Rig

NAT = "198.51.100.7"
GUESSES_A_SECOND = 20
GUESSING_S = 60


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    for username in ("guessed", "registered", "remembered", "new"):
        rig.add_extension(username)
    return rig


def tries(rig: Rig, username: str, password: str = PASSWORD) -> bool:
    """Whether a phone behind the NAT that has just started is registered at its first try."""
    phone = Phone(rig, username, rig.flow(NAT, 10_000 + int(rig.unique())), password)
    phone.call_id = f"the {username} phone's"
    phone.cseq = int(rig.unique())
    rig.receive(phone.flow, phone.register_text(phone.credentials(phone.challenge())))
    answers = phone.flow.take()
    return bool(answers) and isinstance(answers[0], Response) and answers[0].status == 200


def guess(rig: Rig, *names: str) -> None:
    """One second of guessing."""
    rig.advance(1)
    for n in range(GUESSES_A_SECOND):
        assert not tries(rig, names[n % len(names)], f"not it {n}")


def until_registered(rig: Rig, username: str) -> int:
    """Returns the seconds from the end of the guessing to the first try that succeeds."""
    for second in range(60):
        if tries(rig, username):
            return second
        rig.advance(1)
    raise AssertionError(username)


def test_guesses_at_one_extension_cost_no_other_one_anything(rig: Rig) -> None:
    registered = Phone(rig, "registered", rig.flow(NAT, 5060))
    assert registered.register().status == 200
    for _ in range(GUESSING_S):
        guess(rig, "guessed")
        assert registered.register().status == 200
        assert tries(rig, "new")
    assert not tries(rig, "guessed")


def test_the_guessed_extension_registers_within_ten_seconds_of_the_end(rig: Rig) -> None:
    for _ in range(GUESSING_S):
        guess(rig, "guessed")
    assert until_registered(rig, "guessed") <= 10


def test_the_guessed_extension_goes_on_over_the_flow_that_it_is_registered_over(rig: Rig) -> None:
    registered = Phone(rig, "guessed", rig.flow(NAT, 5060))
    assert registered.register().status == 200
    for _ in range(GUESSING_S):
        guess(rig, "guessed")
        assert registered.register().status == 200


def test_a_search_for_names_keeps_out_phones_that_the_edge_does_not_know(rig: Rig) -> None:
    assert tries(rig, "remembered")
    names = [f"name{n}" for n in range(200)]
    for second in range(GUESSING_S):
        guess(rig, *names[second % 10 :: 10])
        assert tries(rig, "remembered")
        assert second < 10 or not tries(rig, "new")
    assert until_registered(rig, "new") <= 1
