"""Removes the secrets of a message, so that people may read it.

A removed secret shows as `[redacted]`. Headers, parameters and fields with a secret or telling name lose their values
wherever they stand. So do passwords in URIs and bearer tokens. Escapes (RFC 3986 §2.1) hide nothing, also when they
are escaped again. A sender chooses the length of a message, so each pattern takes one pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from sip_edge.message.message import Message

LONGEST: Final = 16_384  # characters; a whole INVITE of a browser is half as long
_REDACTED: Final = "[redacted]"
_TELLING: Final = re.compile(
    "auth|bearer|cookie|credential|jwt|key|pass|prid|pwd|secret|signature|token", re.IGNORECASE
)
_SECRET_HEADERS: Final = frozenset(("authorization", "proxy-authorization", "authentication-info", "identity"))
_CHALLENGES: Final = frozenset(("www-authenticate", "proxy-authenticate"))
_SECRET_NAMES: Final = frozenset(
    ("nonce", "cnonce", "nextnonce", "opaque", "response", "rspauth", "otp", "pin", "psk", "sig")
)
_OPEN_IN_A_CHALLENGE: Final = frozenset(("realm", "qop", "algorithm", "stale"))
_TOKEN_OF_A_CHALLENGE: Final = re.compile(r"\A(\s*+[\w-]++\s++)[\w.~+/-]++=*+(?=\s*+(?:,|$))")  # RFC 9110 §11.2
_FIELD: Final = re.compile(r"""(?<![\w.%-])([\w.%-]++)(["']?+)\s*+([=:])\s*+""")
_VALUE: Final = re.compile(
    r""""(?:[^"\\]|\\.)*+"?|'(?:[^'\\]|\\.)*+'?|\[[^\]]*+\]?|\{[^}]*+\}?|[^\s,;&>"]*+""", re.DOTALL
)
# Of a push parameter (RFC 8599, and the older family): an `&` joins the tokens of one device.
_PUSH: Final = "pn-"
_PUSH_VALUE: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[^;,>"]*+', re.DOTALL)
_WORD: Final = re.compile(r'[^\s<>"]++')
# Letters, digits, and what URIs and fields are told by. What ends a value stays escaped, so its end is still known.
_ESCAPE: Final = re.compile(r"%(?:25)*+(2[d-f]|3[0-9adf]|[46][0-9a-f]|[57][0-9a]|5f|7e)", re.IGNORECASE)
_ESCAPED_BYTE: Final = re.compile(r"%(?:25)*+[0-9a-f]{2}", re.IGNORECASE)
_BEGIN: Final = r"(?:(?<![\w+.%-])|(?<=%[0-9a-f]{2}))"  # of a word
_SPACES: Final = r"(?:\s|%(?:25)*+(?:20|09))++"
_SCHEME: Final = re.compile(rf"{_BEGIN}(?:(?:[a-z][\w+.-]*+:)?(//)|[a-z][\w+.-]*+:)", re.IGNORECASE)
_PLAIN_AUTHORITY: Final = re.compile(r"[^/?#@:]*+(?::[0-9]*+)?(?=[/?#])")
_ROUTE_TOKEN: Final = re.compile(r"(sips?:)flow(?:\.|%2e)[\w-]{38,}+(?=@)", re.IGNORECASE)
_MARK: Final = re.compile(r"(branch\s*+=\s*+z9hG4bK[^.;,=\s]*+)\.[0-9a-f]{28,}", re.IGNORECASE)
# Credentials of RFC 6750, RFC 9449, RFC 4559, RFC 7617 and their like; some of the schemes are words of a language.
_CREDENTIALS: Final = re.compile(
    rf"""({_BEGIN}(?:(?:bearer|dpop|negotiate|ntlm){_SPACES}|(?:basic|token|apikey){_SPACES}(?=["']?+[^\s,;&>"]{{6}})))"""
    r"""["']?+[^\s,;&>"]++""",
    re.IGNORECASE,
)
_SIGNED_TOKEN: Final = re.compile(rf"{_BEGIN}eyJ[\w-]{{5,}}+\.[\w.-]*+")  # a JWT (RFC 7519), a PASSporT (RFC 8225)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_DESCRIPTION_LINE: Final = re.compile(r"(\s*+([a-z])\s*+=)\s*+(?:([\w.-]++)\s*+:)?", re.IGNORECASE)
_SECRET_ATTRIBUTES: Final = frozenset(("crypto", "fingerprint", "zrtp-hash"))
_INLINE_KEY: Final = re.compile(r"(inline:)\S++", re.IGNORECASE)


def redacted(message: Message) -> str:
    """Returns the text of a message without its secrets, at most LONGEST characters of it.

    Credentials, nonces, passwords in URIs, route tokens, the seals of branches, and keys in a session description are
    removed. Other bodies than session descriptions are told by their length.
    """
    lines = [_without_secrets(message.start)]
    lines += [_header(name, line) for name, line in zip(message.names, message.lines, strict=True)]
    text = _readable("\r\n".join([*lines, "", ""])) + _body(message)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} characters)"


