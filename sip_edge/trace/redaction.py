"""A message as people may read it: without what opens anything.

What is left out shows as `[redacted]`. Headers and parameters that are known, or say by their name, to be secret are
left out wherever they stand. Whoever sends messages decides how long they are, so each pattern takes one pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from sip_edge.message.message import Message

LONGEST: Final = 16_384  # characters; a whole INVITE of a browser is half as long
_REDACTED: Final = "[redacted]"
_TELLING: Final = re.compile("auth|cookie|credential|key|pass|prid|pwd|secret|signature|token", re.IGNORECASE)
_SECRET_HEADERS: Final = frozenset(("authorization", "proxy-authorization", "authentication-info", "identity"))
_CHALLENGES: Final = frozenset(("www-authenticate", "proxy-authenticate"))
_OF_DIGEST: Final = frozenset(("nonce", "cnonce", "nextnonce", "opaque", "response", "rspauth"))
_OPEN_IN_A_CHALLENGE: Final = frozenset(("realm", "qop", "algorithm", "stale"))
_PARAMETER: Final = re.compile(r"(?<![\w.%-])([\w.%-]++)\s*+=\s*+")
_VALUE: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[^\s,;&>"]*+')
_URI: Final = re.compile(r'(sips?:)([^\s<>"]++)', re.IGNORECASE)
_ROUTE_TOKEN: Final = re.compile(r"(sips?:)flow(?:\.|%2e)[\w-]{38,}+(?=@)", re.IGNORECASE)
_MARK: Final = re.compile(r"(branch\s*+=\s*+z9hG4bK[^.;,=\s]*+)\.[0-9a-f]{28,}", re.IGNORECASE)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_KEY_LINE: Final = re.compile(
    r"\s*+(a\s*+=\s*+(?:crypto|ice-pwd|fingerprint|key-mgmt|zrtp-hash)|k)\s*+[:=]", re.IGNORECASE
)
_INLINE_KEY: Final = re.compile(r"(inline:)\S++", re.IGNORECASE)


def redacted(message: Message) -> str:
    """The text of a message, at most LONGEST characters of it, without what opens anything.

    Left out are credentials, nonces, passwords in URIs, the tokens of our routes and the seals of our branches, and the
    keys in a session description. Other bodies than session descriptions are told by their length.
    """
    lines = [_without_secrets(message.start)]
    lines += [_header(name, line) for name, line in zip(message.names, message.lines, strict=True)]
    text = _readable("\r\n".join([*lines, "", ""])) + _body(message)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} characters)"


def _header(name: str, line: str) -> str:
    label, _, value = line.partition(":")
    if name in _CHALLENGES:
        return f"{label}:{_without_parameters(value, _is_secret_in_a_challenge)}"
    if name in _SECRET_HEADERS or _TELLING.search(name):
        return f"{label}: {_REDACTED}"
    return f"{label}:{_without_secrets(value)}"


def _without_secrets(text: str) -> str:
    text = _ROUTE_TOKEN.sub(rf"\1{_REDACTED}", text)
    text = _URI.sub(_without_password, text)
    return _without_parameters(_MARK.sub(r"\1", text), _is_secret)


def _without_password(uri: re.Match[str]) -> str:
    """A URI without the password behind its user (RFC 3261 §19.1.1), which may hold an @ that should be escaped."""
    userinfo, at, host = uri[2].rpartition("@")
    user, colon, _ = userinfo.partition(":")
    return f"{uri[1]}{user}:{_REDACTED}@{host}" if at and colon else uri[0]


def _without_parameters(text: str, is_secret: Callable[[str], bool]) -> str:
    """Also those of a URI's headers, and within quotes."""
    parts = []
    done = 0
    for found in _PARAMETER.finditer(text):
        if found.start() >= done and is_secret(found[1].lower()):
            parts += [text[done : found.end()], _REDACTED]
            value = _VALUE.match(text, found.end())
            done = value.end() if value else found.end()
    return "".join([*parts, text[done:]])


def _is_secret(name: str) -> bool:
    return name in _OF_DIGEST or _TELLING.search(name) is not None


def _is_secret_in_a_challenge(name: str) -> bool:
    return name not in _OPEN_IN_A_CHALLENGE


def _body(message: Message) -> str:
    if not message.body:
        return ""
    kind = message.get("content-type").partition(";")[0].strip().lower()
    if kind != "application/sdp" or "content-encoding" in message.names:
        return f"[{len(message.body)} bytes]"
    text = _readable(message.body.decode("utf-8", "surrogateescape"))
    return "\r\n".join([_description_line(line) for line in _LINE_END.split(text)])


def _description_line(line: str) -> str:
    """A line of a session description (RFC 8866) without its key (RFC 4568, RFC 8839, RFC 8122)."""
    key = _KEY_LINE.match(line)
    return f"{key[0]}{_REDACTED}" if key else _INLINE_KEY.sub(rf"\1{_REDACTED}", _without_secrets(line))


def _readable(text: str) -> str:
    """What can be stored and shown: bytes that are no UTF-8 become U+FFFD."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
