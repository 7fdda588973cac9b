"""The rule by which a REGISTER changes an address, as one pure function.

Bindings belong to devices (RFC 5626 §6, RFC 3261 §10.3). A device that names an instance has the bindings of that
instance. Without an instance it has those of its Call-ID, and those that came over its own flow. A flow that a proxy
shares among devices tells nothing. A binding that leads to the same Contact over it is the same one, though.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from directory.schema.model import Address, Binding, Device, device_of
from directory.schema.reasons import Reason
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.registrar.push_support import feature_caps, target_of
from sip_edge.registrar.register_request import (
    LEAST_EXPIRES,
    LEAST_PUSHED_EXPIRES,
    ContactRequest,
    RegisterRequest,
)


@dataclass(frozen=True, slots=True)
class Occupied:
    """All places are taken, by the devices of these bindings."""

    bindings: tuple[Binding, ...]


def bindings_after(
    address: Address, register: RegisterRequest, nonce: str, now: float, unreachable: frozenset[Device]
) -> tuple[Binding, ...] | Occupied:
    """Returns the bindings that `address` has after a REGISTER, in the order of registration.

    A device has the Contacts of its last REGISTER, and an address has at most `max_devices` devices. `Contact: *`
    removes the bindings of all devices (RFC 3261 §10.2.2). `nonce` is the issue stamp of the credentials' nonce.
    `unreachable` names devices (by `device_of`) that have lost their place because they no longer answer.

    Raises RejectError with 555 for a push service that can't be used, and with 423 for too short an expiry. The status
    is 500 when a later REGISTER of the same Call-ID has come first (§10.3 step 7). It is 403 for more devices in one
    REGISTER than there may be.
    """
    _check_push(register)
    live = [b for b in address.live_bindings(now) if device_of(b) not in unreachable]
    # A phone that has restarted counts from 1 again, and asks for a nonce of its own.
    if nonce == address.nonce and any(_is_later(b, register) for b in live):
        raise RejectError("500 Server Internal Error - an older REGISTER", reason=Reason.OLDER_REGISTER)
    if register.removes_all:
        return ()
    others, added = live, list[Binding]()
    for contact in register.contacts:
        own = [b for b in live if _is_own(b, contact, register)]
        if contact.expires:
            added.append(_binding(contact, register, own, now))
        else:
            kept = [b for b in own if _has_other_token(b, contact)]
            own = [b for b in own if _is_same_contact(b, contact)] or [b for b in own if b not in kept]
        others = [b for b in others if b not in own]
    if _has_room(address, others, added, live):
        return (*others, *added)
    # A device that restarts under another name has the same flow: its former name can't be asked over it.
    staying = [b for b in others if register.is_forwarded or b.flow != register.flow]
    if _has_room(address, staying, added, live):
        return (*staying, *added)
    if not staying:
        raise too_many_devices(address.max_devices)
    return Occupied(tuple(staying))


def _check_push(register: RegisterRequest) -> None:
    """Raises RejectError with 555 for a push service that can't be used, with 423 for too short an expiry.

    An expiry has to leave time for a push before its end (RFC 8599 §5.3.1).
    """
    if register.is_push_unsupported:
        refusal = "555 Push Notification Service Not Supported"
        raise RejectError(refusal, *feature_caps(register), reason=Reason.PUSH_SERVICE_UNSUPPORTED)
    for contact in register.contacts:
        least = LEAST_PUSHED_EXPIRES if contact.is_pushed else LEAST_EXPIRES
        if 0 < contact.expires < least:
            raise RejectError("423 Interval Too Brief", f"Min-Expires: {least}", reason=Reason.EXPIRY_TOO_SHORT)


def device_asleep(retry_after_s: int) -> RejectError:
    """Returns the refusal of a device whose place is taken by one that sleeps and has been pushed."""
    return RejectError("403 Forbidden", f"Retry-After: {retry_after_s}", reason=Reason.DEVICE_ASLEEP)


def sleepers(bindings: tuple[Binding, ...], silent: frozenset[Device], now: float) -> frozenset[Device]:
    """Returns the silent devices that may still wake: they are pushed, and have until `wake_by` to register."""
    return frozenset(
        [device_of(b) for b in bindings if b.is_pushed and device_of(b) in silent and not 0 < b.wake_by <= now]
    )


def too_many_devices(limit: int) -> RejectError:
    """Returns the refusal of one device more than an extension may have."""
    devices = "one device" if limit == 1 else f"{limit} devices"
    warning = f'Warning: 399 registrar "Only {devices} per extension"'
    return RejectError("403 Forbidden", warning, reason=Reason.SECOND_DEVICE)


def _is_later(binding: Binding, register: RegisterRequest) -> bool:
    """Returns whether a binding was made by a REGISTER that its device sent after this one."""
    if binding.call_id != register.call_id or binding.cseq < register.cseq:
        return False
    return register.removes_all or any(_is_own(binding, contact, register) for contact in register.contacts)


def _is_own(binding: Binding, contact: ContactRequest, register: RegisterRequest) -> bool:
    """Returns whether a binding is of the device that a Contact is of, and of the same flow of it."""
    if binding.instance and contact.instance:
        is_same_flow = binding.reg_id == contact.reg_id or not (binding.reg_id and contact.reg_id)
        if binding.instance == contact.instance:
            return is_same_flow
        return _has_same_token(binding, contact)  # an app that was installed again
    if binding.call_id == register.call_id or _has_same_token(binding, contact):
        return True
    if binding.flow != register.flow:
        return False
    if not register.is_forwarded:
        return True
    is_named = bool(binding.instance or contact.instance)
    return not is_named and binding.path == register.path and _is_same_contact(binding, contact)


def _binding(contact: ContactRequest, register: RegisterRequest, replaced: list[Binding], now: float) -> Binding:
    return Binding(
        contact=contact.uri,
        call_id=register.call_id,
        cseq=register.cseq,
        flow=register.flow,
        edge=register.edge,
        source=register.source,
        transport=register.transport,
        registered=min([b.registered for b in replaced], default=int(now)),
        expires=whole_second(now) + contact.granted_s,
        user_agent=register.origin.user_agent,
        instance=contact.instance,
        reg_id=contact.reg_id,
        q=contact.q,
        path=register.path,
        password_number=register.password_number,
        is_pushed=contact.is_pushed,
        push_parameters=contact.header_push if contact.is_pushed else "",
    )


def whole_second(now: float) -> int:
    """Returns the second from which expiries are counted.

    It is the next one, so that no phone gets less than it is told.
    """
    return ceil(now)


def _has_room(address: Address, others: list[Binding], added: list[Binding], before: list[Binding]) -> bool:
    """Returns whether these are no more devices than there may be, or than there were before."""
    devices = {device_of(b) for b in others}.union([device_of(b) for b in added])
    return len(devices) <= max(address.max_devices, len({device_of(b) for b in before}))


def _is_same_contact(binding: Binding, contact: ContactRequest) -> bool:
    """Returns whether a binding leads to the same place as a Contact.

    That is the same app, else an equal URI.
    """
    if contact.target and target_of(binding):
        return _has_same_token(binding, contact)
    return _key(binding.contact) == contact.key


def _has_same_token(binding: Binding, contact: ContactRequest) -> bool:
    if contact.target is None:
        return False
    target = target_of(binding)
    return target is not None and target.is_same_device(contact.target)


def _has_other_token(binding: Binding, contact: ContactRequest) -> bool:
    """Returns whether a device has replaced the token of a Contact since: it removes the old one alone then."""
    return bool(contact.target and target_of(binding)) and not _has_same_token(binding, contact)


def _key(contact: str) -> str:
    try:
        return uris.parse(contact).key
    except MalformedError:
        return contact
