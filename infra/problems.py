"""The gateway's own errors, in the shape of the functions' (RFC 9457, with a stable `code`)."""

from __future__ import annotations

import json
from typing import Final, NamedTuple

from aws_cdk import aws_apigateway as apigateway
from aws_cdk.aws_apigateway import ResponseType


class Problem(NamedTuple):
    """One kind of error."""

    status: int
    title: str
    code: str
    detail: str

    def body(self) -> str:
        """The JSON text."""
        return json.dumps(
            {
                "type": "about:blank",
                "title": self.title,
                "status": self.status,
                "detail": self.detail,
                "code": self.code,
            }
        )


_UNAUTHORIZED = Problem(401, "Unauthorized", "unauthorized", "A valid access token is required.")
_FORBIDDEN = Problem(403, "Forbidden", "forbidden", "The caller may not do this.")
_NOT_FOUND = Problem(404, "Not Found", "not_found", "There is no such resource or method, or it takes signed requests.")
_BAD_BODY = Problem(400, "Bad Request", "malformed_json", "The body must be a JSON object.")
_BAD_PARAMETERS = Problem(400, "Bad Request", "bad_request_parameters", "A required parameter is missing.")
_TOO_LARGE = Problem(413, "Content Too Large", "payload_too_large", "The body is larger than the service accepts.")
_MEDIA_TYPE = Problem(415, "Unsupported Media Type", "unsupported_media_type", "The body must be application/json.")
TOO_MANY: Final = Problem(429, "Too Many Requests", "too_many_requests", "Slow down, and try again after a pause.")
_INTERNAL = Problem(500, "Internal Server Error", "internal_error", "The service failed. Trying again may help.")
_TIMEOUT = Problem(504, "Gateway Timeout", "timeout", "The service did not answer in time. Trying again may help.")

# Every type is listed with its status: a gateway response can't tell in its body which status it is sent with.
PROBLEMS: Final = (
    (ResponseType.DEFAULT_4_XX, _FORBIDDEN),
    (ResponseType.ACCESS_DENIED, _FORBIDDEN),
    (ResponseType.EXPIRED_TOKEN, _FORBIDDEN),
    (ResponseType.INVALID_API_KEY, _FORBIDDEN),
    (ResponseType.INVALID_SIGNATURE, _FORBIDDEN),
    (ResponseType.WAF_FILTERED, _FORBIDDEN),
    (ResponseType.UNAUTHORIZED, _UNAUTHORIZED),
    # What the gateway calls a missing token is first of all a path or a method that does not exist.
    (ResponseType.MISSING_AUTHENTICATION_TOKEN, _NOT_FOUND),
    (ResponseType.RESOURCE_NOT_FOUND, _NOT_FOUND),
    (ResponseType.BAD_REQUEST_BODY, _BAD_BODY),
    (ResponseType.BAD_REQUEST_PARAMETERS, _BAD_PARAMETERS),
    (ResponseType.REQUEST_TOO_LARGE, _TOO_LARGE),
    (ResponseType.UNSUPPORTED_MEDIA_TYPE, _MEDIA_TYPE),
    (ResponseType.THROTTLED, TOO_MANY),
    (ResponseType.QUOTA_EXCEEDED, TOO_MANY),
    (ResponseType.DEFAULT_5_XX, _INTERNAL),
    (ResponseType.API_CONFIGURATION_ERROR, _INTERNAL),
    (ResponseType.AUTHORIZER_CONFIGURATION_ERROR, _INTERNAL),
    (ResponseType.AUTHORIZER_FAILURE, _INTERNAL),
    (ResponseType.INTEGRATION_FAILURE, _INTERNAL),
    (ResponseType.INTEGRATION_TIMEOUT, _TIMEOUT),
)

CORS_HEADERS: Final = ("Access-Control-Allow-Origin", "Access-Control-Expose-Headers")
"""The headers that let a page of any origin read an answer; the value of each is an asterisk."""
# The functions send these with each of their answers (lambdas/http/resolver.py).
_HEADERS: Final = {"X-Request-Id": "context.requestId", **dict.fromkeys(CORS_HEADERS, "'*'")}


def add_problems(api: apigateway.RestApi) -> None:
    """Make the gateway answer with problems where it answers by itself."""
    for response_type, problem in PROBLEMS:
        api.add_gateway_response(
            f"Problem{response_type.response_type}",
            type=response_type,
            status_code=str(problem.status),
            # The gateway picks its template as application/json whatever it is to be sent as.
            templates={"application/json": problem.body()},
            response_headers={"Content-Type": "'application/problem+json'", **_HEADERS},
        )
