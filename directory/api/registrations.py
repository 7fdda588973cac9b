"""Taking a device off, from outside the edges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from directory.errors import ContentionError, NotFoundError
from directory.schema import items, tables
from directory.schema.model import Address, Binding, registration_id

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from directory.api.extensions import Extensions

_ATTEMPTS = 5


class Registrations:
    """The devices of all extensions."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str], extensions: Extensions) -> None:
        self._client = client
        self._addresses = tables.ADDRESSES.deployed_name(environment)
        self._extensions = extensions

    def remove(self, customer_id: str, extension_id: str, wanted: str, now: float) -> tuple[Address, Binding]:
        """Take off the device whose `registration_id` is `wanted`, and return the address and the binding it had.

        It gets no call from then on, whichever edge has it: each reads the address before each call. Raises
        NotFoundError, and ContentionError when others kept changing the same address.
        """
        for _ in range(_ATTEMPTS):
            address = self._extensions.get(customer_id, extension_id).address
            found = [b for b in address.live_bindings(now) if registration_id(b) == wanted]
            if not found:
                raise NotFoundError(wanted)
            if self._write(address, tuple([b for b in address.bindings if b not in found])):
                return address, found[0]
        raise ContentionError("the address kept changing")

    def _write(self, seen: Address, bindings: tuple[Binding, ...]) -> bool:
        """Whether the address was still the one that was seen."""
        try:
            self._client.update_item(
                TableName=self._addresses,
                Key={"aor": items.text(seen.aor)},
                UpdateExpression="SET bindings = :bindings, request_id = :request_id ADD version :one",
                ConditionExpression="version = :seen",
                ExpressionAttributeValues={
                    ":bindings": items.text(items.bindings_text(bindings)),
                    ":request_id": items.current_request_id(),
                    ":one": items.number(1),
                    ":seen": items.number(seen.version),
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True
