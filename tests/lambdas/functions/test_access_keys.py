"""The function of access keys, behind a gateway in the process."""

from __future__ import annotations

import time
from typing import Any

import pytest

from directory.schema.timestamps import timestamp
from tests.lambdas.gateway import Gateway

TEN_YEARS_S = 315_360_000


def test_the_token_is_shown_once(customer: Gateway) -> None:
    answer = customer.call("POST", "/accesskeys", {"name": "ci"})
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    key = dict(answer.body)
    assert len(key.pop("token")) == 43
    assert key == {
        "id": key["id"],
        "customer_id": customer.customer_id,
        "name": "ci",
        "tm_create": key["tm_create"],
        "tm_expire": "",
    }
    assert customer.call("GET", "/accesskeys").body == {"result": [key], "next_page_token": ""}
    assert customer.call("GET", f"/accesskeys/{key['id']}").body == key
    assert customer.call("DELETE", f"/accesskeys/{key['id']}").body == key
    assert customer.call("GET", f"/accesskeys/{key['id']}").code == "not_found"
    assert customer.call("GET", "/accesskeys").body["result"] == []


@pytest.mark.parametrize("life_s", [60, TEN_YEARS_S])
def test_expiry(customer: Gateway, monkeypatch: pytest.MonkeyPatch, life_s: int) -> None:
    monkeypatch.setattr("lambdas.issue_access_key.time.time", lambda: 2_000_000_000.7)
    body = customer.call("POST", "/accesskeys", {"name": "ci", "expires_in": life_s}).body
    assert body["tm_expire"] == timestamp(2_000_000_000 + life_s)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/name"),
        ({"name": ""}, "#/name"),
        ({"name": "a\nb"}, "#/name"),
        ({"name": "x" * 256}, "#/name"),
        ({"name": "x", "expires_in": 59}, "#/expires_in"),
        ({"name": "x", "expires_in": TEN_YEARS_S + 1}, "#/expires_in"),
        ({"name": "x", "expires_in": "3600"}, "#/expires_in"),
        ({"name": "x", "expires_in": True}, "#/expires_in"),
        ({"name": "x", "expires_in": None}, "#/expires_in"),
        ({"name": "x", "token": "mine"}, "#/token"),
    ],
)
def test_invalid(customer: Gateway, body: dict[str, Any], pointer: str) -> None:
    assert customer.call("POST", "/accesskeys", body).invalid == {pointer}


def test_pages(customer: Gateway) -> None:
    made = {customer.call("POST", "/accesskeys", {"name": f"k{n}"}).body["id"] for n in range(3)}
    first = customer.call("GET", "/accesskeys?page_size=2").body
    second = customer.call("GET", f"/accesskeys?page_size=2&page_token={first['next_page_token']}").body
    assert [key["id"] for key in first["result"] + second["result"]] == sorted(made)
    assert second["next_page_token"] == ""
    assert customer.call("GET", "/accesskeys?page_size=x").invalid == {"page_size"}


def test_expired_keys_are_gone(customer: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    key = customer.call("POST", "/accesskeys", {"name": "ci", "expires_in": 60}).body
    later = time.time() + 60
    monkeypatch.setattr("directory.api.access_keys.time.time", lambda: later)
    assert customer.call("GET", f"/accesskeys/{key['id']}").status == 404
    assert customer.call("GET", "/accesskeys").body["result"] == []


def test_another_customers_key(customer: Gateway, other_customer: Gateway) -> None:
    key = customer.call("POST", "/accesskeys", {"name": "ci"}).body
    assert other_customer.call("GET", "/accesskeys").body["result"] == []
    assert other_customer.call("GET", f"/accesskeys/{key['id']}").code == "not_found"
    assert other_customer.call("DELETE", f"/accesskeys/{key['id']}").code == "not_found"
    assert customer.call("GET", "/accesskeys").body["result"][0]["id"] == key["id"]


@pytest.mark.parametrize("key_id", ["x", "x" * 3000, "00000000-0000-4000-8000-000000000000"])
def test_unknown(customer: Gateway, key_id: str) -> None:
    assert customer.call("GET", f"/accesskeys/{key_id}").status == 404
    assert customer.call("DELETE", f"/accesskeys/{key_id}").status == 404
