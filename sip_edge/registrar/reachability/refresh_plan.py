"""Plans the pushes by which phones that can't wake themselves refresh their bindings (RFC 8599 section 5.5)."""

from __future__ import annotations

from typing import Final
from zlib import crc32

from directory.schema.model import Address, Binding, registration_id
from directory.schema.refresh_pushes import MINUTE_S, RefreshPush
from sip_edge.continuation import Continuation
from sip_edge.location.refresh_store import RefreshStore
from sip_edge.push.parameters import Purpose
from sip_edge.registrar.register_request import REFRESH_S, ContactRequest, RegisterRequest

_MOST_SPREAD_S: Final = 420
_SPREAD_SHARE: Final = 10  # of a binding's lifetime


class RefreshPlan:
    """Plans pushes before the REGISTER is stored, so that none is lost with an edge that dies after the 2xx.

    A push whose REGISTER is not stored after all has no binding, and is not sent.
    """

    __slots__ = ("_store",)

    def __init__(self, store: RefreshStore) -> None:
        self._store = store

    def plan(self, register: RegisterRequest, address: Address, then: Continuation[bool]) -> None:
        """Plans the pushes of the bindings that a REGISTER makes. `then` gets whether all are durable.

        `address` is as it is to be stored. Without such bindings `then` is called at once.
        """
        self._plan(_pushes(register, address), then)

    def _plan(self, pushes: list[RefreshPush], then: Continuation[bool]) -> None:
        if not pushes:
            then(True)
            return

        def on_planned(is_durable: bool) -> None:
            if is_durable:
                self._plan(pushes[1:], then)
            else:
                then(False)

        self._store.plan(pushes[0], then.preceded_by(on_planned))


def minute_of(registration: str, expires: int, lifetime_s: int) -> int:
    """Returns the minute in which the push of a binding is due, counted since the epoch.

    It is three to ten minutes before the end. The spread is a tenth of the lifetime at most, and depends on the binding
    alone. So phones that have registered at once are not pushed at once.
    """
    spread_s = min(_MOST_SPREAD_S, lifetime_s // _SPREAD_SHARE)
    early_s = crc32(f"{registration} {expires}".encode()) % (spread_s + 1)
    return (expires - REFRESH_S - early_s) // MINUTE_S


def _pushes(register: RegisterRequest, address: Address) -> list[RefreshPush]:
    """Returns the pushes of all new bindings that need one."""
    if not register.has_push:
        return []
    granted = {contact.uri: contact.granted_s for contact in register.contacts if _needs_push(contact)}
    return [
        _push(binding, address.aor, granted[binding.contact])
        for binding in address.bindings
        if binding.contact in granted and binding.call_id == register.call_id and binding.cseq == register.cseq
    ]


def _needs_push(contact: ContactRequest) -> bool:
    """Returns whether a device can be pushed for a refresh, and can't wake itself (RFC 8599 section 4.1.3).

    A PushKit token alone is for calls.
    """
    if not contact.is_pushed or contact.wakes_itself or not contact.expires or contact.target is None:
        return False
    return bool(contact.target.token_for(Purpose.REFRESH))


def _push(binding: Binding, aor: str, lifetime_s: int) -> RefreshPush:
    registration = registration_id(binding)
    return RefreshPush(aor, registration, binding.expires, minute_of(registration, binding.expires, lifetime_s))
