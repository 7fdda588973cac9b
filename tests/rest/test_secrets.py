"""Passwords and tokens show up nowhere: not in an answer, a log line or a table."""

from __future__ import annotations

from tests.rest.client import NEW, Api
from tests.service import Service

CANARY = "canary-2c71-in-the-coal-mine"


def stored(service: Service) -> str:
    """All items of all tables."""
    return "\n".join(
        str(item)
        for name in service.tables.values()
        for page in service.dynamodb.get_paginator("scan").paginate(TableName=name)
        for item in page["Items"]
    )


def test_password(service: Service, api: Api) -> None:
    created = api.call("POST", "/extensions", NEW | {"password": CANARY})
    path = f"/extensions/{created.json()['id']}"
    answers = [
        created,
        api.call("POST", "/extensions", NEW | {"password": CANARY}),
        api.call("POST", "/extensions", NEW | {"password": CANARY * 10}),
        api.call("POST", "/extensions", NEW | {"password": [CANARY]}),
        api.call("POST", "/extensions", data=f'{{"password": "{CANARY}"', headers={"Content-Type": "application/json"}),
        api.call("POST", "/extensions", data=CANARY, headers={"Content-Type": "text/plain"}),
        api.call("PUT", path, {"password": CANARY}),
        api.call("PUT", path, {"password": CANARY + "\n"}),
        api.call("PUT", "/extensions/x", {"password": CANARY}),
        api.call("GET", path),
        api.call("GET", "/extensions"),
        api.call("DELETE", path),
    ]
    assert [answer.status_code for answer in answers] == [200, 409, 422, 422, 400, 415, 200, 422, 404, 200, 200, 200]
    for answer in answers:
        assert CANARY not in answer.text
        assert "ha1" not in answer.text
    api.create(password=CANARY)
    assert CANARY not in stored(service)
    assert CANARY not in service.log_text()


def test_token(service: Service, api: Api) -> None:
    token = api.call("POST", "/accesskeys", {"name": "ci"}).json()["token"]
    answers = [
        api.call("GET", "/accesskeys"),
        Api(api.url, api.customer_id, token).call("GET", "/extensions"),
        Api(api.url, api.customer_id, token + "x").call("GET", "/extensions"),
    ]
    assert all(token not in answer.text for answer in answers)
    assert token not in stored(service)
    assert token not in service.log_text()
