"""A push wakes a phone that sleeps or is silent. A held request reaches it after its registration (RFC 8599)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sip_edge.push.outcome import NO_APP, NO_TOKEN, TIMED_OUT, Outcome, Result
from sip_edge.push.parameters import Purpose
from tests.sip_edge.caller import Caller, answer, responses
from tests.sip_edge.proxy.targets.sleeping_phones import (
    BOB,
    TOKEN,
    PushedPhone,
    call,
    ends,
    fleet,
    hang_up,
    message,
    starts,
)
from tests.sip_edge.rig import BASE, CUSTOMER, Phone, Rig

TRANSPORT = pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS", "WS"])
CONNECTION = pytest.mark.parametrize("transport", ["TCP", "TLS", "WS"])
EDGE = pytest.mark.parametrize("returns_to", [0, 1, 2])


@pytest.fixture
def edges() -> list[Rig]:
    return fleet()


@CONNECTION
@EDGE
@pytest.mark.parametrize("after", [0.2, 8, 29])
def test_a_sleeping_phone_is_pushed_and_gets_the_call_after_its_2xx(
    edges: list[Rig], transport: str, returns_to: int, after: float
) -> None:
    bob = PushedPhone.asleep(edges[1], transport)
    caller = call(edges[0])
    ((target, purpose),) = edges[0].world.pusher.pushed
    assert (target.remote_token, purpose) == (TOKEN, Purpose.CALL)
    assert responses(caller.flow) == ["100 Trying", "180 Ringing"]
    edges[0].advance(after)
    assert bob.come_back(edges[returns_to]) == ["SIP/2.0 407 Proxy Authentication Required"]
    edges[0].advance(0.1)
    assert starts(bob.flow) == []
    assert bob.prove() == ["SIP/2.0 200 OK", f"INVITE {bob.contact} SIP/2.0"]
    bob.accept()
    assert responses(caller.flow) == ["200 OK"]
    edges[0].advance(40)
    assert len(edges[0].world.pusher.pushed) == 1
    assert "INVITE" not in str(starts(bob.flow))


@CONNECTION
@EDGE
@pytest.mark.parametrize("after", [0.2, 8, 19])
def test_a_message_wakes_its_phone_too(edges: list[Rig], transport: str, returns_to: int, after: float) -> None:
    bob = PushedPhone.asleep(edges[1], transport)
    caller = message(edges[0])
    assert [purpose for _, purpose in edges[0].world.pusher.pushed] == [Purpose.MESSAGE]
    edges[0].advance(after)
    assert bob.wake(edges[returns_to])[-1] == f"MESSAGE {bob.contact} SIP/2.0"
    bob.accept()
    assert [s for s in responses(caller.flow) if s != "100 Trying"] == ["200 OK"]


@TRANSPORT
@EDGE
def test_a_silent_phone_is_pushed_after_two_seconds(edges: list[Rig], transport: str, returns_to: int) -> None:
    bob = PushedPhone.awake(edges[1], transport)
    caller = call(edges[0])
    edges[0].advance(1.5)
    assert not edges[0].world.pusher.pushed
    edges[0].advance(1)
    assert len(edges[0].world.pusher.pushed) == 1
    assert responses(caller.flow) == ["100 Trying", "180 Ringing"]
    edges[0].advance(20)
    assert bob.wake(edges[returns_to]) == ["SIP/2.0 200 OK", f"INVITE {bob.contact} SIP/2.0"]
    bob.accept()
    assert responses(caller.flow) == ["200 OK"]


@TRANSPORT
def test_a_phone_that_answers_is_not_pushed(edges: list[Rig], transport: str) -> None:
    bob = PushedPhone.awake(edges[1], transport)
    call(edges[0])
    edges[0].advance(1)
    bob.rig.receive(bob.flow, answer(bob.invite(), "100 Trying"))
    edges[0].advance(30)
    assert not edges[0].world.pusher.pushed
    assert not ends(edges[0])


@CONNECTION
def test_a_phone_that_does_not_come_is_given_up_after_thirty_seconds(edges: list[Rig], transport: str) -> None:
    PushedPhone.asleep(edges[1], transport)
    caller = call(edges[0])
    edges[0].advance(29.8)
    assert responses(caller.flow) == ["100 Trying", "180 Ringing"]
    edges[0].advance(0.5)
    assert responses(caller.flow) == ["480 Temporarily Unavailable"]


def test_a_message_has_its_answer_before_25_seconds(edges: list[Rig]) -> None:
    PushedPhone.asleep(edges[1])
    caller = message(edges[0])
    edges[0].advance(19.8)
    assert responses(caller.flow) == ["100 Trying"]
    edges[0].advance(0.5)
    assert responses(caller.flow) == ["480 Temporarily Unavailable"]


@pytest.mark.parametrize("require", ["100rel", "timer, 100REL", "timer,\r\n 100rel"])
def test_a_caller_that_wants_reliable_responses_hears_no_180(edges: list[Rig], require: str) -> None:
    bob = PushedPhone.asleep(edges[1])
    caller = call(edges[0], f"Require: {require}")
    edges[0].advance(3)
    assert responses(caller.flow) == ["100 Trying"]
    assert bob.wake(edges[0])[-1].startswith("INVITE")


def test_a_180_makes_an_early_dialog(edges: list[Rig]) -> None:
    PushedPhone.asleep(edges[1])
    caller = call(edges[0], "Supported: 100rel")
    ringing = caller.flow.take()[-1]
    assert ";tag=" in ringing.get("to")
    assert ringing.get("contact") == f"<{BOB}>"
    assert not ringing.body


REFUSALS = [NO_APP, NO_TOKEN, TIMED_OUT, Outcome(Result.UNAVAILABLE, "Shutdown"), Outcome(Result.UNREGISTERED, "Gone")]


@pytest.mark.parametrize("outcome", REFUSALS)
@pytest.mark.parametrize("send", [call, message])
def test_a_refused_push_ends_the_hold(edges: list[Rig], outcome: Outcome, send: Callable[[Rig], Caller]) -> None:
    PushedPhone.asleep(edges[1])
    edges[0].world.pusher.outcome = outcome
    caller = send(edges[0])
    edges[0].advance(0.1)
    assert responses(caller.flow)[-1] == "480 Temporarily Unavailable"
    assert len(edges[0].address("bob").bindings) == (outcome.result is not Result.UNREGISTERED)


@pytest.mark.parametrize("outcome", REFUSALS[:-1])
def test_a_phone_whose_connection_has_just_ended_may_be_moving(edges: list[Rig], outcome: Outcome) -> None:
    bob = PushedPhone.awake(edges[1])
    edges[1].lose(bob.flow)
    edges[0].world.pusher.outcome = outcome
    caller = call(edges[0])
    edges[0].advance(8.5)
    assert responses(caller.flow) == ["100 Trying"]
    edges[0].advance(1)
    assert responses(caller.flow) == ["480 Temporarily Unavailable"]


@pytest.mark.parametrize("outcome", REFUSALS[:-1])
def test_a_phone_whose_connection_has_just_ended_moves_without_a_push(edges: list[Rig], outcome: Outcome) -> None:
    bob = PushedPhone.awake(edges[1])
    edges[1].lose(bob.flow)
    edges[0].world.pusher.outcome = outcome
    call(edges[0])
    edges[0].advance(6)
    assert bob.wake(edges[2])[-1].startswith("INVITE")


def test_two_calls_share_one_push(edges: list[Rig]) -> None:
    bob = PushedPhone.asleep(edges[1])
    callers = [call(edges[0])]
    edges[0].advance(5)
    callers += [call(edges[0], host=f"203.0.113.{i}") for i in (77, 78)]
    edges[0].advance(5)
    assert len(edges[0].world.pusher.pushed) == 1
    assert all("180 Ringing" in responses(caller.flow) for caller in callers)
    assert [start.split(" ")[0] for start in bob.wake(edges[2])] == ["SIP/2.0", *["INVITE"] * 3]
    assert ends(edges[0]) == ["registered"] * 3


def test_a_call_after_the_hold_has_a_push_of_its_own(edges: list[Rig]) -> None:
    bob = PushedPhone.asleep(edges[1])
    call(edges[0])
    edges[0].advance(31)
    call(edges[0])
    assert len(edges[0].world.pusher.pushed) == 2
    bob.wake(edges[1])
    edges[1].lose(bob.flow)
    call(edges[0])
    assert len(edges[0].world.pusher.pushed) == 3


def test_beyond_the_limits_a_phone_is_held_like_any_other(edges: list[Rig]) -> None:
    PushedPhone.asleep(edges[1])
    for _ in range(5):
        hang_up(call(edges[0]))
    caller = call(edges[0])
    assert len(edges[0].world.pusher.pushed) == 5
    edges[0].advance(8.5)
    assert responses(caller.flow) == ["100 Trying"]
    edges[0].advance(1)
    assert responses(caller.flow) == ["480 Temporarily Unavailable"]
    record = edges[0].world.ended_wake_ups[-1]
    assert record.push
    assert record.push.reason == "TooManyPushes"


@CONNECTION
@EDGE
def test_a_late_phone_gets_the_call_and_its_cancel(edges: list[Rig], transport: str, returns_to: int) -> None:
    bob = PushedPhone.asleep(edges[1], transport)
    caller = call(edges[0])
    edges[0].advance(3)
    hang_up(caller)
    assert responses(caller.flow)[-2:] == ["200 OK", "487 Request Terminated"]
    edges[0].advance(10)
    assert bob.wake(edges[returns_to])[-1].startswith("INVITE")
    invite = bob.invite()
    assert invite.get("call-id") == caller.call_id
    bob.rig.receive(bob.flow, answer(invite, "100 Trying"))
    cancel = bob.flow.take_request()
    assert cancel.method == "CANCEL"
    bob.rig.receive(bob.flow, answer(invite, "487 Request Terminated"))
    assert responses(caller.flow) == []
    assert [(r.end.value, r.after_s is not None) for r in edges[0].world.ended_wake_ups] == [("cancelled", True)]
    edges[0].advance(100)
    assert not any(len(edge.edge._transactions) for edge in edges)


def test_a_late_phone_that_answers_at_once_is_hung_up(edges: list[Rig]) -> None:
    bob = PushedPhone.asleep(edges[1])
    caller = call(edges[0])
    hang_up(caller)
    caller.flow.take()
    bob.wake(edges[1])
    bob.accept()
    assert [request.method for request in bob.flow.take_requests()] == ["ACK", "BYE"]
    assert responses(caller.flow) == []


@pytest.mark.parametrize("outcome", [NO_APP, TIMED_OUT])
def test_a_phone_that_was_not_woken_gets_no_cancelled_call(edges: list[Rig], outcome: Outcome) -> None:
    bob = PushedPhone.asleep(edges[1])
    edges[0].world.pusher.outcome = outcome
    hang_up(call(edges[0]))
    edges[0].advance(1)
    assert bob.wake(edges[2]) == ["SIP/2.0 200 OK"]


def test_after_thirty_seconds_a_cancelled_call_is_forgotten(edges: list[Rig]) -> None:
    bob = PushedPhone.asleep(edges[1])
    caller = call(edges[0])
    edges[0].advance(5)
    hang_up(caller)
    edges[0].advance(26)
    assert bob.wake(edges[2]) == ["SIP/2.0 200 OK"]
    assert [(r.end.value, r.after_s is not None) for r in edges[0].world.ended_wake_ups] == [("cancelled", True)]


def desk(edge: Rig, q: str = "1", transport: str = "UDP") -> Phone:
    """A phone of bob's without push parameters."""
    phone = Phone(edge, "bob", edge.flow("198.51.100.20", 41000 + int(edge.unique()), transport))
    phone.contact = "sip:bob@10.0.0.20"
    assert phone.register(contact=f"<{phone.contact}>;q={q}").status == 200
    edge.advance(1)
    return phone


