"""Recognises programs that look for SIP servers to abuse, by the names that they give themselves."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from sip_edge.message.message import Request

# The whole first product of a User-Agent (RFC 3261 §20.41): a phone may have any of these in a longer name.
_PRODUCT: Final = re.compile(
    r"(?:friendly-scanner|sipvicious|sundayddr|sip-?scan|sipcli|sip ?zer0|vaxsip(?:useragent)?|pplsip|smap|sivus"
    r"|siparmyknife|iwar|mr\.? ?robot|gulp|cruzer|fpbx-scan)"
    r"(?=\s*+(?:$|[/(;,]|v?[0-9]))",
    re.IGNORECASE,
)
_LONGEST: Final = 100
_DISPLAY_NAME: Final = '"sipvicious"'  # its own; its compact form has no User-Agent


def is_scanner(request: Request) -> bool:
    """Returns whether a request says that it comes from such a program. Most scanners don't hide it."""
    if request.get("from")[: len(_DISPLAY_NAME)].lower() == _DISPLAY_NAME:
        return True
    return "user-agent" in request.names and _is_named(request.get("user-agent")[:_LONGEST])


@lru_cache(1024)
def _is_named(agent: str) -> bool:
    return _PRODUCT.match(agent) is not None
