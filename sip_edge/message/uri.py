"""SIP URIs (RFC 3261 §19.1)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from sip_edge.message.errors import MalformedError
from sip_edge.message.values import parameters

_SIP: Final = re.compile(
    r"(sips?):"
    r"(?:([^@\s<>\"]*)@)?"
    r"(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.\-]*[a-z0-9])?\.?)"
    r"(?::([0-9]{1,5}))?"
    r"((?:;[^?\s<>\"@]*)?)"
    r"(\?[^\s<>\"@]*)?$",
    re.IGNORECASE,
)


class Uri:
    """A sip: or sips: URI: `user` unescaped and without a password, `host` in lower case, `port` 0 when absent."""

    __slots__ = ("host", "params", "port", "scheme", "user")

    def __init__(self, scheme: str, user: str, host: str, port: int, params: str) -> None:
        self.scheme = scheme
        self.user = user
        self.host = host
        self.port = port
        self.params = params

    @property
    def transport(self) -> str:
        """The transport parameter in lower case, "" when absent."""
        return self.parameter("transport").lower()

    def parameter(self, name: str) -> str:
        """A parameter's value, "" when it is absent or has none. Raises MalformedError on garbage."""
        return parameters(self.params).get(name, "") if self.params else ""

    @property
    def key(self) -> str:
        """What two URIs of the same place share: a comparison fit for bindings (RFC 3261 §19.1.4)."""
        return f"{self.scheme}:{self.user}@{self.host}:{self.port or 5060};{self.transport or 'udp'}"


@lru_cache(4096)
def parse(text: str) -> Uri:
    """A SIP or SIPS URI. Raises MalformedError for anything else."""
    match = _SIP.match(text)
    if not match:
        raise MalformedError("a SIP URI")
    scheme, user, host, port, params, _headers = match.groups()
    number = int(port) if port else 0
    if number > 65535 or (port and not number):
        raise MalformedError("a port")
    user = (user or "").partition(":")[0]
    if "%" in user:
        user = unquote_to_bytes(user).decode("utf-8", "surrogateescape")
    return Uri(scheme.lower(), user, host.lower().rstrip("."), number, params)


def scheme(text: str) -> str:
    """The scheme of any URI in lower case, "" if it has none."""
    name, colon, _ = text.partition(":")
    return name.lower() if colon and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.\-]*", name) else ""
