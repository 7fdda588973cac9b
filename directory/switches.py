"""Stores the switches of operators. All edges read them every few seconds, and so do all functions that log.

It is one item, so that an edge learns everything by one cheap read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

from directory.errors import ContentionError, TooManyTracesError
from directory.schema import items, tables
from directory.schema.model import Extension, LogLevel, Switches, customer_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TRIES: Final = 5
MOST_TRACES: Final = 10
MOST_TRACES_OF_A_CUSTOMER: Final = 3
_MOST_TESTS: Final = 100  # of a kind that wait for an edge

TestKind = Literal["push_tests", "wake_up_tests"]


class SwitchBoard:
    """The switches of all edges and functions."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str]) -> None:
        self._client = client
        self._table = tables.SWITCHES.deployed_name(environment)

    def read(self) -> Switches:
        """Returns the switches as they are, or were a moment ago."""
        return items.switches(self._client.get_item(TableName=self._table, Key=items.SWITCHES_KEY).get("Item", {}))

    def set_log_level(self, level: LogLevel, until: int) -> Switches:
        """Let all edges and functions log at a level until then, in seconds since the epoch; returns the switches."""
        answer = self._client.update_item(
            TableName=self._table,
            Key=items.SWITCHES_KEY,
            UpdateExpression="SET log_level = :level, log_level_until = :until, request_id = :request_id",
            ExpressionAttributeValues={
                ":level": items.text(level),
                ":until": items.number(until),
                ":request_id": items.current_request_id(),
            },
            ReturnValues="ALL_NEW",
        )
        return items.switches(answer["Attributes"])

    def set_trace(self, extension: Extension, until: int, now: float) -> None:
        """Let all edges trace an extension until then, in seconds since the epoch; a time that is past ends it.

        Of its direct addresses, that counts which it has now. Raises TooManyTracesError when three others of its
        customer or ten in all are traced. Raises ContentionError when others kept switching traces.
        """
        for _ in range(_TRIES):
            item = self._client.get_item(TableName=self._table, Key=items.SWITCHES_KEY, ConsistentRead=True).get(
                "Item", {}
            )
            before, aor = items.switches(item), extension.aor
            going_on = {other: end for other, end in before.traces.items() if end > now and other != aor}
            directs = {direct: other for direct, other in before.direct_traces.items() if other in going_on}
            if until > now:
                _check_room(going_on, extension.customer_id)
                going_on[aor] = until
                directs |= {extension.direct_hash: aor} if extension.direct_hash else {}
            if self._replace_traces(items.traces_text_of(item), going_on, directs):
                return
        raise ContentionError("the traces kept changing")

    def ask_for_test(self, kind: TestKind, asked: str) -> None:
        """Ask the edges for a test. Raises ContentionError while too many of its kind wait."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=items.SWITCHES_KEY,
                UpdateExpression="ADD #kind :asked",
                ConditionExpression="attribute_not_exists(#kind) OR size(#kind) < :most",
                ExpressionAttributeNames={"#kind": kind},
                ExpressionAttributeValues={":asked": {"SS": [asked]}, ":most": items.number(_MOST_TESTS)},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise ContentionError("too many tests wait for an edge") from None

    def take_test(self, kind: TestKind, asked: str) -> bool:
        """Whether the caller is the edge to do a test that the switches name."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=items.SWITCHES_KEY,
                UpdateExpression="DELETE #kind :asked",
                ConditionExpression="contains(#kind, :one)",
                ExpressionAttributeNames={"#kind": kind},
                ExpressionAttributeValues={":asked": {"SS": [asked]}, ":one": items.text(asked)},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _replace_traces(self, seen: str, traces: Mapping[str, int], directs: Mapping[str, str]) -> bool:
        """Whether the traces were still those that were seen, and so are replaced."""
        values = {
            ":traces": items.text(items.traces_text(traces)),
            ":directs": items.text(items.direct_traces_text(directs)),
            ":request_id": items.current_request_id(),
        }
        if seen:
            values[":seen"] = items.text(seen)
        try:
            self._client.update_item(
                TableName=self._table,
                Key=items.SWITCHES_KEY,
                UpdateExpression="SET traces = :traces, direct_traces = :directs, request_id = :request_id",
                ConditionExpression="traces = :seen" if seen else "attribute_not_exists(traces)",
                ExpressionAttributeValues=values,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _check_room(others: Mapping[str, int], customer_id: str) -> None:
    own = sum(customer_of(aor) == customer_id for aor in others)
    if len(others) >= MOST_TRACES or own >= MOST_TRACES_OF_A_CUSTOMER:
        raise TooManyTracesError(customer_id)
