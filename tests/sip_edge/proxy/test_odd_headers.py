"""Headers that this edge doesn't need, written oddly, in messages that it passes on."""

from __future__ import annotations

import string

import pytest

from sip_edge.message.message import Request, Response
from tests.sip_edge.caller import Caller, answer, responses
from tests.sip_edge.media.test_media import ANSWER, BOB, PRIVATE, SDP, send
from tests.sip_edge.media.test_media import bob as registered
from tests.sip_edge.media.test_media import rig as with_relay
from tests.sip_edge.rig import DOMAIN, Phone, Rig

INSTANCE = '+sip.instance="<urn:gsma:imei:35000000-000000-0>"'
UNUSABLE = ["", "<>", "<sip:a", '"', "*", "tel:+1", "sip:a b", "<sip:a>x", ",", "sip:a;;", 'sip:a;x="', "a, <b"]
USABLE = [f"sip:u@192.0.2.6:5060;{INSTANCE};audio", f"A B <sip:u@a_b>;{INSTANCE}", 'sip:u@h;methods="INVITE, <ACK>"']
TRANSPORTS = pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS", "WS"])


@pytest.fixture
def rig() -> Rig:
    rig = Rig(media_anchoring="never")
    rig.add_extension("alice")
    rig.add_extension("bob", max_devices=2)
    return rig


def caller_of(rig: Rig, transport: str) -> Caller:
    return Caller(rig, flow=rig.flow("203.0.113.5", 5080, transport))


def with_line(text: str, name: str, line: str) -> str:
    head, end, body = text.partition("\r\n\r\n")
    lines = [line if old.lower().startswith(f"{name}:") else old for old in head.split("\r\n")]
    return "\r\n".join(line for line in lines if line) + end + body


@pytest.mark.parametrize("name", ["Contact", "m", "M"])
@pytest.mark.parametrize("contact", UNUSABLE + USABLE)
@TRANSPORTS
def test_a_call_passes_whatever_the_contacts_are(rig: Rig, transport: str, contact: str, name: str) -> None:
    phone = Phone(rig, "bob", rig.flow(transport=transport))
    assert phone.register().status == 200
    caller = caller_of(rig, transport)
    rig.receive(caller.flow, with_line(caller.text("INVITE", BOB), "contact", f"{name}: {contact}"))
    assert responses(caller.flow) == ["100 Trying"]
    invite = phone.flow.take_request()
    assert f"{name}: {contact}" in invite.lines
    rig.receive(phone.flow, answer(invite, "200 OK", f"{name}: {contact}"))
    ok = caller.flow.take_response()
    assert (ok.status, ok.get("contact")) == (200, contact)
    caller.send("BYE", "sip:bob@10.0.0.5", f"Route: {ok.get('record-route')}", to=ok.get("to"))
    assert phone.flow.take_request().method == "BYE"
    assert rig.journal.counts["internal_error"] == 0


@pytest.mark.parametrize("value", ["", "<", '"', ",", "<sip:p", "<sip:p>, <", "sip:p;lr", "*", f"sip:p;lr;{INSTANCE}"])
@pytest.mark.parametrize("merged", [False, True])
@TRANSPORTS
def test_a_call_passes_whatever_the_callers_record_route_is(rig: Rig, transport: str, value: str, merged: bool) -> None:
    phone = Phone(rig, "bob")
    phone.register()
    caller = caller_of(rig, transport)
    caller.send("INVITE", BOB, f"Record-Route: {value}")
    assert responses(caller.flow) == ["100 Trying"]
    invite = phone.flow.take_request()
    ok = answer(invite, "200 OK", "Contact: <sip:bob@10.0.0.5>")
    if merged:
        ok = ok.replace(f"\r\nRecord-Route: {value}\r\n", "\r\n").replace(";lr>\r\n", f";lr>, {value}\r\n", 1)
    rig.receive(phone.flow, ok)
    passed = caller.flow.take_response()
    assert passed.status == 200
    ours = passed.get("record-route").partition(">")[0]
    caller.send("ACK", "sip:bob@10.0.0.5", f"Route: {ours}>", to=passed.get("to"), cseq=caller.cseq)
    assert phone.flow.take_request().method == "ACK"


