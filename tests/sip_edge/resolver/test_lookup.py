"""The way from a URI to hops, against a nameserver."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
import uvloop

from tests.sip_edge.resolver.nameserver import Nameserver
from tests.sip_edge.resolver.rig import Located, hops, resolving, with_zone

FULL = """
@ NAPTR 20 50 "s" "SIP+D2U" "" _sip._udp
@ NAPTR 10 90 "s" "SIP+D2T" "" _sip._tcp
@ NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp
_sip._udp SRV 10 0 5060 one
_sip._udp SRV 20 0 5070 two
_sip._tcp SRV 10 0 5060 one
_sips._tcp SRV 10 0 5061 two
@ A 192.0.2.9
one A 192.0.2.1
two A 192.0.2.2
"""


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (
            "sip:example",
            ["TLS 192.0.2.2 5061", "TCP 192.0.2.1 5060", "UDP 192.0.2.1 5060", "UDP 192.0.2.2 5070"],
        ),
        ("sips:example", ["TLS 192.0.2.2 5061"]),
        ("sip:example;transport=udp", ["UDP 192.0.2.1 5060", "UDP 192.0.2.2 5070"]),
        ("sip:example;transport=tls", ["TLS 192.0.2.2 5061"]),
        ("sip:example:5080", ["UDP 192.0.2.9 5080"]),
        ("sip:example:5080;transport=tcp", ["TCP 192.0.2.9 5080"]),
        ("sips:example:5080", ["TLS 192.0.2.9 5080"]),
        ("sip:one.example", ["UDP 192.0.2.1 5060"]),
        ("sips:one.example", ["TLS 192.0.2.1 5061"]),
        ("sip:one.example;transport=tcp", ["TCP 192.0.2.1 5060"]),
        ("sip:other.invalid;maddr=one.example", ["UDP 192.0.2.1 5060"]),
        ("sip:nobody.example", []),
        ("sip:a..example", []),
        ("sip:" + ".".join(["a" * 60] * 5), []),
        ("sip:" + ".".join(["a" * 62] * 4), []),
        ("sip:" + "a" * 70 + ".example", []),
    ],
)
def test_what_a_uri_leads_to(uri: str, expected: list[str]) -> None:
    assert hops(FULL, uri) == expected


def test_without_naptr_each_transport_is_asked_for_in_our_order() -> None:
    zone = """
    _sips._tcp SRV 1 0 5061 one
    _sip._tcp SRV 1 0 5060 one
    _sip._udp SRV 1 0 5060 one
    one A 192.0.2.1
    """
    assert hops(zone, "sip:example") == ["UDP 192.0.2.1 5060", "TCP 192.0.2.1 5060", "TLS 192.0.2.1 5061"]


def test_naptr_for_other_transports_alone_is_like_none() -> None:
    zone = '@ NAPTR 1 1 "s" "SIP+D2S" "" _sip._sctp\n_sip._tcp SRV 1 0 5060 one\none A 192.0.2.1'
    assert hops(zone, "sip:example") == ["TCP 192.0.2.1 5060"]


def test_naptr_that_leads_to_no_srv_leaves_the_address() -> None:
    zone = '@ NAPTR 1 1 "s" "SIP+D2T" "" _sip._tcp\n@ A 192.0.2.9'
    assert hops(zone, "sip:example") == ["TCP 192.0.2.9 5060"]


def test_srv_that_says_no_is_taken_at_its_word() -> None:
    assert hops("_sip._udp SRV 0 0 0 .\n@ A 192.0.2.9", "sip:example") == []


def test_an_explicit_transport_spares_the_naptr_question_and_a_port_all_but_the_address() -> None:
    async def act(located: Located, nameserver: Nameserver) -> list[tuple[str, str]]:
        await located("sip:example;transport=udp")
        await located("sip:two.example:5060")
        return [(question.name, question.kind) for question in nameserver.asked]

    asked = with_zone(FULL, act)
    assert Counter(asked) == Counter(
        [("_sip._udp.example", "SRV")]
        + [(f"{name}.example", kind) for name in ("one", "two") for kind in ("A", "AAAA")]
    )


def test_both_families_are_found_and_take_turns() -> None:
    zone = """
    @ AAAA 2001:db8::1
    @ AAAA 2001:db8::2
    @ A 192.0.2.1
    @ A 192.0.2.2
    """
    found = hops(zone, "sip:example:5060")
    assert [":" in hop for hop in found] == [True, False, True, False]
    assert set(found) == {f"UDP {address} 5060" for address in ("2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2")}


def test_cnames_are_followed() -> None:
    zone = """
    sip CNAME edge
    edge CNAME host
    host A 192.0.2.1
    host AAAA 2001:db8::1
    _sip._udp SRV 1 0 5062 sip
    """
    expected = ["UDP 2001:db8::1 5062", "UDP 192.0.2.1 5062"]
    assert hops(zone, "sip:example") == expected
    assert hops(zone, "sip:sip.example:5062") == expected


def test_weights_share_the_load() -> None:
    zone = """
    _sip._udp SRV 1 75 5060 one
    _sip._udp SRV 1 25 5060 two
    one A 192.0.2.1
    two A 192.0.2.2
    """

    async def act(located: Located, _: Nameserver) -> Counter[str]:
        return Counter([(await located("sip:example;transport=udp"))[0].host for _ in range(800)])

    drawn = with_zone(zone, act)
    assert 0.70 < drawn["192.0.2.1"] / drawn.total() < 0.80


def test_numeric_hosts_need_no_nameserver() -> None:
    async def run() -> None:
        async with resolving() as located:
            assert await located.texts("sip:192.0.2.1") == ["UDP 192.0.2.1 5060"]
            assert await located.texts("sip:[2001:db8::1]:5070;transport=tcp") == ["TCP 2001:db8::1 5070"]
            assert await located.texts("sips:192.0.2.1") == ["TLS 192.0.2.1 5061"]
            assert await located.texts("sip:192.0.2.1;transport=ws") == []

    uvloop.run(run())


def test_a_transport_that_the_edge_lacks_is_never_used() -> None:
    async def run() -> list[str]:
        async with (
            Nameserver(FULL).serving() as nameserver,
            resolving(nameserver.address, transports=("UDP", "TCP")) as located,
        ):
            assert await located("sips:example") == []
            return await located.texts("sip:example")

    assert uvloop.run(run()) == ["TCP 192.0.2.1 5060", "UDP 192.0.2.1 5060", "UDP 192.0.2.2 5070"]


def test_truncated_answers_are_fetched_over_tcp() -> None:
    async def act(located: Located, nameserver: Nameserver) -> list[str]:
        nameserver.truncated.add("_sip._udp.example")
        found = await located.texts("sip:example;transport=udp")
        ways = [question.way for question in nameserver.asked if question.kind == "SRV"]
        assert ways == ["udp", "tcp"]
        return found

    assert with_zone(FULL, act) == ["UDP 192.0.2.1 5060", "UDP 192.0.2.2 5070"]


def test_a_mistake_of_ours_is_told_and_still_answered() -> None:
    async def run() -> list[str]:
        told: list[str] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(str(context["exception"])))

        def broken(_: str) -> bool:
            raise RuntimeError("broken")

        async with resolving(allowed=broken) as located:
            assert await located("sip:192.0.2.1") == []
        return told

    assert uvloop.run(run()) == ["broken"]
