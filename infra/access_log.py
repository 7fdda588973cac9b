"""The line that the gateway logs of each request."""

from __future__ import annotations

import json
from typing import Final

from aws_cdk import aws_apigateway as apigateway

# $context.path ends before the query string, which may hold a token. The user agent and everything else that callers
# choose freely are left out: the gateway would put them into the JSON as they are.
ACCESS_LOG: Final = apigateway.AccessLogFormat.custom(
    json.dumps(
        {
            "request_id": "$context.requestId",
            "time": "$context.requestTimeEpoch",
            "source_ip": "$context.identity.sourceIp",
            "method": "$context.httpMethod",
            "path": "$context.path",
            "resource": "$context.resourcePath",
            "status": "$context.status",
            "response_bytes": "$context.responseLength",
            "latency_ms": "$context.responseLatency",
            "integration_latency_ms": "$context.integrationLatency",
            "principal": "$context.authorizer.principalId",
            "caller": "$context.identity.userArn",
            "error": "$context.error.responseType",
        }
    )
)
