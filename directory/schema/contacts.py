"""Contact URIs without the push parameters of their devices (RFC 8599 section 4.1).

The parameters hold a token by which the device is woken. It is a secret of the device: the table and the device's own
200 have it alone.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

_PREFIX: Final = "pn-"
_OLDER: Final = frozenset(("app-id",))
_PARAMETER: Final = re.compile(r';([^;,=?@>"]*+)(?:=\s*+(?:"(?:[^"\\]|\\.)*+"|[^;,?@>"]*+))?+')


def without_push_parameters(contact: str) -> str:
    """Returns a Contact URI or header field without push parameters, those of the older family included."""
    if ";" not in contact or not _may_have(contact):
        return contact
    return _PARAMETER.sub(lambda match: "" if _is_push_parameter(match[1]) else match[0], contact)


def _may_have(contact: str) -> bool:
    """Returns whether a push parameter may stand in a text: a cheap test, which is true of other texts, too."""
    return "%" in contact or _PREFIX in (lower := contact.lower()) or "app-id" in lower


def _is_push_parameter(name: str) -> bool:
    plain = unquote(name).strip().lower()
    return plain.startswith(_PREFIX) or plain in _OLDER
