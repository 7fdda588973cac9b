"""One extension's messages, written down for those who ask for them."""

from __future__ import annotations

from typing import get_args

import pytest

from directory.schema.records import Direction, TracedMessage
from sip_edge.location.domains import Domains
from sip_edge.message.message import parse
from sip_edge.trace import redaction
from sip_edge.trace.message_owner import owners
from sip_edge.trace.traces import MOST_MESSAGES, MOST_UNWRITTEN
from tests.sip_edge.caller import Caller, answer
from tests.sip_edge.rig import BASE, CUSTOMER, DOMAIN, START, Phone, Rig, World

ALICE = f"alice@{CUSTOMER}"
CAROL = "sip:carol@zzzzzz-zzzzzz.registrar.voip.example"
HASH = "a1b2c3d4e5f6"
CANARY = "canary-5d21"


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("alice")
    rig.add_extension("bob")
    rig.traces.follow({ALICE: int(START) + 60}, {})
    return rig


def seen(rig: Rig) -> list[tuple[str, str]]:
    """The direction and first line of what has been traced since the last time."""
    messages, rig.world.trace_log.messages = rig.world.trace_log.messages, []
    return [(message.direction, message.text.partition("\r\n")[0]) for message in messages]


def test_a_registration_is_seen_in_its_order(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    phone.register()
    Phone(rig, "bob").register()
    written = rig.world.trace_log.messages
    assert [message.direction for message in written] == ["received", "sent"] * 2
    assert [message.at for message in written] == sorted(message.at for message in written)
    first = written[0]
    assert (first.aor, first.time) == (ALICE, "2023-11-14T22:13:20.000Z")
    assert (first.source, first.transport) == (phone.flow.source, "UDP")
    assert first.text.startswith(f"REGISTER sip:{DOMAIN} SIP/2.0\r\n")
    assert first.text.endswith("\r\n\r\n")
    assert written[3].text.startswith("SIP/2.0 200 OK\r\n")


def test_a_call_is_seen_on_both_sides(rig: Rig) -> None:
    alice = Phone(rig, "alice")
    alice.register()
    seen(rig)
    caller = Caller(rig)
    caller.send("INVITE", f"sip:{ALICE.partition('@')[0]}@{DOMAIN}")
    rig.receive(alice.flow, answer(alice.flow.take_request(), "486 Busy Here"))
    assert [(direction, line.split()[0 if direction == "received" else -1]) for direction, line in seen(rig)] == [
        ("received", "INVITE"),
        ("sent", "Trying"),
        ("sent", "SIP/2.0"),
        ("received", "SIP/2.0"),
        ("sent", "SIP/2.0"),
        ("sent", "Here"),
    ]


@pytest.fixture
def by_direct(rig: Rig) -> str:
    """Alice's direct address, by which she is traced, too."""
    rig.store.hashes[HASH] = ALICE
    rig.traces.follow({ALICE: int(START) + 60}, {HASH: ALICE})
    return f"sip:direct.{HASH}@sip.{BASE}"


def test_a_call_to_the_direct_address_is_seen_on_both_sides(rig: Rig, by_direct: str) -> None:
    alice = Phone(rig, "alice")
    alice.register()
    seen(rig)
    Caller(rig).send("INVITE", by_direct)
    invite = alice.flow.take_request()
    rig.receive(alice.flow, answer(invite, "486 Busy Here"))
    assert [direction for direction, _ in seen(rig)] == ["received", "sent", "sent", "received", "sent", "sent"]


@pytest.mark.parametrize(
    ("start", "on_her_side"), [("INVITE sip:a@192.0.2.7 SIP/2.0", "sent"), ("SIP/2.0 200 OK", "received")]
)
def test_of_anothers_call_to_it_her_side_is_seen(rig: Rig, by_direct: str, start: str, on_her_side: str) -> None:
    message = parse(f"{start}\r\nFrom: <{CAROL}>;tag=1\r\nTo: <{by_direct}>\r\n\r\n".encode())
    for direction in get_args(Direction):
        found = list(owners(message, direction, {ALICE}, {HASH: ALICE}, Domains(BASE)))
        assert found == ([ALICE] if direction == on_her_side else [])


def test_a_call_to_a_direct_address_of_somebody_else_is_not(rig: Rig, by_direct: str) -> None:
    Caller(rig).send("INVITE", by_direct.replace(HASH, "f" * 12))
    assert seen(rig) == []


def test_where_another_customers_device_is_stays_unseen(rig: Rig) -> None:
    alice = Phone(rig, "alice")
    alice.register()
    seen(rig)
    caller = Caller(rig, CAROL)
    caller.send("OPTIONS", f"sip:alice@{DOMAIN}")
    assert caller.flow.take_response().status == 407
    assert seen(rig) == []
    caller = Caller(rig, f"sip:alice@{DOMAIN}", alice.flow)
    caller.send("OPTIONS", CAROL)
    assert [direction for direction, _ in seen(rig)] == ["received", "sent"]


def test_it_ends_by_itself_and_when_it_is_switched_off(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    rig.advance(60)
    phone.register()
    assert seen(rig) == []
    rig.traces.follow({ALICE: int(rig.now) + 60}, {})
    phone.register()
    assert len(seen(rig)) == 4
    rig.traces.follow({}, {})
    assert not rig.traces.wanted
    phone.register()
    assert seen(rig) == []


def test_its_messages_are_bounded_until_it_is_switched_on_again(rig: Rig) -> None:
    until = int(START) + 60
    options = Caller(rig, f"sip:alice@{DOMAIN}")
    for _ in range(MOST_MESSAGES // 2 + 5):
        options.send("OPTIONS", "sip:192.0.2.1")
        rig.traces.follow({ALICE: until}, {})
    assert len(seen(rig)) == MOST_MESSAGES
    assert rig.journal.counts["traced_dropped"] == 10
    rig.traces.follow({ALICE: until + 1}, {})
    options.send("OPTIONS", "sip:192.0.2.1")
    assert len(seen(rig)) == 2


def test_what_is_not_yet_stored_is_bounded_and_what_is_lost_is_counted(rig: Rig) -> None:
    rig.world.trace_log.outage = True
    phone = Phone(rig, "alice")
    phone.register()
    assert rig.journal.counts["traced_dropped"] == 4
    rig.world.trace_log.outage = False
    rig.store.held = True
    options = Caller(rig, f"sip:alice@{DOMAIN}")
    for _ in range(MOST_UNWRITTEN // 2 + 1):
        options.send("OPTIONS", "sip:192.0.2.1")
    assert len(seen(rig)) == MOST_UNWRITTEN
    assert rig.journal.counts["traced_dropped"] == 6
    rig.store.held = False
    rig.deliver()
    options.send("OPTIONS", "sip:192.0.2.1")
    assert len(seen(rig)) == 2


def test_a_fleet_sees_each_message_once() -> None:
    world = World()
    a, b = Rig(world, "10.0.0.1:7000"), Rig(world, "10.0.0.2:7000")
    for edge in (a, b):
        edge.traces.follow({ALICE: int(START) + 60}, {})
    a.add_extension("alice")
    phone = Phone(b, "alice")
    phone.register()
    seen(a)
    caller = Caller(a)
    caller.send("INVITE", f"sip:alice@{DOMAIN}")
    b.receive(phone.flow, answer(phone.flow.take_request(), "603 Decline"))
    lines = [line for _, line in seen(a)]
    assert len([line for line in lines if "INVITE sip:alice@10." in line]) == 1
    assert len([line for line in lines if "603" in line]) == 2  # from the phone, and to the caller


def text_of(*lines: str, body: str = "", start: str = "OPTIONS sip:a@b SIP/2.0") -> str:
    return redaction.redacted(parse("\r\n".join([start, *lines, "", body]).encode()))


@pytest.mark.parametrize(
    "line",
    [
        f'Authorization: Digest username="a", response="{CANARY}"',
        f"Proxy-Authorization: Basic {CANARY}",
        f"Authorization: Digest x,\r\n {CANARY}",
        f"Authorization : {CANARY}",
        f'WWW-Authenticate: Digest realm="a", nonce="{CANARY}", opaque="{CANARY}", other={CANARY}',
        f'proxy-authenticate: Digest nonce = "a\\"{CANARY}',
        f'Authentication-Info: nextnonce="{CANARY}"',
        f"X-Api-Token: {CANARY}",
        f"y: {CANARY}",
        f"From: <sip:alice:{CANARY}@b>;tag=1",
        f"From: <SIPS:alice:p@ss:{CANARY}@b>;tag=1",
        f"Contact: sip:alice:x,{CANARY}@b",
        f"Refer-To: <sip:a@b?Authorization={CANARY}&a=b>",
        f'Contact: <sip:a@b;pn-prid={CANARY}>;x="y;password={CANARY}"',
        f"Subject: nonce={CANARY}",
    ],
)
def test_no_secret_of_a_header_is_seen(line: str) -> None:
    assert CANARY not in text_of(line)
    assert redaction.redacted(parse(f"SIP/2.0 200 OK\r\n{line}\r\n\r\n".encode())).count("[redacted]")


def test_what_explains_a_challenge_stays() -> None:
    text = text_of('WWW-Authenticate: Digest realm="voip.example", nonce="n", algorithm=MD5, qop="auth", stale=true')
    assert (
        'WWW-Authenticate: Digest realm="voip.example", nonce=[redacted], algorithm=MD5, qop="auth", stale=true' in text
    )


@pytest.mark.parametrize(
    "line",
    [
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{CANARY}",
        f"a=ice-pwd:{CANARY}",
        f"A = Fingerprint:sha-256 {CANARY}",
        f"k=base64:{CANARY}",
        f"a=key-mgmt:mikey {CANARY}",
        f"a=other inline:{CANARY}",
    ],
)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_no_key_of_a_session_description_is_seen(line: str, end: str) -> None:
    text = text_of("Content-Type: Application/SDP", body=f"v=0{end}{line}{end}c=IN IP4 192.0.2.1{end}")
    assert CANARY not in text
    assert text.endswith("\r\nc=IN IP4 192.0.2.1\r\n")
    assert "[redacted]" in text


def test_other_bodies_are_told_by_their_length() -> None:
    assert text_of("Content-Type: text/plain", body=CANARY).endswith("\r\n\r\n[11 bytes]")
    assert text_of("Content-Type: application/sdp", "Content-Encoding: gzip", body=CANARY).endswith("[11 bytes]")
    assert text_of(body=CANARY).endswith("[11 bytes]")


def test_the_request_uri_has_no_password() -> None:
    assert CANARY not in text_of(start=f"OPTIONS sip:a:{CANARY}@b SIP/2.0")


def test_the_tokens_of_a_route_are_not_seen(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    phone.register()
    seen(rig)
    Caller(rig).send("INVITE", f"sip:alice@{DOMAIN}")
    token = phone.flow.take_request().get("record-route").partition("sip:")[2].partition("@")[0]
    written: list[TracedMessage] = rig.world.trace_log.messages
    assert "Record-Route: <sip:[redacted]@192.0.2.1:5060;lr>" in "".join(message.text for message in written)
    assert token.removeprefix("flow.") not in str(written)


@pytest.mark.parametrize(
    "piece", ["a-", "pass", "sip:a", "branch=z9hG4bK", 'nonce="', "inline:", "a=b;", "sip:a:b@", " ", "a.%2e", '"\\']
)
def test_long_garbage_takes_one_pass(piece: str) -> None:
    """A quadratic one would take minutes."""
    garbage = piece * (320_000 // len(piece))
    headers = ("Content-Type: application/sdp", f"X: {garbage}", f"WWW-Authenticate: {garbage}")
    assert len(text_of(*headers, body=garbage)) < redaction.LONGEST + 100


def test_bytes_that_are_no_text_can_be_stored() -> None:
    message = parse(b"OPTIONS sip:a@b SIP/2.0\r\nX: \xff\xfe\r\nContent-Type: application/sdp\r\n\r\ns=\xff\r\n")
    redaction.redacted(message).encode()