def _header(name: str, line: str) -> str:
    label, _, value = line.partition(":")
    if name in _CHALLENGES:
        return f"{label}:{_challenge(value)}"
    if name in _SECRET_HEADERS or _TELLING.search(name):
        return f"{label}: {_REDACTED}"
    return f"{label}:{_without_secrets(value)}"


def _challenge(value: str) -> str:
    value = _TOKEN_OF_A_CHALLENGE.sub(rf"\1{_REDACTED}", value)
    return _without_secrets(_without_fields(value, _is_secret_in_a_challenge))


def _without_secrets(text: str) -> str:
    """Text as it is, or without its secrets and then without some of its escapes."""
    plain = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text) if "%" in text else text
    shown = _without_plain_secrets(plain)
    return text if shown == plain else shown


def _without_plain_secrets(text: str) -> str:
    text = _ROUTE_TOKEN.sub(rf"\1{_REDACTED}", text)
    if "@" in text:
        text = _WORD.sub(_without_password, text)
    text = _CREDENTIALS.sub(rf"\1{_REDACTED}", _MARK.sub(r"\1", text))
    text = _INLINE_KEY.sub(rf"\1{_REDACTED}", _SIGNED_TOKEN.sub(_REDACTED, text))
    return _without_fields(text, _is_secret)


def _without_password(word: re.Match[str]) -> str:
    """A word without the password of its URI, whatever the scheme (RFC 3986 §3.2.1, RFC 3261 §19.1.1).

    A password may hold an @ that should be escaped, so it goes to the last one. A user alone opens nothing at a SIP
    host, but is a token where a URI has an authority.
    """
    text = word[0]
    at, begin = text.rfind("@"), 0
    while scheme := _SCHEME.search(text, begin, max(at, 0)):
        begin = scheme.end()
        plain = _PLAIN_AUTHORITY.match(text, begin) if scheme[1] else None
        if plain:
            begin = plain.end()
            continue
        user, colon, _ = text[begin:at].partition(":")
        if colon:
            return f"{text[:begin]}{user}:{_REDACTED}{text[at:]}"
        return f"{text[:begin]}{_REDACTED}{text[at:]}" if scheme[1] else text
    return text


def _without_fields(text: str, is_secret: Callable[[str, bool], bool]) -> str:
    """Text without the values of secret fields: parameters, also of a URI's headers and within quotes, and members of
    JSON. `is_secret` gets a name, and whether a value certainly follows it."""
    parts = []
    done = 0
    for found in _FIELD.finditer(text):
        name, quote, sign = found.groups()
        if "%" in name:
            name = next(filter(None, reversed(_ESCAPED_BYTE.split(name))), "")
        if found.start() >= done and is_secret(name.lower(), sign == "=" or bool(quote)):
            parts += [text[done : found.end()], _REDACTED]
            pattern = _PUSH_VALUE if name.lower().startswith(_PUSH) else _VALUE
            value = pattern.match(text, found.end())
            done = value.end() if value else found.end()
    return "".join([*parts, text[done:]])


def _is_secret(name: str, is_field: bool) -> bool:
    """A colon may also follow a host."""
    if _TELLING.search(name):
        return is_field or "." not in name
    return is_field and (name in _SECRET_NAMES or name.startswith(_PUSH))


def _is_secret_in_a_challenge(name: str, is_field: bool) -> bool:
    return is_field and name not in _OPEN_IN_A_CHALLENGE


def _body(message: Message) -> str:
    if not message.body:
        return ""
    kind = message.get("content-type").partition(";")[0].strip().lower()
    if kind != "application/sdp" or "content-encoding" in message.names:
        return f"[{len(message.body)} bytes]"
    text = _readable(message.body.decode("utf-8", "surrogateescape"))
    return "\r\n".join([_description_line(line) for line in _LINE_END.split(text)])


def _description_line(line: str) -> str:
    """A line of a session description (RFC 8866) without its key (RFC 4568, RFC 8839, RFC 8122).

    A line of another form belongs to no session description, and is left out.
    """
    found = _DESCRIPTION_LINE.match(line)
    if not found:
        return _REDACTED if line.strip() else line
    kind, attribute = found[2].lower(), (found[3] or "").lower()
    if kind == "k":
        return f"{found[1]}{_REDACTED}"
    if kind == "a" and (attribute in _SECRET_ATTRIBUTES or _TELLING.search(attribute)):
        return f"{found[0]}{_REDACTED}"
    return _without_secrets(line)


def _readable(text: str) -> str:
    """Returns text that can be stored and shown. Bytes that are no UTF-8 become U+FFFD."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
