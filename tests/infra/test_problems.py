"""The problems that the gateway answers with itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk.assertions import Template

# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
STATUS_AND_CODE = {
    "ACCESS_DENIED": (403, "forbidden"),
    "API_CONFIGURATION_ERROR": (500, "internal_error"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "internal_error"),
    "AUTHORIZER_FAILURE": (500, "internal_error"),
    "BAD_REQUEST_BODY": (400, "malformed_json"),
    "BAD_REQUEST_PARAMETERS": (400, "bad_request_parameters"),
    "DEFAULT_4XX": (403, "forbidden"),
    "DEFAULT_5XX": (500, "internal_error"),
    "EXPIRED_TOKEN": (403, "forbidden"),
    "INTEGRATION_FAILURE": (500, "internal_error"),
    "INTEGRATION_TIMEOUT": (504, "timeout"),
    "INVALID_API_KEY": (403, "forbidden"),
    "INVALID_SIGNATURE": (403, "forbidden"),
    "MISSING_AUTHENTICATION_TOKEN": (404, "not_found"),
    "QUOTA_EXCEEDED": (429, "too_many_requests"),
    "REQUEST_TOO_LARGE": (413, "payload_too_large"),
    "RESOURCE_NOT_FOUND": (404, "not_found"),
    "THROTTLED": (429, "too_many_requests"),
    "UNAUTHORIZED": (401, "unauthorized"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "unsupported_media_type"),
    "WAF_FILTERED": (403, "forbidden"),
}


@pytest.fixture(scope="session")
def responses(api: Template) -> dict[str, Any]:
    """The gateway's own responses by type."""
    found = api.find_resources("AWS::ApiGateway::GatewayResponse").values()
    return {resource["Properties"]["ResponseType"]: resource["Properties"] for resource in found}


def test_every_response_of_the_gateway_is_ours(responses: dict[str, Any]) -> None:
    assert responses.keys() == STATUS_AND_CODE.keys()


@pytest.mark.parametrize("kind", STATUS_AND_CODE)
def test_it_is_a_problem_with_a_code(responses: dict[str, Any], kind: str) -> None:
    status, code = STATUS_AND_CODE[kind]
    response = responses[kind]
    assert response["StatusCode"] == str(status)
    assert response["ResponseParameters"] == {
        "gatewayresponse.header.Content-Type": "'application/problem+json'",
        "gatewayresponse.header.X-Request-Id": "context.requestId",
        "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
        "gatewayresponse.header.Access-Control-Expose-Headers": "'*'",
    }
    problem = json.loads(response["ResponseTemplates"]["application/json"])
    assert problem.keys() == {"type", "title", "status", "detail", "code"}
    assert (problem["type"], problem["status"], problem["code"]) == ("about:blank", status, code)
