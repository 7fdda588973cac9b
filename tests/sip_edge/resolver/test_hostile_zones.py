"""Zones that mean harm."""

from __future__ import annotations

import pytest
import uvloop

from sip_edge.resolver import resolver
from sip_edge.resolver.public import is_public
from tests.sip_edge.resolver.nameserver import Nameserver
from tests.sip_edge.resolver.rig import Located, hops, resolving, with_zone


def public_hops(zone: str, *uris: str) -> list[str]:
    """The hops of an edge that goes to public addresses alone."""

    async def run() -> list[str]:
        async with (
            Nameserver(zone).serving() as nameserver,
            resolving(nameserver.address, allowed=is_public) as located,
        ):
            return [hop for uri in uris for hop in await located.texts(uri)]

    return uvloop.run(run())


def test_inner_addresses_are_left_out() -> None:
    zone = """
    @ A 127.0.0.1
    @ A 10.0.0.1
    @ A 169.254.169.254
    @ A 224.0.1.75
    @ A 8.8.8.8
    @ AAAA ::1
    @ AAAA ::ffff:10.0.0.1
    @ AAAA fd00::1
    """
    assert public_hops(zone, "sip:example:5060") == ["UDP 8.8.8.8 5060"]


def test_inner_addresses_in_the_uri_are_left_out() -> None:
    uris = ("sip:127.0.0.1", "sip:[::1]", "sip:[::ffff:127.0.0.1]", "sip:example.com;maddr=10.0.0.1", "sip:10.0.0.1:53")
    assert public_hops("", *uris) == []


def test_an_ipv4_address_in_disguise_is_tried_as_what_it_is() -> None:
    assert public_hops("@ AAAA ::ffff:8.8.8.8\n@ A 8.8.8.8", "sip:example:5060") == ["UDP 8.8.8.8 5060"]


def test_refused_addresses_take_no_room() -> None:
    inner = "\n".join(f"@ A 10.0.0.{n}" for n in range(1, 30))
    assert public_hops(f"{inner}\n@ A 8.8.8.8", "sip:example:5060") == ["UDP 8.8.8.8 5060"]


def test_hundreds_of_records_cost_few_questions_and_make_few_hops() -> None:
    zone = "\n".join(
        [f'@ NAPTR {n} 1 "s" "SIP+D2U" "" s{n}' for n in range(15)]
        + [f"s{n} SRV 1 1 {5060 + m} h{m}" for n in range(15) for m in range(30)]
        + [f"h{m} A 192.0.2.{n}" for m in range(30) for n in range(1, 30)]
    )

    async def act(located: Located, nameserver: Nameserver) -> None:
        found = await located("sip:example")
        assert len(found) == 10
        assert len(nameserver.asked) <= 1 + 5 + 2 * 10

    with_zone(zone, act)


def test_one_host_leaves_room_for_the_next() -> None:
    zone = "\n".join(
        ["_sip._udp SRV 1 0 5060 many", "_sip._udp SRV 2 0 5060 one", "one A 192.0.2.200"]
        + [f"many A 192.0.2.{n}" for n in range(1, 30)]
    )
    found = hops(zone, "sip:example;transport=udp")
    assert len(found) == 5
    assert found[-1] == "UDP 192.0.2.200 5060"


def test_an_answer_of_many_kilobytes_is_refused() -> None:
    zone = "\n".join(f"@ A 10.{n >> 8}.{n & 255}.1" for n in range(4000))

    async def act(located: Located, nameserver: Nameserver) -> None:
        nameserver.truncated.add("example")
        assert await located("sip:example:5060") == []
        assert {question.way for question in nameserver.asked} == {"udp", "tcp"}

    with_zone(zone, act)


@pytest.mark.parametrize(
    "zone",
    [
        "@ CNAME other\nother CNAME @",
        "host CNAME host",
        "\n".join(f"c{n} CNAME c{n + 1}" for n in range(30)),
    ],
)
def test_cname_loops_lead_nowhere(zone: str) -> None:
    for name in ("loop.example", "host.example", "c0.example"):
        assert hops(zone.replace("@", "loop"), f"sip:{name}:5060") == []


def test_too_many_look_ups_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "_MOST_UNDER_WAY", 0)
    assert hops("@ A 192.0.2.1", "sip:example:5060") == []
