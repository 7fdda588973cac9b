"""What a REGISTER asks for (RFC 3261 §10.3 steps 6 and 7)."""

from __future__ import annotations

from sys import intern
from typing import Final

from directory.reasons import Reason
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.message import Request
from sip_edge.message.sanity import Identity
from sip_edge.message.values import address, parameters, printable
from sip_edge.transport.flow import Flow

DEFAULT_EXPIRES: Final = 3600
LEAST_EXPIRES: Final = 60
MOST_EXPIRES: Final = 7200
_MOST_CONTACTS: Final = 5
_LONGEST_CONTACT: Final = 1024
_LONGEST_AGENT: Final = 100
_LONGEST_NAME: Final = 256


class WantedContact:
    """One Contact: `expires` is in seconds, `q` in thousandths."""

    __slots__ = ("_parsed", "expires", "q", "uri")

    def __init__(self, uri: str, expires: int, q: int) -> None:
        self.uri = uri
        self._parsed = uris.parse(uri)
        self.expires = expires
        self.q = q

    @property
    def key(self) -> str:
        """What equal URIs share."""
        return self._parsed.key


class Wanted:
    """All Contacts of a REGISTER, and the device that sent it."""

    __slots__ = (
        "call_id",
        "contacts",
        "cseq",
        "edge",
        "everything",
        "flow",
        "instance",
        "outbound",
        "password_number",
        "path",
        "reg_id",
        "source",
        "transport",
        "user_agent",
    )

    def __init__(self, request: Request, identity: Identity, flow: Flow, edge: str) -> None:
        """Raises RejectError for Contacts that can't be registered."""
        self.call_id = _storable(identity.call_id, _LONGEST_NAME)
        self.cseq = identity.cseq
        self.flow = flow.name
        self.edge = edge
        self.source = flow.source
        self.transport = flow.transport
        self.user_agent = agent_of(request)
        self.password_number = 0
        self.instance = ""
        self.reg_id = ""
        self.path = tuple(request.values("path")) if "path" in request.names else ()
        _storable("".join(self.path), _LONGEST_CONTACT)
        self.outbound = False
        self.everything = request.get("contact") == "*"
        default = _expires(request.get("expires"), DEFAULT_EXPIRES)
        if self.everything:
            if default != 0 or request.names.count("contact") > 1:
                raise RejectError("400 Bad Request - Contact: * wants Expires: 0")
            self.contacts: list[WantedContact] = []
            return
        try:
            self.contacts = [self._contact(value, default) for value in request.values("contact")]
        except MalformedError:
            raise RejectError("400 Bad Request - a Contact") from None
        if len(self.contacts) > _MOST_CONTACTS:
            raise RejectError("403 Too Many Contacts", reason=Reason.TOO_MANY_CONTACTS)
        self._settle_outbound(request)

    @property
    def is_query(self) -> bool:
        """Whether nothing is to change (RFC 3261 §10.2.3)."""
        return not self.contacts and not self.everything

    def _settle_outbound(self, request: Request) -> None:
        """Several flows of one device, when it can do that and is our neighbour (RFC 5626 §6)."""
        if not self.reg_id:
            return
        if request.names.count("via") > 1 and not (self.path and ";ob" in self.path[0]):
            raise RejectError("439 First Hop Lacks Outbound Support", reason=Reason.NO_OUTBOUND_AT_FIRST_HOP)
        supported = {tag.lower() for tag in request.tags("supported")}
        self.outbound = "outbound" in supported
        if not self.outbound:
            self.reg_id = ""

    def _contact(self, value: str, default: int) -> WantedContact:
        uri, tail = address(value)
        _storable(uri, _LONGEST_CONTACT)
        fields = parameters(tail)
        expires = _expires(fields.get("expires", ""), default)
        self.instance = _storable(fields.get("+sip.instance", ""), _LONGEST_NAME)
        self.reg_id = _storable(fields.get("reg-id", ""), _LONGEST_NAME) if self.instance else ""
        return WantedContact(uri, min(expires, MOST_EXPIRES), _thousandths(fields.get("q", "")))


def agent_of(request: Request) -> str:
    """What the phone calls itself, as far as it can be shown. All phones of a make share the one text in memory."""
    return intern(printable(request.get("user-agent"))[:_LONGEST_AGENT])


def _expires(value: str, default: int) -> int:
    """Seconds; what can't be understood means the default (RFC 3261 §20.19)."""
    if not (value.isascii() and value.isdigit()):
        return default
    return min(int(value[:10]), 2**32 - 1)


def _thousandths(q: str) -> int:
    if not q:
        return 1000
    try:
        return max(0, min(1000, round(float(q) * 1000)))
    except (ValueError, OverflowError):
        return 1000


def _storable(text: str, longest: int) -> str:
    """The text itself. Raises RejectError when the table could not take it."""
    if len(text) > longest or not text.isprintable():
        raise RejectError("400 Bad Request - too long or not printable")
    return text
