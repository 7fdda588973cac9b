"""The edge's way to the addresses: reads and compare-and-swaps, collected into few calls.

Every change of an address goes through one rule. A caller computes the new address from the one it has. The book writes
it on the condition that the stored version is still the one the caller saw. A password change, a deletion, a second
device and a replayed nonce all show as "not the version I saw". So a caller may compute from a cached address of any
age.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from directory.edge.distribution import Distribution
from directory.edge.group_commit import GroupCommit
from directory.edge.retries import Retries
from directory.schema import items, tables
from directory.schema.model import Address

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import BatchStatementRequestTypeDef

    from directory.edge.lean_client import LeanClient

_IN_FLIGHT: Final = 2
CALLS_AT_ONCE: Final = 2 * _IN_FLIGHT  # reads and writes
_LARGEST_READ: Final = 100  # the limit of BatchGetItem
_LARGEST_WRITE: Final = 25  # the limit of BatchExecuteStatement
_TRANSIENT: Final = frozenset(
    (
        "InternalServerError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingError",
        "TransactionConflict",
    )
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """The address was not the version that was seen. `current` is what it is now, None when it is gone."""

    current: Address | None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The directory could not answer; `reason` names the error for a log. A write may or may not have taken place."""

    reason: str


ReadOutcome = Address | Unavailable | None
WriteOutcome = Address | Conflict | Unavailable
ResolveOutcome = str | Unavailable | None


@dataclass(frozen=True, slots=True)
class _Swap:
    address: Address
    seen: int


class _Throttled:
    """A statement or key that DynamoDB asks to send again later."""


class AddressBook:
    """Addresses by their aor and by direct hash, with consistent reads. To be used from the loop's thread alone.

    All outcomes are delivered through callbacks, later, in the loop's thread.
    """

    def __init__(self, client: LeanClient, environment: Mapping[str, str], loop: asyncio.AbstractEventLoop) -> None:
        self._client = client
        self._loop = loop
        self._addresses = tables.ADDRESSES.deployed_name(environment)
        self._hashes = tables.DIRECT_HASHES.deployed_name(environment)
        self._update = (
            f'UPDATE "{self._addresses}" SET bindings=? SET nonce=? SET nc=? SET waiting=? SET version=?'  # noqa: S608
            " WHERE aor=? AND version=?"
        )
        self._retries = Retries()
        self._reads: GroupCommit[tuple[str, str], Any] = GroupCommit(
            loop, self._read_all, _unavailable, _LARGEST_READ, _IN_FLIGHT
        )
        self._writes: GroupCommit[_Swap, WriteOutcome | _Throttled] = GroupCommit(
            loop, self._write_all, _unavailable, _LARGEST_WRITE, _IN_FLIGHT
        )

    def read(self, aor: str, then: Callable[[ReadOutcome], None]) -> None:
        """The address as it is at some moment after this call; None when there is none."""
        self._persist(lambda settle: self._reads.add(None, (self._addresses, aor), settle), then)

    def resolve(self, direct_hash: str, then: Callable[[ResolveOutcome], None]) -> None:
        """The aor that a direct hash leads to at some moment after this call; None when it leads nowhere."""
        self._persist(lambda settle: self._reads.add(None, (self._hashes, direct_hash), settle), then)

    def write(self, address: Address, seen: int, then: Callable[[WriteOutcome], None]) -> None:
        """Store bindings, watermark and wait of `address`, on the condition that the stored version is `seen`.

        The outcome is the address itself once it is durable.
        """
        swap = _Swap(address, seen)
        self._persist(lambda settle: self._writes.add(address.aor, swap, settle), then)

    @property
    def read_times(self) -> Distribution:
        """Returns the durations of the calls that read."""
        return self._reads.times

    @property
    def write_times(self) -> Distribution:
        """Returns the durations of the calls that write."""
        return self._writes.times

    @property
    def retries(self) -> int:
        """Returns the number of works that DynamoDB asked to repeat, since the start."""
        return self._retries.taken

    async def close(self) -> None:
        """Wait for the calls in flight."""
        await self._reads.close()
        await self._writes.close()

    def _persist(
        self, ask: Callable[[Callable[[Any], None]], None], then: Callable[[Any], None], failed: int = 0
    ) -> None:
        """Ask, and ask again while DynamoDB throttles what is asked and retries are left."""
        if not failed:
            self._retries.earn()

        def settle(outcome: Any) -> None:
            if not isinstance(outcome, _Throttled):
                then(outcome)
            elif (pause := self._retries.pause(failed + 1)) is None:
                then(Unavailable("throttled"))
            else:
                self._loop.call_later(pause, self._persist, ask, then, failed + 1)

        ask(settle)

    async def _read_all(self, keys: list[tuple[str, str]]) -> list[ReadOutcome | ResolveOutcome | _Throttled]:
        wanted: dict[str, Any] = {}
        for table, key in set(keys):
            asked = wanted.setdefault(table, {"Keys": [], "ConsistentRead": True})
            asked["Keys"].append({self._key(table): items.text(key)})
        answer = await self._client.batch_get_item(RequestItems=wanted)
        found: dict[tuple[str, str], Address | str | _Throttled] = {}
        for item in answer["Responses"].get(self._addresses, []):
            address = items.address(item)
            found[self._addresses, address.aor] = address
        for item in answer["Responses"].get(self._hashes, []):
            direct_hash, aor = items.direct_hash(item)
            found[self._hashes, direct_hash] = aor
        for table, unread in answer.get("UnprocessedKeys", {}).items():
            for item in unread["Keys"]:
                found[table, item[self._key(table)]["S"]] = _Throttled()
        return [found.get(key) for key in keys]

    def _key(self, table: str) -> str:
        return "aor" if table == self._addresses else "hash"

    async def _write_all(self, swaps: list[_Swap]) -> list[WriteOutcome | _Throttled]:
        answer = await self._client.batch_execute_statement(Statements=[self._statement(swap) for swap in swaps])
        return [
            _write_outcome(swap, response.get("Error"))
            for swap, response in zip(swaps, answer["Responses"], strict=True)
        ]

    def _statement(self, swap: _Swap) -> BatchStatementRequestTypeDef:
        address = swap.address
        return {
            "Statement": self._update,
            "Parameters": [
                items.text(items.bindings_text(address.bindings)),
                items.text(address.nonce),
                items.number(address.nc),
                items.text(address.waiting.text()),
                items.number(address.version),
                items.text(address.aor),
                items.number(swap.seen),
            ],
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


def _write_outcome(swap: _Swap, error: Any) -> WriteOutcome | _Throttled:
    if not error:
        return swap.address
    code = error.get("Code", "")
    if code == "ConditionalCheckFailed":
        item = error.get("Item")
        return Conflict(items.address(item) if item else None)
    return _Throttled() if code in _TRANSIENT else Unavailable(code)


def _unavailable(error: Exception) -> Unavailable:
    if isinstance(error, ClientError):
        return Unavailable(error.response["Error"]["Code"])
    return Unavailable(type(error).__name__)
