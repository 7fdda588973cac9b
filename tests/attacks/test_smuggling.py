"""One message that two readers would read as different ones: by lengths, white space, folding, or doubled headers.

A message that can be read in two ways is refused. A relayed message says all about itself in one way only.
"""

from __future__ import annotations

import secrets

import pytest

from sip_edge.message.message import Request, Response
from tests.attacks.scene import Scene, heard, invite
from tests.transport.wire_phone import WirePhone

SMUGGLED = "smuggled"


def hidden(scene: Scene) -> str:
    """A request that would look as if it came from us."""
    victim = scene.victim.aor
    lines = [
        f"MESSAGE {victim} SIP/2.0",
        f"Via: SIP/2.0/{scene.transport} 127.0.0.1:{scene.here.port()};branch=z9hG4bK{SMUGGLED}",
        f"From: <sip:boss@{scene.office.domain}>;tag=1",
        f"To: <{victim}>",
        f"Call-ID: {SMUGGLED}",
        "CSeq: 1 MESSAGE",
        "Content-Length: 0",
    ]
    return "\r\n".join(lines) + "\r\n\r\n"


def send_and_look(scene: Scene, mallory: WirePhone, data: bytes) -> list[Request]:
    """Send something, and return the calls that the victim gets for it. It gets nothing else."""
    mallory.peer.send(data)
    taken_on = [answer for answer in heard(mallory) if isinstance(answer, Response) and answer.status == 100]
    calls = [scene.arrived() for _ in taken_on]
    assert scene.reached() == []
    assert SMUGGLED not in [call.get("call-id") for call in calls]
    return calls


def assert_said_once(call: Request) -> None:
    assert [call.names.count(name) for name in ("content-length", "from", "to", "call-id", "cseq")] == [1] * 5
    assert int(call.get("content-length")) == len(call.body)
    assert not any(line[0] in " \t" for line in call.lines)


@pytest.mark.parametrize(
    "length",
    [
        "Content-Length: 0",
        "Content-Length : 0",
        "Content-Length\t:\t0",
        "content-length:0",
        "CONTENT-LENGTH:\r\n 0",
        "l: 0",
        "L:0",
        "Content-Length: 00",
        "Content-Length: 3",
        "Content-Length: 0\r\nContent-Length: {size}",
        "Content-Length: {size}\r\nContent-Length: 0",
        "Content-Length: {size}\r\nl: 0",
        "Content-Length : 0\r\nl\t: {size}",
        "Content-Length: 0, {size}",
        "Content-Length: 0;{size}",
        "Content-Length: +0",
        "Content-Length: -1",
        "Content-Length: 0x0",
        "Content-Length: 0 {size}",
        "Content-Length: 0\r\n {size}",
        "Content-Length:",
        "Content-Length: \u0660",
        "X: y\nContent-Length: 0",
        "X: y\rContent-Length: 0",
        "Content-Length\x0b: 0",
        "Content Length: 0",
        "Subject: x\r\n Content-Length: {size}\r\nContent-Length: 0",
    ],
)
def test_a_request_in_the_body_of_another(scene: Scene, length: str) -> None:
    mallory = scene.mallory()
    body = hidden(scene)
    call = invite(mallory, scene.victim.aor, body=body).decode()
    bent = call.replace(f"Content-Length: {len(body)}", length.format(size=len(body)))
    assert bent != call
    for relayed in send_and_look(scene, mallory, bent.encode()):
        assert_said_once(relayed)


@pytest.mark.parametrize("padding", ["\r\n", "\r\n\r\n", "\0", " "])
def test_two_requests_in_one_piece(scene: Scene, padding: str) -> None:
    """Over a stream these are two, and each has to be good by itself; else the second is nothing."""
    mallory = scene.mallory()
    call = invite(mallory, scene.victim.aor).decode()
    for relayed in send_and_look(scene, mallory, (call + padding + hidden(scene)).encode()):
        assert_said_once(relayed)


TWICE = {
    "From": "From: <sip:boss@{domain}>;tag=2",
    "from, compact": "f: <sip:boss@{domain}>;tag=2",
    "From, spaced": "From : <sip:boss@{domain}>;tag=2",
    "To": "To: <sip:boss@{domain}>",
    "to, compact": "t: <sip:boss@{domain}>",
    "Call-ID": "Call-ID: other",
    "call-id, compact": "i: other",
    "CSeq": "CSeq: 2 INVITE",
    "Max-Forwards": "Max-Forwards: 70",
    "Content-Type": "Content-Type: application/sdp\r\nc: message/sip",
}