@TRANSPORT
@EDGE
@pytest.mark.parametrize("q", ["1", "0.3"])
def test_a_sleeper_joins_those_that_ring(edges: list[Rig], transport: str, returns_to: int, q: str) -> None:
    other = desk(edges[2], q, transport)
    bob = PushedPhone.asleep(edges[1])
    caller = call(edges[0])
    assert len(edges[0].world.pusher.pushed) == 1
    invite = other.flow.take_request()
    edges[2].receive(other.flow, answer(invite, "180 Ringing"))
    edges[0].advance(4)
    assert bob.wake(edges[returns_to])[-1].startswith("INVITE")
    bob.accept()
    assert other.flow.take_request().method == "CANCEL"
    assert responses(caller.flow)[-1] == "200 OK"
    assert ends(edges[0]) == ["registered"]


def test_a_sleeper_of_a_lower_q_is_woken_in_its_turn(edges: list[Rig]) -> None:
    other = desk(edges[2], "1")
    bob = PushedPhone.asleep(edges[1], parameters=";q=0.5")
    caller = call(edges[0])
    assert not edges[0].world.pusher.pushed
    edges[2].receive(other.flow, answer(other.flow.take_request(), "486 Busy Here"))
    assert len(edges[0].world.pusher.pushed) == 1
    edges[0].advance(29)
    assert bob.wake(edges[1])[-1].startswith("INVITE")
    bob.accept()
    assert responses(caller.flow)[-1] == "200 OK"


