"""Conditions new items on their customer: they are made only while the customer is there to stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from directory.schema import items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


def owner_exists(customers_table: str, customer_id: str) -> TransactWriteItemTypeDef:
    """The part of a transaction that lets it fail when there is no such customer, or it is being deleted."""
    return {
        "ConditionCheck": {
            "TableName": customers_table,
            "Key": {"customer_id": items.text(customer_id)},
            "ConditionExpression": "attribute_exists(customer_id) AND attribute_not_exists(closing)",
        }
    }
