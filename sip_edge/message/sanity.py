"""Validates requests before any other step (RFC 3261 §8.2, §16.3)."""

from __future__ import annotations

import re
from typing import Final

from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.limits import check_size
from sip_edge.message.message import Message, Request, Response
from sip_edge.message.values import address, number, parameter, parameters

_REQUIRED: Final = ("from", "to", "call-id", "cseq")
_SINGLE: Final = (
    *_REQUIRED,
    "max-forwards",
    "content-length",
    "content-type",
    "expires",
    "event",
)
_CSEQ_LIMIT: Final = 2**31
_HOPS_LIMIT: Final = 256
_DEFAULT_HOPS: Final = 71  # a request without Max-Forwards goes on with 70 (RFC 3261 §16.6 step 3)
_METHOD: Final = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")


class Identity:
    """The Call-ID, CSeq number, URIs and tags that identify a request, and the hops that it may still go."""

    __slots__ = ("call_id", "cseq", "from_tag", "from_uri", "hops", "to_tag", "to_uri")

    def __init__(
        self, call_id: str, cseq: int, originator: tuple[str, str], recipient: tuple[str, str], hops: int
    ) -> None:
        """`originator` is URI and tag of the From, `recipient` those of the To."""
        self.call_id = call_id
        self.cseq = cseq
        self.from_uri, self.from_tag = originator
        self.to_uri, self.to_tag = recipient
        self.hops = hops


def check(request: Request) -> Identity:
    """The identity of a sound request. Raises RejectError with the answer to one that is not."""
    try:
        if request.fault:
            raise MalformedError(request.fault)
        if not request.start.endswith(" SIP/2.0"):
            _check_version(request)
        check_size(request)
        identity = _identity(request)
        settle_body(request)
        _check_uri(request.uri)
    except MalformedError as error:
        raise RejectError(f"400 Bad Request - {error}") from None
    return identity


def _check_version(request: Request) -> None:
    """Others than 2.0 are refused. Ours may come in any case, but leaves in upper case (RFC 3261 §7.1)."""
    version = request.start.rpartition(" ")[2]
    if not version:
        raise MalformedError("the request line")
    if version.upper() != "SIP/2.0":
        raise RejectError("505 Version Not Supported")
    request.start = request.start.removesuffix(version) + "SIP/2.0"


def _check_uri(text: str) -> None:
    try:
        uri = uris.parse(text)
    except MalformedError:
        if uris.scheme(text) in ("sip", "sips", ""):
            raise
        raise RejectError("416 Unsupported URI Scheme") from None
    if uri.headers:
        raise MalformedError("headers in the Request-URI")


def _identity(request: Request) -> Identity:
    names = request.names
    present = set(names)
    for name in _REQUIRED:
        if name not in present:
            raise MalformedError(f"no {name}")
    if len(present) < len(names):
        for name in _SINGLE:
            if names.count(name) > 1:
                raise MalformedError(f"more than one {name}")
    sequence, method = cseq(request)
    if method != request.method:
        raise MalformedError("a CSeq of another method")
    if not _METHOD.fullmatch(method):
        raise MalformedError("a method")
    originator, recipient = _party(request, "from"), _party(request, "to")
    call_id = request.get("call-id")
    if not call_id:
        raise MalformedError("a Call-ID")
    if method == "REGISTER" and "contact" in present:
        _check_contacts(request)
    return Identity(call_id, sequence, originator, recipient, _hops(request))


def _party(request: Request, name: str) -> tuple[str, str]:
    """The URI and the tag of a From or To. Raises MalformedError, also when a second address follows the first."""
    try:
        uri, tail = address(request.get(name))
        if "," in tail or "<" in tail:
            parameters(tail)
        return uri, parameter(tail, "tag")
    except MalformedError as error:
        raise MalformedError(f"{error} in {name}") from None


def _check_contacts(register: Request) -> None:
    """A registrar needs them. In other requests they are the far end's to read. Raises MalformedError."""
    try:
        if register.get("contact") != "*":
            for value in register.values("contact"):
                address(value)
    except MalformedError as error:
        raise MalformedError(f"{error} in contact") from None


def cseq(message: Message) -> tuple[int, str]:
    """The CSeq's number and method. Raises MalformedError."""
    try:
        sequence, method = message.get("cseq").split()
        return number(sequence, _CSEQ_LIMIT), method
    except ValueError:  # a MalformedError is one, too
        raise MalformedError("a CSeq") from None


def _hops(request: Request) -> int:
    value = request.get("max-forwards")
    try:
        return number(value, _HOPS_LIMIT) if value else _DEFAULT_HOPS
    except MalformedError:
        raise MalformedError("a Max-Forwards") from None


def settle_body(message: Message) -> None:
    """Cuts bytes behind the body (RFC 3261 §18.3), and adds a missing Content-Length.

    A datagram may leave it out, but may go on over a stream, which needs it (§20.14). Raises MalformedError when the
    body is shorter than it says. NULs behind a message of unknown length are padding.
    """
    if "content-length" not in message.names:
        message.body = message.body.rstrip(b"\0")
        message.names.append("content-length")
        message.lines.append(f"Content-Length: {len(message.body)}")
        return
    try:
        length = number(message.get("content-length"), len(message.body) + 1)
    except MalformedError:
        raise MalformedError("a Content-Length") from None
    message.body = message.body[:length]


def check_response(response: Response) -> None:
    """Raises MalformedError for a response that may not be passed on (RFC 3261 §16.7, §18.3)."""
    for name in ("via", "from", "to", "call-id", "cseq"):
        if name not in response.names:
            raise MalformedError(f"no {name}")
    cseq(response)
    settle_body(response)


def require(request: Request, name: str, supported: frozenset[str]) -> None:
    """Refuse extensions we don't know. `name` is "require" or "proxy-require" (RFC 3261 §8.2.2.3, §16.3 step 5).

    Raises RejectError with 420.
    """
    if name in request.names:
        unknown = [tag for tag in request.tags(name) if tag.lower() not in supported]
        if unknown:
            raise RejectError("420 Bad Extension", f"Unsupported: {', '.join(unknown)}")