@pytest.mark.parametrize("refusal", ["486 Busy Here", "603 Decline"])
def test_the_refusal_of_another_device(edges: list[Rig], refusal: str) -> None:
    other = desk(edges[2])
    bob = PushedPhone.asleep(edges[1])
    caller = call(edges[0])
    edges[2].receive(other.flow, answer(other.flow.take_request(), refusal))
    edges[0].advance(1)
    is_over = refusal.startswith("6")
    assert (refusal in responses(caller.flow)) == is_over
    assert bob.wake(edges[1])[-1].startswith("INVITE")
    invite = bob.invite()
    edges[1].receive(bob.flow, answer(invite, "180 Ringing"))
    assert [r.method for r in bob.flow.take_requests()] == (["CANCEL"] if is_over else [])


def test_an_answer_elsewhere_ends_the_ringing_of_a_late_phone(edges: list[Rig]) -> None:
    other = desk(edges[2])
    bob = PushedPhone.asleep(edges[1])
    caller = call(edges[0])
    edges[2].receive(other.flow, answer(other.flow.take_request(), "200 OK", f"Contact: <{other.contact}>"))
    assert responses(caller.flow)[-1] == "200 OK"
    edges[0].advance(5)
    assert bob.wake(edges[1])[-1].startswith("INVITE")
    edges[1].receive(bob.flow, answer(bob.invite(), "180 Ringing"))
    cancel = bob.flow.take_request()
    assert cancel.get("reason") == 'SIP;cause=200;text="Call completed elsewhere"'
    assert responses(caller.flow) == []
    assert ends(edges[0]) == ["late"]


