"""Entity tags: which revision of a resource a program has seen (RFC 9110 §8.8.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

# A weak tag never matches (RFC 9110 §13.1.1).
_STRONG: Final = re.compile(r'(?<!W/)"([0-9]{1,18})"')


def entity_tag(revision: int) -> str:
    """The value of the ETag header that stands for a revision."""
    return f'"{revision}"'


def seen(headers: Mapping[str, str]) -> frozenset[int] | None:
    """The revisions that a request's If-Match allows; None when it allows any (RFC 9110 §13.1.1).

    A tag that is none of ours allows nothing.
    """
    condition = headers.get("if-match")
    if condition is None or condition.strip() == "*":
        return None
    return frozenset(map(int, _STRONG.findall(condition)))
