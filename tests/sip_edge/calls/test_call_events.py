"""Customers are told of their calls, of the acts of either end."""

from __future__ import annotations

import base64
import logging

import pytest

from directory.schema.records import CallStep
from sip_edge.message.uri import public
from sip_edge.process.json_lines import JsonLines
from tests.sip_edge.caller import OUTSIDE, Caller, answer
from tests.sip_edge.media.test_media import ONE, Talk, bob
from tests.sip_edge.proxy.test_call import HASH, establish
from tests.sip_edge.rig import BASE, CUSTOMER, DOMAIN, Phone, Rig, World, digest

BOB = f"sip:bob@{DOMAIN}"
ALICE = f"sip:alice@{DOMAIN}"


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("alice")
    rig.add_extension("bob", max_devices=2)
    rig.store.hashes[HASH] = f"bob@{CUSTOMER}"
    return rig


def registered(rig: Rig, username: str = "bob") -> Phone:
    phone = Phone(rig, username)
    assert phone.register().status == 200
    return phone


def steps(rig: Rig) -> list[tuple[str, int, int]]:
    """The steps that were told, each with its status and seconds."""
    return [(step.step, step.status, step.seconds) for step in rig.world.calls.steps]


def only(rig: Rig, step: str) -> CallStep:
    (found,) = [found for found in rig.world.calls.steps if found.step == step]
    return found


def test_a_call_is_told_of_once_as_started_answered_and_ended(rig: Rig) -> None:
    callee, caller = registered(rig), Caller(rig)
    caller.send("INVITE", BOB)
    assert steps(rig) == [("started", 0, 0)]
    invite = callee.flow.take_request()
    rig.advance(5)
    rig.receive(callee.flow, answer(invite, "200 OK", "Contact: <sip:bob@10.0.0.5>"))
    ok = caller.flow.take()[-1]
    route = f"Route: {ok.get('record-route')}"
    caller.send("INVITE", callee.contact, route, to=ok.get("to"))  # hold is no news
    rig.receive(callee.flow, answer(callee.flow.take_requests()[-1], "200 OK"))
    rig.advance(60)
    caller.send("BYE", callee.contact, route, to=ok.get("to"))
    rig.receive(callee.flow, answer(callee.flow.take_request(), "200 OK"))
    assert steps(rig) == [("started", 0, 0), ("answered", 200, 5), ("ended", 200, 65)]
    for step in rig.world.calls.steps:
        assert (step.customer_id, step.direction) == (CUSTOMER, "inbound")
        assert (step.caller, step.callee, step.call_id) == (OUTSIDE, BOB, caller.call_id)


def test_a_bye_from_the_callee_through_another_edge() -> None:
    world = World()
    one, two = (Rig(world, f"10.0.0.{n}:5070") for n in (1, 2))
    one.add_extension("bob")
    one.store.hashes[HASH] = f"bob@{CUSTOMER}"
    callee = registered(one)
    caller = Caller(one)
    _, route, _ = establish(one, caller, callee, f"sip:direct.{HASH}@sip.{BASE}")
    at_two = two.flow(callee.flow.host, callee.flow.port)
    bye = Caller(two, f"sip:direct.{HASH}@sip.{BASE}", at_two, caller.call_id)
    bye.send("BYE", caller.contact, f"Route: {route}", to=f"<{OUTSIDE}>;tag=caller")
    one.receive(caller.flow, answer(caller.flow.take_request(), "200 OK"))
    assert [step for step, _, _ in steps(two)] == ["started", "answered", "ended"]
    ended = only(two, "ended")
    assert (ended.caller, ended.callee, ended.direction) == (OUTSIDE, BOB, "inbound")


def test_both_ends_hang_up(rig: Rig) -> None:
    callee, caller = registered(rig), Caller(rig)
    route, back, to = establish(rig, caller, callee, BOB)
    caller.send("BYE", callee.contact, f"Route: {route}", to=to)
    other = Caller(rig, BOB, callee.flow, caller.call_id)
    other.send("BYE", caller.contact, f"Route: {back}", to=f"<{OUTSIDE}>;tag=caller")
    for flow in (callee.flow, caller.flow):
        (bye,) = [request for request in flow.take_requests() if request.method == "BYE"]
        rig.receive(flow, answer(bye, "481 Call/Transaction Does Not Exist"))
    assert [step for step, _, _ in steps(rig)] == ["started", "answered", "ended"]