def test_a_message_that_another_device_has_is_over(edges: list[Rig]) -> None:
    other = desk(edges[2])
    bob = PushedPhone.asleep(edges[1])
    message(edges[0])
    edges[2].receive(other.flow, answer(other.flow.take_request(), "200 OK"))
    assert bob.wake(edges[1]) == ["SIP/2.0 200 OK"]


def test_another_device_that_registers_gets_the_call_and_the_sleeper_is_still_awaited(edges: list[Rig]) -> None:
    bob = PushedPhone.asleep(edges[1])
    caller = call(edges[0])
    edges[0].advance(4)
    other = Phone(edges[2], "bob", edges[2].flow("198.51.100.20", 41999, "UDP"))
    edges[2].receive(other.flow, other.register_text(other.credentials(other.challenge())))
    assert [start.split(" ")[0] for start in starts(other.flow)] == ["SIP/2.0", "INVITE"]
    edges[0].advance(4)
    assert bob.wake(edges[1])[-1].startswith("INVITE")
    bob.accept()
    assert responses(caller.flow)[-1] == "200 OK"
    assert len(edges[0].world.pusher.pushed) == 1


def test_a_phone_that_begins_anew_is_known_by_its_token(edges: list[Rig]) -> None:
    bob = PushedPhone.asleep(edges[1])
    caller = call(edges[0])
    bob.call_id, bob.cseq = "another", 0
    assert [start.split(" ")[0] for start in bob.wake(edges[1])] == ["SIP/2.0", "INVITE"]
    bob.accept()
    assert responses(caller.flow)[-1] == "200 OK"


def test_a_phone_with_an_instance_and_a_new_token(edges: list[Rig]) -> None:
    instance = ';+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"'
    bob = PushedPhone.asleep(edges[1], parameters=instance)
    call(edges[0])
    bob.contact = bob.contact.replace(TOKEN, "e" * 40)
    assert [start.split(" ")[0] for start in bob.wake(edges[1])] == ["SIP/2.0", "INVITE"]


def test_an_edge_that_goes_answers_the_callers(edges: list[Rig]) -> None:
    PushedPhone.asleep(edges[1])
    caller = call(edges[0])
    edges[0].edge.abandon(edges[0].now)
    assert responses(caller.flow)[-1] == "503 Service Unavailable"