@pytest.mark.parametrize("others", ["", ", sip:p.example;lr"])
def test_a_device_may_take_the_brackets_off_our_record_route(rig: Rig, others: str) -> None:
    phone = Phone(rig, "bob")
    phone.register()
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    ok = answer(phone.flow.take_request(), "200 OK")
    line = next(found for found in ok.split("\r\n") if found.startswith("Record-Route"))
    rig.receive(phone.flow, ok.replace(line, line.replace("<", "").replace(">", "") + others))
    passed = caller.flow.take()[-1]
    assert passed.line("record-route").endswith(f";lr>{others}")
    caller.send(
        "BYE", "sip:bob@10.0.0.5", passed.line("record-route").replace("Record-Route", "Route"), to=passed.get("to")
    )
    assert phone.flow.take_request().method == "BYE"


@pytest.mark.parametrize("name", ["Record-route", "RECORD-ROUTE ", "record-route"])
@pytest.mark.parametrize("above", ["", "<sip:p.example;lr>, "])
def test_our_record_route_reaches_the_caller_under_its_usual_name(rig: Rig, name: str, above: str) -> None:
    phone = Phone(rig, "bob")
    phone.register()
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    ok = answer(phone.flow.take_request(), "200 OK").replace("Record-Route: ", f"{name}: {above}")
    rig.receive(phone.flow, ok)
    assert caller.flow.take()[-1].line("record-route").startswith(f"Record-Route: {above}<sip:flow.")


ESCAPED = pytest.mark.parametrize("escaped", ["f", "-_.", string.ascii_letters])


def with_escapes(text: str, escaped: str) -> str:
    """The text of a response with these characters of our route token escaped, as Twinkle escapes Z."""
    token = text.partition("sip:flow.")[2].partition("@")[0]
    return text.replace(f"flow.{token}", "".join(f"%{ord(c):02x}" if c in escaped else c for c in f"flow.{token}"))


@ESCAPED
@TRANSPORTS
def test_a_device_may_escape_characters_of_our_record_route(rig: Rig, transport: str, escaped: str) -> None:
    phone = Phone(rig, "bob")
    phone.register()
    caller = caller_of(rig, transport)
    caller.send("INVITE", BOB)
    invite = phone.flow.take_request()
    rig.receive(phone.flow, with_escapes(answer(invite, "200 OK"), escaped))
    ok = caller.flow.take()[-1]
    assert "%" not in ok.line("record-route")
    assert ok.get("record-route").endswith(f"{'' if transport == 'UDP' else f';transport={transport.lower()}'};lr>")
    caller.send("BYE", "sip:bob@10.0.0.5", f"Route: {ok.get('record-route')}", to=ok.get("to"))
    assert phone.flow.take_request().method == "BYE"
    callee = Caller(rig, sender=BOB, flow=phone.flow, call_id=caller.call_id)
    route = with_escapes(invite.get("record-route"), escaped)
    callee.send("BYE", "sip:caller@192.168.7.7:5060", f"Route: {route}", to=f"<{caller.sender}>;tag=caller")
    assert caller.flow.take_request().method == "BYE"


@ESCAPED
def test_a_device_that_escapes_our_record_route_is_sent_off_through_its_proxies(rig: Rig, escaped: str) -> None:
    phones = [Phone(rig, "bob", rig.flow(host)) for host in ("203.0.113.7", "203.0.113.8")]
    for phone in phones:
        phone.register()
    Caller(rig).send("INVITE", BOB)
    first, second = (phone.flow.take_request() for phone in phones)
    rig.receive(phones[0].flow, answer(first, "200 OK"))
    phones[1].flow.take()
    late_ok = answer(second, "200 OK").replace("Record-Route: ", "Record-Route: <sip:p.example;lr>, ")
    rig.receive(phones[1].flow, with_escapes(late_ok, escaped))
    assert [message.get("route") for message in phones[1].flow.take()] == ["<sip:p.example;lr>"] * 2


