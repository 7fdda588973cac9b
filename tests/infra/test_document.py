"""The OpenAPI document describes the deployed gateway."""

from __future__ import annotations

from aws_cdk.assertions import Template

from lambdas.openapi.operations import OPERATIONS
from tests.infra.test_api_stack import routes

AUTHORIZATION = {"customer": "CUSTOM", "operator": "AWS_IAM", "anyone": "NONE"}


def test_the_document_describes_the_gateway(api: Template) -> None:
    described = {(o.method, f"/v1.0{o.path}"): AUTHORIZATION[o.caller] for o in OPERATIONS}
    assert described == {route: method["AuthorizationType"] for route, method in routes(api).items()}
