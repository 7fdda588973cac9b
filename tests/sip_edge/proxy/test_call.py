"""Calls through the whole edge."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sip_edge.message.message import Response
from tests.sip_edge.caller import OUTSIDE, Caller, answer, responses
from tests.sip_edge.rig import BASE, CUSTOMER, DOMAIN, Phone, Rig, digest

HASH = "a1b2c3d4e5f6"
Damage = Callable[[str], str]


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("alice")
    rig.add_extension("bob")
    rig.store.hashes[HASH] = f"bob@{CUSTOMER}"
    return rig


@pytest.fixture
def bob(rig: Rig) -> Phone:
    phone = Phone(rig, "bob")
    assert phone.register().status == 200
    return phone


def test_a_call_from_outside_by_extension_address(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    caller.send("INVITE", f"sip:bob@{DOMAIN}")
    assert responses(caller.flow) == ["100 Trying"]
    invite = bob.flow.take_request()
    assert invite.start == f"INVITE {bob.contact} SIP/2.0"
    assert invite.get("max-forwards") == "69"
    assert invite.names.count("via") == 2
    assert invite.get("via").startswith("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK")
    assert "received=203.0.113.5" in invite.lines[invite.names.index("via") + 1]
    assert "rport=5080" in invite.lines[invite.names.index("via") + 1]
    assert invite.body == b"v=0\r\n"
    rig.receive(bob.flow, answer(invite, "180 Ringing"))
    ringing = caller.flow.take_response()
    assert ringing.start == "SIP/2.0 180 Ringing"
    assert ringing.names.count("via") == 1
    rig.receive(bob.flow, answer(invite, "200 OK", "Contact: <sip:bob@10.0.0.5>"))
    assert responses(caller.flow) == ["200 OK"]


def establish(rig: Rig, caller: Caller, callee: Phone, uri: str) -> tuple[str, str, str]:
    """A call that is up. Returns the caller's route, the callee's route, and the To with its tag."""
    caller.send("INVITE", uri)
    caller.flow.take()
    invite = callee.flow.take_request()
    rig.receive(callee.flow, answer(invite, "200 OK", "Contact: <sip:bob@10.0.0.5>"))
    ok = caller.flow.take_response()
    caller.send("ACK", callee.contact, f"Route: {ok.get('record-route')}", to=ok.get("to"), cseq=caller.cseq)
    ack = callee.flow.take_request()
    assert (ack.method, ack.uri) == ("ACK", callee.contact)
    assert "route" not in ack.names
    return ok.get("record-route"), invite.get("record-route"), ok.get("to")


@pytest.mark.parametrize("uri", [f"sip:bob@{DOMAIN}", f"sip:direct.{HASH}@sip.{BASE}"])
def test_a_dialog_goes_on_in_both_directions(rig: Rig, bob: Phone, uri: str) -> None:
    caller = Caller(rig, flow=rig.flow("203.0.113.5", 5080, "TCP"))
    caller_route, callee_route, to = establish(rig, caller, bob, uri)
    assert ";transport=tcp;lr" in caller_route
    assert "transport" not in callee_route

    caller.send("INVITE", bob.contact, f"Route: {caller_route}", to=to)  # hold
    again = bob.flow.take_request()
    assert (again.method, again.uri) == ("INVITE", bob.contact)
    rig.receive(bob.flow, answer(again, "200 OK"))
    assert responses(caller.flow) == ["100 Trying", "200 OK"]

    bye = Caller(rig, f"sip:bob@{DOMAIN}", bob.flow, caller.call_id)
    bye.send("BYE", "sip:caller@192.168.7.7:5060", f"Route: {callee_route}", to=f"<{OUTSIDE}>;tag=caller")
    seen = caller.flow.take_request()
    assert (seen.method, seen.uri) == ("BYE", "sip:caller@192.168.7.7:5060")
    rig.receive(caller.flow, answer(seen, "200 OK"))
    assert responses(bob.flow) == ["200 OK"]


def test_a_forged_route_token_leads_nowhere(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    route, _, to = establish(rig, caller, bob, f"sip:bob@{DOMAIN}")
    for forged in (route.replace("sip:", "sip:A"), "<sip:203.0.113.66;lr>", f"<sip:flow.{'A' * 80}@192.0.2.1;lr>"):
        caller.send("BYE", "sip:victim@203.0.113.66", f"Route: {forged}", to=to)
        assert responses(caller.flow) == ["481 Call/Transaction Does Not Exist"]


def test_a_strict_router_finds_its_way(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    route, _, to = establish(rig, caller, bob, f"sip:bob@{DOMAIN}")
    caller.send("BYE", route.strip("<>"), f"Route: <{bob.contact}>", to=to)
    assert bob.flow.take_request().start == f"BYE {bob.contact} SIP/2.0"


def test_unknown_is_404_and_unregistered_is_480(rig: Rig) -> None:
    for uri, expected in (
        (f"sip:nobody@{DOMAIN}", "404 Not Found"),
        (f"sip:alice@{DOMAIN}", "480 Temporarily Unavailable"),
        (f"sip:direct.{'0' * 12}@sip.{BASE}", "404 Not Found"),
        (f"sip:whatever@sip.{BASE}", "404 Not Found"),
    ):
        caller = Caller(rig)
        caller.send("INVITE", uri)
        assert responses(caller.flow) == ["100 Trying", expected]


def test_a_removed_hash_is_unknown_at_once(rig: Rig, bob: Phone) -> None:
    rig.store.hashes.clear()
    caller = Caller(rig)
    caller.send("INVITE", f"sip:direct.{HASH}@sip.{BASE}")
    assert responses(caller.flow)[-1] == "404 Not Found"


def test_nothing_is_relayed_to_others(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    caller.send("INVITE", "sip:victim@elsewhere.example")
    assert responses(caller.flow) == []
    assert rig.journal.counts["shed_foreign"] == 1
    for flow in (rig.flow("203.0.113.5", 5080, "TCP"), bob.flow):
        Caller(rig, flow=flow).send("INVITE", "sip:victim@elsewhere.example")
        assert responses(flow) == ["403 Forbidden"]
    caller.send("INVITE", f"sip:bob@{DOMAIN}", "Route: <sip:192.0.2.1;lr>, <sip:203.0.113.66;lr>")
    assert responses(caller.flow) == ["403 Forbidden"]
    caller.send("INVITE", f"sip:bob@{DOMAIN}", "Route: <sip:192.0.2.1;lr>")
    assert "route" not in bob.flow.take_request().names


def test_too_many_hops(rig: Rig) -> None:
    caller = Caller(rig)
    caller.send("INVITE", f"sip:bob@{DOMAIN}", "Max-Forwards: 0")
    assert responses(caller.flow) == ["483 Too Many Hops"]


def test_one_of_ours_has_to_prove_it(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig, f"sip:alice@{DOMAIN}")
    uri = f"sip:bob@{DOMAIN}"
    caller.send("INVITE", uri)
    challenge = caller.flow.take_response()
    assert challenge.status == 407
    value = challenge.get("proxy-authenticate")
    assert rig.store.reads == 1  # bob's own registration
    caller.send("INVITE", uri, f"Proxy-Authorization: {digest(value, 'INVITE', uri, 'alice', 'wrong wrong')}")
    assert responses(caller.flow) == ["100 Trying", "407 Proxy Authentication Required"]
    credentials = f"Proxy-Authorization: {digest(value, 'INVITE', uri, 'alice')}"
    caller.send("INVITE", uri, credentials)
    assert responses(caller.flow) == ["100 Trying"]
    invite = bob.flow.take_request()
    assert "proxy-authorization" not in invite.names
    stolen = Caller(rig, f"sip:alice@{DOMAIN}", rig.flow("203.0.113.66", 6666))
    stolen.send("INVITE", uri, credentials)
    assert "stale=true" in stolen.flow.take_response().get("proxy-authenticate")


def test_nobody_borrows_a_from(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig, f"sip:bob@{DOMAIN}")
    uri = f"sip:bob@{DOMAIN}"
    caller.send("INVITE", uri)
    value = caller.flow.take_response().get("proxy-authenticate")
    caller.send("INVITE", uri, f"Proxy-Authorization: {digest(value, 'INVITE', uri, 'alice')}")
    assert responses(caller.flow)[-1].startswith("407")
    for sender in (f"sip:direct.{HASH}@sip.{BASE}", f"sip:x@registrar.{BASE}"):
        caller = Caller(rig, sender)
        caller.send("INVITE", uri)
        assert responses(caller.flow) == ["403 Forbidden"]


def test_messages_only_from_our_own(rig: Rig, bob: Phone) -> None:
    uri = f"sip:bob@{DOMAIN}"
    caller = Caller(rig)
    caller.send("MESSAGE", uri)
    assert responses(caller.flow) == ["403 Forbidden"]
    caller = Caller(rig, f"sip:alice@{DOMAIN}")
    caller.send("MESSAGE", uri)
    value = caller.flow.take_response().get("proxy-authenticate")
    caller.send("MESSAGE", uri, f"Proxy-Authorization: {digest(value, 'MESSAGE', uri, 'alice')}")
    message = bob.flow.take_request()
    assert (message.method, message.uri) == ("MESSAGE", bob.contact)
    rig.receive(bob.flow, answer(message, "200 OK"))
    assert responses(caller.flow) == ["200 OK"]


def test_options_to_the_edge(rig: Rig) -> None:
    caller = Caller(rig)
    for uri in (f"sip:registrar.{BASE}", f"sip:{DOMAIN}", "sip:192.0.2.1:5060"):
        caller.send("OPTIONS", uri)
        ok = caller.flow.take_response()
        assert ok.status == 200
        assert "INVITE" in ok.get("allow")
    caller.send("PUBLISH", f"sip:registrar.{BASE}")
    assert responses(caller.flow) == ["405 Method Not Allowed"]


@pytest.mark.parametrize("status", ["486 Busy Here", "603 Decline", "302 Moved Temporarily"])
def test_a_refusal_is_passed_on_and_acknowledged(rig: Rig, bob: Phone, status: str) -> None:
    caller = Caller(rig)
    caller.send("INVITE", f"sip:bob@{DOMAIN}")
    invite = bob.flow.take_request()
    rig.receive(bob.flow, answer(invite, status))
    ack = bob.flow.take_request()
    assert ack.method == "ACK"
    assert ack.line("via") == invite.line("via")
    assert ack.names.count("via") == 1
    assert ack.get("to").endswith(";tag=callee")
    assert responses(caller.flow) == ["100 Trying", status]
    rig.advance(0.6)
    assert responses(caller.flow) == [status]  # timer G, until the ACK
    caller.send("ACK", f"sip:bob@{DOMAIN}", cseq=1, branch=caller.branch)
    rig.advance(3)
    assert responses(caller.flow) == []
    assert bob.flow.take() == []


def test_cancel_while_it_rings(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    caller.send("INVITE", f"sip:bob@{DOMAIN}")
    invite = bob.flow.take_request()
    rig.receive(bob.flow, answer(invite, "180 Ringing"))
    caller.flow.take()
    caller.send("CANCEL", f"sip:bob@{DOMAIN}", cseq=1, branch=caller.branch)
    assert responses(caller.flow) == ["200 OK"]
    cancel = bob.flow.take_request()
    assert cancel.method == "CANCEL"
    assert cancel.uri == invite.uri
    assert cancel.line("via") == invite.line("via")
    assert cancel.get("cseq") == "1 CANCEL"
    rig.receive(bob.flow, answer(cancel, "200 OK"))
    rig.receive(bob.flow, answer(invite, "487 Request Terminated"))
    assert responses(caller.flow) == ["487 Request Terminated"]
    assert bob.flow.take_request().method == "ACK"


def test_cancel_before_the_phone_has_said_anything(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    caller.send("INVITE", f"sip:bob@{DOMAIN}")
    invite = bob.flow.take_request()
    caller.send("CANCEL", f"sip:bob@{DOMAIN}", cseq=1, branch=caller.branch)
    assert bob.flow.take() == []  # RFC 3261 §9.1: not before a provisional response
    rig.receive(bob.flow, answer(invite, "100 Trying"))
    assert bob.flow.take_request().method == "CANCEL"


def test_cancel_while_the_target_is_looked_up(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    rig.store.held = True
    caller.send("INVITE", f"sip:bob@{DOMAIN}")
    caller.send("CANCEL", f"sip:bob@{DOMAIN}", cseq=1, branch=caller.branch)
    assert responses(caller.flow) == ["100 Trying", "200 OK", "487 Request Terminated"]
    rig.store.held = False
    rig.store.deliver()
    assert bob.flow.take() == []


def test_cancel_of_nothing(rig: Rig) -> None:
    caller = Caller(rig)
    caller.send("CANCEL", f"sip:bob@{DOMAIN}")
    assert responses(caller.flow) == ["481 Call/Transaction Does Not Exist"]


def test_no_answer_is_408_after_three_minutes(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    caller.send("INVITE", f"sip:bob@{DOMAIN}")
    invite = bob.flow.take_request()
    rig.receive(bob.flow, answer(invite, "180 Ringing"))
    caller.flow.take()
    rig.advance(179.9)
    assert bob.flow.take() == []
    rig.advance(0.2)
    cancel = bob.flow.take_request()
    assert cancel.method == "CANCEL"
    rig.receive(bob.flow, answer(cancel, "200 OK"))
    rig.receive(bob.flow, answer(invite, "487 Request Terminated"))
    assert responses(caller.flow) == ["408 Request Timeout"]


def test_a_dead_phone_is_480_within_ten_seconds(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    caller.send("INVITE", f"sip:bob@{DOMAIN}")
    rig.advance(8.9)
    assert responses(caller.flow) == ["100 Trying"]
    rig.advance(0.2)
    refusal = caller.flow.take_response()
    assert (refusal.status, refusal.get("retry-after")) == (480, "5")
    rig.advance(40)
    assert len(bob.flow.take()) == 7  # a phone that comes to life still gets its CANCEL
    assert len(rig.edge._transactions) == 0


def test_a_closed_connection_is_480_or_500(rig: Rig) -> None:
    carol = Phone(rig, "alice", rig.flow(port=7777, transport="TCP"))
    assert carol.register().status == 200
    carol.flow.closed = True
    caller = Caller(rig)
    caller.send("INVITE", f"sip:alice@{DOMAIN}")
    rig.advance(10)  # a phone that changes its network comes back
    assert responses(caller.flow)[:2] == ["100 Trying", "480 Temporarily Unavailable"]


def test_a_repeated_request_is_absorbed(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    text = caller.text("INVITE", f"sip:bob@{DOMAIN}")
    for _ in range(3):
        rig.receive(caller.flow, text)
    assert responses(caller.flow) == ["100 Trying"] * 3
    invite = bob.flow.take_request()
    rig.receive(bob.flow, answer(invite, "200 OK"))
    rig.receive(bob.flow, answer(invite, "200 OK"))  # the ACK was lost: the callee repeats, and we pass it on
    rig.receive(caller.flow, text)
    assert responses(caller.flow) == ["200 OK"] * 2


def test_an_outage_is_503(rig: Rig, bob: Phone) -> None:
    rig.store.outage = True
    caller = Caller(rig)
    caller.send("INVITE", f"sip:bob@{DOMAIN}")
    answers = [m for m in caller.flow.take() if isinstance(m, Response)]
    assert [a.status for a in answers] == [100, 503]
    assert answers[1].get("retry-after")


def test_no_transaction_stays_behind(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    establish(rig, caller, bob, f"sip:bob@{DOMAIN}")
    rig.advance(33)
    assert len(rig.edge._transactions) == 0


def test_bytes_that_are_no_message_are_counted(rig: Rig) -> None:
    flow = rig.flow("203.0.113.9", 9)
    for data in (b"", b"\r\n\r\n", b"hello", b"INVITE\r\n\r\n", b"\xff" * 40, b"SIP/2.0 200 OK\r\n\r\n"):
        rig.receive(flow, data)
    assert flow.take() == []
    assert rig.journal.counts["dropped_malformed"] == 4
    assert rig.journal.counts["internal_error"] == 0


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda t: t.replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia"), "505"),
        (lambda t: t.replace("INVITE sip:", "INVITE nobodyKnows:", 1), "416"),
        (lambda t: t.replace("1 INVITE", "1 BYE"), "400"),
        (lambda t: t.replace("CSeq: 1", "CSeq: 99999999999"), "400"),
        (lambda t: t.replace("Max-Forwards: 70", "Max-Forwards: 300"), "400"),
        (lambda t: t.replace("Content-Length: 5", "Content-Length: 500"), "400"),
        (lambda t: t.replace("Content-Length: 5", "Content-Length: 5\r\nContent-Length: 5"), "400"),
        (lambda t: t.replace("To: <sip:bob", "To: <sip:bob@x>\r\nTo: <sip:bob"), "400"),
        (lambda t: t.replace("Max-Forwards", "Proxy-Require: magic\r\nMax-Forwards"), "420"),
        (lambda t: t.replace("INVITE sip:bob", f"INVITE sip:{'b' * 2000}", 1), "414"),
        (lambda t: t.replace("Content-Length: 5", "Content-Length: 300000"), "413"),
        (lambda t: t.replace("Max-Forwards", f"Subject: {'s' * 17000}\r\nMax-Forwards"), "513"),
        (lambda t: t.replace("Max-Forwards", "Subject: s\r\n" * 300 + "Max-Forwards"), "513"),
    ],
)
def test_what_is_wrong_with_a_request_is_said(rig: Rig, bob: Phone, damage: Damage, expected: str) -> None:
    caller = Caller(rig)
    rig.receive(caller.flow, damage(caller.text("INVITE", f"sip:bob@{DOMAIN}")))
    assert responses(caller.flow)[0][:3] == expected
    assert bob.flow.take() == []


def test_an_empty_route_below_a_strict_router(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    route, _, to = establish(rig, caller, bob, f"sip:bob@{DOMAIN}")
    caller.send("BYE", route.strip("<>"), "Route:", to=to)
    assert responses(caller.flow) == ["481 Call/Transaction Does Not Exist"]


def test_a_from_that_is_no_sip_uri(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig, "tel:+15551234")
    caller.send("SUBSCRIBE", f"sip:bob@{DOMAIN}")
    assert responses(caller.flow) == ["403 Forbidden"]
    caller.send("INVITE", f"sip:bob@{DOMAIN}")
    assert bob.flow.take_request().method == "INVITE"


def test_a_length_that_a_datagram_left_out_is_said_over_a_stream(rig: Rig) -> None:
    alice = Phone(rig, "alice", rig.flow(port=7777, transport="TCP"))
    assert alice.register().status == 200
    caller = Caller(rig)
    rig.receive(caller.flow, caller.text("INVITE", f"sip:alice@{DOMAIN}").replace("Content-Length: 5\r\n", ""))
    invite = alice.flow.take_request()
    assert (invite.get("content-length"), invite.body) == ("5", b"v=0\r\n")
