"""The services of a domain, out of its NAPTR records."""

from __future__ import annotations

import dns.name
import dns.rdata
import pytest
from dns.rdtypes.IN.NAPTR import NAPTR

from sip_edge.resolver.service import Service, guessed, offered

ALL = ("UDP", "TCP", "TLS")


def naptr(text: str) -> NAPTR:
    record = dns.rdata.from_text("IN", "NAPTR", text)
    assert isinstance(record, NAPTR)
    return record


def service(transport: str, name: str) -> Service:
    return Service(transport, dns.name.from_text(name))


def test_order_rules_over_preference() -> None:
    records = [
        naptr('20 10 "s" "SIP+D2U" "" u.example.'),
        naptr('10 90 "s" "SIP+D2T" "" t.example.'),
        naptr('10 50 "S" "sips+d2t" "" s.example.'),
    ]
    assert offered(records, ALL) == [
        service("TLS", "s.example"),
        service("TCP", "t.example"),
        service("UDP", "u.example"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        '10 50 "s" "SIP+D2S" "" sctp.example.',
        '10 50 "u" "SIP+D2U" "" u.example.',
        '10 50 "" "SIP+D2U" "" u.example.',
        '10 50 "s" "SIP+D2U" "!^.*$!sip:a@b!" .',
        '10 50 "s" "SIP+D2U" "" .',
        '10 50 "u" "E2U+sip" "!^.*$!sip:a@b!" .',
    ],
)
def test_other_records_are_skipped(text: str) -> None:
    assert offered([naptr(text)], ALL) == []


def test_a_transport_that_is_not_wanted_is_skipped() -> None:
    records = [naptr('1 1 "s" "SIP+D2U" "" u.example.'), naptr('2 2 "s" "SIPS+D2T" "" s.example.')]
    assert offered(records, ("TLS",)) == [service("TLS", "s.example")]


def test_few_services_are_enough() -> None:
    records = [naptr(f'{n} 1 "s" "SIP+D2U" "" u{n}.example.') for n in range(1, 100)]
    assert len(offered(records, ALL)) == 5
    assert len(offered([naptr(f'{n} 1 "s" "SIP+D2U" "" u.example.') for n in range(9)], ALL)) == 1


def test_without_records_there_is_one_service_for_each_transport() -> None:
    assert guessed(dns.name.from_text("example.com"), ALL) == [
        service("UDP", "_sip._udp.example.com"),
        service("TCP", "_sip._tcp.example.com"),
        service("TLS", "_sips._tcp.example.com"),
    ]


def test_a_domain_may_be_too_long_for_services() -> None:
    with pytest.raises(dns.name.NameTooLong):
        guessed(dns.name.from_text(".".join(["a" * 62] * 4)), ALL)
