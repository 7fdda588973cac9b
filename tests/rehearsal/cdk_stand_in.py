"""Stands in for the CDK's command line: python cdk_stand_in.py deploy|destroy ... -c environment=NAME.

It deploys one stack with the kinds of resources that stacks keep. `FAILS` names a command that ends with status 1.
"""

from __future__ import annotations

import json
import os
import sys

import boto3

QUICKLY = {"Delay": 0.1, "MaxAttempts": 300}
KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
RESOURCES = {
    "Extensions01234567": {
        "Type": "AWS::DynamoDB::GlobalTable",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "Replicas": [{"Region": {"Ref": "AWS::Region"}, "DeletionProtectionEnabled": True}],
        },
        **KEPT,
    },
    "WebhookSecret01234567": {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {"GenerateSecretString": {"PasswordLength": 32}},
        **KEPT,
    },
    "PushKey01234567": {
        "Type": "AWS::KMS::Key",
        "Properties": {"Description": "of a rehearsal"},
        **KEPT,
    },
}


def main() -> int:
    """Deploy or destroy, and return the exit status."""
    command, name = sys.argv[1], sys.argv[-1].removeprefix("environment=")
    stack = f"sip-extensions-{name}-data"
    client = boto3.client("cloudformation")
    if command == "deploy":
        client.create_stack(StackName=stack, TemplateBody=json.dumps({"Resources": RESOURCES}))
        client.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig=QUICKLY)
    elif os.environ.get("FAILS") != command:
        client.delete_stack(StackName=stack)
        client.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig=QUICKLY)
    print("the last line of the CDK")
    return int(os.environ.get("FAILS") == command)


if __name__ == "__main__":
    sys.exit(main())
