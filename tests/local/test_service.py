"""The running service, seen from outside."""

from __future__ import annotations

import requests
from botocore.credentials import Credentials

from local.emulator import REGION
from sipctl.signature import Signature
from tests.service import Service


def test_the_demo_customers_token_opens_the_api(service: Service) -> None:
    answer = requests.get(f"{service.api_url}/extensions", params={"token": service.token}, timeout=30)
    assert (answer.status_code, answer.json()["result"]) == (200, [])


def test_a_new_customer_has_a_token_of_its_own(service: Service) -> None:
    customer_id, token = service.new_customer()
    created = requests.post(
        f"{service.api_url}/extensions",
        headers={"Authorization": f"Bearer {token}"},
        json={"name": "phone", "username": "phone", "password": "secure-password-123"},
        timeout=30,
    )
    assert created.status_code == 200, created.text
    assert created.json()["customer_id"] == customer_id != service.customer_id
    stored = service.dynamodb.get_item(
        TableName=service.tables["ADDRESSES_TABLE"], Key={"aor": {"S": f"phone@{customer_id}"}}
    )
    assert "Item" in stored


def test_the_operators_routes_want_a_known_signature(service: Service) -> None:
    stranger = Signature(Credentials("AKIAIOSFODNN7EXAMPLE", "secret"), REGION)
    answers = [
        requests.get(f"{service.api_url}/customers", auth=auth, timeout=30)
        for auth in (None, stranger, service.operator)
    ]
    assert [answer.status_code for answer in answers] == [404, 403, 200]
    assert [answer.json().get("code") for answer in answers] == ["not_found", "forbidden", None]


def test_a_token_is_logged_by_no_part(service: Service) -> None:
    _, token = service.new_customer()
    answer = requests.get(f"{service.api_url}/extensions", params={"token": token}, timeout=30)
    assert answer.ok
    assert token not in service.log_text()
