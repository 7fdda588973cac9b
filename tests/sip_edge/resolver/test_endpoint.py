"""The order of endpoints by priority and weight (RFC 2782)."""

from __future__ import annotations

from collections import Counter
from random import Random

import dns.name
import dns.rdata
from dns.rdtypes.IN.SRV import SRV

from sip_edge.resolver.endpoint import Endpoint, default_endpoint, endpoints, in_order
from sip_edge.resolver.service import Service

UDP = Service("UDP", dns.name.from_text("_sip._udp.example"))
TCP = Service("TCP", dns.name.from_text("_sip._tcp.example"))
DRAWS = 5000


def srv(text: str) -> SRV:
    record = dns.rdata.from_text("IN", "SRV", text)
    assert isinstance(record, SRV)
    return record


def hosts(records: list[SRV]) -> list[str]:
    return [record.target.to_text(omit_final_dot=True) for record in records]


def shares(*texts: str) -> Counter[str]:
    """Returns the share of draws in which each host is first, in percent."""
    chance = Random(7)
    records = [srv(text) for text in texts]
    firsts = Counter(hosts(in_order(records, chance))[0] for _ in range(DRAWS))
    return Counter({host: round(100 * count / DRAWS) for host, count in firsts.items()})


def test_a_lower_priority_is_first_whatever_the_weight() -> None:
    records = [srv("20 65535 1 c."), srv("10 0 1 b."), srv("5 1 1 a.")]
    for seed in range(50):
        assert hosts(in_order(records, Random(seed))) == ["a", "b", "c"]


def test_the_weight_is_the_share() -> None:
    drawn = shares("10 60 1 a.", "10 30 1 b.", "10 10 1 c.")
    assert abs(drawn["a"] - 60) <= 3
    assert abs(drawn["b"] - 30) <= 3
    assert abs(drawn["c"] - 10) <= 3


def test_without_weights_all_are_drawn_alike() -> None:
    drawn = shares("10 0 1 a.", "10 0 1 b.", "10 0 1 c.")
    assert all(abs(drawn[host] - 33) <= 3 for host in "abc")


def test_weight_0_is_drawn_rarely_but_not_never() -> None:
    drawn = shares("10 0 1 a.", "10 9 1 b.")
    assert abs(drawn["a"] - 10) <= 3


def test_the_second_is_drawn_among_the_rest() -> None:
    chance = Random(3)
    records = [srv("10 100 1 a."), srv("10 75 1 b."), srv("10 25 1 c.")]
    seconds = Counter(order[1] for _ in range(DRAWS) if (order := hosts(in_order(records, chance)))[0] == "a")
    assert abs(seconds["b"] / seconds.total() - 0.75) < 0.04


def test_every_record_is_drawn_once() -> None:
    records = [srv(f"{n % 3} {n % 5} 1 h{n}.") for n in range(40)]
    assert sorted(hosts(in_order(records, Random(1)))) == sorted(hosts(records))


def test_services_come_one_after_the_other() -> None:
    found = endpoints([TCP, UDP], [[srv("2 0 5070 b."), srv("1 0 5060 a.")], [srv("1 0 5060 a.")]], Random(1))
    a, b = dns.name.from_text("a"), dns.name.from_text("b")
    assert found == [Endpoint("TCP", a, 5060), Endpoint("TCP", b, 5070), Endpoint("UDP", a, 5060)]


def test_no_host_and_no_port_are_no_endpoint() -> None:
    assert endpoints([UDP], [[srv("0 0 0 ."), srv("0 0 0 a.")]], Random(1)) == []


def test_endpoints_are_few_and_different() -> None:
    assert len(endpoints([UDP], [[srv(f"0 0 5060 h{n}.") for n in range(500)]], Random(1))) == 10
    assert len(endpoints([UDP], [[srv(f"0 {n} 5060 h.") for n in range(500)]], Random(1))) == 1


def test_the_default_is_udp_where_it_is_offered() -> None:
    host = dns.name.from_text("example")
    tls = Service("TLS", host)
    assert default_endpoint([TCP, UDP], host) == Endpoint("UDP", host, 5060)
    assert default_endpoint([TCP, tls], host) == Endpoint("TCP", host, 5060)
    assert default_endpoint([tls], host) == Endpoint("TLS", host, 5061)