@pytest.mark.parametrize("value", ["<sip:", '"', "", "<>", "sip:a b"])
@TRANSPORTS
def test_a_route_that_is_needed_is_refused(rig: Rig, transport: str, value: str) -> None:
    caller = caller_of(rig, transport)
    caller.send("BYE", "sip:bob@10.0.0.5", f"Route: {value}", to=f"<{BOB}>;tag=x")
    assert caller.flow.take_response().status in (400, 481)
    assert len(rig.edge._transactions) == 0


def test_what_follows_our_via_in_an_answer_is_not_ours_to_judge(rig: Rig) -> None:
    phone = Phone(rig, "bob")
    phone.register()
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    invite = phone.flow.take_request()
    ok = answer(invite, "200 OK").replace("\r\nVia: SIP/2.0/UDP 192.168", ', SIP/2.0/UDP 192.168.7.7;x=", SIP')
    rig.receive(phone.flow, ok)
    assert responses(caller.flow) == ["100 Trying", "200 OK"]


@pytest.mark.parametrize(
    "header", ["Supported", "k", "Accept", "Allow", "P-Asserted-Identity", "Refer-To", "Path", "X"]
)
@pytest.mark.parametrize("value", ['"', "<", ", ,", ";;", "\udcff", '"<sip:a', ""])
@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "REGISTER"])
def test_every_request_is_answered(rig: Rig, method: str, header: str, value: str) -> None:
    phone = Phone(rig, "bob")
    phone.register()
    if method == "REGISTER":
        line = phone.credentials(phone.challenge())
        text = phone.register_text(line, f"{header}: {value}", "Session-Expires: 60")
    else:
        caller = Caller(rig, flow=phone.flow)
        text = caller.text(method, f"sip:alice@{DOMAIN}", f"{header}: {value}", "Session-Expires: 60")
    rig.receive(phone.flow, text.encode("utf-8", "surrogateescape"))
    assert [m.status for m in phone.flow.take() if isinstance(m, Response) and m.status >= 200]
    assert rig.journal.counts["internal_error"] == 0


@pytest.mark.parametrize(
    "uri", ["sip:bob@{};;", "sip:bob@{};gr;gr", "sip:bob@{};transport=udp;transport=tcp", "sip:bob@{};=1"]
)
def test_a_request_uri_with_odd_parameters_is_answered(rig: Rig, uri: str) -> None:
    Phone(rig, "bob").register()
    caller = Caller(rig)
    caller.send("INVITE", uri.format(DOMAIN))
    assert responses(caller.flow) == ["100 Trying"]
    assert rig.journal.counts["internal_error"] == 0


@pytest.mark.parametrize("contact", ["sip:bob@10.0.0.5;;", "<sip:bob@10.0.0.5;;transport=udp>", *USABLE])
def test_a_registration_is_answered_whatever_parameters_its_contact_has(rig: Rig, contact: str) -> None:
    phone = Phone(rig, "bob")
    assert phone.register(contact=contact).status in (200, 400)
    assert rig.journal.counts["internal_error"] == 0


def test_an_addr_spec_is_registered_with_its_instance(rig: Rig) -> None:
    ok = Phone(rig, "bob").register(contact=f"sip:office1@192.0.2.5:5060;{INSTANCE};audio")
    assert ok.status == 200
    assert ok.get("contact").startswith("<sip:office1@192.0.2.5:5060>;")
    assert INSTANCE in ok.get("contact")


