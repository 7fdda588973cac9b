"""Device addresses: URIs of our own that lead a dialog to one device of an extension wherever it registers.

A route token seals them, so no peer sees or makes one. They outlive flows, edges and the Call-ID of a registration.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import blake2s
from typing import Final

from directory.schema.model import Address, Binding
from sip_edge.location.domains import Domains
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Message, Request
from sip_edge.message.values import address, first_value
from sip_edge.registrar.push_support import target_of
from sip_edge.transport.flow import Flow

PARAMETER: Final = "device"
PUSHED: Final = ";pushed"
"""Marks a device that wants to be pushed for the requests of its dialog (RFC 8599 section 6)."""
_HASH_BYTES: Final = 6  # an extension has few devices, and all of them are its own


def device_address(domains: Domains, aor: str, binding: Binding | None) -> str:
    """The address of the device that a binding belongs to.

    Without a binding, it is that of the only device of `aor`.
    """
    return f"{domains.address(aor)};{PARAMETER}={_key(binding) if binding else ''}"


def callers_device(domains: Domains, caller: Address, invite: Request, flow: Flow, now: float) -> str:
    """The address of the device that sent a request over a flow as that caller.

    Its binding has that flow. A device that registers over one flow and calls over another has the same Contact.
    """
    live = caller.live_bindings(now)
    found = [b for b in live if b.flow == flow.name] or [b for b in live if b.contact == _contact(invite)]
    return dialog_address(device_address(domains, caller.aor, found[-1] if found else None), invite)


def dialog_address(device: str, message: Message) -> str:
    """The address of a device in a dialog that it makes or answers with a message.

    A PURR in its Contact asks for pushes (RFC 8599 section 6.1.1). It needs no look-up: the address has the device.
    """
    if not device or PUSHED in device or "contact" not in message.names:
        return device
    field = message.get("contact")
    if "%" not in field and "purr" not in field.lower():
        return device
    return device + PUSHED if _has_purr(_contact(message)) else device


def current_binding(owner: Address, key: str, now: float) -> Binding | None:
    """The binding that a device has at `now`, by the key in its address; None when it has none.

    A device with an instance keeps that, and may have several flows (RFC 5626 §4.2). The flow of the same reg-id comes
    first. A device without an instance keeps its push token, or its Call-ID. The only device that an extension may have
    is known in any case.
    """
    live = owner.live_bindings(now)
    device = [b for b in live if key and _key(b).partition(".")[0] == key.partition(".")[0]]
    return _last([b for b in device if _key(b) == key] or device or (live if owner.max_devices == 1 else ()))


def _last(bindings: Sequence[Binding]) -> Binding | None:
    """The binding that was registered last: they are stored in that order."""
    return bindings[-1] if bindings else None


def _key(binding: Binding) -> str:
    """The key of a device, and behind a dot that of its flow."""
    if binding.instance:
        return f"{_hash('i' + binding.instance)}.{_hash(binding.reg_id)}"
    target = target_of(binding) if binding.is_pushed else None
    if target:  # an app that was woken has begun anew, with another Call-ID
        return _hash("p" + "\0".join((target.service, target.app, target.voip_token, target.remote_token)))
    return _hash("c" + binding.call_id)


def _hash(text: str) -> str:
    digest = blake2s(text.encode("utf-8", "surrogateescape"), digest_size=_HASH_BYTES).digest()
    return urlsafe_b64encode(digest).decode()


def _has_purr(contact: str) -> bool:
    try:
        return bool(uris.parse(contact).parameter("pn-purr"))
    except MalformedError:
        return False


def _contact(message: Message) -> str:
    """The URI in the Contact, "" when it can't be read."""
    try:
        return uris.without_headers(address(first_value(message.get("contact"))[0])[0])
    except MalformedError:
        return ""
