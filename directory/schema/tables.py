"""The tables: their keys, their indexes, and where their deployed names come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Table:
    """One DynamoDB table. All key attributes are strings.

    `index` is the sort key of an index whose partition key is `index_partition_key`. Tables have one when they are also
    listed by something else than their own key. `ttl` names the attribute that holds the time to forget an item, in
    seconds since the epoch. `streamed` tells that its changes are followed (`directory.schema.stream`).
    """

    name: str
    partition_key: str
    sort_key: str | None = None
    index_partition_key: str | None = None
    index_sort_key: str | None = None
    ttl: str | None = None
    streamed: bool = False

    @property
    def variable(self) -> str:
        """The environment variable that holds the deployed name."""
        return f"{self.name.upper()}_TABLE"

    @property
    def index_name(self) -> str:
        """The name of the table's index."""
        return f"by_{self.index_partition_key}"

    def deployed_name(self, environment: Mapping[str, str]) -> str:
        """The deployed name, from the environment. Raises KeyError naming the variable that is missing."""
        return environment[self.variable]


EXTENSIONS: Final = Table("extensions", "customer_id", "id", streamed=True)
ADDRESSES: Final = Table("addresses", "aor", streamed=True)
DIRECT_HASHES: Final = Table("direct_hashes", "hash")
ACCESS_KEYS: Final = Table(
    "access_keys", "token_hash", index_partition_key="customer_id", index_sort_key="id", ttl="forget_at"
)
CUSTOMERS: Final = Table("customers", "customer_id")
ATTEMPTS: Final = Table(
    "attempts", "customer_id", "at", index_partition_key="aor", index_sort_key="at", ttl="forget_at", streamed=True
)
# Calls of the API that are carried out once. What else an item holds is Powertools' own.
IDEMPOTENCY: Final = Table("idempotency", "id", ttl="expiration")
SWITCHES: Final = Table("switches", "name")
WEBHOOKS: Final = Table("webhooks", "customer_id", "id")
USAGE: Final = Table("usage", "customer_id", "window", ttl="forget_at")
TRACES: Final = Table("traces", "aor", "at", ttl="forget_at")
EDGES: Final = Table("edges", "fleet", "edge", ttl="forget_at")
PUSH_APPS: Final = Table("push_apps", "customer_id", "id")
WAKE_UPS: Final = Table("wake_ups", "aor", "at", ttl="forget_at")
REFRESH_PUSHES: Final = Table("refresh_pushes", "minute_shard", "device", ttl="forget_at")
CALLS: Final = Table("calls", "customer_id", "at", ttl="forget_at", streamed=True)

ALL: Final = (
    EXTENSIONS,
    ADDRESSES,
    DIRECT_HASHES,
    ACCESS_KEYS,
    CUSTOMERS,
    ATTEMPTS,
    IDEMPOTENCY,
    SWITCHES,
    WEBHOOKS,
    USAGE,
    TRACES,
    EDGES,
    CALLS,
    PUSH_APPS,
    WAKE_UPS,
    REFRESH_PUSHES,
)
EDGE: Final = (
    *(ADDRESSES, DIRECT_HASHES, CUSTOMERS, ATTEMPTS, SWITCHES, TRACES),
    *(EDGES, CALLS, PUSH_APPS, WAKE_UPS, REFRESH_PUSHES),
)
"""Those that an edge knows."""
