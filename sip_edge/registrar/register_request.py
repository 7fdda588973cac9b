"""The request of a REGISTER (RFC 3261 §10.3 steps 6 and 7)."""

from __future__ import annotations

from typing import Final

from directory.schema.reasons import Reason
from sip_edge.auth.digest import Credentials
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.message import Request
from sip_edge.message.sanity import Identity
from sip_edge.message.values import address, parameters
from sip_edge.push.parameters import PushParameters, PushTarget, push_parameters
from sip_edge.registrar.origin import Origin

DEFAULT_EXPIRES: Final = 3600
LEAST_EXPIRES: Final = 60
MOST_EXPIRES: Final = 7200
REFRESH_S: Final = 180  # before its end a binding is refreshed; RFC 8599 §5.3.1 wants more than 120
LEAST_PUSHED_EXPIRES: Final = 300  # leaves time for a push before the end, and for the answer to it
MOST_PUSHED_EXPIRES: Final = 31 * 86_400  # Linphone asks for so long
_MOST_CONTACTS: Final = 5
_LONGEST_CONTACT: Final = 1024  # with two tokens of 200 digits it is half as long
_LONGEST_NAME: Final = 256
_LONGEST_EXPIRES: Final = 40  # digits: leading zeros are allowed, and converting endless ones takes long


class ContactRequest:
    """One Contact: `expires` is in seconds, `q` in thousandths.

    `instance` and `reg_id` are "" for a device that names itself in no way (RFC 5626 §4.1). `key` is shared by equal
    URIs. `push` are the push parameters, None for most phones. `header_push` holds those of the header field when the
    URI has none. `wakes_itself` tells that the device refreshes without a push (RFC 8599 §4.1.3). `is_pushed` is set
    once it is known that pushes can be sent. `most_s` limits the expiry of a device that isn't pushed.
    """

    __slots__ = (
        *("expires", "header_push", "instance", "is_pushed", "key", "most_s", "push", "q", "reg_id", "uri"),
        "wakes_itself",
    )

    def __init__(self, uri: str, expires: int, q: int, instance: str, reg_id: str) -> None:
        self.uri = uri
        self.key = uris.parse(uri).key
        self.expires = expires
        self.most_s = MOST_EXPIRES
        self.q = q
        self.instance = instance
        self.reg_id = reg_id
        self.push: PushParameters | None = None
        self.header_push = ""
        self.wakes_itself = False
        self.is_pushed = False

    def read_push(self, tail: str, fields: dict[str, str]) -> None:
        """Takes over the push parameters of the URI, or else those of the header field with this tail.

        Raises RejectError for parameters that can't be stored.
        """
        in_uri = push_parameters(uris.parse(self.uri).params)
        self.push = in_uri or push_parameters("", tail)
        if self.push:
            self.wakes_itself = "+sip.pnsreg" in fields
            self.header_push = "" if in_uri else _storable(_push_fields(fields), _LONGEST_CONTACT)

    @property
    def target(self) -> PushTarget | None:
        """Returns the app on the device that can be woken, None when there is none."""
        return self.push.target if self.push else None

    @property
    def granted_s(self) -> int:
        """Returns the expiry that is granted, in seconds."""
        return min(self.expires, MOST_PUSHED_EXPIRES if self.is_pushed else self.most_s)


