"""A customer's program that uses the API over HTTP."""

from __future__ import annotations

from typing import Any

import requests

NEW = {
    "name": "office-phone-1",
    "detail": "Main office IP phone",
    "username": "office1",
    "password": "secure-password-123",
}
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
_PATIENCE_S = 120
"""Of a hundred calls at once each needs a function that starts for it, and a machine has few cores."""


class Api:
    """The API as one customer sees it."""

    def __init__(self, url: str, customer_id: str, token: str) -> None:
        self.url = url
        self.customer_id = customer_id
        self.token = token

    def call(self, method: str, path: str, json: Any = None, **arguments: Any) -> requests.Response:
        """Call a path below /v1.0 with the token in the header."""
        headers = {"Authorization": f"Bearer {self.token}"} | arguments.pop("headers", {})
        return requests.request(method, self.url + path, json=json, headers=headers, timeout=_PATIENCE_S, **arguments)

    def create(self, **fields: Any) -> dict[str, Any]:
        """A new extension."""
        answer = self.call("POST", "/extensions", NEW | fields)
        assert answer.status_code == 200, answer.text
        extension: dict[str, Any] = answer.json()
        return extension


def problem(answer: requests.Response) -> tuple[int, str]:
    """The status and code of an answer that must be a problem (RFC 9457)."""
    assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.text
    body = answer.json()
    assert body["type"] == "about:blank"
    assert body["status"] == answer.status_code
    assert body["title"]
    assert body["detail"]
    return answer.status_code, body["code"]
