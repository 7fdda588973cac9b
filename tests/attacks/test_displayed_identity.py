"""Callers that would be one of ours, as real phones show them: not at all, or as strangers."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from tests.agents.phone import Phone
from tests.agents.settings import Kind
from tests.attacks.spellings import REFUSED, STRANGERS, spell
from tests.calls.office import Office
from tests.edge_process import EdgeProcess
from tests.service import Service
from tests.transport.peers import OPEN
from tests.transport.transports import TRANSPORTS, trusting
from tests.transport.wire_phone import WirePhone

PHONES: tuple[Kind, ...] = ("pjsua2", "baresip")
BOSS = "boss"
HONEST = "sip:honest@outside.example"
# A phone over UDP and a caller over WebSocket need no rtpengine for it.
OFFER = "\r\n".join(
    (
        *("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=audio 40000 RTP/AVP 0"),
        "",
    )
)


@pytest.fixture(scope="module")
def office(service: Service, edges: list[EdgeProcess]) -> Iterator[Office]:
    with Office(service, edges[0].port()) as office:
        office.extension(BOSS)
        yield office


@pytest.fixture(scope="module", params=PHONES)
def phone(office: Office, request: pytest.FixtureRequest) -> Phone:
    return office.registered(request.param)


@pytest.fixture(params=TRANSPORTS)
def stranger(office: Office, edges: list[EdgeProcess], request: pytest.FixtureRequest) -> Iterator[WirePhone]:
    peer = TRANSPORTS[request.param](edges[0], "127.0.0.1", trusting())
    yield WirePhone(office, "stranger", peer, request.param)
    while OPEN:
        OPEN.pop().close()


def invite(stranger: WirePhone, phone: Phone, sender: str) -> bytes:
    headers = ("Contact: <sip:stranger@192.0.2.1>", "Content-Type: application/sdp")
    call_id = secrets.token_hex(8)
    request = stranger.request("INVITE", phone.uri, f"<{phone.uri}>", *headers, body=OFFER, call_id=call_id)
    return request.replace(f"From: <{stranger.aor}>".encode(), f"From: {sender}".encode())


def shown(stranger: WirePhone, phone: Phone, sender: str) -> str:
    """The caller that the phone shows of its next call. That call has this From."""
    request = invite(stranger, phone, sender)
    stranger.peer.send(request)
    call = phone.wait_incoming()
    call.reject()
    assert stranger.final_response().status == 486
    stranger.peer.send(request.replace(b"INVITE", b"ACK"))
    return call.caller


def test_a_phone_shows_no_caller_that_would_be_one_of_ours(office: Office, phone: Phone, stranger: WirePhone) -> None:
    for name, spelling in REFUSED.items():
        sender = spell(spelling, BOSS, office.domain, office.service.base)
        assert stranger.ask(invite(stranger, phone, sender)).status in (400, 403, 407), name
    assert shown(stranger, phone, f"<{HONEST}>") == HONEST


def test_a_phone_shows_a_stranger_as_one(office: Office, phone: Phone, stranger: WirePhone) -> None:
    for name, spelling in STRANGERS.items():
        caller = shown(stranger, phone, spell(spelling, BOSS, office.domain, office.service.base))
        assert not caller.lower().endswith(office.domain), name
