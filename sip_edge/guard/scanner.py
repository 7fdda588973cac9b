"""Programs that look for SIP servers to abuse, by the names that they give themselves."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from sip_edge.message.message import Request

_NAMES: Final = re.compile(
    r"friendly-scanner|sipvicious|sundayddr|sip-?scan|sipcli|sip ?zer0|vaxsip|pplsip|smap|sivus|siparmyknife"
    r"|iwar|mr\.? ?robot|gulp|cruzer|fpbx-scan",
    re.IGNORECASE,
)
_LONGEST: Final = 100


def is_scanner(request: Request) -> bool:
    """Whether a request says that it comes from such a program. Those who run one seldom hide it."""
    if "sipvicious" in request.line("from"):
        return True  # its compact form has no User-Agent
    return "user-agent" in request.names and _is_named(request.get("user-agent")[:_LONGEST])


@lru_cache(1024)
def _is_named(agent: str) -> bool:
    return _NAMES.search(agent) is not None
