"""Planned refresh pushes (RFC 8599 section 5.5), and the items of their table, in DynamoDB's wire form.

A phone that can't wake itself is pushed before its binding ends, so that it registers again. Items are found by the
minute of their push, so an edge reads those that are due alone. No item holds a token.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from zlib import crc32

from directory.schema.items import Item, ReadItem, number, text

SHARDS: Final = 16
"""The parts of a minute. Edges share them, and a partition of DynamoDB takes the writes of one (1,000 a second)."""

MINUTE_S: Final = 60
PROGRESS: Final = "progress"
"""The key of the items that tell which minutes are done."""

_PROGRESS_KEPT_S: Final = 3600  # a push of an hour ago is of no use


class RefreshPush(NamedTuple):
    """The push that is due before one binding ends.

    `registration` is the binding's id (`registration_id`), and `expires` its end in seconds since the epoch. The push
    is due in `minute`, counted since the epoch. A binding that ends at another time has another push.
    """

    aor: str
    registration: str
    expires: int
    minute: int

    @property
    def shard(self) -> int:
        """The part of its minute, 0 to SHARDS - 1."""
        return crc32(f"{self.aor} {self.registration}".encode(errors="surrogateescape")) % SHARDS

    @property
    def device(self) -> str:
        """The sort key of its item."""
        return f"{self.aor} {self.registration}"


def minute_shard(minute: int, shard: int) -> str:
    """Returns the partition key of a part of a minute."""
    return f"{minute}/{shard:02}"


def refresh_push_item(push: RefreshPush) -> Item:
    """The `refresh_pushes` item of a push. It is forgotten by the table's TTL once its binding has ended."""
    return {
        "minute_shard": text(minute_shard(push.minute, push.shard)),
        "device": text(push.device),
        "expires": number(push.expires),
        "forget_at": number(push.expires),
    }


def refresh_push(item: ReadItem) -> RefreshPush:
    """The push of a `refresh_pushes` item."""
    aor, _, registration = item["device"]["S"].rpartition(" ")
    minute = int(item["minute_shard"]["S"].partition("/")[0])
    return RefreshPush(aor, registration, int(item["expires"]["N"]), minute)


def progress_item(shard: int, minute: int) -> Item:
    """The `refresh_pushes` item that tells that the pushes of a shard are sent up to and with a minute."""
    return {
        "minute_shard": text(PROGRESS),
        "device": text(str(shard)),
        "minute": number(minute),
        "forget_at": number(minute * MINUTE_S + _PROGRESS_KEPT_S),
    }


def progress(item: ReadItem) -> tuple[int, int]:
    """The shard of such an item, and its minute."""
    return int(item["device"]["S"]), int(item["minute"]["N"])
