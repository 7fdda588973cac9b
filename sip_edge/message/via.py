"""The Via header: where a request came from and where its responses go (RFC 3261 §18.2, §20.42, RFC 3581)."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Message
from sip_edge.message.values import first_value, parameters

MAGIC_COOKIE: Final = "z9hG4bK"
# Python before 3.11.5 takes a possessive group that fails after its first character as matched (CPython issue 106052).
_SENT: Final = re.compile(
    r"SIP\s*+/\s*+2\.0\s*+/\s*+([A-Z0-9\-.!%*_+`'~]++)\s++"
    r"(\[[0-9A-F:.]++\]|[A-Z0-9.\-_]++)"
    r"(?:\s*+:\s*+([0-9]{1,5}))?\s*+",
    re.IGNORECASE | re.ASCII,
)
_SENT_BY: Final = re.compile(r"(\[[^\]]++\]|[^:]++)(?::([0-9]++))?")
_DEFAULT_PORT: Final = 5060
_LONGEST_SENT: Final = 1024  # many are remembered
# Possessive like those in values: a source decides how long the spaces in its Via are.
_RPORT: Final = re.compile(r";\s*+rport(?:\s*+=\s*+[0-9]*+)?+(?=\s*+(?:;|$))", re.IGNORECASE)
_RECEIVED: Final = re.compile(r";\s*+received\s*+=\s*+[^;,\s]*+", re.IGNORECASE)


class Via:
    """One Via value. `sent_by` is `host` or `host:port` as it was sent.

    `branch` is "" where there is none, or nothing but the cookie: such a one tells no two requests apart.
    """

    __slots__ = ("branch", "sent_by", "transport")

    def __init__(self, transport: str, sent_by: str, branch: str) -> None:
        self.transport = transport
        self.sent_by = sent_by
        self.branch = branch


def top(message: Message) -> Via:
    """The topmost Via. Raises MalformedError when it is missing or unreadable."""
    return parse(_first(message.line("via").partition(":")[2]))


def parse(value: str) -> Via:
    """One Via value. Raises MalformedError."""
    sent, semicolon, tail = value.strip().partition(";")
    if len(sent) > _LONGEST_SENT:
        raise MalformedError("a Via")
    transport, sent_by = _sent(sent)
    return Via(transport, sent_by, _branch(semicolon + tail))


def answered_at(request: Message, host: str, port: int) -> int:
    """The port that the responses to a datagram from `host` and `port` go to (RFC 3261 §18.2.2, RFC 3581 §4).

    It is the topmost Via's port if the sender is at the Via's host and asks for no rport. Behind a NAT a sender
    is elsewhere, and an unreadable Via has no port.
    """
    try:
        first = _first(request.line("via").partition(":")[2])
        if "rport" in first.lower():
            return port
        sent_by = _SENT_BY.fullmatch(parse(first).sent_by)
    except MalformedError:
        return port
    if not sent_by or not _is_same(sent_by[1], host):
        return port
    number = int(sent_by[2] or _DEFAULT_PORT)
    return number if 0 < number < 65536 else port


def mark_source(message: Message, host: str, port: int) -> None:
    """Note in the topmost Via where the request really came from (RFC 3261 §18.2.1, RFC 3581 §4).

    Raises MalformedError when there is no Via to note it in.
    """
    line = message.line("via")
    label, _, value = line.partition(":")
    first = _first(value)
    rest = value[value.index(first) + len(first) :]
    marked = _RECEIVED.sub("", first) if "received" in first.lower() else first
    if ";rport;" in marked:
        marked = marked.replace(";rport;", f";rport={port};", 1)
    elif "rport" in marked.lower():
        marked = _RPORT.sub(f";rport={port}", marked, count=1)
    message.lines[message.names.index("via")] = f"{label}: {marked};received={host}{rest}"


def _is_same(host: str, address: str) -> bool:
    """Whether the host of a sent-by is a numeric address, which IPv6 has many spellings of."""
    if host[0] != "[":
        return host == address
    try:
        return ip_address(host[1:-1]) == ip_address(address)
    except ValueError:
        return False


@lru_cache(4096)
def _sent(text: str) -> tuple[str, str]:
    """The transport and the sent-by of what stands before the parameters: always the same from the same sender."""
    match = _SENT.fullmatch(text)
    if not match:
        raise MalformedError("a Via")
    transport, host, port = match.groups()
    return transport.upper(), f"{host}:{port}" if port else host


def _first(value: str) -> str:
    """The first of the values of a header line."""
    return first_value(value)[0] if "," in value else value.strip()


def _branch(tail: str) -> str:
    at = tail.find(";branch=")
    if at >= 0 and '"' not in tail:
        branch = tail[at + 8 :].partition(";")[0].strip()
    else:
        branch = parameters(tail).get("branch", "") if tail else ""
    return "" if branch == MAGIC_COOKIE else branch
