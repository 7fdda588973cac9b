"""The published OpenAPI document, and what schemathesis finds when it takes it at its word."""

from __future__ import annotations

import uuid
from typing import Any

import hypothesis
import requests
import schemathesis
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis.stateful import run_state_machine_as_test
from requests.auth import AuthBase
from schemathesis import Case
from schemathesis.config import SchemathesisConfig

from lambdas.openapi.document import document
from tests.push.authority import pem_of
from tests.rest.client import Api
from tests.service import Service

_CONFIG = {
    "generation": {"max-examples": 4, "deterministic": True, "with-security-parameters": False, "database": "none"},
    # They would be hundreds of calls.
    "phases": {"coverage": {"enabled": False}},
    # The gateway answers 404 to a method that a path does not take, and to a request without a signature.
    "checks": {"unsupported_method": {"enabled": False}},
    "operations": [
        {
            "include-path-regex": "^/(customers|edges|attempts/unassigned)",
            "checks": {"ignored_auth": {"enabled": False}},
        }
    ],
}


_P256 = pem_of(ec.generate_private_key(ec.SECP256R1()))
_RSA = pem_of(rsa.generate_private_key(65537, 2048))


class Bearer(AuthBase):
    """Adds a token to requests."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def caller(service: Service, api: Api, case: Case[Any]) -> AuthBase | None:
    """The credentials with which a call is made."""
    schemes = {name for needed in case.operation.definition.raw["security"] for name in needed}
    if "iam" in schemes:
        return service.operator
    return Bearer(api.token) if schemes else None


schema = schemathesis.openapi.from_dict(document(), config=SchemathesisConfig.from_dict(_CONFIG))


def test_everyone_can_read_it(service: Service) -> None:
    answer = requests.get(f"{service.api_url}/openapi.json", timeout=30)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == document()


def keep_rules(case: Case[Any]) -> None:
    """Keep the rules that no schema can tell, where a call is to succeed.

    A password does not hold the username, and a private key is one. A page token comes from another page, a tag from an
    answer, and a key is fresh. The edges, which other tests look at, are left as they are. An empty parameter counts as
    absent, so an empty object or list in its place is no fault.
    """
    hypothesis.assume(all(value or value == 0 for value in case.query.values()))
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    body: Any = case.body if isinstance(case.body, dict) else {}
    password, username = str(body.get("password", "")), str(body.get("username", "\0"))
    hypothesis.assume(username.lower() not in password.lower())
    hypothesis.assume("page_token" not in case.query)
    case.headers.pop("If-Match", None)
    if "apns" in body:
        body["apns"]["private_key"] = _P256
    if "fcm" in body:
        body["fcm"]["service_account"]["private_key"] = _RSA
    if "for_seconds" in body:
        body["for_seconds"] = 0
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())


@schema.parametrize()
@hypothesis.settings(deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
def test_it_holds(case: Case[Any], service: Service, api: Api) -> None:
    keep_rules(case)
    auth = caller(service, api, case)
    case.call_and_validate(base_url=service.api_url, auth=auth, timeout=30)


def test_it_holds_along_its_links(service: Service, api: Api) -> None:
    """Later calls read, change and delete the things that earlier ones made."""

    class Journey(schema.as_state_machine()):  # type: ignore[misc]  # schemathesis makes the base at run time
        def before_call(self, case: Case[Any]) -> None:
            keep_rules(case)

        def get_call_kwargs(self, case: Case[Any]) -> dict[str, object]:
            return {"base_url": service.api_url, "auth": caller(service, api, case), "timeout": 30}

    run_state_machine_as_test(
        Journey,
        settings=hypothesis.settings(
            max_examples=2,
            stateful_step_count=6,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        ),
    )