def test_a_phone_that_begins_anew_at_the_same_place_has_one_transaction(edges: list[Rig]) -> None:
    bob = PushedPhone.awake(edges[1], "UDP")
    caller = call(edges[0])
    edges[0].advance(4)
    first = bob.flow.take_requests()[0]
    bob.call_id, bob.cseq = "anew", 0
    challenge = bob.challenge()
    edges[1].receive(bob.flow, bob.register_text(bob.credentials(challenge), contact=f"<{bob.contact}>"))
    again = bob.invite()
    assert again.get("via") == first.get("via")
    edges[1].receive(bob.flow, answer(again, "200 OK", f"Contact: <{bob.contact}>"))
    assert responses(caller.flow)[-1] == "200 OK"
    assert ends(edges[0]) == ["registered"]


def test_a_482_over_the_new_flow_lets_the_first_invite_live(edges: list[Rig]) -> None:
    bob = PushedPhone.awake(edges[1], "TCP")
    caller = call(edges[0])
    edges[0].advance(5)
    first, old = bob.invite(), bob.flow
    bob.wake(edges[2])
    edges[2].receive(bob.flow, answer(bob.invite(), "482 Merged Request"))
    edges[1].receive(old, answer(first, "200 OK", f"Contact: <{bob.contact}>"))
    assert responses(caller.flow)[-1] == "200 OK"


def test_a_cancel_of_a_silent_phone_follows_it_to_its_new_flow(edges: list[Rig]) -> None:
    bob = PushedPhone.awake(edges[1], "TLS")
    caller = call(edges[0])
    edges[0].advance(5)
    hang_up(caller)
    edges[0].advance(5)
    assert bob.wake(edges[2])[-1].startswith("INVITE")
    invite = bob.invite()
    edges[2].receive(bob.flow, answer(invite, "180 Ringing"))
    assert bob.flow.take_request().method == "CANCEL"
    edges[2].receive(bob.flow, answer(invite, "487 Request Terminated"))
    assert responses(caller.flow)[-1] == "487 Request Terminated"
    assert ends(edges[0]) == ["cancelled"]


def test_a_cancel_before_the_provider_has_answered(edges: list[Rig]) -> None:
    bob = PushedPhone.asleep(edges[1])
    pusher = edges[0].world.pusher
    answers: list[Callable[[], None]] = []
    pusher.later = answers.append
    caller = call(edges[0])
    assert responses(caller.flow) == ["100 Trying"]
    hang_up(caller)
    assert responses(caller.flow) == ["200 OK", "487 Request Terminated"]
    answers.pop()()
    assert responses(caller.flow) == []
    pusher.later = edges[0].store.later
    assert bob.wake(edges[2])[-1].startswith("INVITE")


def test_a_call_to_a_gruu_wakes_its_device_alone(edges: list[Rig]) -> None:
    instances = [f"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf{i}>" for i in (1, 2)]
    bob = PushedPhone.asleep(edges[1], parameters=f';+sip.instance="{instances[0]}"')
    PushedPhone.asleep(edges[1], parameters=f';+sip.instance="{instances[1]}"', token="e" * 40)
    caller = call(edges[0], uri=f"{BOB};gr={instances[0].strip('<>')}")
    ((target, _),) = edges[0].world.pusher.pushed
    assert target.remote_token == TOKEN
    assert bob.wake(edges[2])[-1].startswith("INVITE")
    bob.accept()
    assert responses(caller.flow)[-1] == "200 OK"


def test_a_direct_address_wakes_its_phones(edges: list[Rig]) -> None:
    bob = PushedPhone.asleep(edges[1])
    edges[0].store.hashes["c0ffee123456"] = f"bob@{CUSTOMER}"
    call(edges[0], uri=f"sip:direct.c0ffee123456@sip.{BASE}")
    assert bob.wake(edges[2])[-1].startswith("INVITE")


def test_two_sleepers_are_pushed_and_the_first_to_answer_has_the_call(edges: list[Rig]) -> None:
    first = PushedPhone.asleep(edges[1])
    second = PushedPhone.asleep(edges[1], token="e" * 40)
    caller = call(edges[0])
    assert len(edges[0].world.pusher.pushed) == 2
    assert responses(caller.flow) == ["100 Trying", "180 Ringing"]
    edges[0].advance(3)
    assert [start.split(" ")[0] for start in first.wake(edges[1])] == ["SIP/2.0", "INVITE"]
    first.accept()
    assert responses(caller.flow)[-1] == "200 OK"
    edges[0].advance(3)
    assert [start.split(" ")[0] for start in second.wake(edges[2])] == ["SIP/2.0", "INVITE"]
    edges[2].receive(second.flow, answer(second.invite(), "100 Trying"))
    assert second.flow.take_request().method == "CANCEL"
    assert sorted(ends(edges[0])) == ["late", "registered"]


