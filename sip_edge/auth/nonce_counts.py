"""The nonces that have been used, where no watermark guards them."""

from __future__ import annotations

from collections import OrderedDict

from sip_edge.auth.nonce import stamp_of, time_of


class NonceCounts:
    """The highest count (`nc`, RFC 7616 section 3.4) that each nonce of this edge was used with.

    A nonce is remembered for its lifetime, in seconds. When there are more than `most`, the one used longest ago is
    forgotten. All that were issued before it count as used from then on.
    """

    __slots__ = ("_counts", "_forgotten", "_lifetime", "_most")

    def __init__(self, lifetime: int, most: int) -> None:
        self._lifetime = lifetime
        self._most = most
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._forgotten = ""

    def __len__(self) -> int:
        """Returns how many nonces are remembered."""
        return len(self._counts)

    def is_used(self, nonce: str, nc: int) -> bool:
        """Returns whether an accepted nonce was used with this count, or a higher one."""
        stamp = stamp_of(nonce)
        return stamp <= self._forgotten or nc <= self._counts.get(stamp, 0)

    def use(self, nonce: str, nc: int, now: float) -> bool:
        """Notes a use of an accepted nonce. Returns False when it was used before."""
        if self.is_used(nonce, nc):
            return False
        stamp, counts = stamp_of(nonce), self._counts
        counts[stamp] = nc
        counts.move_to_end(stamp)
        if len(counts) > self._most:
            self._forgotten = max(self._forgotten, counts.popitem(last=False)[0])
        while counts and time_of(oldest := next(iter(counts))) + self._lifetime < now:
            del counts[oldest]
        return True
