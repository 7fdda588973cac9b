"""What a security review asks of the templates as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Match, Template

from tests.infra.conftest import template


@pytest.fixture(scope="module")
def stacks(named_app: App) -> dict[str, Template]:
    """All stacks with everything optional, by the last word of their names."""
    found = [child for child in named_app.node.children if isinstance(child, Stack)]
    return {stack.node.id.rpartition("-")[2]: Template.from_stack(stack) for stack in found}


def _found(stacks: dict[str, Template], kind: str) -> list[dict[str, Any]]:
    return [r.get("Properties", {}) for found in stacks.values() for r in found.find_resources(f"AWS::{kind}").values()]


def test_the_api_is_behind_a_firewall_that_limits_each_address(api: Template) -> None:
    api.has_resource_properties(
        "AWS::WAFv2::WebACL",
        {
            "Scope": "REGIONAL",
            "Rules": Match.array_with(
                [
                    Match.object_like(
                        {
                            "Action": {"Block": {}},
                            "Statement": {"RateBasedStatement": {"AggregateKeyType": "IP", "Limit": 2000}},
                        }
                    )
                ]
            ),
        },
    )
    api.resource_count_is("AWS::WAFv2::WebACLAssociation", 1)


def test_the_firewall_shows_no_tokens(api: Template) -> None:
    (logging,) = [r["Properties"] for r in api.find_resources("AWS::WAFv2::LoggingConfiguration").values()]
    assert logging["RedactedFields"] == [{"QueryString": {}}, {"SingleHeader": {"Name": "authorization"}}]
    (acl,) = [r["Properties"] for r in api.find_resources("AWS::WAFv2::WebACL").values()]
    shown = [acl["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in acl["Rules"])]
    assert not any(visibility["SampledRequestsEnabled"] for visibility in shown)


def test_no_policy_of_ours_allows_everything(stacks: dict[str, Template]) -> None:
    policies = [p["PolicyDocument"] for p in _found(stacks, "IAM::Policy")]
    statements = [s for policy in policies for s in policy["Statement"] if s["Effect"] == "Allow"]
    for statement in statements:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not any("*" in action for action in actions), statement
        if statement["Resource"] == "*":
            # AWS knows no resources for these.
            assert set(actions) <= {"ecr:GetAuthorizationToken", "dynamodb:ListStreams"}, statement


def test_no_function_of_ours_has_a_role_of_awss(stacks: dict[str, Template]) -> None:
    functions = [f for f in _found(stacks, "Lambda::Function") if f["Handler"].startswith("lambdas.")]
    roles = {f["Role"]["Fn::GetAtt"][0] for f in functions}
    assert len(roles) == len(functions)
    for found in stacks.values():
        for name, role in found.find_resources("AWS::IAM::Role").items():
            assert name not in roles or "ManagedPolicyArns" not in role["Properties"]


def test_tables_may_have_a_key_of_the_accounts_own(stacks: dict[str, Template]) -> None:
    ((key, resource),) = stacks["data"].find_resources("AWS::KMS::Key").items()
    assert resource["Properties"]["EnableKeyRotation"] is True
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
    for table in _found(stacks, "DynamoDB::GlobalTable"):
        assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
        (replica,) = table["Replicas"]
        assert replica["SSESpecification"] == {"KMSMasterKeyId": {"Fn::GetAtt": [key, "Arn"]}}


def test_all_logs_end(stacks: dict[str, Template]) -> None:
    groups = _found(stacks, "Logs::LogGroup")
    assert {group["RetentionInDays"] for group in groups} == {30}


def test_who_is_told_of_alarms(named_app: App) -> None:
    template(named_app, "monitoring").has_resource_properties(
        "AWS::SNS::Subscription", {"Protocol": "email", "Endpoint": "a@voip.test"}
    )
