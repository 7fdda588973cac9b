"""The template of the tables' stack."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk.assertions import Template

from directory.schema import tables
from infra import outputs


@pytest.fixture(params=tables.ALL, ids=lambda table: table.name)
def table(request: pytest.FixtureRequest) -> tables.Table:
    found: tables.Table = request.param
    return found


@pytest.fixture
def deployed(data: Template, table: tables.Table) -> Any:
    """The resource of a table, found by way of the output that tells its name."""
    (output,) = data.find_outputs(outputs.table_name(table)).values()
    return data.to_json()["Resources"][output["Value"]["Ref"]]


def test_there_are_no_other_tables(data: Template) -> None:
    data.resource_count_is("AWS::DynamoDB::GlobalTable", len(tables.ALL))


def test_the_keys_are_those_of_the_directory(deployed: Any, table: tables.Table) -> None:
    assert deployed["Properties"]["KeySchema"] == _schema(table.partition_key, table.sort_key)


def test_the_index_is_that_of_the_directory(deployed: Any, table: tables.Table) -> None:
    indexes = deployed["Properties"].get("GlobalSecondaryIndexes", [])
    if table.index_partition_key is None:
        assert indexes == []
    else:
        assert [(index["IndexName"], index["KeySchema"]) for index in indexes] == [
            (table.index_name, _schema(table.index_partition_key, table.index_sort_key))
        ]


def test_items_are_forgotten_where_the_directory_says_so(deployed: Any, table: tables.Table) -> None:
    expected = {"AttributeName": table.ttl, "Enabled": True} if table.ttl else None
    assert deployed["Properties"].get("TimeToLiveSpecification") == expected


def test_what_is_followed_shows_what_was_before(deployed: Any, table: tables.Table) -> None:
    expected = {"StreamViewType": "NEW_AND_OLD_IMAGES"} if table.streamed else None
    assert deployed["Properties"].get("StreamSpecification") == expected


def test_data_is_encrypted_and_can_be_restored(deployed: Any) -> None:
    assert deployed["Properties"]["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    (replica,) = deployed["Properties"]["Replicas"]
    assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_no_deployment_deletes_data(deployed: Any) -> None:
    assert (deployed["DeletionPolicy"], deployed["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    (replica,) = deployed["Properties"]["Replicas"]
    assert replica["DeletionProtectionEnabled"] is True


def test_it_is_paid_by_use_and_named_by_cloudformation(deployed: Any) -> None:
    assert deployed["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
    assert "TableName" not in deployed["Properties"]


def _schema(partition_key: str, sort_key: str | None) -> list[dict[str, str]]:
    keys = {partition_key: "HASH"} | ({sort_key: "RANGE"} if sort_key else {})
    return [{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()]
