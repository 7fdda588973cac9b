"""Caches answers of the DNS: a bounded number of them, each until it expires."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class DnsCache(Generic[Key, Value]):
    """Keeps at most `most` values. A new value replaces the one that was not asked for longest.

    Times are seconds of one clock, which the caller reads.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def __len__(self) -> int:
        """The number of cached values, with expired ones."""
        return len(self._entries)

    def get(self, key: Key, now: float) -> Value | None:
        """Returns the value of a key, None when there is none or it has expired."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        expires, value = entry
        if expires <= now:
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return value

    def put(self, key: Key, value: Value, expires: float) -> None:
        """Keeps a value until the time `expires`, in place of what the key had."""
        self._entries[key] = (expires, value)
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)
