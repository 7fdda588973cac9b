"""Record-Route: leads the requests of a dialog back to us, and on over the right flow (RFC 3261 §16.6, §16.7).

One value serves both sides. The callee gets one that leads to the caller's flow. In the responses the caller gets it
with a token that leads to the callee's flow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from sip_edge.calls.call import Call
from sip_edge.location.domains import Domains
from sip_edge.media.session import Session, Side
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Message, Request, Response
from sip_edge.message.values import address, first_value
from sip_edge.proxy.dialog.route_token import Leg, RouteTokens
from sip_edge.proxy.dialog.uri_fingerprint import fingerprint
from sip_edge.proxy.proxied_request import ProxiedRequest
from sip_edge.transport.flow import Flow

_DIALOG_MAKERS: Final = frozenset(("INVITE", "SUBSCRIBE", "REFER"))
_USER: Final = re.compile(r"(?<![\w.%-])[\w.%-]++(?=@)", re.ASCII)


class RecordRoute:
    """Writes our value. `edge` is the name of this edge among its peers."""

    __slots__ = ("_clock", "_domains", "_edge", "_tokens")

    def __init__(self, tokens: RouteTokens, domains: Domains, edge: str, clock: Callable[[], float]) -> None:
        self._tokens = tokens
        self._domains = domains
        self._edge = edge
        self._clock = clock

    def insert(self, request: Request, proxied: ProxiedRequest, callee: Flow, session: Session | None) -> str:
        """Put our value on top of a copy of a request that may begin a dialog, and return the value.

        It is "" for a request that may not. `session` is the dialog's media session, if an rtpengine relays it.
        """
        if request.method not in _DIALOG_MAKERS:
            return ""
        caller, account = proxied.flow, proxied.account
        way_back = proxied.device or (_way_back(request) if caller.reliable else "")
        leg = self._leg(caller, way_back, session, account.call, Side.CALLEE)._replace(
            sender=_fingerprint(request, "to")
        )
        value = self._value(leg, request.get("call-id"), seen_over=callee)
        request.prepend("record-route", f"Record-Route: {value}")
        return value

    def turn(
        self,
        response: Response,
        inserted: str,
        proxied: ProxiedRequest,
        callee: Flow,
        session: Session | None,
        device: str,
    ) -> None:
        """Let our value in a response lead the caller's requests to the callee.

        `device` is the address of its device.
        """
        for i, name in enumerate(response.names):
            line = response.lines[i]
            if name == "record-route" and (token := echoed_token(line, inserted)):
                leg = self._leg(callee, device, session, proxied.account.call, Side.CALLER)
                leg = leg._replace(sender=_fingerprint(response, "from"))
                ours = self._value(leg, response.get("call-id"), seen_over=proxied.flow)
                before, _, behind = line.partition(":")[2].partition(token)
                above, bracket, _ = before.rpartition("<")
                below = behind.partition(">")[2] if bracket else "".join(behind.partition(",")[1:])
                # The name is spelled anew: Twinkle knows no "Record-route", as linphone sends it.
                response.lines[i] = f"Record-Route: {above.lstrip()}{ours}{below}"
                return

    def _leg(self, towards: Flow, way_back: str, session: Session | None, call: Call | None, sender: Side) -> Leg:
        return Leg(
            towards.edge or self._edge,
            towards.name,
            way_back,
            session.seal(sender) if session else "",
            call.seal(sender) if call else "",
        )

    def _value(self, leg: Leg, call_id: str, seen_over: Flow) -> str:
        token = self._tokens.seal(leg, call_id, self._clock())
        transport = "" if seen_over.transport == "UDP" else f";transport={seen_over.transport.lower()}"
        return f"<sip:{token}@{seen_over.local}{transport};lr>"


def _way_back(request: Request) -> str:
    """The address that leads to a caller from outside after the end of its connection.

    It is that of the caller's own proxy, else the caller's Contact. The token seals it, so that no later header field
    can send us anywhere. "" when that can't be read: a call doesn't fail for it.
    """
    for name in ("record-route", "contact"):
        if name in request.names:
            return _first_uri(request.get(name))
    return ""


def echoed_token(text: str, inserted: str) -> str:
    """Our token as a text repeats it, "" when it does not. `inserted` is the value that went out.

    Equal URIs may differ in escapes (RFC 3261 §19.1.4), and Twinkle escapes each Z.
    """
    token = inserted[5 : inserted.index("@")]
    if token in text:
        return token
    for user in _USER.findall(text):
        if uris.unescaped(user) == token:
            return str(user)
    return ""


def _first_uri(header: str) -> str:
    """The URI in a header's first value, "" when it can't be read."""
    try:
        return address(first_value(header)[0])[0]
    except MalformedError:
        return ""


def _fingerprint(message: Message, name: str) -> str:
    """The fingerprint of the URI in a header field, or of the whole field when it is unreadable."""
    value = message.get(name)
    try:
        return fingerprint(address(value)[0])
    except MalformedError:
        return fingerprint(value)
