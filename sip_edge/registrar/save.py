"""The rule by which a REGISTER changes an address: from the address it has, in one pure function."""

from __future__ import annotations

from dataclasses import dataclass

from directory.model import Address, Binding, Device, device_of
from directory.reasons import Reason
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.registrar.wanted import LEAST_EXPIRES, Wanted


@dataclass(frozen=True, slots=True)
class Occupied:
    """All places are taken, by the devices of these bindings."""

    bindings: tuple[Binding, ...]


def save(address: Address, wanted: Wanted, now: float, dead: frozenset[Device]) -> tuple[Binding, ...] | Occupied:
    """The bindings that `address` has after a REGISTER, in the order of registration.

    A device has the Contacts of its last REGISTER, and an address has at most `max_devices` devices. `dead` names
    (by `device_of`) devices that have lost their place because they no longer answer. Raises RejectError with 423 for
    too short an expiry, and with 500 when a later REGISTER of the same Call-ID has come first (RFC 3261 §10.3 step 7).
    """
    if any(0 < contact.expires < LEAST_EXPIRES for contact in wanted.contacts):
        raise RejectError("423 Interval Too Brief", f"Min-Expires: {LEAST_EXPIRES}", reason=Reason.EXPIRY_TOO_SHORT)
    live = [b for b in address.live_bindings(now) if device_of(b) not in dead]
    if any(b.call_id == wanted.call_id and b.cseq >= wanted.cseq and b.reg_id == wanted.reg_id for b in live):
        raise RejectError("500 Server Internal Error - an older REGISTER", reason=Reason.OLDER_REGISTER)
    if wanted.is_query:
        return tuple(live)
    if wanted.everything:
        return ()
    gone = {contact.key for contact in wanted.contacts if not contact.expires}
    mine = [b for b in live if _is_mine(b, wanted)]
    others = [b for b in live if not _is_mine(b, wanted) and _key(b.contact) not in gone]
    since = min([b.registered for b in mine], default=int(now))
    added = [
        Binding(
            contact=contact.uri,
            call_id=wanted.call_id,
            cseq=wanted.cseq,
            flow=wanted.flow,
            edge=wanted.edge,
            source=wanted.source,
            transport=wanted.transport,
            registered=since,
            expires=int(now) + contact.expires,
            user_agent=wanted.user_agent,
            instance=wanted.instance,
            reg_id=wanted.reg_id,
            q=contact.q,
            path=wanted.path,
            password_number=wanted.password_number,
        )
        for contact in wanted.contacts
        if contact.expires
    ]
    if added and others and not mine:
        devices = {device_of(b) for b in others}
        if ("instance", wanted.instance) not in devices and len(devices) >= address.max_devices:
            return Occupied(tuple(others))
    return (*others, *added)


def _is_mine(binding: Binding, wanted: Wanted) -> bool:
    """Whether the REGISTER takes a binding's place: it is of the same device, and the same flow of it (RFC 5626 §6).

    What comes over the very same flow is the same device too: a phone that has restarted with a new identity, whose old
    self nobody could ask any more.
    """
    if binding.flow == wanted.flow:
        return True
    if wanted.instance and binding.instance == wanted.instance:
        return binding.reg_id == wanted.reg_id or not (binding.reg_id and wanted.reg_id)
    return binding.call_id == wanted.call_id


def _key(contact: str) -> str:
    try:
        return uris.parse(contact).key
    except MalformedError:
        return contact
