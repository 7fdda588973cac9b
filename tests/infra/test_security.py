"""The templates as a whole satisfy a security review."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template
from pydantic import TypeAdapter

from lambdas import problem
from lambdas.http import rate_limit
from tests.infra import conftest
from tests.infra.conftest import template


@pytest.fixture(scope="module")
def stacks(named_app: App) -> dict[str, Template]:
    """All stacks with everything optional, by the last word of their names."""
    return {s.stack_name.rpartition("-")[2]: Template.from_stack(s) for s in conftest.stacks_of(named_app)}


def _found(stacks: dict[str, Template], kind: str) -> list[dict[str, Any]]:
    return [r.get("Properties", {}) for found in stacks.values() for r in found.find_resources(f"AWS::{kind}").values()]


@pytest.fixture(scope="module")
def acl(api: Template) -> dict[str, Any]:
    """The properties of the firewall's list of rules."""
    (found,) = api.find_resources("AWS::WAFv2::WebACL").values()
    properties: dict[str, Any] = found["Properties"]
    return properties


@pytest.fixture(scope="module")
def flood_rule(acl: dict[str, Any]) -> dict[str, Any]:
    """The rule that limits each address."""
    (rule,) = [rule for rule in acl["Rules"] if "RateBasedStatement" in rule["Statement"]]
    return dict(rule)


def test_the_api_is_behind_a_firewall_that_limits_each_address(
    api: Template, acl: dict[str, Any], flood_rule: dict[str, Any]
) -> None:
    api.resource_count_is("AWS::WAFv2::WebACLAssociation", 1)
    assert acl["Scope"] == "REGIONAL"
    assert flood_rule["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"


def test_the_firewall_lets_each_customer_make_the_calls_that_the_api_allows(flood_rule: dict[str, Any]) -> None:
    """A window of the firewall touches one more window of the API than fits. A page's calls have preflights."""
    rate = flood_rule["Statement"]["RateBasedStatement"]
    allowed = rate_limit.CALLS * (rate["EvaluationWindowSec"] // rate_limit.WINDOW_S + 1)
    assert rate["Limit"] >= 2 * allowed


def test_the_firewall_refuses_a_flood_as_the_api_does(acl: dict[str, Any], flood_rule: dict[str, Any]) -> None:
    (response,) = [block["CustomResponse"] for block in flood_rule["Action"].values()]
    ours = problem.answer(problem.Problem(HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests", "", retry_after_s=60))
    assert response["ResponseCode"] == ours.status_code
    headers = {header["Name"]: header["Value"] for header in response["ResponseHeaders"]}
    assert headers == {
        "Retry-After": str(flood_rule["Statement"]["RateBasedStatement"]["EvaluationWindowSec"]),
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "*",
    }
    assert ours.headers.keys() - {"Content-Type"} <= headers.keys()  # WAF sets that by itself
    body = acl["CustomResponseBodies"][response["CustomResponseBodyKey"]]
    assert body["ContentType"] == "APPLICATION_JSON"
    told = json.loads(body["Content"])
    TypeAdapter(problem.ProblemAnswer).validate_python(told, strict=True)
    assert told == {**json.loads(ours.body or ""), "detail": told["detail"]}


def test_the_firewall_shows_no_tokens(api: Template, acl: dict[str, Any]) -> None:
    (logging,) = [r["Properties"] for r in api.find_resources("AWS::WAFv2::LoggingConfiguration").values()]
    assert logging["RedactedFields"] == [{"QueryString": {}}, {"SingleHeader": {"Name": "authorization"}}]
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
    keys = stacks["data"].find_resources("AWS::KMS::Key")
    ((key, resource),) = [(name, found) for name, found in keys.items() if not name.startswith("PushKey")]
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
