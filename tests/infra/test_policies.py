"""Every call between the services of the templates is one that AWS would allow."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from aws_cdk import App

from tests.infra import conftest
from tests.infra.account.account import Account
from tests.infra.account.arrows import Arrow, arrows
from tests.infra.account.policies import Call, is_allowed

Templates = dict[str, Mapping[str, Any]]

TOPIC = "arn:aws:sns:eu-central-1:111122223333:topic"
SSL_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sns:Publish",
    "Resource": TOPIC,
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.fixture(scope="module", params=["plain", "everything"])
def templates(request: pytest.FixtureRequest, make_app: Callable[..., App]) -> Templates:
    """The resources of a deployment without anything optional, and with all of it."""
    optional = {
        "hosted_zone_id": "Z0123456789ABC",
        "customer_managed_key": True,
        "alarm_email": "a@voip.test",
        "page": True,
    }
    return dict(
        conftest.templates_of(make_app(base="voip.test", **(optional if request.param == "everything" else {})))
    )


def refused(templates: Mapping[str, Mapping[str, Any]]) -> list[Arrow]:
    account = Account(templates)
    return [arrow for arrow in arrows(account) if not account.allows(arrow.call)]


def test_every_arrow_is_allowed(templates: Templates) -> None:
    assert [str(arrow) for arrow in refused(templates)] == []


def test_there_are_arrows_of_every_kind(templates: Templates) -> None:
    actions = {arrow.call.action for arrow in arrows(Account(templates))}
    assert {
        *("sns:Publish", "lambda:InvokeFunction", "sts:AssumeRole", "dynamodb:Query", "dynamodb:GetRecords"),
        *("sqs:SendMessage", "sqs:ReceiveMessage", "events:PutEvents", "logs:PutLogEvents", "ecr:BatchGetImage"),
        *("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"),
    } <= actions


@pytest.mark.parametrize(
    "policy",
    ["AWS::IAM::Policy", "AWS::Lambda::Permission", "AWS::IAM::Role", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"],
)
def test_an_arrow_is_refused_without_its_policy(templates: Templates, policy: str) -> None:
    """So it is the policies that are read, and not what they are expected to be."""
    changed = copy.deepcopy(templates)
    found = [
        resource
        for template in changed.values()
        for resource in template["Resources"].values()
        if resource["Type"] == policy
    ]
    for resource in found:
        if policy == "AWS::Lambda::Permission":
            resource["Properties"]["Principal"] = "elsewhere.amazonaws.com"
        else:
            name = "AssumeRolePolicyDocument" if policy == "AWS::IAM::Role" else "PolicyDocument"
            resource["Properties"][name] = {"Statement": []}
    assert bool(refused(changed)) == bool(found)


def test_a_topic_whose_only_statement_is_a_deny_reaches_no_alarm() -> None:
    """The topic policy replaces the default one (SNS Developer Guide, "Default access policy")."""
    call = Call("cloudwatch.amazonaws.com", "sns:Publish", TOPIC, {"aws:SecureTransport": "true"})
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": TOPIC,
    }
    assert not is_allowed(call, [], [SSL_ONLY])
    assert is_allowed(call, [], [SSL_ONLY, allow])
    assert not is_allowed(
        Call(call.principal, call.action, TOPIC, {"aws:SecureTransport": "false"}), [], [SSL_ONLY, allow]
    )


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({}, True),
        ({"StringEquals": {"aws:sourceaccount": "1"}}, True),
        ({"StringEquals": {"aws:SourceAccount": "2"}}, False),
        ({"StringEquals": {"aws:Absent": "1"}}, False),
        ({"StringEqualsIfExists": {"aws:Absent": "1"}}, True),
        ({"StringNotEquals": {"aws:Absent": "1"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:x:*:1:alarm:*"}}, True),
        ({"ArnLike": {"aws:SourceArn": ["arn:aws:y:*", "arn:aws:x:*"]}}, True),
        ({"Null": {"aws:SourceArn": "true"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
    ],
)
def test_conditions(condition: Mapping[str, Any], allowed: bool) -> None:
    context = {"aws:SourceAccount": "1", "aws:SourceArn": "arn:aws:x:here:1:alarm:a"}
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sns:Pub*", "Resource": "*", "Condition": condition}
    assert is_allowed(Call("cloudwatch.amazonaws.com", "sns:Publish", TOPIC, context), [], [statement]) is allowed
