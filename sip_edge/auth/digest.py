"""Digest credentials and challenges (RFC 3261 §22.4, RFC 7616 §3)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from hashlib import md5
from typing import Final

from sip_edge.auth.nonce import Nonces
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Request

CREDENTIAL_HEADERS: Final = ("authorization", "proxy-authorization")
# Possessive: a mismatch of any length is found in one pass.
_PARAMETER: Final = re.compile(
    r'\s*+([A-Za-z0-9_\-]++)\s*+=\s*+(?:"((?:[^"\\]++|\\.)*+)"|([^\s,"]*+))\s*+(?:,|$)', re.DOTALL
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_HEX8: Final = re.compile(r"[0-9a-fA-F]{8}")
_UNKNOWN_USER_HA1: Final = md5(b"unknown").hexdigest()  # takes the place of an HA1 that does not exist


class Credentials:
    """The digest credentials of a request. `nc` is 1 where the client knows no qop (RFC 2069)."""

    __slots__ = ("_fields", "nc", "nonce", "username")

    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields
        self.username = fields.get("username", "")
        self.nonce = fields.get("nonce", "")
        count = fields.get("nc", "")
        self.nc = int(count, 16) if _HEX8.fullmatch(count) else 1

    @property
    def was_offered(self) -> bool:
        """Returns whether they are of a kind that our challenges offer: MD5, with qop=auth or without."""
        fields = self._fields
        return fields.get("algorithm", "md5").lower() == "md5" and fields.get("qop", "").lower() in ("", "auth")

    def prove(self, method: str, ha1: str | None) -> bool:
        """Returns whether the response fits the stored HA1. None, for an unknown user, takes as long and never fits.

        The URI is hashed as presented: agents put different URIs there, and the nonce guards against replays.
        """
        if not self.was_offered:
            return False
        fields = self._fields
        qop = fields.get("qop", "")
        ha2 = _md5(f"{method}:{fields.get('uri', '')}")
        middle = f"{self.nonce}:{fields.get('nc', '')}:{fields.get('cnonce', '')}:auth" if qop else self.nonce
        expected = _md5(f"{ha1 or _UNKNOWN_USER_HA1}:{middle}:{ha2}")
        given = fields.get("response", "").lower().encode(errors="surrogateescape")
        return hmac.compare_digest(expected.encode(), given) and ha1 is not None

    def proved_by(self, method: str, ha1s: tuple[str | None, str | None]) -> int | None:
        """Returns the index of the HA1 that the response fits, None for neither. To find none always takes as long."""
        if self.prove(method, ha1s[0]):
            return 0
        return 1 if self.prove(method, ha1s[1]) else None


def has_credentials(request: Request) -> bool:
    """Returns whether there are any credentials, for any realm."""
    return any(header in request.names for header in CREDENTIAL_HEADERS)


def presented(
    request: Request, realm: str, username: str = "", is_fresh: Callable[[str], bool] = bool
) -> Credentials | None:
    """Returns the best of the credentials for our realm; None when there are none.

    The best are of a kind that we offer, of `username`, and on a nonce for which `is_fresh` is true. Some agents answer
    a challenge in both headers with different counts. Others leave the answer to an older challenge in. One proof is
    enough. Raises MalformedError when there are none for our realm, and some that are unreadable.
    """
    found: list[Credentials] = []
    is_malformed = False
    for header in CREDENTIAL_HEADERS:
        if header in request.names:
            for name, line in zip(request.names, request.lines, strict=True):
                if name == header:
                    try:
                        fields = _fields(line[line.index(":") + 1 :])
                    except MalformedError:
                        is_malformed = True
                        continue
                    if fields.get("realm") == realm:
                        found.append(Credentials(fields))
    if len(found) > 1:
        return max(found, key=lambda c: (c.was_offered, c.username == username, is_fresh(c.nonce)))
    if is_malformed and not found:
        raise MalformedError("the credentials")
    return found[0] if found else None


def is_for(line: str, realm: str) -> bool:
    """Returns whether a header line has credentials for a realm, or credentials of a realm that can't be read."""
    try:
        return _fields(line[line.index(":") + 1 :]).get("realm", realm) == realm
    except MalformedError:
        return True


def _fields(value: str) -> dict[str, str]:
    parts = value.split(maxsplit=1)
    if len(parts) < 2 or parts[0].lower() != "digest":
        return {}
    text = parts[1]
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _PARAMETER.match(text, at)
        if not match:
            raise MalformedError("the credentials")
        name, quoted, plain = match.groups()
        name = name.lower()
        if name in found:
            raise MalformedError("the credentials")
        found[name] = quoted or plain or ""
        at = match.end()
    if "\\" in text:
        return {name: _ESCAPED.sub(r"\1", value) for name, value in found.items()}
    return found


class Challenger:
    """Makes challenges for one realm."""

    __slots__ = ("_head", "_nonces")

    def __init__(self, realm: str, nonces: Nonces) -> None:
        self._head = f'Digest realm="{realm}", algorithm=MD5, qop="auth", nonce="'
        self._nonces = nonces

    def challenge(self, now: float, stale: bool, scope: str, after: str = "") -> str:
        """Returns the value of a WWW- or Proxy-Authenticate header with a fresh nonce.

        The nonce is good for `scope`, and newer than the stamp `after`. `stale` tells the client that its password was
        not the fault. Only MD5 is offered: in any order of several algorithms, some phones take one that they can't do.
        """
        return f'{self._head}{self._nonces.issue(now, scope, after)}"{", stale=true" if stale else ""}'


def _md5(text: str) -> str:
    return md5(text.encode(errors="surrogateescape")).hexdigest()
