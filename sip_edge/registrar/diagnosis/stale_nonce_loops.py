"""Phones that answer old challenges over and over."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

_LOOP: Final = 4
_WITHIN_S: Final = 60
_MOST: Final = 2_000


class StaleNonceLoops:
    """Counts stale nonces. One now and then is usual: a phone tries the old one first, and gets a new one."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def is_one(self, aor: str, network: str, now: float) -> bool:
        """Returns whether this stale nonce, for an address and from a network, is one too many within a minute."""
        since, count = self._seen.pop((aor, network), (now, 0))
        if now - since > _WITHIN_S:
            since, count = now, 0
        self._seen[aor, network] = (since, count + 1)
        if len(self._seen) > _MOST:
            self._seen.popitem(last=False)
        return count + 1 >= _LOOP
