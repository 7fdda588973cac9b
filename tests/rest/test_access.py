"""Access tokens and signatures at the gateway."""

from __future__ import annotations

import pytest
import requests

from tests.rest.client import UNKNOWN_ID, Api, problem
from tests.service import Service


def test_token_in_the_query_or_the_header(api: Api) -> None:
    url = f"{api.url}/extensions"
    assert requests.get(url, params={"token": api.token}, timeout=30).status_code == 200
    for scheme in ("Bearer", "bearer"):
        headers = {"Authorization": f"{scheme} {api.token}"}
        assert requests.get(url, headers=headers, timeout=30).status_code == 200


@pytest.mark.parametrize("path", ["/extensions", f"/extensions/{UNKNOWN_ID}", "/accesskeys"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}])
def test_no_valid_token(service: Service, path: str, headers: dict[str, str]) -> None:
    answer = requests.get(service.api_url + path, headers=headers, timeout=30)
    assert problem(answer) == (401, "unauthorized")


@pytest.mark.parametrize("token", ["", "wrong", "%00", "%ED%A0%80", "x" * 4000])
def test_no_valid_token_in_the_query(service: Service, token: str) -> None:
    answer = requests.get(f"{service.api_url}/extensions?token={token}", timeout=30)
    assert problem(answer) == (401, "unauthorized")


def test_a_key_through_its_life(api: Api) -> None:
    created = api.call("POST", "/accesskeys", {"name": "ci", "expires_in": 3600})
    assert created.status_code == 200
    assert created.headers["Cache-Control"] == "no-store"
    key = created.json()
    token = key.pop("token")
    assert key == {
        "id": key["id"],
        "customer_id": api.customer_id,
        "name": "ci",
        "tm_create": key["tm_create"],
        "tm_expire": key["tm_expire"],
    }
    assert key["tm_expire"] > key["tm_create"]
    assert api.call("GET", f"/accesskeys/{key['id']}").json() == key
    assert key in api.call("GET", "/accesskeys").json()["result"]
    program = Api(api.url, api.customer_id, token)
    assert program.call("GET", "/extensions").status_code == 200
    assert api.call("DELETE", f"/accesskeys/{key['id']}").json() == key
    assert problem(program.call("GET", "/extensions")) == (401, "unauthorized")


def test_keys_of_others_are_out_of_reach(api: Api, other_api: Api) -> None:
    key_id = api.call("GET", "/accesskeys").json()["result"][0]["id"]
    assert problem(other_api.call("DELETE", f"/accesskeys/{key_id}")) == (404, "not_found")
    assert all(key["id"] != key_id for key in other_api.call("GET", "/accesskeys").json()["result"])
    assert api.call("GET", "/extensions").status_code == 200


def test_bad_expiry(api: Api) -> None:
    answer = api.call("POST", "/accesskeys", {"name": "ci", "expires_in": 59})
    assert problem(answer) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/expires_in"]


def test_customers_are_the_operators(service: Service, api: Api) -> None:
    for method, path in (
        ("GET", "/customers"),
        ("POST", "/customers"),
        ("GET", f"/customers/{api.customer_id}"),
        ("DELETE", f"/customers/{api.customer_id}"),
        ("POST", f"/customers/{api.customer_id}/accesskeys"),
    ):
        status, _ = problem(requests.request(method, service.api_url + path, json={"name": "x"}, timeout=30))
        assert status in {403, 404}, path
        assert api.call(method, path, {"name": "x"}).status_code in {403, 404}, path


def test_a_customer_through_its_life(service: Service) -> None:
    def call(method: str, path: str, body: object = None) -> requests.Response:
        return requests.request(method, service.api_url + path, json=body, auth=service.operator, timeout=30)

    created = call("POST", "/customers", {"name": "Example"})
    assert created.status_code == 200
    customer = created.json()
    assert customer.keys() == {"id", "name", "tm_create"}
    path = f"/customers/{customer['id']}"
    assert call("GET", path).json() == customer
    assert customer in call("GET", "/customers").json()["result"]

    key = call("POST", f"{path}/accesskeys", {"name": "first"}).json()
    api = Api(service.api_url, customer["id"], key.pop("token"))
    assert call("GET", f"{path}/accesskeys").json() == {"result": [key], "next_page_token": ""}
    extension = api.create()
    assert problem(call("DELETE", path)) == (409, "customer_not_empty")
    api.call("DELETE", f"/extensions/{extension['id']}")
    assert call("DELETE", f"{path}/accesskeys/{UNKNOWN_ID}").status_code == 404
    assert call("DELETE", path).json() == customer
    assert problem(call("GET", path)) == (404, "not_found")
    assert problem(api.call("GET", "/extensions")) == (401, "unauthorized")
    assert problem(call("POST", "/customers", {"name": ""})) == (422, "validation_failed")
