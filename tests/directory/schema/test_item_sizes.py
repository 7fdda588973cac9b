"""The write units that an address costs with the devices of docs/deploying.md: one for each KB begun."""

from __future__ import annotations

from typing import Final

import pytest

from directory.schema import items
from directory.schema.model import Address, Binding
from directory.schema.request import carrying_out

WRITE_UNIT_BYTES: Final = 1024
ORDINARY: Final = "sip:alice@203.0.113.255:65535;transport=tls"
FCM: Final = (
    f"{ORDINARY};pn-provider=fcm;pn-param=example-project;pn-prid={'f' * 22}:{'A' * 140};pn-silent=1;pn-timeout=0"
)
APNS: Final = (
    f"{ORDINARY};pn-provider=apns;pn-param=ABCD123456.com.example.phone.voip&remote"
    f";pn-prid={'a' * 64}:voip&{'b' * 64}:remote;pn-silent=1;pn-timeout=0;pn-msg-str=IM_MSG;pn-call-str=IC_MSG"
    ";pn-groupchat-str=GC_MSG;pn-call-snd=notes_of_the_optimistic.caf;pn-msg-snd=msg.caf"
)


@pytest.mark.parametrize(
    ("contact", "devices", "write_units"),
    [
        (ORDINARY, 1, 1),
        (ORDINARY, 10, 5),
        (FCM, 1, 1),
        (FCM, 2, 2),
        (FCM, 10, 8),
        (APNS, 1, 2),
        (APNS, 2, 2),
        (APNS, 10, 9),
    ],
)
def test_devices_cost_write_units(contact: str, devices: int, write_units: int) -> None:
    size = stored_bytes(contact, devices)
    assert -(-size // WRITE_UNIT_BYTES) == write_units, size


def stored_bytes(contact: str, devices: int) -> int:
    """The size of an address whose devices are asleep and have been asked to wake."""
    is_pushed = "pn-" in contact
    bindings = [
        Binding(
            contact=contact,
            call_id="Hn8e7nRbjD",
            cseq=1000 + device,
            flow="TLS/203.0.113.255:65535/0123456789",
            edge="10.100.100.100:5060/1700000000",
            source="203.0.113.255:65535",
            transport="TLS",
            registered=1_700_000_000,
            expires=1_702_678_400,
            user_agent="Linphone-iOS/5.2.4 (iPhone 15) LinphoneSDK/5.3.83",
            instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>",
            is_pushed=is_pushed,
            asleep_since=1_700_000_000 if is_pushed else 0,
            wake_by=1_700_000_000 if is_pushed else 0,
        )
        for device in range(devices)
    ]
    address = Address("alice@abc123-def456", "0" * 36, "0" * 32, devices, 1000, tuple(bindings), "0" * 16, 9999)
    with carrying_out("0" * 36):
        item = items.address_item(address)
    return sum(len(name) + len(next(iter(value.values())).encode()) for name, value in item.items())
