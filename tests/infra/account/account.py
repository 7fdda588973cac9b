"""The policies of an account: those of its roles and those of its resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.infra.account.policies import Call, Statement, is_allowed
from tests.infra.account.resources import ACCOUNT, REGION, Resources

# Resources whose policy is a resource of its own, and the property that lists them there.
_POLICIES: Final[Mapping[str, str]] = {
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SQS::QueuePolicy": "Queues",
}
# AWS Managed Policy Reference, as far as the templates use it.
_MANAGED: Final[Mapping[str, tuple[str, ...]]] = {
    "AWSLambdaBasicExecutionRole": ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
    "AmazonAPIGatewayPushToCloudWatchLogs": (
        *("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams"),
        *("logs:PutLogEvents", "logs:GetLogEvents", "logs:FilterLogEvents"),
    ),
}
# The policy of a topic that has none of its own (SNS Developer Guide, "Default access policy"): its account may use it,
# and so may what publishes for that account.
_TOPIC_DEFAULT: Final[Statement] = {
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": "sns:*",
    "Resource": "*",
    "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}},
}


class Account:
    """All stacks of one account, deployed."""

    def __init__(self, templates: Mapping[str, Mapping[str, Any]]) -> None:
        self.resources = Resources(templates)

    def allows(self, call: Call) -> bool:
        """Whether AWS would carry out a call, by the policies of both ends and of the encryption key."""
        keys = [Call(call.principal, action, key, call.context) for key, action in self._keys(call)]
        return all(is_allowed(each, self._identity(each), self._resource(each)) for each in (call, *keys))

    def _identity(self, call: Call) -> Iterator[Statement]:
        if call.is_of_service:
            return
        role = self.resources.of_arn(call.principal)
        for policy in self.resources.of_type("AWS::IAM::Policy"):
            if role.name in policy.properties["Roles"]:
                yield from policy.properties["PolicyDocument"]["Statement"]
        for inline in role.properties.get("Policies", ()):
            yield from inline["PolicyDocument"]["Statement"]
        for arn in role.properties.get("ManagedPolicyArns", ()):
            yield {"Effect": "Allow", "Action": _MANAGED[arn.rpartition("/")[2]], "Resource": "*"}

    def _resource(self, call: Call) -> Iterator[Statement]:
        place = call.resource
        for policy in self.resources.of_type(*_POLICIES):
            named = policy.properties[_POLICIES[policy.type]]
            if _identifies(named, place):
                yield from policy.properties["PolicyDocument"]["Statement"]
        for topic in self.resources.of_type("AWS::SNS::Topic"):
            if topic.arn == place and not any(
                place in policy.properties["Topics"] for policy in self.resources.of_type("AWS::SNS::TopicPolicy")
            ):
                yield _TOPIC_DEFAULT
        for permission in self.resources.of_type("AWS::Lambda::Permission"):
            if _identifies(permission.properties["FunctionName"], place):
                yield _statement(permission.properties)
        for role in self.resources.of_type("AWS::IAM::Role"):
            if role.arn == place:
                yield from role.properties["AssumeRolePolicyDocument"]["Statement"]
        for key in self.resources.of_type("AWS::KMS::Key"):
            if key.arn == place:
                yield from key.properties["KeyPolicy"]["Statement"]

    def _keys(self, call: Call) -> Iterator[tuple[str, str]]:
        """The keys of the account's own that a call uses, and how."""
        for table in self.resources.of_type("AWS::DynamoDB::GlobalTable"):
            for key in _key_ids(table.properties, "Replicas", "SSESpecification", "KMSMasterKeyId"):
                if call.resource.startswith(table.arn) and call.action.startswith("dynamodb:"):
                    yield _key_arn(key), "kms:Decrypt"
        for kind, action in (("AWS::SNS::Topic", "sns:Publish"), ("AWS::SQS::Queue", "sqs:SendMessage")):
            for resource in self.resources.of_type(kind):
                own_key = resource.properties.get("KmsMasterKeyId")
                if own_key and call.action == action and call.resource == resource.arn:
                    yield _key_arn(own_key), "kms:GenerateDataKey"
                    yield _key_arn(own_key), "kms:Decrypt"


def _identifies(named: Any, arn: str) -> bool:
    """Whether a property that names resources, by ARN, URL or name, names the one of an ARN."""
    last = arn.rpartition(":")[2].partition("/")[0]
    return any(
        each == arn or each.rpartition("/")[2] == last for each in (named if isinstance(named, list) else [named])
    )


def _statement(permission: Mapping[str, Any]) -> Statement:
    """The statement that Lambda adds to a function's policy for a permission (Lambda API, AddPermission)."""
    conditions: dict[str, Any] = {}
    if "SourceArn" in permission:
        conditions["ArnLike"] = {"aws:SourceArn": permission["SourceArn"]}
    if "SourceAccount" in permission:
        conditions["StringEquals"] = {"aws:SourceAccount": permission["SourceAccount"]}
    return {
        "Effect": "Allow",
        "Principal": {"Service": permission["Principal"]},
        "Action": permission["Action"],
        "Condition": conditions,
    }


def _key_ids(properties: Mapping[str, Any], *path: str) -> Iterator[str]:
    found: list[Any] = [properties]
    for step in path:
        found = [each[step] for each in found if step in each]
        found = [inner for each in found for inner in (each if isinstance(each, list) else [each])]
    yield from found


def _key_arn(key: str) -> str:
    return key if key.startswith("arn:") else f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"
