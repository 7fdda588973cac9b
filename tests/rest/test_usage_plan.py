"""The limit of all customers together, as the gateway keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from local.emulator import session
from tests.rest.client import Api, problem
from tests.service import Service


@pytest.fixture
def gateway(service: Service) -> Any:
    return session().client("apigateway", endpoint_url=service.endpoint)


def test_beyond_the_plan_customers_are_refused_and_operators_are_not(service: Service, api: Api, gateway: Any) -> None:
    assert api.call("GET", "/extensions").status_code == 200
    with _limited(gateway, burstLimit="0", rateLimit="0"):
        assert problem(api.call("GET", "/extensions")) == (429, "too_many_requests")
        assert requests.get(f"{service.api_url}/customers", auth=service.operator, timeout=30).status_code == 200
        assert requests.get(f"{service.api_url}/openapi.json", timeout=30).status_code == 200
    assert api.call("GET", "/extensions").status_code == 200


def test_the_plans_key_lets_nobody_in(service: Service, gateway: Any) -> None:
    (key,) = gateway.get_api_keys(includeValues=True)["items"]
    answer = requests.get(f"{service.api_url}/extensions", headers={"X-API-Key": key["value"]}, timeout=30)
    assert problem(answer) == (401, "unauthorized")


@contextmanager
def _limited(gateway: Any, **throttle: str) -> Iterator[None]:
    (plan,) = gateway.get_usage_plans()["items"]
    before = {name: str(value) for name, value in plan["throttle"].items() if name in throttle}

    def throttle_at(limits: dict[str, str]) -> None:
        operations = [{"op": "replace", "path": f"/throttle/{name}", "value": limits[name]} for name in limits]
        gateway.update_usage_plan(usagePlanId=plan["id"], patchOperations=operations)

    throttle_at(throttle)
    try:
        yield
    finally:
        throttle_at(before)