def test_a_bye_that_nobody_takes_ends_a_call_all_the_same(rig: Rig) -> None:
    callee, caller = registered(rig), Caller(rig)
    route, _, to = establish(rig, caller, callee, BOB)
    caller.send("BYE", callee.contact, f"Route: {route}", to=to)
    assert [step for step, _, _ in steps(rig)] == ["started", "answered"]
    rig.advance(33)
    assert only(rig, "ended").status == 200


def test_a_cancelled_call(rig: Rig) -> None:
    callee, caller = registered(rig), Caller(rig)
    caller.send("INVITE", BOB)
    invite = callee.flow.take_request()
    rig.receive(callee.flow, answer(invite, "180 Ringing"))
    rig.advance(3)
    caller.send("CANCEL", BOB, cseq=1, branch=caller.branch)
    rig.receive(callee.flow, answer(invite, "487 Request Terminated"))
    assert steps(rig) == [("started", 0, 0), ("ended", 487, 3)]


def test_a_call_that_is_cancelled_before_anybody_is_found_has_not_begun(rig: Rig) -> None:
    caller = Caller(rig)
    rig.store.held = True
    caller.send("INVITE", BOB)
    caller.send("CANCEL", BOB, cseq=1, branch=caller.branch)
    rig.store.held = False
    rig.deliver()
    assert steps(rig) == []


@pytest.mark.parametrize("status", ["486 Busy Here", "603 Decline", "503 Service Unavailable"])
def test_a_refused_call(rig: Rig, status: str) -> None:
    callee = registered(rig)
    Caller(rig).send("INVITE", BOB)
    rig.receive(callee.flow, answer(callee.flow.take_request(), status))
    assert steps(rig) == [("started", 0, 0), ("ended", 500 if status[0] == "5" else int(status[:3]), 0)]


def test_a_call_that_nobody_answers(rig: Rig) -> None:
    callee = registered(rig)
    Caller(rig).send("INVITE", BOB)
    rig.receive(callee.flow, answer(callee.flow.take_request(), "180 Ringing"))
    rig.advance(185)
    rig.advance(35)
    assert [step for step, _, _ in steps(rig)] == ["started", "ended"]


def test_somebody_who_is_not_there_has_missed_a_call(rig: Rig) -> None:
    Caller(rig).send("INVITE", BOB)
    assert steps(rig) == [("started", 0, 0), ("ended", 480, 0)]


def test_calls_for_nobody_are_nobodys(rig: Rig) -> None:
    for uri in (f"sip:nobody@{DOMAIN}", f"sip:direct.{'0' * 12}@sip.{BASE}"):
        Caller(rig).send("INVITE", uri)
    assert steps(rig) == []


def test_of_two_devices_that_answer_one_is_told(rig: Rig) -> None:
    one, two = registered(rig), registered(rig)
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    invites = [phone.flow.take_request() for phone in (one, two)]
    for number, (phone, invite) in enumerate(zip((one, two), invites, strict=True)):
        rig.receive(phone.flow, answer(invite, "200 OK", "Contact: <sip:bob@10.0.0.5>", tag=f"callee{number}"))
    assert any(m.start.startswith("BYE") for m in two.flow.take())  # which ends no call
    assert [step for step, _, _ in steps(rig)] == ["started", "answered"]


def proved(rig: Rig, uri: str) -> Caller:
    """Alice calls."""
    caller = Caller(rig, ALICE, registered(rig, "alice").flow)
    caller.send("INVITE", uri)
    challenge = caller.flow.take_response().get("proxy-authenticate")
    credentials = digest(challenge, "INVITE", uri, "alice")
    caller.send("INVITE", uri, f"Proxy-Authorization: {credentials}")
    return caller


def test_a_call_within_a_customer_is_one_call(rig: Rig) -> None:
    callee = registered(rig)
    proved(rig, BOB)
    rig.receive(callee.flow, answer(callee.flow.take_request(), "486 Busy Here"))
    assert [(s.step, s.direction, s.caller, s.callee) for s in rig.world.calls.steps] == [
        ("started", "internal", ALICE, BOB),
        ("ended", "internal", ALICE, BOB),
    ]