def test_an_iphone_that_was_pushed_for_a_message_is_pushed_for_a_call(edges: list[Rig]) -> None:
    bob = PushedPhone(edges[1])
    voip, remote = "a" * 64, "b" * 64
    bob.contact = (
        "sip:bob@10.0.0.5;pn-provider=apns;pn-param=TEAM012345.com.example.phone.voip&remote"
        f";pn-prid={voip}:voip&{remote}:remote"
    )
    assert bob.register(contact=f"<{bob.contact}>").status == 200
    edges[1].lose(bob.flow)
    edges[0].advance(31)
    message(edges[0])
    call(edges[0])
    message(edges[0])
    assert [purpose for _, purpose in edges[0].world.pusher.pushed] == [Purpose.MESSAGE, Purpose.CALL]
    assert [start.split(" ")[0] for start in bob.wake(edges[2])] == ["SIP/2.0", "MESSAGE", "INVITE", "MESSAGE"]


def test_an_outage_of_the_directory_ends_in_time(edges: list[Rig]) -> None:
    PushedPhone.asleep(edges[1])
    caller = call(edges[0])
    edges[0].store.outage = True
    edges[0].advance(30.2)
    assert responses(caller.flow)[-1] == "480 Temporarily Unavailable"


def test_nothing_is_left_of_holds(edges: list[Rig]) -> None:
    PushedPhone.asleep(edges[1])
    for _ in range(3):
        call(edges[0])
        hang_up(call(edges[0]))
        message(edges[0])
    edges[0].advance(200)
    assert not any(len(edge.edge._transactions) for edge in edges)
    assert len(ends(edges[0])) == 9


@CONNECTION
@pytest.mark.parametrize("after", [0.55, 1, 5])
def test_the_connection_of_a_silent_phone_ends(edges: list[Rig], transport: str, after: float) -> None:
    bob = PushedPhone.awake(edges[1], transport)
    caller = call(edges[0])
    edges[0].advance(after)
    edges[1].lose(bob.flow)
    edges[0].advance(10)
    assert len(edges[0].world.pusher.pushed) == 1
    assert [start.split(" ")[0] for start in bob.wake(edges[2])] == ["SIP/2.0", "INVITE"]
    edges[0].advance(0.3)
    bob.accept()
    assert responses(caller.flow)[-1] == "200 OK"
    assert ends(edges[0]) == ["registered"]


@CONNECTION
def test_the_edge_of_a_sleeper_and_that_of_its_caller_die(edges: list[Rig], transport: str) -> None:
    bob = PushedPhone.awake(edges[1], transport)
    caller = call(edges[0])
    edges[0].advance(3)
    edges[1].die()
    edges[0].advance(3)
    assert responses(caller.flow) == ["100 Trying", "180 Ringing"]
    assert [start.split(" ")[0] for start in bob.wake(edges[2])] == ["SIP/2.0", "INVITE"]
    bob.accept()
    assert responses(caller.flow) == ["200 OK"]
    edges[0].die()
    again = call(edges[2])
    edges[2].receive(bob.flow, answer(bob.invite(), "180 Ringing"))
    assert "180 Ringing" in responses(again.flow)


def test_a_caller_repeats_its_call_at_another_edge_when_the_first_has_died(edges: list[Rig]) -> None:
    bob = PushedPhone.asleep(edges[1])
    caller = Caller(edges[0], flow=edges[0].flow("203.0.113.5", 5080, "UDP"))
    caller.send("INVITE", BOB)
    edges[0].advance(3)
    edges[0].die()
    caller.rig, caller.flow = edges[2], edges[2].flow("203.0.113.5", 5080, "UDP")
    caller.send("INVITE", BOB, cseq=1, branch=caller.branch)
    assert len(edges[2].world.pusher.pushed) == 2
    assert [start.split(" ")[0] for start in bob.wake(edges[1])] == ["SIP/2.0", "INVITE"]
    bob.accept()
    assert responses(caller.flow)[-1] == "200 OK"
