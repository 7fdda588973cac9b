"""What operators switch at run time: all edges look here every few seconds.

It is one item, so that an edge learns everything by one cheap read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from directory import items, tables
from directory.model import LogLevel, Switches

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEY: Final = {"name": items.text("edges")}


class SwitchBoard:
    """The switches of all edges."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str]) -> None:
        self._client = client
        self._table = tables.SWITCHES.deployed_name(environment)

    def read(self) -> Switches:
        """How the switches are, or were a moment ago."""
        return items.switches(self._client.get_item(TableName=self._table, Key=_KEY).get("Item", {}))

    def set_log_level(self, level: LogLevel, until: int) -> Switches:
        """Let all edges log at a level until then, in seconds since the epoch; returns how the switches are now."""
        answer = self._client.update_item(
            TableName=self._table,
            Key=_KEY,
            UpdateExpression="SET log_level = :level, log_level_until = :until",
            ExpressionAttributeValues={":level": items.text(level), ":until": items.number(until)},
            ReturnValues="ALL_NEW",
        )
        return items.switches(answer["Attributes"])
