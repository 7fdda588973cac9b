"""The 200 to a REGISTER (RFC 3261 §10.3 step 8)."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache

from directory.schema.model import Binding
from sip_edge.location.gruu import Gruus, public
from sip_edge.message import uri as uris
from sip_edge.message.reply import SERVER, reply
from sip_edge.message.values import address
from sip_edge.registrar.bindings.binding_rules import whole_second
from sip_edge.registrar.push_support import feature_caps
from sip_edge.registrar.reachability.closed_connections import FLOW_TIMER_S
from sip_edge.registrar.reachability.keepalives import INTERVAL_S
from sip_edge.registrar.register_request import RegisterRequest
from sip_edge.transaction.tokens import Tokens


class OkResponses:
    """Makes the 200s of an edge."""

    __slots__ = ("_gruus", "_tokens")

    def __init__(self, gruus: Gruus, tokens: Tokens) -> None:
        self._gruus = gruus
        self._tokens = tokens

    def response(self, register: RegisterRequest, bindings: tuple[Binding, ...], now: float, most_told_s: int) -> bytes:
        """Returns a 200 that lists the bindings with the seconds that each has left at `now`, and tells the time.

        Contacts of the REGISTER itself come first: many phones read no further. A device without pushes is told
        `most_told_s` at the most of a binding over this flow, which lasts longer.
        """
        request = register.message
        supported = ",".join(request.tags("supported")).lower()
        bindings = tuple(sorted(bindings, key=lambda b: (b.call_id, b.cseq) != (register.call_id, register.cseq)))
        headers = [_contact(b, register, now, most_told_s) for b in bindings]
        if "gruu" in supported:
            aor = uris.parse(address(request.get("to"))[0])
            headers = [
                f'{line};pub-gruu="{public(aor, b)}";temp-gruu="{self._gruus.temporary(aor, b)}"'
                if b.instance
                else line
                for line, b in zip(headers, bindings, strict=True)
            ]
        headers.append(date_line(now))
        if register.services:
            headers += feature_caps(register, self._tokens.next())
        if register.path and "path" in supported:
            headers.append(f"Path: {', '.join(register.path)}")
        if register.outbound:
            headers.append("Require: outbound")
            headers.append(f"Flow-Timer: {FLOW_TIMER_S if register.origin.flow.reliable else INTERVAL_S}")
        return reply(request, "200 OK", self._tokens.next(), *headers, SERVER)


def date_line(now: float) -> str:
    """Returns the Date header (RFC 3261 §20.17): many phones have no other clock."""
    return _date_line(int(now))


@lru_cache(2)
def _date_line(now: int) -> str:
    return f"Date: {formatdate(now, usegmt=True)}"


def _is_its_own(binding: Binding, register: RegisterRequest) -> bool:
    """Returns whether a binding is of the device that has sent the REGISTER. Others' push tokens are not shown."""
    if binding.call_id == register.call_id:
        return True
    return bool(binding.instance) and any(contact.instance == binding.instance for contact in register.contacts)


def _contact(binding: Binding, register: RegisterRequest, now: float, most_told_s: int) -> str:
    uri = binding.contact if _is_its_own(binding, register) else binding.public_contact
    left_s = max(0, binding.expires - whole_second(now))
    if binding.flow == register.flow and not binding.is_pushed:
        left_s = min(left_s, most_told_s)
    line = f"Contact: <{uri}>;expires={left_s}"
    if binding.q != 1000:
        line += f";q={binding.q / 1000:g}"
    if binding.instance:
        line += f';+sip.instance="{binding.instance}"'
    return f"{line};reg-id={binding.reg_id}" if binding.reg_id else line
