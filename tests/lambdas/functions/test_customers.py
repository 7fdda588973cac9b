"""The function of customers, behind a gateway in the process."""

from __future__ import annotations

import re

import pytest

from tests.lambdas.gateway import Gateway

EXTENSION = {"name": "Desk", "username": "office1", "password": "secure-password-123"}


def test_through_its_life(operator: Gateway) -> None:
    created = operator.call("POST", "/customers", {"name": "Example"})
    assert created.status == 200
    assert created.body.keys() == {"id", "name", "tm_create"}
    assert re.fullmatch("[a-z0-9]{6}-[a-z0-9]{6}", created.body["id"])
    path = f"/customers/{created.body['id']}"
    assert operator.call("GET", path).body == created.body
    assert operator.call("GET", "/customers").body == {"result": [created.body], "next_page_token": ""}
    assert operator.call("DELETE", path).body == created.body
    assert operator.call("GET", path).code == "not_found"
    assert operator.call("DELETE", path).code == "not_found"


def test_pages(operator: Gateway) -> None:
    made = {operator.call("POST", "/customers", {"name": f"c{n}"}).body["id"] for n in range(3)}
    page = operator.call("GET", "/customers?page_size=2").body
    rest = operator.call("GET", f"/customers?page_token={page['next_page_token']}").body
    assert {customer["id"] for customer in page["result"] + rest["result"]} == made
    assert operator.call("GET", "/customers?page_token=x").invalid == {"page_token"}


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": 1}, {"name": "x" * 256}])
def test_invalid(operator: Gateway, body: dict[str, object]) -> None:
    assert operator.call("POST", "/customers", body).invalid == {"#/name"}


def test_delete_refuses_while_there_are_extensions(operator: Gateway, customer: Gateway) -> None:
    extension = customer.call("POST", "/extensions", EXTENSION).body
    path = f"/customers/{customer.customer_id}"
    answer = operator.call("DELETE", path)
    assert (answer.status, answer.code) == (409, "customer_not_empty")
    customer.call("DELETE", f"/extensions/{extension['id']}")
    assert operator.call("DELETE", path).status == 200


def test_access_keys_of_a_customer(operator: Gateway, customer: Gateway, other_customer: Gateway) -> None:
    path = f"/customers/{customer.customer_id}/accesskeys"
    created = operator.call("POST", path, {"name": "first", "expires_in": 3600})
    assert created.headers["Cache-Control"] == "no-store"
    key = dict(created.body)
    assert key.pop("token")
    assert key["customer_id"] == customer.customer_id
    assert operator.call("GET", path).body == {"result": [key], "next_page_token": ""}
    assert customer.call("GET", "/accesskeys").body["result"] == [key]
    others = f"/customers/{other_customer.customer_id}/accesskeys"
    assert operator.call("GET", others).body["result"] == []
    assert operator.call("DELETE", f"{others}/{key['id']}").status == 404
    assert operator.call("DELETE", f"{path}/{key['id']}").body == key
    assert operator.call("DELETE", f"{path}/{key['id']}").status == 404


@pytest.mark.parametrize("customer_id", ["abc123-def456", "x", "x" * 3000])
def test_unknown_customer(operator: Gateway, customer_id: str) -> None:
    path = f"/customers/{customer_id}"
    key_id = "00000000-0000-4000-8000-000000000000"
    for method, rest, body in [
        ("GET", "", None),
        ("DELETE", "", None),
        ("GET", "/accesskeys", None),
        ("POST", "/accesskeys", {"name": "x"}),
        ("DELETE", f"/accesskeys/{key_id}", None),
    ]:
        assert operator.call(method, path + rest, body).code == "not_found"
