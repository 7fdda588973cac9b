"""Device addresses: the binding that a device has now, by the key that a token seals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from directory.schema.model import Address, Binding
from sip_edge.location.domains import Domains
from sip_edge.message import uri as uris
from sip_edge.proxy.dialog.device_address import PARAMETER, current_binding, device_address

NOW = 1_700_000_000.0
AOR = "bob@abc123-def456"
DOMAINS = Domains("voip.example")


def bound(flow: str, call_id: str, instance: str = "", reg_id: str = "", expires: int = 60) -> Binding:
    return Binding(
        "sip:b@10.0.0.5", call_id, 1, flow, "e", "198.51.100.7:5060", "UDP", int(NOW), int(NOW) + expires,
        instance=instance, reg_id=reg_id,
    )  # fmt: skip


def found(before: Binding | None, *bindings: Binding, max_devices: int = 3) -> str | None:
    owner = Address(AOR, "id", "ha1", max_devices, 1, bindings)
    key = uris.parse(device_address(DOMAINS, AOR, before)).parameter(PARAMETER)
    binding = current_binding(owner, key, NOW)
    return binding.flow if binding else None


ONE = bound("one", "call-1", "<urn:uuid:1>", "1")
PLAIN = bound("one", "call-1")


@pytest.mark.parametrize(
    ("before", "bindings", "flow"),
    [
        (ONE, [bound("two", "call-2", "<urn:uuid:1>", "1")], "two"),
        (ONE, [bound("two", "call-1", "<urn:uuid:1>", "2"), bound("three", "call-1", "<urn:uuid:1>", "1")], "three"),
        (ONE, [bound("three", "call-1", "<urn:uuid:1>", "1"), bound("two", "call-1", "<urn:uuid:1>", "2")], "three"),
        (ONE, [bound("two", "call-1", "<urn:uuid:1>", "2")], "two"),
        (ONE, [bound("two", "call-1", "<urn:uuid:2>", "1")], None),
        (ONE, [bound("two", "call-1", "<urn:uuid:1>", "1", expires=0)], None),
        (PLAIN, [bound("two", "call-1")], "two"),
        (PLAIN, [bound("two", "call-1"), bound("three", "call-1"), bound("four", "call-2")], "three"),
        (PLAIN, [bound("two", "call-2")], None),
        (None, [bound("two", "call-2")], None),
        (PLAIN, [], None),
    ],
)
def test_by_instance_and_reg_id_or_else_by_call_id(
    before: Binding | None, bindings: list[Binding], flow: str | None
) -> None:
    assert found(before, *bindings) == flow


@pytest.mark.parametrize("before", [ONE, PLAIN, None])
def test_the_only_device_is_known_by_whatever_name(before: Binding | None) -> None:
    assert found(before, bound("two", "call-9", "<urn:uuid:9>"), max_devices=1) == "two"
    assert found(before, max_devices=1) is None


def test_the_key_is_short_and_tells_nothing() -> None:
    address = device_address(DOMAINS, AOR, replace(ONE, instance="<urn:uuid:00000000-0000-1000-8000-0123456789ab>"))
    assert len(address) < 80
    assert "urn" not in address
