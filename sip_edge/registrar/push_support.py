"""The push services that a REGISTER may use, and how a 2xx announces them (RFC 8599 §5)."""

from __future__ import annotations

import re
from typing import Final

from directory.schema.model import Address, Binding
from sip_edge.continuation import Continuation
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError
from sip_edge.push.outcome import Pusher
from sip_edge.push.parameters import SERVICES, Purpose, PushTarget, push_parameters
from sip_edge.registrar.reachability.refresh_plan import RefreshPlan
from sip_edge.registrar.register_request import REFRESH_S, ContactRequest, RegisterRequest

_PROVIDER: Final = re.compile(r"[A-Za-z0-9.-]{1,32}")


def target_of(binding: Binding) -> PushTarget | None:
    """Returns the app on a device that its binding can be woken by, None when there is none."""
    if "pn-" not in binding.contact.lower() and not binding.push_parameters:
        return None
    try:
        found = push_parameters(uris.parse(binding.contact).params, binding.push_parameters)
    except MalformedError:
        return None
    return found.target if found else None


def feature_caps(register: RegisterRequest, purr: str = "") -> list[str]:
    """Returns a Feature-Caps header line for each push service that can be used (RFC 6809, RFC 8599 §5.3.1).

    The service that a Contact names comes first, spelled as the phone spells it. `purr` is the PURR of a device that
    can be pushed within its dialogs (§6.2.1).
    """
    if not register.services:
        return []
    names = [_spelled(c) for c in register.contacts if c.push and c.push.service in register.services]
    names += sorted(register.services.difference([c.push.service for c in register.contacts if c.push]))
    is_own = any(contact.is_pushed and contact.wakes_itself for contact in register.contacts)
    refresh = f';+sip.pnsreg="{REFRESH_S}"' if is_own else ""
    within_dialogs = f';+sip.pnspurr="{purr}"' if purr and any(map(_is_woken_silently, register.contacts)) else ""
    return [f'Feature-Caps: *;+sip.pns="{name}"{refresh}{within_dialogs}' for name in dict.fromkeys(names)]


def _is_woken_silently(contact: ContactRequest) -> bool:
    """Returns whether a push can wake a device without a call. A PushKit token alone is for calls."""
    return bool(contact.is_pushed and contact.target and contact.target.token_for(Purpose.REFRESH))


def _spelled(contact: ContactRequest) -> str:
    name = uris.parse(contact.uri).parameter("pn-provider")
    if _PROVIDER.fullmatch(name):
        return name
    return contact.push.service if contact.push else ""


class PushSupport:
    """Finds out which Contacts of a REGISTER can be pushed, and has the pushes planned that refresh them.

    A customer without any push app has an ordinary registrar, which ignores push parameters. Phones send them to every
    server. Where apps can't be read, a device keeps the support that its binding has.
    """

    __slots__ = ("_plan", "_pusher")

    def __init__(self, pusher: Pusher, plan: RefreshPlan) -> None:
        self._pusher = pusher
        self._plan = plan

    def plan_refreshes(self, register: RegisterRequest, address: Address, then: Continuation[bool]) -> None:
        """Plans the pushes before the ends of the bindings that a REGISTER makes. See RefreshPlan."""
        self._plan.plan(register, address, then)

    def settle(self, register: RegisterRequest, address: Address, then: Continuation[None]) -> None:
        """Notes the services in the REGISTER, and which of its Contacts are pushed; calls `then` later."""
        on_services: Continuation[frozenset[str] | None] = then.preceded_by(
            lambda services: self._on_services(register, address, services, then)
        )
        self._pusher.find_services(address.customer_id, on_services)

    def _on_services(
        self, register: RegisterRequest, address: Address, services: frozenset[str] | None, then: Continuation[None]
    ) -> None:
        register.services = services or frozenset()
        asked = [contact for contact in register.contacts if contact.push and contact.expires]
        if services is None:
            for contact in asked:
                contact.is_pushed = _was_pushed(address, contact)
            then(None)
            return
        register.is_push_unsupported = any(_is_unsupported(contact, services) for contact in asked)
        targeted = [contact for contact in asked if contact.target] if services else []
        if register.is_push_unsupported:
            targeted = []
        self._ask_for_apps(register, address, targeted, then)

    def _ask_for_apps(
        self, register: RegisterRequest, address: Address, contacts: list[ContactRequest], then: Continuation[None]
    ) -> None:
        """Asks for the app of each Contact, one after the other."""
        if not contacts:
            then(None)
            return
        contact, target = contacts[0], contacts[0].target
        assert target is not None

        def on_app(has_app: bool | None) -> None:
            contact.is_pushed = _was_pushed(address, contact) if has_app is None else has_app
            register.is_push_unsupported |= has_app is False
            self._ask_for_apps(register, address, contacts[1:], then)

        self._pusher.has_app(address.customer_id, target, then.preceded_by(on_app))


def _is_unsupported(contact: ContactRequest, services: frozenset[str]) -> bool:
    """Returns whether a Contact asks for a service that can't be used."""
    push = contact.push
    if push is None or not push.service:
        return False
    if push.service not in SERVICES:
        return True
    return bool(services) and (push.service not in services or push.is_unsupported)


def _was_pushed(address: Address, contact: ContactRequest) -> bool:
    return any(b.is_pushed and target_of(b) == contact.target for b in address.bindings)
