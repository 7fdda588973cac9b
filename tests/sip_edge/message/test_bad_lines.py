"""One bad line in the head of a message."""

from __future__ import annotations

import pytest

from directory.schema.reasons import Reason
from sip_edge.message.message import Response, parse
from tests.sip_edge.caller import Caller, answer, responses
from tests.sip_edge.rig import DOMAIN, FakeFlow, Phone, Rig

BOB = f"sip:bob@{DOMAIN}"
IGNORED = ["build 7", "no colon", ": no name", "odd name: x", "(odd): x", "Ünicode: x", '"q": x', "="]
STRAY = ["Subject: a\nb", "Subject: a\rb", "Subject: a\0b", "Subject: a\n", "Subject: a\n b", "\rSubject: a"]
TRANSPORTS = pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS", "WS"])


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("bob")
    return rig


def flow_of(rig: Rig, transport: str) -> FakeFlow:
    return rig.flow("203.0.113.5", 5080, transport)


@pytest.mark.parametrize("line", IGNORED)
@TRANSPORTS
def test_a_line_that_is_no_header_doesnt_silence_a_phone(rig: Rig, transport: str, line: str) -> None:
    phone = Phone(rig, "bob", flow_of(rig, transport))
    assert phone.register(f"X-Before: x\r\n{line}").status == 200


@pytest.mark.parametrize("line", IGNORED)
@TRANSPORTS
def test_it_is_not_passed_on(rig: Rig, transport: str, line: str) -> None:
    phone = Phone(rig, "bob", rig.flow(transport=transport))
    phone.register()
    caller = Caller(rig, flow=flow_of(rig, transport))
    caller.send("INVITE", BOB, f"X-Before: x\r\n{line}", "X-Behind: y")
    invite = phone.flow.take_request()
    assert line not in invite.lines
    assert (invite.get("x-before"), invite.get("x-behind")) == ("x", "y")
    rig.receive(phone.flow, answer(invite, "200 OK", line, "Contact: <sip:bob@10.0.0.5>"))
    ok = caller.flow.take()[-1]
    assert (ok.start, ok.get("contact")) == ("SIP/2.0 200 OK", "<sip:bob@10.0.0.5>")
    assert line not in ok.lines


@pytest.mark.parametrize(("line", "missing"), [("T o", "to"), ("From <sip:a@b>;tag=1\r\nX", "from"), ("CSe q", "cseq")])
def test_a_line_that_is_needed_is_missed_by_its_name(rig: Rig, line: str, missing: str) -> None:
    caller = Caller(rig)
    names = {"to": "To", "from": "From", "cseq": "CSeq"}
    rig.receive(caller.flow, caller.text("OPTIONS", BOB).replace(f"\r\n{names[missing]}:", f"\r\n{line}:"))
    assert caller.flow.take_response().start == f"SIP/2.0 400 Bad Request - no {missing}"


@pytest.mark.parametrize(
    "name", ["From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "i", "f", "t", "l"]
)
def test_a_header_that_may_come_once(rig: Rig, name: str) -> None:
    caller = Caller(rig)
    text = caller.text("OPTIONS", BOB)
    line = {"i": "Call-ID", "f": "From", "t": "To", "l": "Content-Length"}.get(name, name)
    again = next(found for found in text.split("\r\n") if found.startswith(line)).replace(line, name.upper())
    rig.receive(caller.flow, text.replace("\r\nCSeq", f"\r\n{again}\r\nCSeq"))
    assert caller.flow.take_response().start == f"SIP/2.0 400 Bad Request - more than one {line.lower()}"


@pytest.mark.parametrize("line", STRAY)
@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "OPTIONS", "BYE", "CANCEL"])
@TRANSPORTS
def test_a_stray_control_character_is_refused(rig: Rig, transport: str, method: str, line: str) -> None:
    caller = Caller(rig, flow=flow_of(rig, transport))
    caller.send(method, BOB, line)
    refused = caller.flow.take_response()
    assert refused.start == "SIP/2.0 400 Bad Request - a stray control character"
    assert refused.get("call-id") == caller.call_id
    assert refused.get("via").count("received=203.0.113.5")


def test_an_ack_with_one_gets_no_answer(rig: Rig) -> None:
    caller = Caller(rig)
    caller.send("ACK", BOB, STRAY[0])
    assert caller.flow.take() == []


@pytest.mark.parametrize("end", ["\n", "\r"])
@pytest.mark.parametrize("body", ["", "v=0\r\ns=-\r\n\r\n"])
def test_line_ends_of_another_kind_in_a_datagram_are_refused(rig: Rig, end: str, body: str) -> None:
    caller = Caller(rig)
    head, _, _ = caller.text("OPTIONS", BOB).partition("\r\n\r\n")
    for text in (head + "\r\n\r\n", head + "\r\n"):
        rig.receive(caller.flow, text.replace("\r\n", end) + body)
        assert caller.flow.take_response().start == "SIP/2.0 400 Bad Request - a stray control character"


