"""Addresses of hosts."""

from __future__ import annotations

import pytest

from sip_edge.resolver.address import alternating, numeric


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[::ffff:10.0.0.1]", "10.0.0.1"),
        ("[192.0.2.1]", "192.0.2.1"),
        ("host.example", ""),
        ("127.1", ""),
        ("2130706433", ""),
        ("0x7f000001", ""),
        ("", ""),
    ],
)
def test_an_address_is_told_from_a_name(host: str, address: str) -> None:
    assert numeric(host) == address


def test_ipv6_is_first_and_the_families_take_turns() -> None:
    assert alternating(["6a", "6b", "6c"], ["4a"]) == ["6a", "4a", "6b", "6c"]
    assert alternating([], ["4a", "4b"]) == ["4a", "4b"]
    assert alternating([], []) == []
