"""The cache of DNS answers."""

from __future__ import annotations

from sip_edge.resolver.dns_cache import DnsCache


def test_a_value_is_kept_until_it_expires() -> None:
    memory: DnsCache[str, int] = DnsCache(10)
    memory.put("a", 1, 100.0)
    assert memory.get("a", 99.9) == 1
    assert memory.get("a", 100.0) is None
    assert len(memory) == 0


def test_what_expires_at_once_is_not_found() -> None:
    memory: DnsCache[str, int] = DnsCache(10)
    memory.put("a", 1, 50.0)
    assert memory.get("a", 50.0) is None


def test_the_one_not_asked_for_longest_gives_way() -> None:
    memory: DnsCache[str, int] = DnsCache(2)
    memory.put("a", 1, 100.0)
    memory.put("b", 2, 100.0)
    assert memory.get("a", 0.0) == 1
    memory.put("c", 3, 100.0)
    assert memory.get("b", 0.0) is None
    assert memory.get("a", 0.0) == 1
    assert memory.get("c", 0.0) == 3


def test_a_new_value_takes_the_place_of_the_old() -> None:
    memory: DnsCache[str, int] = DnsCache(2)
    memory.put("a", 1, 10.0)
    memory.put("a", 2, 20.0)
    assert memory.get("a", 15.0) == 2
    assert len(memory) == 1
