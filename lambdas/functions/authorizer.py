"""Authorizes callers: the gateway asks this function before each call of a customer.

Input and output are those of an API Gateway Lambda authorizer of type REQUEST. The token comes as
`Authorization: Bearer <token>` (RFC 6750 §2.1) or as the query parameter `token`. Of both, the header counts, since
proxies keep it out of their logs.
"""

from __future__ import annotations

import time
from typing import Any, Final

from directory.errors import NotFoundError
from lambdas import environment
from lambdas.http import rate_limit

_access_keys: Final = environment.access_keys()
_usage: Final = environment.usage()
_usage_key: Final = environment.usage_key()


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Allow a customer all methods, and tell them who it is (`customer_id`, `access_key_id`) and what is left
    of its allowance. `usageIdentifierKey` makes the gateway count the call in its usage plan.

    Raises an exception for a token that is missing, unknown or expired. The exception reads "Unauthorized", and the
    gateway turns it into a 401.
    """
    token = _bearer_token(event) or (event["queryStringParameters"] or {}).get("token", "")
    try:
        key = _access_keys.authenticate(token)
    except NotFoundError:
        raise Exception("Unauthorized") from None
    return {
        "principalId": key.customer_id,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": _all_methods(event["methodArn"])}
            ],
        },
        "context": {
            "customer_id": key.customer_id,
            "access_key_id": key.id,
            **rate_limit.count(_usage, key.customer_id, time.time()),
        },
        "usageIdentifierKey": _usage_key,
    }


def _bearer_token(event: dict[str, Any]) -> str:
    for name, value in (event["headers"] or {}).items():
        if name.lower() == "authorization":
            scheme, _, token = value.partition(" ")
            return token.strip() if scheme.lower() == "bearer" else ""
    return ""


def _all_methods(method_arn: str) -> str:
    """All methods of the stage that `arn:...:{api}/{stage}/{method}/{path}` is in."""
    api, stage, _ = method_arn.split("/", 2)
    return f"{api}/{stage}/*"
