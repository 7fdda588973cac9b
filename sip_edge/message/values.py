"""The small grammar inside header values: lists, quoted strings, parameters, addresses (RFC 3261 §7.3.1, §25.1)."""

from __future__ import annotations

import re
from typing import Final

from sip_edge.message.errors import MalformedError

# The quantifiers are possessive: what can't match is found out in one pass, however long it is.
_QUOTED: Final = r'"(?:[^"\\]++|\\.)*+"'
_ITEM: Final = re.compile(rf'(?:{_QUOTED}|<[^>]*+>|[^,"<]++)*+', re.DOTALL)
_PARAMETER: Final = re.compile(rf';\s*+([^\s;=,"]++)(?:\s*+=\s*+({_QUOTED}|[^\s;,"]*+))?+\s*+', re.DOTALL)
_NAME_ADDR: Final = re.compile(rf'(?:{_QUOTED}\s*+|[^<>",;]*+)<([^<>\s]++)>\s*+(;.*)?', re.DOTALL)
_ADDR_SPEC: Final = re.compile(rf'([^\s<>",;?]++)\s*+(;(?:{_QUOTED}|[^<>"]++)*+)?', re.DOTALL)
_LONGEST_NUMBER: Final = 40  # leading zeros are allowed, endless ones are not


def split_values(text: str) -> list[str]:
    """Split a list at its commas, those in quotes and angle brackets left alone. Empty values are dropped."""
    if "," not in text:
        value = text.strip()
        return [value] if value else []
    if '"' not in text and "<" not in text:
        return [value for part in text.split(",") if (value := part.strip())]
    found: list[str] = []
    at = 0
    while at < len(text):
        end = _end_of_value(text, at)
        value = text[at:end].strip()
        if value:
            found.append(value)
        at = end + 1
    return found


def first_value(text: str) -> tuple[str, str]:
    """The first value of a list that is not empty, and all that follows its comma.

    Only the first value is read, since the others are not needed. Raises MalformedError when a quote or bracket in the
    value doesn't end.
    """
    at = 0
    while at < len(text):
        end = _end_of_value(text, at)
        value = text[at:end].strip()
        at = end + 1
        if value:
            return value, text[at:]
    return "", ""


def _end_of_value(text: str, at: int) -> int:
    match = _ITEM.match(text, at)
    end = match.end() if match else at
    if end < len(text) and text[end] != ",":
        raise MalformedError("an unbalanced quote or bracket")
    return end


def parameter(tail: str, name: str) -> str:
    """The value of `;name=value` in a parameter tail; "" if it is absent or has no value."""
    at = tail.find(f";{name}=")
    if at >= 0 and '"' not in tail:
        return tail[at + len(name) + 2 :].partition(";")[0].strip()
    if name not in tail.lower():
        return ""
    return parameters(tail).get(name, "")


def parameters(tail: str) -> dict[str, str]:
    """The parameters of a tail like `;a=b;c`, names in lower case, quotes removed.

    Raises MalformedError on anything else, and on a parameter that stands twice.
    """
    found: dict[str, str] = {}
    at = 0
    tail = tail.strip()
    while at < len(tail):
        match = _PARAMETER.match(tail, at)
        if not match:
            raise MalformedError("a parameter")
        name = match[1].lower()
        if name in found:
            raise MalformedError("a parameter that stands twice")
        found[name] = unquote(match[2] or "")
        at = match.end()
    return found


def unquote(value: str) -> str:
    """A quoted string without its quotes and escapes; anything else as it is."""
    if len(value) < 2 or value[0] != '"':
        return value
    inner = value[1:-1]
    return re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL) if "\\" in inner else inner


def address(value: str) -> tuple[str, str]:
    """The URI and the parameter tail of a name-addr or addr-spec (RFC 3261 §20.10). Raises MalformedError.

    Angle brackets count outside of quotes only. Without them all parameters are the header's, none the URI's.
    """
    if value[:1] == "<" and value.find("<", 1) < 0:
        uri, closed, tail = value[1:].partition(">")
        if closed and uri and " " not in uri and "\t" not in uri and (not tail or tail[0] == ";"):
            return uri, tail
    value = value.strip()
    match = _ADDR_SPEC.fullmatch(value) or _NAME_ADDR.fullmatch(value)
    if not match:
        raise MalformedError("an address")
    return match[1], match[2] or ""


def number(text: str, below: int) -> int:
    """A decimal number less than `below`. Raises MalformedError for anything else."""
    if not (text.isascii() and text.isdigit()) or len(text) > _LONGEST_NUMBER or (found := int(text)) >= below:
        raise MalformedError("a number")
    return found


def printable(text: str) -> str:
    """The text without what can't be stored or shown."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c.isprintable())
