"""Extensions over REST."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.rest.client import NEW, UNKNOWN_ID, Api, problem
from tests.service import Service


def test_create(service: Service, api: Api) -> None:
    answer = api.call("POST", "/extensions", NEW)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    created = answer.json()
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", created["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", created["tm_create"])
    assert created == {
        "id": created["id"],
        "customer_id": api.customer_id,
        "name": "office-phone-1",
        "detail": "Main office IP phone",
        "username": "office1",
        "extension": "office1",
        "domain_name": f"{api.customer_id}.registrar.{service.base}",
        "enabled": True,
        "tm_password_overlap": "",
        "max_devices": 1,
        "direct_hash": "",
        "registration": {"status": "unregistered", "devices": []},
        "tm_create": created["tm_create"],
        "tm_update": created["tm_create"],
    }


def test_read_update_delete(api: Api) -> None:
    created = api.create(detail="Büro \U0001f4de")
    path = f"/extensions/{created['id']}"
    assert api.call("GET", path).json() == created
    updated = api.call("PUT", path, {"name": "New", "max_devices": 2}).json()
    assert updated == created | {"name": "New", "max_devices": 2, "tm_update": updated["tm_update"]}
    assert api.call("PUT", path, {"password": "another-password-456"}).json()["name"] == "New"
    assert api.call("DELETE", path).json()["id"] == created["id"]
    for method in ("GET", "PUT", "DELETE"):
        assert problem(api.call(method, path, {})) == (404, "not_found")


def test_a_new_password_overlaps_with_the_one_before(api: Api) -> None:
    path = f"/extensions/{api.create()['id']}"
    change = {"password": "another-password-456", "password_overlap_seconds": 600}
    assert re.fullmatch(r"\d{4}-.*Z", api.call("PUT", path, change).json()["tm_password_overlap"])
    assert api.call("PUT", path, {"password": "yet-another-789"}).json()["tm_password_overlap"] == ""
    answer = api.call("PUT", path, {"password_overlap_seconds": 600})
    assert problem(answer) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/password_overlap_seconds"]


def test_disable_and_enable(api: Api) -> None:
    path = f"/extensions/{api.create()['id']}"
    for enabled in (False, True):
        assert api.call("PUT", path, {"enabled": enabled}).json()["enabled"] is enabled
        assert api.call("GET", path).json()["enabled"] is enabled


def test_direct(api: Api) -> None:
    path = f"/extensions/{api.create()['id']}"
    assert problem(api.call("PUT", path, {"direct_regenerate": True})) == (409, "direct_disabled")
    first = api.call("PUT", path, {"direct": True}).json()["direct_hash"]
    assert re.fullmatch("[0-9a-f]{12}", first)
    assert api.call("PUT", path, {"direct": True}).json()["direct_hash"] == first
    second = api.call("PUT", path, {"direct_regenerate": True}).json()["direct_hash"]
    assert second not in {first, ""}
    assert api.call("PUT", path, {"direct": False}).json()["direct_hash"] == ""


def test_list(api: Api) -> None:
    made = {api.create(username=f"u{n}")["id"] for n in range(3)}
    first = api.call("GET", "/extensions?page_size=2").json()
    second = api.call("GET", "/extensions", params={"page_size": 2, "page_token": first["next_page_token"]}).json()
    assert [extension["id"] for extension in first["result"] + second["result"]] == sorted(made)
    assert second["next_page_token"] == ""
    assert len(api.call("GET", "/extensions?page_size=&page_token=").json()["result"]) == 3


@pytest.mark.parametrize("query", ["page_size=0", "page_size=101", "page_size=x", "page_token=x"])
def test_bad_parameters(api: Api, query: str) -> None:
    answer = api.call("GET", f"/extensions?{query}")
    assert problem(answer) == (422, "validation_failed")
    assert [error["parameter"] for error in answer.json()["errors"]] == [query.partition("=")[0]]


def test_bad_fields(api: Api) -> None:
    answer = api.call("POST", "/extensions", {"name": "", "username": "-", "password": "short", "pin": 1})
    assert problem(answer) == (422, "validation_failed")
    assert {error["pointer"] for error in answer.json()["errors"]} == {"#/name", "#/username", "#/password", "#/pin"}


def test_username_cannot_be_changed(api: Api) -> None:
    answer = api.call("PUT", f"/extensions/{api.create()['id']}", {"username": "office2"})
    assert problem(answer) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/username"]


def test_customers_do_not_see_each_other(api: Api, other_api: Api) -> None:
    created = api.create()
    assert other_api.create()["username"] == created["username"]
    assert len(other_api.call("GET", "/extensions").json()["result"]) == 1
    for method, body in (("GET", None), ("PUT", {"password": "office1-or-not"}), ("DELETE", None)):
        answer = other_api.call(method, f"/extensions/{created['id']}", body)
        assert problem(answer) == (404, "not_found")
        assert answer.json() == other_api.call(method, f"/extensions/{UNKNOWN_ID}", body).json()
    assert api.call("GET", f"/extensions/{created['id']}").json() == created


def test_a_hundred_at_once_want_the_same_username(api: Api) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: api.call("POST", "/extensions", NEW), range(100)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 99}
    assert {problem(answer)[1] for answer in answers if answer.status_code == 409} == {"username_taken"}
    assert len(api.call("GET", "/extensions").json()["result"]) == 1


def test_many_regenerate_at_once(service: Service, api: Api) -> None:
    created = api.create(direct=True)
    path = f"/extensions/{created['id']}"
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: api.call("PUT", path, {"direct_regenerate": True}), range(8)))
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status_code == 503)
    pages = service.dynamodb.get_paginator("scan").paginate(TableName=service.tables["DIRECT_HASHES_TABLE"])
    aor = f"office1@{api.customer_id}"
    hashes = [item["hash"]["S"] for page in pages for item in page["Items"] if item["aor"]["S"] == aor]
    assert hashes == [api.call("GET", path).json()["direct_hash"]]


def test_a_list_stays_in_step_while_others_come_and_go(api: Api) -> None:
    """An extension that exists during the whole listing appears exactly once."""
    lasting = [api.create(username=f"lasting{n}")["id"] for n in range(6)]
    passing = [api.create(username=f"passing{n}")["id"] for n in range(6)]
    listed: list[str] = []
    token = ""
    while True:
        page = api.call("GET", "/extensions", params={"page_size": 2, "page_token": token}).json()
        listed += [extension["id"] for extension in page["result"]]
        token = page["next_page_token"]
        if not token:
            break
        # Among them the very one that the next page begins behind.
        for extension_id in {*passing} & {*listed[-2:], *passing[:1]}:
            api.call("DELETE", f"/extensions/{extension_id}")
            passing.remove(extension_id)
        api.create(username=f"new{len(listed)}")
    assert len(listed) == len(set(listed))
    assert set(lasting) <= set(listed)
