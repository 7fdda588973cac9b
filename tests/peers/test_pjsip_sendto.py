"""pjsip's sendto scripts (tests/pjsua/scripts-sendto), each against pjsua2 itself and through the edge.

Any difference between the two is a fault of the edge, unless a test says why it is right.
"""

from __future__ import annotations

import pytest

from tests.peers.conftest import Desk, Desks
from tests.peers.description import AUDIO, crlf
from tests.peers.offers import OFFERS, Offer
from tests.peers.offers_with_features import SECURED, TIMERS
from tests.peers.origin import of
from tests.peers.wire_call import WireCall

origin = of("pjsip")

OTHER_CONTACTS = ("Contact: mailto:user@example.com", "Contact: <mailto:user@example.com>")
ILLEGAL_CONTACT = "Contact: http://www.example.com/a%20path.cgi?name=value"
"""A question mark needs angle brackets (§20.10). PJSIP doesn't ask for them; the edge may."""

SUBSCRIPTION = ("Expires: 600", "Accept: application/pidf+xml")
ASTERISK = crlf(
    "v=0\no=root 4236 4236 IN IP4 127.0.0.1\ns=session\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=audio 14390 RTP/AVP 0 3 8 101\na=rtpmap:101 telephone-event/8000\na=silenceSupp:off - - - -\na=ptime:20\n"
)


@pytest.fixture
def desk(desks: Desks) -> Desk:
    """A phone without particular features."""
    return desks[()]


def call(caller: WireCall, *headers: str, body: bytes = AUDIO) -> list[str]:
    """Make an offer, hang up if it is answered, and return all that came."""
    final = caller.invite(*headers, body=body)
    if final.status < 300:
        caller.finish()
    return caller.seen


def status(seen: list[str]) -> int:
    """The status of the first final response."""
    return next(code for message in seen if (code := int(message.split()[1])) >= 200)


@pytest.mark.parametrize("offer", (*OFFERS, *TIMERS, *SECURED), ids=lambda offer: offer.origin)
@origin()
def test_an_offer(desks: Desks, offer: Offer) -> None:
    desk = desks[offer.features]
    direct = call(desk.direct(), *offer.headers, body=crlf(offer.body))
    assert status(direct) == offer.status
    final = next(message for message in direct if message.startswith(f"SIP/2.0 {offer.status}"))
    at = 0
    for line in offer.answered:
        at = final.index(f"\n{line}", at) + 1
    assert call(desk.relayed(), *offer.headers, body=crlf(offer.body)) == direct


@origin("110_tel_uri")
def test_a_number_is_no_address_here(desk: Desk) -> None:
    caller = desk.relayed()
    caller.target = "tel:+2065551212"
    assert caller.invite().status == 416  # §8.2.2.1: nothing behind this edge has numbers


@origin("110_tel_uri")
def test_a_caller_that_is_a_number(desk: Desk) -> None:
    calls = desk.direct(), desk.relayed()
    for caller in calls:
        caller.sender = "<tel:12345>"
        call(caller, "Contact: <tel:+1234;ext=1>", f"Contact: <sip:tester@{caller.endpoint.address}>", "Min-SE: 86400")
    assert status(calls[0].seen) == 200
    assert calls[1].seen == calls[0].seen


@origin("159_no_rport")
def test_an_invite_without_rport(desk: Desk) -> None:
    calls = desk.direct(), desk.relayed()
    for caller in calls:
        caller.via = f"SIP/2.0/UDP {caller.endpoint.address}"
        call(caller)
    assert status(calls[0].seen) == 200
    assert calls[1].seen == calls[0].seen


@origin("159_no_rport_nit")
def test_a_message_without_rport_from_a_host_with_a_name(desk: Desk) -> None:
    calls = desk.direct(), desk.colleague()
    for caller in calls:
        caller.via = f"SIP/2.0/UDP localhost:{caller.endpoint.source[1]}"
        caller.ask("MESSAGE", "Content-Type: text/plain", body=b"Hello world")
    assert [status(caller.seen) for caller in calls] == [200, 200]


@pytest.mark.parametrize("others", [OTHER_CONTACTS, (*OTHER_CONTACTS, ILLEGAL_CONTACT)], ids=["legal", "illegal"])
@pytest.mark.parametrize("first", [True, False], ids=["360_non_sip_uri", "362_non_sip_uri"])
@origin("360_non_sip_uri", "362_non_sip_uri")
def test_contacts_of_other_schemes_beside_one(desk: Desk, others: tuple[str, ...], first: bool) -> None:
    calls = desk.direct(), desk.relayed()
    for caller in calls:
        own = f"Contact: <sip:tester@{caller.endpoint.address}>"
        call(caller, *((own, *others) if first else (*others, own)))
    assert status(calls[0].seen) == 200
    assert calls[1].seen == calls[0].seen or (ILLEGAL_CONTACT in others and status(calls[1].seen) == 400)


@pytest.mark.parametrize("others", [OTHER_CONTACTS, (*OTHER_CONTACTS, ILLEGAL_CONTACT)], ids=["legal", "illegal"])
@origin("361_non_sip_uri")
def test_contacts_of_other_schemes_alone(desk: Desk, others: tuple[str, ...]) -> None:
    direct = call(desk.direct(), *others)
    assert status(direct) >= 400
    assert status(call(desk.relayed(), *others)) in (400, status(direct))


@pytest.mark.parametrize("first", [True, False], ids=["363_non_sip_uri_subscribe", "364_non_sip_uri_subscribe"])
@origin("363_non_sip_uri_subscribe", "364_non_sip_uri_subscribe")
def test_a_subscription_with_contacts_of_other_schemes(desk: Desk, first: bool) -> None:
    calls = desk.direct(), desk.colleague()
    for caller in calls:
        own = f"Contact: <sip:tester@{caller.endpoint.address}>"
        contacts = (own, *OTHER_CONTACTS) if first else (*OTHER_CONTACTS, own)
        caller.ask("SUBSCRIBE", *contacts, "Event: presence", *SUBSCRIPTION)
    assert [status(caller.seen) for caller in calls] == [200, 200]


@origin("500_pres_subscribe_with_bad_event")
def test_a_subscription_to_an_unknown_event(desk: Desk) -> None:
    calls = desk.direct(), desk.colleague()
    for caller in calls:
        caller.ask("SUBSCRIBE", "Event:  message-summary", "Expires: 60")
    assert [status(caller.seen) for caller in calls] == [489, 489]


@origin("999_asterisk_err")
def test_two_invites_of_an_old_asterisk(desk: Desk) -> None:
    headers = ("User-Agent: Asterisk PBX", "Date: Fri, 27 Jun 2008 08:46:47 GMT", "Supported: replaces")
    for _ in range(2):
        direct = call(desk.direct(), *headers, body=ASTERISK)
        assert status(direct) == 200
        assert call(desk.relayed(), *headers, body=ASTERISK) == direct


@origin("999_message_no_body")
def test_a_body_that_is_missing(desk: Desk) -> None:
    seen = desk.relayed().ask("MESSAGE", "Content-Type: text/plain", "Content-Length: 50")
    assert status(seen) == 400  # §18.3; the phone itself is lenient
