"""SIP URIs (RFC 3261 §19.1)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from sip_edge.message.errors import MalformedError

_SIP: Final = re.compile(
    r"(sips?):"
    r"(?:([^@\x00-\x20\x7f<>\"]*+)@)?"
    r"(\[[0-9a-f:.]++\]|[a-z0-9_](?:[a-z0-9_.\-]*[a-z0-9_])?\.?)"
    r"(?::([0-9]{1,5}))?"
    r"((?:;[^?\x00-\x20\x7f<>\"@]*+)?)"
    r"((?:\?[^\x00-\x20\x7f<>\"@]*+)?)",
    re.IGNORECASE | re.ASCII,
)
_ODD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LONGEST: Final = 1024  # many are cached, and their senders should not decide the memory for that


class Uri:
    """A sip: or sips: URI: `user` unescaped and without a password, `host` in lower case, `port` 0 when absent.

    `params` and `headers` are as they came, with the `;` or `?` that they begin with.
    """

    __slots__ = ("headers", "host", "params", "port", "scheme", "user")

    def __init__(self, scheme: str, user: str, host: str, port: int, params: str, headers: str) -> None:
        self.scheme = scheme
        self.user = user
        self.host = host
        self.port = port
        self.params = params
        self.headers = headers

    @property
    def transport(self) -> str:
        """The transport parameter in lower case, "" when absent."""
        return self.parameter("transport").lower()

    def parameter(self, name: str) -> str:
        """The value of the first parameter of that name in lower case, "" when it is absent or has none.

        Other parameters are not checked, since this edge does not need them.
        """
        for parameter in self.params.split(";"):
            label, _, value = parameter.partition("=")
            if unescaped(label).lower() == name:
                return unescaped(value)
        return ""

    @property
    def key(self) -> str:
        """The common value of URIs that are equal for bindings (RFC 3261 §19.1.4)."""
        return f"{self.scheme}:{self.user}@{self.host}:{self.port or 5060};{self.transport or 'udp'}"


@lru_cache(4096)
def parse(text: str) -> Uri:
    """A SIP or SIPS URI. Raises MalformedError for anything else."""
    match = _SIP.fullmatch(text) if len(text) <= _LONGEST else None
    if not match:
        raise MalformedError("a SIP URI")
    scheme, user, host, port, params, headers = match.groups()
    number = int(port) if port else 0
    if number > 65535 or (port and not number):
        raise MalformedError("a port")
    user = unescaped((user or "").partition(":")[0])
    return Uri(scheme.lower(), user, host.lower().rstrip("."), number, params, headers)


def scheme(text: str) -> str:
    """The scheme of any URI in lower case, "" if it has none."""
    name, colon, _ = text.partition(":")
    return name.lower() if colon and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.\-]*", name) else ""


def has_odd_escapes(text: str) -> bool:
    """Whether a `%` begins no escape (RFC 3261 §25.1): readers disagree about the characters that it stands for."""
    return "%" in text and _ODD_ESCAPE.search(text) is not None


def without_headers(text: str) -> str:
    """A URI without what follows its `?`, which has no place in a Request-URI (RFC 3261 §19.1.1, table 1)."""
    at = text.find("?", text.find("@") + 1)  # in a user part it is a character like any other
    return text if at < 0 else text[:at]


def public(text: str) -> str:
    """Any URI without the password and the headers that it may have (RFC 3261 §19.1.1): for logs, and for others.

    A text that is no URI loses everything that could be one of the two.
    """
    scheme_, colon, rest = without_headers(text).partition(":")
    user, at, place = rest.rpartition("@")
    return f"{scheme_}{colon}{user.partition(':')[0]}{at}{place}"


def unescaped(text: str) -> str:
    """A part of a URI with its escaping undone, once (RFC 3261 §19.1.2)."""
    if "%" not in text:
        return text
    return unquote_to_bytes(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
