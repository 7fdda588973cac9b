"""The emulator calls functions with the records of streams as AWS does."""

from __future__ import annotations

import io
import json
import re
import zipfile
from uuid import uuid4

from local.emulator import session
from tests.service import Service
from tests.waiting import wait_until

# It fails the record "b" unless the batch begins with it.
_CODE = """
def handler(batch, _):
    for place, record in enumerate(batch["Records"]):
        key = record["dynamodb"]["Keys"]["id"]["S"]
        if key == "b" and place:
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        print("took", key)
    return {"batchItemFailures": []}
"""


def test_a_batch_that_fails_in_part_goes_on_at_that_part(service: Service) -> None:
    """Lambda Developer Guide, "Reporting batch item failures for Lambda functions with a DynamoDB event source"."""
    name = f"part-{uuid4().hex}"
    functions, logs, roles = (session().client(s, endpoint_url=service.endpoint) for s in ("lambda", "logs", "iam"))
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = roles.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]["Arn"]
    may = {"Effect": "Allow", "Action": ["dynamodb:*", "logs:*"], "Resource": "*"}
    roles.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps({"Statement": [may]}))
    stream = service.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]["LatestStreamArn"]
    for key in "abc":
        service.dynamodb.put_item(TableName=name, Item={"id": {"S": key}})
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("taking.py", _CODE)
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler="taking.handler",
        Code={"ZipFile": content.getvalue()},
    )
    functions.create_event_source_mapping(
        FunctionName=name,
        EventSourceArn=stream,
        StartingPosition="TRIM_HORIZON",
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )

    def taken() -> list[str]:
        groups = logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
        events = [e for g in groups for e in logs.filter_log_events(logGroupName=g["logGroupName"])["events"]]
        return re.findall(r"took (.)", "\n".join(event["message"] for event in events))

    wait_until(lambda: "c" in taken(), "the last record")
    assert taken() == ["a", "b", "c"]
    functions.delete_function(FunctionName=name)
