"""Rules of RFC 3261 §16 and its updates that a peer may rely on."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Request, Response
from tests.sip_edge.caller import OUTSIDE, Caller, answer, responses
from tests.sip_edge.rig import BASE, CUSTOMER, DOMAIN, FakeFlow, Phone, Rig, World, digest

HASH = "a1b2c3d4e5f6"
BOB = f"sip:bob@{DOMAIN}"


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("alice", max_devices=2)
    rig.add_extension("bob", max_devices=3)
    rig.store.hashes[HASH] = f"bob@{CUSTOMER}"
    return rig


@pytest.fixture
def bob(rig: Rig) -> Phone:
    phone = Phone(rig, "bob")
    assert phone.register().status == 200
    return phone


def send_as_alice(rig: Rig, method: str, uri: str, *extra: str, flow: FakeFlow | None = None) -> Caller:
    """A request of a proved extension."""
    caller = Caller(rig, f"sip:alice@{DOMAIN}", flow)
    caller.send(method, uri, *extra)
    challenge = caller.flow.take_response().get("proxy-authenticate")
    caller.send(method, uri, f"Proxy-Authorization: {digest(challenge, method, uri, 'alice')}", *extra)
    return caller


# --- which requests belong to a dialog


@pytest.mark.parametrize("method", ["BYE", "INVITE", "INFO", "UPDATE"])
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_route_token_makes_a_dialog_when_no_tag_does(rig: Rig, method: str, transport: str) -> None:
    bob = Phone(rig, "bob", rig.flow(port=7777, transport=transport))
    assert bob.register().status == 200
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    invite = bob.flow.take_request()
    ok = answer(invite, "200 OK", f"Contact: <{bob.contact}>").replace(";tag=callee", "")
    rig.receive(bob.flow, ok)
    route = caller.flow.take()[-1].get("record-route")
    caller.send("ACK", bob.contact, f"Route: {route}", cseq=1)
    assert bob.flow.take_request().method == "ACK"
    caller.send(method, bob.contact, f"Route: {route}", to=f"<{BOB}>")
    seen = bob.flow.take_request()
    assert (seen.method, seen.uri) == (method, bob.contact)
    assert "route" not in seen.names


def test_a_route_token_below_a_strict_router_makes_a_dialog(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    rig.receive(bob.flow, answer(bob.flow.take_request(), "200 OK").replace(";tag=callee", ""))
    route = caller.flow.take()[-1].get("record-route")
    caller.send("BYE", route.strip("<>"), f"Route: <{bob.contact}>", to=f"<{BOB}>")
    assert bob.flow.take_request().start == f"BYE {bob.contact} SIP/2.0"


@pytest.mark.parametrize("route", ["<sip:flow.AAAA@192.0.2.1;lr>", "sip:192.0.2.1", "<>", "", "<sip:a@b;lr"])
def test_any_other_route_makes_none(rig: Rig, bob: Phone, route: str) -> None:
    caller = Caller(rig)
    caller.send("BYE", BOB, f"Route: {route}")
    (refusal,) = responses(caller.flow)
    assert refusal[:3] in ("400", "403")
    assert bob.flow.take() == []


def test_a_token_of_another_call_makes_none(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    invite = bob.flow.take_request()
    rig.receive(bob.flow, answer(invite, "200 OK", f"Contact: <{bob.contact}>"))
    route = caller.flow.take()[-1].get("record-route")
    other = Caller(rig)
    other.send("BYE", bob.contact, f"Route: {route}", to=f"<{BOB}>")
    assert responses(other.flow) == []  # a stranger's datagram for a foreign domain
    other.send("BYE", BOB, f"Route: {route}", to=f"<{BOB}>")
    assert responses(other.flow) == ["403 Forbidden"]


# --- several branches


def test_the_challenges_of_all_branches_reach_the_caller(rig: Rig) -> None:
    phones = [Phone(rig, "bob") for _ in range(3)]
    for phone in phones:
        assert phone.register().status == 200
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    invites = [phone.flow.take_request() for phone in phones]
    one, two = 'Digest realm="pbx-one", nonce="1"', 'Digest realm="pbx-two", nonce="2"'
    three, four = 'Digest realm="pbx-three", nonce="3"', 'Digest realm="pbx-three", nonce="3", algorithm=SHA-256'
    rig.receive(phones[0].flow, answer(invites[0], "401 Unauthorized", f"WWW-Authenticate: {one}"))
    rig.receive(phones[1].flow, answer(invites[1], "407 Proxy Auth", f"Proxy-Authenticate: {two}"))
    lines = (f"www-authenticate: {three}", f"WWW-Authenticate: {four}")
    rig.receive(phones[2].flow, answer(invites[2], "401 Unauthorized", *lines))
    refusal = caller.flow.take()[-1]
    assert isinstance(refusal, Response)
    assert refusal.status == 401
    challenges = [
        line.partition(":")[2].strip()
        for name, line in zip(refusal.names, refusal.lines, strict=True)
        if name == "www-authenticate"
    ]
    assert challenges == [one, three, four]
    assert refusal.get("proxy-authenticate") == two


def test_challenges_are_not_added_to_a_better_answer(rig: Rig) -> None:
    phones = [Phone(rig, "bob") for _ in range(2)]
    for phone in phones:
        assert phone.register().status == 200
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    first, second = [phone.flow.take_request() for phone in phones]
    rig.receive(phones[0].flow, answer(first, "401 Unauthorized", 'WWW-Authenticate: Digest realm="a", nonce="1"'))
    rig.receive(phones[1].flow, answer(second, "603 Decline"))
    refusal = caller.flow.take()[-1]
    assert refusal.start == "SIP/2.0 603 Decline"
    assert "www-authenticate" not in refusal.names


@pytest.mark.parametrize("method", ["MESSAGE", "OPTIONS", "FOO"])
def test_of_several_answers_to_another_request_the_first_is_passed_on(rig: Rig, method: str) -> None:
    phones = [Phone(rig, "bob") for _ in range(2)]
    for phone in phones:
        assert phone.register().status == 200
    caller = send_as_alice(rig, method, BOB)
    for phone in phones:
        request = phone.flow.take_request()
        rig.receive(phone.flow, answer(request, "180 Ringing"))  # RFC 4320 §4.1: no provisional one but 100
        rig.receive(phone.flow, answer(request, "200 OK", f"Contact: <{phone.contact}>"))
        assert phone.flow.take() == []  # neither an ACK nor a BYE
    assert responses(caller.flow) == ["200 OK"]


# --- loops


def forwarded(request: Request, uri: str, flow: FakeFlow, branch: str) -> str:
    """The request as a device sends it that acts as a proxy and forwards it to that URI."""
    hops = int(request.get("max-forwards")) - 1
    lines = [
        f"{request.method} {uri} SIP/2.0",
        f"Via: SIP/2.0/{flow.transport} 10.0.0.5:5060;rport;branch={branch}",
        f"Max-Forwards: {hops}",
        *(line for name, line in zip(request.names, request.lines, strict=True) if name != "max-forwards"),
    ]
    return "\r\n".join(lines) + "\r\n\r\n" + request.body.decode()


@pytest.mark.parametrize(
    "again",
    [
        BOB,
        BOB.replace("bob", "%62ob"),
        BOB.upper().replace("SIP:BOB", "sip:bob"),
        f"{BOB};transport=udp",
        f"{BOB}:5060",
        BOB.replace("bob", "bob:secret"),
    ],
)
def test_a_loop_ends_at_its_first_return(rig: Rig, again: str) -> None:
    phones = [Phone(rig, "bob") for _ in range(2)]
    for phone in phones:
        assert phone.register().status == 200
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    for n, phone in enumerate(phones):
        invite = phone.flow.take_request()
        rig.receive(phone.flow, forwarded(invite, again, phone.flow, f"z9hG4bKloop{n}"))
        assert responses(phone.flow) == ["482 Loop Detected"]
    for phone in phones:
        assert phone.flow.take() == []


def test_a_loop_is_found_where_vias_share_a_line(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    invite = bob.flow.take_request()
    vias = [line.partition(":")[2] for name, line in zip(invite.names, invite.lines, strict=True) if name == "via"]
    invite.remove("via")
    head, _, rest = forwarded(invite, BOB, bob.flow, "z9hG4bKloop").partition("\r\nMax-Forwards")
    rig.receive(bob.flow, f"{head},{','.join(vias)}\r\nMax-Forwards{rest}".replace("Via:", "v:"))
    assert responses(bob.flow) == ["482 Loop Detected"]


def test_a_spiral_is_no_loop(rig: Rig, bob: Phone) -> None:
    alice = Phone(rig, "alice")
    assert alice.register().status == 200
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    invite = bob.flow.take_request()
    rig.receive(bob.flow, forwarded(invite, f"sip:alice@{DOMAIN}", bob.flow, "z9hG4bKspiral"))
    assert responses(bob.flow) == ["100 Trying"]
    onwards = alice.flow.take_request()
    assert onwards.names.count("via") == 4
    rig.receive(alice.flow, forwarded(onwards, BOB, alice.flow, "z9hG4bKback"))
    assert responses(alice.flow) == ["482 Loop Detected"]


def test_a_call_through_a_direct_address_and_on_to_the_extension_is_no_loop(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    caller.send("INVITE", f"sip:direct.{HASH}@sip.{BASE}")
    invite = bob.flow.take_request()
    rig.receive(bob.flow, forwarded(invite, BOB, bob.flow, "z9hG4bKonwards"))
    again = bob.flow.take()[-1]
    assert isinstance(again, Request)
    rig.receive(bob.flow, forwarded(again, BOB, bob.flow, "z9hG4bKagain"))
    assert responses(bob.flow) == ["482 Loop Detected"]


def test_a_loop_over_another_edge_is_found() -> None:
    world = World()
    edges = [Rig(world, f"10.0.0.{i}:5070") for i in (1, 2)]
    edges[0].add_extension("bob", max_devices=2)
    bob = Phone(edges[0], "bob")
    assert bob.register().status == 200
    caller = Caller(edges[0])
    caller.send("INVITE", BOB)
    invite = bob.flow.take_request()
    elsewhere = edges[1].flow("198.51.100.99", 5060)
    edges[1].receive(elsewhere, forwarded(invite, BOB, elsewhere, "z9hG4bKloop"))
    assert responses(elsewhere) == ["482 Loop Detected"]


def test_a_new_attempt_of_the_same_caller_is_no_loop(rig: Rig, bob: Phone) -> None:
    for caller in (Caller(rig), Caller(rig)):
        caller.send("INVITE", BOB)
        assert bob.flow.take_request().method == "INVITE"
        caller.send("INVITE", BOB)
        assert bob.flow.take_request().method == "INVITE"


# --- what tells transactions apart


@pytest.mark.parametrize("branch", ["z9hG4bKalways-the-same", "old"])
def test_a_reused_branch_with_a_new_cseq_is_a_new_request(rig: Rig, bob: Phone, branch: str) -> None:
    caller = Caller(rig)
    caller.send("INVITE", BOB, branch=branch)
    invite = bob.flow.take_request()
    rig.receive(bob.flow, answer(invite, "200 OK", f"Contact: <{bob.contact}>"))
    ok = caller.flow.take()[-1]
    route = f"Route: {ok.get('record-route')}"
    caller.send("INVITE", bob.contact, route, to=ok.get("to"), branch=branch)
    assert responses(caller.flow) == ["100 Trying"]
    caller.send("ACK", bob.contact, route, to=ok.get("to"), cseq=1, branch=branch)
    again, ack = bob.flow.take()
    assert isinstance(again, Request)
    assert isinstance(ack, Request)
    assert (again.method, ack.method) == ("INVITE", "ACK")
    rig.receive(bob.flow, answer(again, "488 Not Acceptable Here"))
    assert bob.flow.take_request().method == "ACK"
    assert responses(caller.flow) == ["488 Not Acceptable Here"]
    caller.send("ACK", bob.contact, route, to=ok.get("to"), cseq=2, branch=branch)
    assert bob.flow.take() == []  # it ends our own refusal
    rig.advance(2)
    assert responses(caller.flow) == []
    for _ in range(2):
        caller.send("INFO", bob.contact, route, to=ok.get("to"), branch=branch)
        rig.receive(bob.flow, answer(bob.flow.take_request(), "200 OK"))
        assert responses(caller.flow) == ["200 OK"]
    rig.advance(70)
    assert len(rig.edge._transactions) == 0


def test_a_reused_branch_of_another_call_is_a_new_request(rig: Rig, bob: Phone) -> None:
    flow = rig.flow("203.0.113.5", 5080)
    for _ in range(2):
        caller = Caller(rig, flow=flow)
        caller.send("INVITE", BOB, branch="z9hG4bKconstant")
        invite = bob.flow.take_request()
        rig.receive(bob.flow, answer(invite, "180 Ringing"))
        assert responses(flow) == ["100 Trying", "180 Ringing"]
        caller.send("CANCEL", BOB, cseq=1, branch="z9hG4bKconstant")
        cancel = bob.flow.take_request()
        assert (cancel.method, cancel.get("call-id")) == ("CANCEL", caller.call_id)
        rig.receive(bob.flow, answer(invite, "487 Request Terminated"))
        assert bob.flow.take_request().method == "ACK"
        assert responses(flow) == ["200 OK", "487 Request Terminated"]


def test_the_same_request_again_is_absorbed(rig: Rig, bob: Phone) -> None:
    caller = send_as_alice(rig, "MESSAGE", BOB)
    message = bob.flow.take_request()
    rig.receive(bob.flow, answer(message, "200 OK"))
    assert responses(caller.flow) == ["200 OK"]
    caller.send("MESSAGE", BOB, cseq=caller.cseq, branch=caller.branch)
    assert responses(caller.flow) == ["200 OK"]
    assert bob.flow.take() == []


# --- OPTIONS


@pytest.mark.parametrize("sender", [OUTSIDE, "sip:203.0.113.5", "tel:+15551234"])
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize(
    "uri",
    [
        f"sip:ping@sip.{BASE}",
        f"sip:sip.{BASE}",
        f"sip:{BASE}",
        f"sip:ping@{BASE};transport=udp",
        f"sip:x@registrar.{BASE}",
        f"sip:{DOMAIN}",
        "sip:ping@192.0.2.1:5060",
        BOB,
        f"sip:alice@{DOMAIN}",
        f"sip:nobody@{DOMAIN}",
        f"sip:direct.{HASH}@sip.{BASE}",
        f"sip:direct.{'0' * 12}@sip.{BASE}",
    ],
)
def test_a_probe_from_outside_is_answered_alike_for_all_addresses(
    rig: Rig, bob: Phone, uri: str, transport: str, sender: str
) -> None:
    reads = rig.store.reads
    caller = Caller(rig, sender, rig.flow("203.0.113.5", 5080, transport))
    caller.send("OPTIONS", uri)
    ok = caller.flow.take_response()
    assert ok.status == 200
    assert "INVITE" in ok.get("allow")
    assert ok.get("accept") == "application/sdp"
    assert bob.flow.take() == []
    assert rig.store.reads == reads


@pytest.mark.parametrize("uri", [f"sip:sip.{BASE}", f"sip:{BASE}", f"sip:ping@sip.{BASE}", "sip:192.0.2.1"])
def test_a_last_hop_reaches_the_edge_itself(rig: Rig, uri: str) -> None:
    """RFC 3261 §16.3 step 3: it is the final recipient, and forwards nothing."""
    caller = Caller(rig)
    caller.send("OPTIONS", uri, "Max-Forwards: 0")
    assert responses(caller.flow) == ["200 OK"]


@pytest.mark.parametrize("uri", [BOB, f"sip:nobody@{DOMAIN}", f"sip:direct.{'0' * 12}@sip.{BASE}"])
def test_a_last_hop_reaches_no_extension(rig: Rig, bob: Phone, uri: str) -> None:
    caller = Caller(rig)
    caller.send("OPTIONS", uri, "Max-Forwards: 0")
    assert responses(caller.flow) == ["483 Too Many Hops"]


def test_a_probe_of_a_foreign_domain_is_none(rig: Rig) -> None:
    caller = Caller(rig)
    caller.send("OPTIONS", "sip:ping@elsewhere.example")
    assert responses(caller.flow) == []


def test_probes_are_limited(rig: Rig) -> None:
    caller = Caller(rig)
    for _ in range(4 * rig.settings.max_calls_per_second):
        caller.send("OPTIONS", BOB)
        assert responses(caller.flow) == ["200 OK"]
    caller.send("OPTIONS", BOB)
    assert responses(caller.flow) == ["503 Service Unavailable"]


def test_options_go_from_extension_to_extension(rig: Rig, bob: Phone) -> None:
    caller = send_as_alice(rig, "OPTIONS", BOB)
    options = bob.flow.take_request()
    assert options.uri == bob.contact
    rig.receive(bob.flow, answer(options, "200 OK", "Allow: INVITE, X-BOB"))
    assert caller.flow.take_response().get("allow") == "INVITE, X-BOB"
    caller.send("OPTIONS", BOB, "Max-Forwards: 0")
    assert responses(caller.flow) == ["483 Too Many Hops"]


# --- the rest


@pytest.mark.parametrize("method", ["MESSAGE", "SUBSCRIBE", "REFER", "FOO", "x-%~odd"])
def test_any_method_is_forwarded_with_what_it_requires(rig: Rig, bob: Phone, method: str) -> None:
    caller = send_as_alice(rig, method, BOB, "Require: magic", "X-Unknown: 1")
    seen = bob.flow.take_request()
    assert (seen.method, seen.get("require"), seen.get("x-unknown")) == (method, "magic", "1")
    rig.receive(bob.flow, answer(seen, "499 What"))
    assert responses(caller.flow) == ["499 What"]


@pytest.mark.parametrize("status", ["408 Request Timeout", None])
def test_no_408_goes_to_another_request_than_invite(rig: Rig, bob: Phone, status: str | None) -> None:
    """RFC 4320 §4.2."""
    caller = send_as_alice(rig, "OPTIONS", BOB)
    if status:
        rig.receive(bob.flow, answer(bob.flow.take_request(), status))
    rig.advance(70)
    assert responses(caller.flow) == ([] if status else ["100 Trying"])
    assert len(rig.edge._transactions) == 0


def test_a_503_of_a_device_is_a_500_of_ours(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    rig.receive(bob.flow, answer(bob.flow.take_request(), "503 Service Unavailable", "Retry-After: 3600"))
    refusal = caller.flow.take()[-1]
    assert refusal.start == "SIP/2.0 500 Server Internal Error"
    assert "retry-after" not in refusal.names


def test_a_response_whose_vias_end_with_ours_is_not_passed_on(rig: Rig, bob: Phone) -> None:
    """RFC 3261 §16.7 step 3."""
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    invite = bob.flow.take_request()
    del invite.lines[invite.names.index("via") + 1], invite.names[invite.names.index("via") + 1]
    rig.receive(bob.flow, answer(invite, "180 Ringing"))
    assert responses(caller.flow) == ["100 Trying"]
    rig.receive(bob.flow, answer(invite, "200 OK", f"Contact: <{bob.contact}>"))
    assert responses(caller.flow) == ["502 Bad Gateway"]
    ack, bye = (message for message in bob.flow.take() if isinstance(message, Request))
    assert (ack.method, bye.method) == ("ACK", "BYE")


def test_a_cancel_after_the_answer_changes_nothing(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    rig.receive(bob.flow, answer(bob.flow.take_request(), "200 OK", f"Contact: <{bob.contact}>"))
    caller.send("CANCEL", BOB, cseq=1, branch=caller.branch)
    assert responses(caller.flow) == ["100 Trying", "200 OK", "200 OK"]
    assert bob.flow.take() == []


def test_a_200_that_crosses_a_cancel_is_the_answer(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    invite = bob.flow.take_request()
    rig.receive(bob.flow, answer(invite, "180 Ringing"))
    caller.send("CANCEL", BOB, cseq=1, branch=caller.branch)
    rig.receive(bob.flow, answer(invite, "200 OK", f"Contact: <{bob.contact}>"))
    assert responses(caller.flow) == ["100 Trying", "180 Ringing", "200 OK", "200 OK"]


def test_an_ack_to_nothing_goes_nowhere(rig: Rig, bob: Phone) -> None:
    caller = Caller(rig)
    caller.send("ACK", BOB)
    assert caller.flow.take() == []
    assert bob.flow.take() == []


@pytest.mark.parametrize(
    "via",
    [
        "SIP/2.0/UDP gw.example:5090;branch=z9hG4bKx;maddr=203.0.113.99;ttl=1",
        "SIP/2.0/UDP gw.example:5090;branch=z9hG4bKx;received=203.0.113.99;rport=9",
        "SIP / 2.0 / UDP gw.example : 5090 ;RPORT ;Branch=z9hG4bKx",
    ],
)
def test_a_response_goes_over_the_flow_of_its_request_whatever_the_via_names(rig: Rig, bob: Phone, via: str) -> None:
    caller = Caller(rig)
    text = caller.text("INVITE", BOB)
    lines = [f"Via: {via}" if line.startswith("Via:") else line for line in text.split("\r\n")]
    rig.receive(caller.flow, "\r\n".join(lines))
    rig.receive(bob.flow, answer(bob.flow.take_request(), "486 Busy Here"))
    assert responses(caller.flow) == ["100 Trying", "486 Busy Here"]


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE", "OPTIONS", "BYE"])
def test_an_extension_of_proxies_that_is_unknown_is_refused(rig: Rig, method: str) -> None:
    caller = Caller(rig)
    caller.send(method, BOB, "Proxy-Require: magic, gruu")
    refusal = caller.flow.take_response()
    assert (refusal.status, refusal.get("unsupported")) == (420, "magic, gruu")
