"""The template of the API's stack."""

from __future__ import annotations

import json
from typing import Any

from aws_cdk.assertions import Match, Template


def _resources(api: Template, kind: str) -> dict[str, Any]:
    return dict(api.find_resources(f"AWS::{kind}"))


def routes(api: Template) -> dict[tuple[str, str], dict[str, Any]]:
    """The properties of all methods by method and path, but for what browsers ask beforehand."""
    return {route: method for route, method in _methods(api).items() if route[0] != "OPTIONS"}


def _methods(api: Template) -> dict[tuple[str, str], dict[str, Any]]:
    resources = _resources(api, "ApiGateway::Resource")

    def path(logical_id: str) -> str:
        properties = resources[logical_id]["Properties"]
        parent = properties["ParentId"].get("Ref")
        return f"{path(parent) if parent else ''}/{properties['PathPart']}"

    methods = [method["Properties"] for method in _resources(api, "ApiGateway::Method").values()]
    return {
        (method["HttpMethod"], path(method["ResourceId"]["Ref"]) if "Ref" in method["ResourceId"] else "/"): method
        for method in methods
    }


def test_the_routes_and_who_may_call_them(api: Template) -> None:
    assert {route: method["AuthorizationType"] for route, method in routes(api).items()} == {
        ("POST", "/v1.0/extensions"): "CUSTOM",
        ("GET", "/v1.0/extensions"): "CUSTOM",
        ("GET", "/v1.0/extensions/{id}"): "CUSTOM",
        ("PUT", "/v1.0/extensions/{id}"): "CUSTOM",
        ("DELETE", "/v1.0/extensions/{id}"): "CUSTOM",
        ("GET", "/v1.0/extensions/{id}/attempts"): "CUSTOM",
        ("GET", "/v1.0/attempts"): "CUSTOM",
        ("GET", "/v1.0/attempts/unassigned"): "AWS_IAM",
        ("GET", "/v1.0/extensions/{id}/wake-ups"): "CUSTOM",
        ("POST", "/v1.0/extensions/{id}/wake-up-test"): "CUSTOM",
        ("GET", "/v1.0/extensions/{id}/trace"): "CUSTOM",
        ("PUT", "/v1.0/extensions/{id}/trace"): "CUSTOM",
        ("POST", "/v1.0/webhooks"): "CUSTOM",
        ("GET", "/v1.0/webhooks"): "CUSTOM",
        ("GET", "/v1.0/webhooks/{id}"): "CUSTOM",
        ("PUT", "/v1.0/webhooks/{id}"): "CUSTOM",
        ("DELETE", "/v1.0/webhooks/{id}"): "CUSTOM",
        ("POST", "/v1.0/webhooks/{id}/test"): "CUSTOM",
        ("POST", "/v1.0/push-apps"): "CUSTOM",
        ("GET", "/v1.0/push-apps"): "CUSTOM",
        ("GET", "/v1.0/push-apps/{id}"): "CUSTOM",
        ("DELETE", "/v1.0/push-apps/{id}"): "CUSTOM",
        ("POST", "/v1.0/push-apps/{id}/test"): "CUSTOM",
        ("GET", "/v1.0/registrations"): "CUSTOM",
        ("GET", "/v1.0/extensions/{id}/registrations"): "CUSTOM",
        ("DELETE", "/v1.0/extensions/{id}/registrations/{registration_id}"): "CUSTOM",
        ("POST", "/v1.0/accesskeys"): "CUSTOM",
        ("GET", "/v1.0/accesskeys"): "CUSTOM",
        ("GET", "/v1.0/accesskeys/{id}"): "CUSTOM",
        ("DELETE", "/v1.0/accesskeys/{id}"): "CUSTOM",
        ("GET", "/v1.0/edges"): "AWS_IAM",
        ("PUT", "/v1.0/edges"): "AWS_IAM",
        ("GET", "/v1.0/openapi.json"): "NONE",
        ("POST", "/v1.0/customers"): "AWS_IAM",
        ("GET", "/v1.0/customers"): "AWS_IAM",
        ("GET", "/v1.0/customers/{id}"): "AWS_IAM",
        ("DELETE", "/v1.0/customers/{id}"): "AWS_IAM",
        ("POST", "/v1.0/customers/{id}/accesskeys"): "AWS_IAM",
        ("GET", "/v1.0/customers/{id}/accesskeys"): "AWS_IAM",
        ("DELETE", "/v1.0/customers/{id}/accesskeys/{key_id}"): "AWS_IAM",
    }


def test_the_gateway_asks_for_a_json_object_and_no_more(api: Template) -> None:
    (model,) = _resources(api, "ApiGateway::Model").values()
    assert model["Properties"]["Schema"] == {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "object",
    }
    for (method, _), properties in routes(api).items():
        assert ("RequestValidatorId" in properties) is (method in ("POST", "PUT"))


def test_a_deleted_key_ends_at_once_and_may_stand_in_either_place(api: Template) -> None:
    api.has_resource_properties(
        "AWS::ApiGateway::Authorizer",
        {"Type": "REQUEST", "AuthorizerResultTtlInSeconds": 0, "IdentitySource": ""},
    )