@pytest.mark.parametrize("name", ["From", "f"])
def test_from_and_to_may_have_brackets_in_quotes(rig: Rig, name: str) -> None:
    phone = Phone(rig, "bob")
    phone.register()
    caller = Caller(rig)
    text = caller.text("INVITE", BOB, to=f"{BOB};{INSTANCE}")
    rig.receive(caller.flow, with_line(text, "from", f"{name}: sip:x@outside.example;tag=1;{INSTANCE}"))
    invite = phone.flow.take_request()
    rig.receive(phone.flow, answer(invite, "200 OK"))
    ok = caller.flow.take()[-1]
    assert ok.get("to") == f"{BOB};{INSTANCE};tag=callee"


def late(rig: Rig, contact: str) -> tuple[Phone, Request, Caller]:
    """Two devices ring, and the second answers when the first has won."""
    first, second = Phone(rig, "bob"), Phone(rig, "bob")
    first.register()
    second.register()
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    won, lost = first.flow.take_request(), second.flow.take_request()
    rig.receive(first.flow, answer(won, "200 OK", "Contact: <sip:bob@10.0.0.5>"))
    second.flow.take()
    rig.receive(second.flow, answer(lost, "200 OK", *([f"Contact: {contact}"] if contact else []), tag="late"))
    return second, lost, caller


@pytest.mark.parametrize("contact", [*UNUSABLE, "<sip:other@10.0.0.6>, <sip:x", "<sip:other@10.0.0.6?Subject=x>"])
def test_a_second_device_that_answers_late_is_sent_off(rig: Rig, contact: str) -> None:
    second, lost, _ = late(rig, contact)
    ack, bye = second.flow.take()
    assert isinstance(ack, Request)
    assert isinstance(bye, Request)
    expected = "sip:other@10.0.0.6" if "other" in contact else "sip:a" if contact == "sip:a;;" else lost.uri
    assert [(r.method, r.uri) for r in (ack, bye)] == [("ACK", expected), ("BYE", expected)]
    assert rig.journal.counts["internal_error"] == 0


def relayed(contact: str, *extra: str) -> tuple[Rig, Phone, Caller, Response]:
    """A call through a media relay whose callee answers with that Contact."""
    edge = with_relay()
    phone = registered(edge)
    caller = Caller(edge)
    send(caller, "INVITE", BOB, PRIVATE, *extra)
    caller.flow.take()
    text = answer(phone.flow.take_request(), "200 OK", f"Contact: {contact}", SDP)
    edge.receive(
        phone.flow, text.replace("Content-Length: 0\r\n\r\n", f"Content-Length: {len(ANSWER)}\r\n\r\n{ANSWER}")
    )
    return edge, phone, caller, caller.flow.take_response()


@pytest.mark.parametrize("contact", UNUSABLE + USABLE)
def test_an_answer_passes_when_media_are_relayed(contact: str) -> None:
    edge, phone, caller, ok = relayed(contact)
    assert (ok.status, ok.get("contact")) == (200, contact)
    assert b"a=relayed:" in ok.body
    caller.send("BYE", "sip:bob@10.0.0.5", f"Route: {ok.get('record-route')}", to=ok.get("to"))
    edge.receive(phone.flow, answer(phone.flow.take_request(), "200 OK"))
    assert responses(caller.flow) == ["200 OK"]
    assert edge.relays.take()[-1] == "delete"
    assert edge.journal.counts["internal_error"] == 0


@pytest.mark.parametrize("contact", ["<sip:bob@10.0.0.5>", "", '"', USABLE[0]])
@pytest.mark.parametrize("record_route", ["<sip:p.example;lr>", '<sip:p.example;lr>, "'])
def test_a_call_without_sound_is_ended_where_it_can_be(contact: str, record_route: str) -> None:
    edge, phone, caller, ok = relayed(contact, f"Record-Route: {record_route}")
    assert ok.status == 200
    edge.relays.dead.update(edge.relays.asked[0][:1])
    edge.advance(120)
    byes = [[m.start for m in flow.take() if isinstance(m, Request)][:1] for flow in (caller.flow, phone.flow)]
    assert [bye[:1] and bye[0][:3] for bye in byes] == [[] if '"' in record_route else "BYE", "BYE"]
    assert edge.journal.counts["internal_error"] == 0