def test_a_call_between_customers_is_told_to_both(rig: Rig) -> None:
    other = "zzz999-zzz999"
    carol = rig.address("bob").__class__(f"carol@{other}", "id-carol", "ha1", 1, 1)
    rig.store.addresses[carol.aor] = carol
    rig.store.hashes["f" * 12] = carol.aor
    dialled = f"sip:direct.{'f' * 12}@sip.{BASE}"
    proved(rig, dialled)
    ended = {s.customer_id: (s.direction, s.caller, s.callee) for s in rig.world.calls.steps if s.step == "ended"}
    assert ended == {
        CUSTOMER: ("outbound", ALICE, dialled),
        other: ("inbound", ALICE, f"sip:carol@{other}.registrar.{BASE}"),
    }


def test_a_caller_within_a_call_can_not_pass_for_an_extension(rig: Rig) -> None:
    callee, caller = registered(rig), Caller(rig)
    route, _, to = establish(rig, caller, callee, BOB)
    caller.sender = ALICE
    caller.send("BYE", callee.contact, f"Route: {route}", to=to)
    rig.receive(callee.flow, answer(callee.flow.take_request(), "200 OK"))
    assert only(rig, "ended").caller == ""


def test_the_end_of_a_relayed_call_has_its_figures() -> None:
    edge = Rig(rtpengines=ONE)
    edge.add_extension("bob", max_devices=2)
    callee = bob(edge)
    talk = Talk(edge, callee)
    streams = [{"stats": {"packets": 500}, "flags": ["RTP"], "SSRC": 7}]
    edge.relays.reports[ONE] = {
        "result": "ok",
        "created": int(edge.now),
        "tags": {"a": {"medias": [{"streams": streams}]}},
        "SSRC": {"7": {"cumulative loss": 3, "average MOS": {"MOS": 43, "jitter": 2}}},
    }
    talk.caller.send("BYE", talk.callee.contact, talk.route, to=talk.to)
    edge.receive(callee.flow, answer(callee.flow.take_request(), "200 OK"))
    media = dict(only(edge, "ended").media)
    assert media.pop("media_seconds") >= 0
    assert media == {"caller_packets": 500, "caller_lost": 3, "caller_jitter_ms": 2, "caller_mos": 4.3}


def test_a_call_whose_sound_has_stopped_has_ended() -> None:
    edge = Rig(rtpengines=ONE, media_timeout_seconds=60)
    edge.add_extension("bob", max_devices=2)
    Talk(edge, bob(edge))
    edge.relays.reports[ONE] = {"result": "error"}
    edge.advance(70)
    assert only(edge, "ended").status == 200


def test_what_can_not_be_written_is_counted_and_the_call_goes_on(rig: Rig) -> None:
    rig.world.calls.outage = True
    callee, caller = registered(rig), Caller(rig)
    establish(rig, caller, callee, BOB)
    assert rig.journal.counts["call_events_dropped"] == 2


def test_the_other_end_can_not_read_whose_call_it_is(rig: Rig) -> None:
    callee, caller = registered(rig), Caller(rig)
    route, _, _ = establish(rig, caller, callee, f"sip:direct.{HASH}@sip.{BASE}")
    payload = route[5:].partition(".")[0]
    text = base64.urlsafe_b64decode(payload + "==")
    hidden = base64.urlsafe_b64decode(text.rpartition(b" ")[2] + b"==")
    assert CUSTOMER.encode() not in text + hidden
    assert b"bob" not in text + hidden


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("sip:alice:canary@host", "sip:alice@host"),
        ("sip:alice@host:5060;lr", "sip:alice@host:5060;lr"),
        ("sip:host:5060", "sip:host:5060"),
        ("sips:a;b=c:canary@[::1]:5061", "sips:a;b=c@[::1]:5061"),
        ("sip:alice:can@ary@host", "sip:alice@host"),
        ("sip:alice@host?Authorization=canary", "sip:alice@host"),
        ("tel:+15550100", "tel:+15550100"),
    ],
)
def test_passwords_in_addresses(uri: str, shown: str) -> None:
    assert public(uri) == shown


def test_neither_log_nor_event_has_a_password_of_an_address(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    callee = registered(rig)
    with caplog.at_level(logging.DEBUG, "sip_edge"):
        caller = Caller(rig, "sip:someone:canary@outside.example")
        caller.send("INVITE", BOB, to=f"<sip:bob:canary@{DOMAIN}>")
        rig.receive(callee.flow, answer(callee.flow.take_request(), "486 Busy Here"))
    lines = "\n".join(JsonLines().format(record) for record in caplog.records)
    assert '"caller": "sip:someone@outside.example"' in lines
    assert only(rig, "ended").caller == "sip:someone@outside.example"
    assert "canary" not in lines + str(rig.world.calls.steps)