def test_pages_of_any_origin_may_ask_whether_they_may_call(api: Template) -> None:
    methods = _methods(api)
    for path in {path for _, path in routes(api)}:
        preflight = methods["OPTIONS", path]
        assert (preflight["AuthorizationType"], preflight["Integration"]["Type"]) == ("NONE", "MOCK")


def test_requests_are_throttled(api: Template) -> None:
    (setting,) = _stage(api)["MethodSettings"]
    assert (setting["ResourcePath"], setting["HttpMethod"]) == ("/*", "*")
    assert 0 < setting["ThrottlingRateLimit"] <= setting["ThrottlingBurstLimit"]


def test_a_usage_plan_counts_the_calls_of_customers_and_of_nobody_else(api: Template) -> None:
    (plan,) = _resources(api, "ApiGateway::UsagePlan").values()
    (stage,) = _resources(api, "ApiGateway::Stage")
    assert [entry["Stage"] for entry in plan["Properties"]["ApiStages"]] == [{"Ref": stage}]
    assert plan["Properties"]["Throttle"] == {"RateLimit": 400, "BurstLimit": 800}
    assert plan["Properties"]["Quota"] == {"Limit": 10_000_000, "Period": "DAY"}
    for method in routes(api).values():
        assert method["ApiKeyRequired"] is (method["AuthorizationType"] == "CUSTOM")


def test_the_authorizer_names_the_key_of_the_plan(api: Template) -> None:
    ((key_id, key),) = _resources(api, "ApiGateway::ApiKey").items()
    api.has_resource_properties("AWS::ApiGateway::RestApi", {"ApiKeySourceType": "AUTHORIZER"})
    api.has_resource_properties("AWS::ApiGateway::UsagePlanKey", {"KeyId": {"Ref": key_id}, "KeyType": "API_KEY"})
    (named,) = [
        function["Properties"]["Environment"]["Variables"]["USAGE_KEY"]
        for function in _resources(api, "Lambda::Function").values()
        if function["Properties"]["Handler"] == "lambdas.functions.authorizer.handler"
    ]
    assert named == key["Properties"]["Value"]


def test_the_access_log_is_json_and_shows_nothing_that_may_hold_a_token(api: Template) -> None:
    line = json.loads(_stage(api)["AccessLogSetting"]["Format"])
    assert {"$context.requestId", "$context.path", "$context.status"} <= set(line.values())
    shown = " ".join(line.values()).lower()
    assert not any(word in shown for word in ("querystring", "params", "header", "requestoverride", "useragent"))


def test_the_execution_log_that_would_show_tokens_is_off(api: Template) -> None:
    (setting,) = _stage(api)["MethodSettings"]
    assert (setting["LoggingLevel"], setting["DataTraceEnabled"]) == ("OFF", False)


def test_all_logs_end(api: Template) -> None:
    groups = _resources(api, "Logs::LogGroup").values()
    assert groups
    assert all(group["Properties"]["RetentionInDays"] == 30 for group in groups)


def test_the_functions(api: Template) -> None:
    functions = _resources(api, "Lambda::Function").values()
    assert {function["Properties"]["Handler"] for function in functions} == {
        "lambdas.functions.authorizer.handler",
        "lambdas.functions.extensions.handler",
        "lambdas.functions.attempts.handler",
        "lambdas.functions.traces.handler",
        "lambdas.functions.wake_ups.handler",
        "lambdas.functions.registrations.handler",
        "lambdas.functions.edges.handler",
        "lambdas.functions.webhooks.handler",
        "lambdas.functions.access_keys.handler",
        "lambdas.functions.customers.handler",
        "lambdas.functions.document.handler",
        "lambdas.functions.push_apps.handler",
    }
    common = {
        "Runtime": "python3.13",
        "Architectures": ["arm64"],
        "LoggingConfig": {"LogGroup": Match.any_value()},
        "Environment": {
            "Variables": Match.object_like(
                {
                    "BASE_DOMAIN": "voip.test",
                    "REALM": "voip.test",
                    "POWERTOOLS_METRICS_NAMESPACE": "SipExtensions/live",
                    "POWERTOOLS_SERVICE_NAME": Match.any_value(),
                    "POWERTOOLS_LOG_LEVEL": "INFO",
                }
            )
        },
    }
    api.all_resources_properties("AWS::Lambda::Function", common)


def test_names_are_left_to_cloudformation(api: Template) -> None:
    for kind, name in (
        ("Lambda::Function", "FunctionName"),
        ("Logs::LogGroup", "LogGroupName"),
        ("IAM::Role", "RoleName"),
    ):
        named = [r["Properties"][name] for r in _resources(api, kind).values() if name in r.get("Properties", {})]
        # WAF writes to logs of its prefix alone.
        assert named == (["aws-waf-logs-sip-extensions-live-api"] if kind == "Logs::LogGroup" else [])


def _stage(api: Template) -> dict[str, Any]:
    (stage,) = _resources(api, "ApiGateway::Stage").values()
    properties: dict[str, Any] = stage["Properties"]
    return properties