@pytest.mark.parametrize("line", STRAY)
@TRANSPORTS
def test_an_answer_is_not_dropped_for_one(rig: Rig, transport: str, line: str) -> None:
    phone = Phone(rig, "bob", rig.flow(transport=transport))
    phone.register()
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    rig.receive(phone.flow, answer(phone.flow.take_request(), "200 OK", line, "Contact: <sip:bob@10.0.0.5>"))
    ok = caller.flow.take()[-1]
    assert (ok.start, ok.get("contact")) == ("SIP/2.0 200 OK", "<sip:bob@10.0.0.5>")
    assert parse(ok.encode()).lines == ok.lines


@pytest.mark.parametrize("before", ["\r\n", "\r\n\r\n", "\n", " ", "\0"])
def test_a_datagram_may_begin_with_line_ends(rig: Rig, before: str) -> None:
    phone = Phone(rig, "bob")
    text = phone.register_text()
    rig.receive(phone.flow, before + text)
    assert phone.flow.take_response().status == 407
    phone.register()
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    rig.receive(phone.flow, before + answer(phone.flow.take_request(), "200 OK"))
    assert responses(caller.flow) == ["100 Trying", "200 OK"]


def test_padding_behind_a_message_without_a_length(rig: Rig) -> None:
    phone = Phone(rig, "bob")
    phone.register()
    caller = Caller(rig)
    text = caller.text("INVITE", BOB).replace("Content-Length: 5\r\n", "").replace("v=0\r\n", "")
    rig.receive(caller.flow, text + "\0\0")
    invite = phone.flow.take_request()
    assert (invite.body, invite.get("content-length")) == (b"", "0")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("User-Agent: Rig/1.0", "User-Agent: Rig/1.0\rbuild 7"),
        ("Contact:", "Contact: <"),
        ("Contact:", "m: <sip:x\r\nm: y> "),
        ("Max-Forwards: 70", "Max-Forwards: many"),
        ("Max-Forwards: 70", "Max-Forwards: 70\r\nMax-Forwards: 70"),
        ("From: <", "From: <<"),
        ("To: <", "T o: <"),
        ("To: <", "To: <<"),
        ("CSeq: 1 ", "CSeq: one "),
        ("CSeq: 1 REGISTER", "X: y"),
        ("Call-ID: ", "X-Call-ID: "),
        ("SIP/2.0/UDP 10", "SIP/2.0/UDP;;10"),
        ("rport;", 'rport;x=",;'),
        ("Content-Length: 0", "Content-Length: 9"),
        (" SIP/2.0\r\nVia", " SIP/3.0\r\nVia"),
    ],
)
def test_a_registration_that_fails_over_a_line_is_an_attempt(rig: Rig, old: str, new: str) -> None:
    phone = Phone(rig, "bob")
    text = phone.register_text()
    assert old in text
    rig.receive(phone.flow, text.replace(old, new, 1))
    refused = phone.flow.take_response()
    assert refused.status in (400, 505)
    rig.advance(2)
    (attempt,) = rig.attempts.written.values()
    assert (attempt.reason, attempt.aor, attempt.count) == (Reason.MALFORMED, "bob@abc123-def456", 1)
    assert (attempt.source, attempt.user_agent) == (phone.flow.source, "Rig/1.0")


def test_a_register_that_names_nobody_is_no_attempt(rig: Rig) -> None:
    phone = Phone(rig, "bob")
    rig.receive(phone.flow, phone.register_text("build\n7", to="sip:bob@elsewhere.example"))
    assert phone.flow.take_response().status == 400
    rig.advance(2)
    assert rig.attempts.written == {}


@pytest.mark.parametrize("place", ["sip:bob@my_phone:5060", "sip:bob@_x.y_z;transport=udp"])
def test_a_host_may_have_underscores(rig: Rig, place: str) -> None:
    phone = Phone(rig, "bob")
    assert phone.register(contact=f"<{place}>").status == 200
    caller = Caller(rig, "sip:someone@out_side.example")
    caller.send("INVITE", BOB)
    invite = phone.flow.take_request()
    assert invite.uri == place
    rig.receive(phone.flow, answer(invite, "200 OK", f"Contact: <{place}>"))
    ok = caller.flow.take()[-1]
    assert isinstance(ok, Response)
    caller.send("BYE", place, f"Route: {ok.get('record-route')}", to=ok.get("to"))
    assert phone.flow.take_request().uri == place