@pytest.mark.parametrize("line", TWICE.values(), ids=TWICE)
@pytest.mark.parametrize("first", [False, True], ids=["last", "first"])
def test_a_header_that_stands_twice(scene: Scene, line: str, first: bool) -> None:
    mallory = scene.mallory()
    line = line.format(domain=scene.office.domain)
    call = invite(mallory, scene.victim.aor).decode()
    place = "Via: " if first else "Content-Length: "
    answer = mallory.ask(call.replace(place, f"{line}\r\n{place}", 1).encode())
    assert answer.status == 400
    assert scene.reached() == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("From: ", "X-Mallory: y\nFrom: <sip:boss@{domain}>\r\nFrom: "),
        ("From: ", "X-Mallory: y\rFrom: <sip:boss@{domain}>\r\nFrom: "),
        ("From: <", "From: \n <"),
        ("From: <", "From\0: <"),
        ("From: <", "\tFrom: <"),
        ("From: ", "Fro m: "),
        ("From: ", "From"),
        ("CSeq: ", "CSeq: 1\n"),
        (" SIP/2.0\r\n", " SIP/2.0\r\n SIP/2.0\r\n"),
        (" SIP/2.0\r\n", "\tSIP/2.0\r\n"),
        (" SIP/2.0\r\n", " SIP/2.0 SIP/2.0\r\n"),
        ("Via: ", "Via: SIP/2.0/UDP\n 192.0.2.1\r\nVia: "),
    ],
)
def test_lines_that_are_none(scene: Scene, old: str, new: str) -> None:
    mallory = scene.mallory()
    call = invite(mallory, scene.victim.aor).decode()
    bent = call.replace(old, new.format(domain=scene.office.domain), 1)
    assert bent != call
    assert send_and_look(scene, mallory, bent.encode()) == []


@pytest.mark.parametrize(
    "fold",
    [
        ("From: ", "From:\r\n  "),
        ("From: ", "f\t :  \r\n\t"),
        ("Call-ID: ", "i:\r\n "),
        ("Via: ", "v :\r\n "),
        (";tag=", "\r\n ;\r\n tag\r\n =\r\n "),
    ],
    ids=["from", "from, compact", "call-id", "via", "tag"],
)
def test_folding_hides_nothing(scene: Scene, fold: tuple[str, str]) -> None:
    """A From of ours has to be proved, however it is written; another one goes on in one line."""
    mallory = scene.mallory()
    call = invite(mallory, scene.victim.aor).decode()
    bent = call.replace(*fold, 1)
    assert bent != call
    calls = send_and_look(scene, mallory, bent.encode())
    assert len(calls) == 1
    assert_said_once(calls[0])
    pretender = scene.mallory()
    pretender.aor = f"sip:{scene.victim.username}@{scene.office.domain}"
    bent = invite(pretender, scene.victim.aor).decode().replace(*fold, 1)
    pretender.peer.send(bent.encode())
    assert [answer.status for answer in heard(pretender) if isinstance(answer, Response)] == [407]


def test_vias_that_hide_behind_one_another(scene: Scene) -> None:
    """The answer goes back to the source of the request, for all that the Vias below say."""
    for extra in (
        "SIP/2.0/UDP {bystander};branch=z9hG4bKa, ",
        "SIP/2.0/UDP {bystander};branch=z9hG4bKb\r\nVia: ",
        "SIP/2.0/UDP {bystander};branch=z9hG4bKc\r\nv: ",
        'SIP/2.0/UDP {bystander};branch=z9hG4bKd;x="a, ',
    ):
        mallory = scene.mallory()
        request = mallory.request("OPTIONS", f"sip:{scene.office.domain}", "<sip:x@y.example>").decode()
        bent = request.replace("Via: ", f"Via: {extra.format(bystander=scene.bystander_host)}", 1)
        mallory.peer.send(bent.encode())
        assert len(heard(mallory)) == 1


@pytest.mark.parametrize("first", ["good", "bad"])
def test_two_authorizations(scene: Scene, first: str) -> None:
    """One has to be good. The first one for our realm counts, so no two readers differ."""
    uri = f"sip:{scene.office.domain}"
    challenge = scene.victim.ask(scene.victim.register_request()).get("www-authenticate")
    good = scene.credentials(challenge, "REGISTER", uri, scene.victim.username)
    bad = good.replace('response="', 'response="0')
    pair = [good, bad] if first == "good" else [bad, good]
    request = scene.victim.register_request(pair[0], f"Authorization: {pair[1]}", expires=3600)
    assert scene.victim.ask(request).status == (200 if first == "good" else 407)
    scene.stored = scene.address()


@pytest.mark.parametrize("name", ["username", "response", "nonce", "realm", "uri", "nc", "cnonce", "qop"])
def test_a_field_of_the_credentials_that_stands_twice(scene: Scene, name: str) -> None:
    thief = scene.phone(scene.victim.username)
    good = scene.victim.authorization()
    twice = thief.register_request(f'{good}, {name.upper()}="{secrets.token_hex(4)}"')
    assert thief.ask(twice).status == 400
