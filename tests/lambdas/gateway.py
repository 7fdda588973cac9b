"""The gateway as the functions see it: its events, and what it makes of their answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

CONTEXT: Any = SimpleNamespace(
    function_name="function",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:function",
    aws_request_id="the-lambda-request-id",
    get_remaining_time_in_millis=lambda: 10_000,
)
REQUEST_ID = "the-gateway-request-id"


@dataclass(frozen=True)
class Answer:
    """The answer of a function, as the gateway passes it on."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def code(self) -> str:
        """The code of the problem, after a look at its form (RFC 9457)."""
        assert self.headers["Content-Type"] == "application/problem+json"
        assert self.body["type"] == "about:blank"
        assert self.body["status"] == self.status
        assert self.body["title"]
        assert self.body["detail"]
        code: str = self.body["code"]
        return code

    @property
    def invalid(self) -> set[str]:
        """The pointers and parameters that a 422 complains about."""
        assert (self.status, self.code) == (422, "validation_failed")
        assert all(part["detail"] for part in self.body["errors"])
        return {part.get("pointer") or part["parameter"] for part in self.body["errors"]}


class Gateway:
    """Calls the functions for one customer, or for the operator when there is none."""

    def __init__(self, functions: Mapping[str, ModuleType], customer_id: str | None) -> None:
        self._functions = functions
        self.customer_id = customer_id

    def call(self, method: str, path: str, body: object = None, **fields: Any) -> Answer:
        """Call a path below /v1.0. A body that is no str is sent as JSON; fields replace those of the event."""
        event = self.event(method, path, body) | fields
        answer = self._function(event["path"]).handler(event, CONTEXT)
        assert answer["isBase64Encoded"] is False
        headers = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
        return Answer(answer["statusCode"], headers, json.loads(answer["body"]))

    def _function(self, path: str) -> ModuleType:
        """The function that answers: by what of an extension a path goes on to, else by its beginning."""
        parts = path.split("/")
        thing = "".join(parts[4:5])
        return self._functions[
            thing if thing in {"attempts", "registrations", "trace", "wake-ups", "wake-up-test"} else parts[2]
        ]

    def event(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """The event of API Gateway's Lambda proxy integration."""
        path, _, query = path.partition("?")
        return {
            "resource": path,
            "path": f"/v1.0{path}",
            "httpMethod": method,
            "headers": {"content-type": "application/json; charset=utf-8"} if body is not None else None,
            "queryStringParameters": dict(pair.split("=", 1) for pair in query.split("&")) if query else None,
            "body": body if body is None or isinstance(body, str) else json.dumps(body),
            "isBase64Encoded": False,
            "requestContext": {
                "stage": "live",
                "path": f"/live/v1.0{path}",
                "requestId": REQUEST_ID,
                **({"authorizer": {"customer_id": self.customer_id}} if self.customer_id else {}),
            },
        }