class RegisterRequest:
    """A REGISTER with credentials: its address of record, its Contacts and its origin.

    `is_forwarded` tells that a proxy has passed it on: then its flow is that of many devices. `removes_all` stands for
    `Contact: *`. `password_number` tells which password its credentials fit, once they are proved.

    `has_push` tells that a Contact has push parameters, which no proxy before us has taken on (RFC 8599 §5.3.1).
    `services` are the push services that can be used for it, None until that is known. `is_push_unsupported` tells that
    a Contact asks for another one.
    """

    __slots__ = (
        "aor",
        "call_id",
        "contacts",
        "credentials",
        "cseq",
        "edge",
        "flow",
        "has_push",
        "is_forwarded",
        "is_push_unsupported",
        "message",
        "origin",
        "outbound",
        "password_number",
        "path",
        "removes_all",
        "services",
        "source",
        "transport",
    )

    def __init__(
        self, message: Request, aor: str, credentials: Credentials, identity: Identity, origin: Origin, edge: str
    ) -> None:
        """Raises RejectError for Contacts that can't be registered."""
        flow = origin.flow
        self.message = message
        self.aor = aor
        self.credentials = credentials
        self.origin = origin
        self.call_id = _storable(identity.call_id, _LONGEST_NAME)
        self.cseq = identity.cseq
        self.flow = flow.name
        self.edge = edge
        self.source = flow.source
        self.transport = flow.transport
        self.password_number = 0
        self.path = tuple(message.values("path")) if "path" in message.names else ()
        _storable("".join(self.path), _LONGEST_CONTACT)
        self.is_forwarded = bool(self.path) or _has_passed_a_proxy(message)
        self.outbound = False
        self.has_push = False
        self.services: frozenset[str] | None = None
        self.is_push_unsupported = False
        self.removes_all = message.get("contact") == "*"
        default = _expires(message.get("expires"), DEFAULT_EXPIRES)
        if self.removes_all:
            if default != 0 or message.names.count("contact") > 1:
                raise RejectError("400 Bad Request - Contact: * wants Expires: 0")
            self.contacts: list[ContactRequest] = []
            return
        try:
            contacts = [_contact(value, default) for value in message.values("contact")]
        except MalformedError:
            raise RejectError("400 Bad Request - a Contact") from None
        if len(contacts) > _MOST_CONTACTS:
            raise RejectError("403 Too Many Contacts", reason=Reason.TOO_MANY_CONTACTS)
        self._settle_outbound(message, contacts)
        self.has_push = any(contact.push for contact in contacts) and not _is_pushed_elsewhere(message)
        # A Contact that stands twice counts as it stands last. With another token it is another one (RFC 3261 §19.1.4).
        self.contacts = list({(c.instance, c.reg_id, c.key, c.target): c for c in contacts}.values())

    def limit_expiries(self, most_s: int) -> None:
        """Grants no device more seconds than these, unless it is pushed (RFC 3261 §10.3 step 7)."""
        for contact in self.contacts:
            contact.most_s = most_s

    def _settle_outbound(self, request: Request, contacts: list[ContactRequest]) -> None:
        """Lets a device have several flows when it supports outbound, and so does a proxy before us (RFC 5626 §6)."""
        if not any(contact.reg_id for contact in contacts):
            return
        if _has_passed_a_proxy(request) and not (self.path and ";ob" in self.path[0]):
            raise RejectError("439 First Hop Lacks Outbound Support", reason=Reason.NO_OUTBOUND_AT_FIRST_HOP)
        self.outbound = "outbound" in {tag.lower() for tag in request.tags("supported")}
        if not self.outbound:
            for contact in contacts:
                contact.reg_id = ""


def _has_passed_a_proxy(request: Request) -> bool:
    return request.names.count("via") > 1 or "," in request.line("via")


def _contact(value: str, default: int) -> ContactRequest:
    """Returns a Contact, which expires in `default` seconds when it says nothing of that. Raises MalformedError."""
    uri, tail = address(value)
    _storable(uri, _LONGEST_CONTACT)
    fields = parameters(tail)
    expires = _expires(fields.get("expires", ""), default)
    instance = _storable(fields.get("+sip.instance", ""), _LONGEST_NAME)
    reg_id = _storable(fields.get("reg-id", ""), _LONGEST_NAME) if instance else ""
    contact = ContactRequest(uri, expires, _thousandths(fields.get("q", "")), instance, reg_id)
    if "pn-" in value.lower():
        contact.read_push(tail, fields)
    return contact


def _push_fields(fields: dict[str, str]) -> str:
    """Returns the push parameters of a Contact's header field, as they are stored."""
    return "".join([f';{name}="{value}"' for name, value in fields.items() if name.startswith(("pn-", "app-id"))])


def _is_pushed_elsewhere(message: Request) -> bool:
    """Returns whether a proxy before us sends the pushes: it says so in the request (RFC 8599 §5.3.1)."""
    return "feature-caps" in message.names and any(
        "+sip.pns" in value.lower() for value in message.values("feature-caps")
    )


def _expires(value: str, absent: int) -> int:
    """Returns seconds: `absent` when there is no value, and an hour for a malformed one (RFC 3261 §20.10, §20.19)."""
    if not value:
        return absent
    if not (value.isascii() and value.isdigit()):
        return DEFAULT_EXPIRES
    return int(value) if len(value) <= _LONGEST_EXPIRES else MOST_PUSHED_EXPIRES


def _thousandths(q: str) -> int:
    if not q:
        return 1000
    try:
        return max(0, min(1000, round(float(q) * 1000)))
    except (ValueError, OverflowError):
        return 1000


def _storable(text: str, longest: int) -> str:
    """Returns the text itself. Raises RejectError when the table could not store it."""
    if len(text) > longest or not text.isprintable():
        raise RejectError("400 Bad Request - too long or not printable")
    return text
