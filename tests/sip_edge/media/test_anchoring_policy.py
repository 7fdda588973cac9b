"""Ends that could not hear each other are anchored."""

from __future__ import annotations

import pytest

from sip_edge.media import anchoring_policy
from sip_edge.message.message import Request
from tests.sip_edge.rig import FakeFlow


def invite(body: str) -> Request:
    return Request("INVITE sip:x@y SIP/2.0", [], [], body.encode(), "INVITE", "sip:x@y")


def offer(address: str) -> Request:
    version = 6 if ":" in address else 4
    return invite(f"v=0\r\nc=IN IP{version} {address}\r\nm=audio 4000 RTP/AVP 0\r\n")


@pytest.mark.parametrize(
    ("address", "source", "expected"),
    [
        ("192.168.1.2", "198.51.100.11", True),
        ("100.64.3.4", "198.51.100.11", True),
        ("0.0.0.0", "198.51.100.11", True),
        ("fe80::1", "2001:db8::1", True),
        ("198.51.100.11", "198.51.100.11", False),
        ("198.51.100.99", "198.51.100.11", False),  # it has asked a STUN server, or sends media from another host
        ("10.0.0.5", "10.0.0.5", False),
        ("10.0.0.5", "10.0.0.6", True),
        ("127.0.0.1", "127.0.0.1", False),
        ("2001:db8::1", "2001:db8::1", False),
        ("media.example", "198.51.100.11", False),
    ],
)
def test_a_caller_behind_a_nat(address: str, source: str, expected: bool) -> None:
    assert anchoring_policy.caller_is_behind_nat(offer(address), FakeFlow(source)) is expected


def test_without_an_offer_nothing_is_known_of_a_caller() -> None:
    assert not anchoring_policy.caller_is_behind_nat(invite(""), FakeFlow())


@pytest.mark.parametrize(
    ("contact", "source", "expected"),
    [
        ("sip:x@192.168.1.2:5060", "198.51.100.11", True),
        ("sip:x@198.51.100.11:40312", "198.51.100.11", True),  # it may have copied that
        ("sip:x@10.0.0.5", "10.0.0.5", False),
        ("sip:x@192.168.1.2", "10.0.0.5", True),
        ("sip:x@phone.lan", "10.0.0.5", False),
        ("tel:123", "10.0.0.5", False),
        ("sip:x@[2001:db8::1]:5060", "2001:db8::1", False),
        ("sip:x@[fe80::1]:5060", "2001:db8::1", True),
    ],
)
def test_a_device_that_may_be_behind_a_nat(contact: str, source: str, expected: bool) -> None:
    assert anchoring_policy.device_may_be_behind_nat(contact, FakeFlow(source)) is expected


def test_families() -> None:
    four, six = FakeFlow("198.51.100.7"), FakeFlow("2001:db8::7")
    for caller in (four, six):
        assert anchoring_policy.families_differ(offer("198.51.100.7"), caller, six)
        assert anchoring_policy.families_differ(offer("2001:db8::1"), caller, four)
        assert not anchoring_policy.families_differ(offer("198.51.100.1"), caller, four)
        assert not anchoring_policy.families_differ(offer("2001:db8::1"), caller, six)
    assert (anchoring_policy.family(four), anchoring_policy.family(six)) == ("IP4", "IP6")


@pytest.mark.parametrize("body", ["", "v=0\r\nc=IN IP4 media.example\r\nm=audio 4000 RTP/AVP 0\r\n"])
def test_without_an_address_in_the_offer_the_callers_flow_tells_its_family(body: str) -> None:
    four, six = FakeFlow("198.51.100.7"), FakeFlow("2001:db8::7")
    assert anchoring_policy.families_differ(invite(body), four, six)
    assert anchoring_policy.families_differ(invite(body), six, four)
    assert not anchoring_policy.families_differ(invite(body), four, four)
    assert not anchoring_policy.families_differ(invite(body), six, six)
    assert not anchoring_policy.families_differ(invite(body), four, FakeFlow("localhost"))
