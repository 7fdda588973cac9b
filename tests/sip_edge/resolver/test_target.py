"""The target of a URI (RFC 3263 §4)."""

from __future__ import annotations

import pytest

from sip_edge.message.uri import parse
from sip_edge.resolver.target import Target, target_of

ALL = ("UDP", "TCP", "TLS")


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("sip:example.com", Target("example.com", False, 0, ALL, True)),
        ("sip:alice@Example.COM.", Target("example.com", False, 0, ALL, True)),
        ("sips:example.com", Target("example.com", False, 0, ("TLS",), True)),
        ("sip:example.com:5080", Target("example.com", False, 5080, ("UDP",), False)),
        ("sips:example.com:5080", Target("example.com", False, 5080, ("TLS",), False)),
        ("sip:example.com;transport=tcp", Target("example.com", False, 0, ("TCP",), False)),
        ("sip:example.com;transport=TLS", Target("example.com", False, 0, ("TLS",), False)),
        ("sips:example.com;transport=tcp", Target("example.com", False, 0, ("TLS",), False)),
        ("sip:192.0.2.1", Target("192.0.2.1", True, 0, ("UDP",), False)),
        ("sips:192.0.2.1", Target("192.0.2.1", True, 0, ("TLS",), False)),
        ("sip:192.0.2.1:5070;transport=tcp", Target("192.0.2.1", True, 5070, ("TCP",), False)),
        ("sip:[2001:db8::1]", Target("2001:db8::1", True, 0, ("UDP",), False)),
        ("sip:example.com;maddr=192.0.2.9", Target("192.0.2.9", True, 0, ("UDP",), False)),
        ("sip:example.com;maddr=[2001:db8::9]", Target("2001:db8::9", True, 0, ("UDP",), False)),
        ("sip:example.com;maddr=Other.example", Target("other.example", False, 0, ALL, True)),
    ],
)
def test_what_a_uri_says(uri: str, target: Target) -> None:
    assert target_of(parse(uri), ALL) == target


@pytest.mark.parametrize(
    "uri",
    [
        "sips:example.com;transport=udp",
        "sip:example.com;transport=sctp",
        "sip:example.com;transport=ws",
        "sip:example.com;maddr=a/b",
        "sip:example.com;maddr=a\\046b",
    ],
)
def test_what_leads_nowhere(uri: str) -> None:
    assert target_of(parse(uri), ALL) is None


def test_a_transport_that_the_edge_lacks_leads_nowhere() -> None:
    assert target_of(parse("sip:example.com;transport=tls"), ("UDP", "TCP")) is None
    assert target_of(parse("sips:example.com"), ("UDP", "TCP")) is None
    assert target_of(parse("sip:192.0.2.1"), ("TCP",)) is None


def test_the_choice_is_among_what_the_edge_has() -> None:
    target = target_of(parse("sip:example.com"), ("TCP", "UDP"))
    assert target
    assert target.transports == ("TCP", "UDP")
