"""The Idempotency-Key: a POST that is sent again does nothing again."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.rest.client import NEW, Api, problem
from tests.rest.test_secrets import CANARY, stored
from tests.service import Service


def post(api: Api, path: str, body: object, key: str = "a-key") -> requests.Response:
    return api.call("POST", path, body, headers={"Idempotency-Key": key})


def test_the_same_call_again_gets_the_same_answer(api: Api) -> None:
    first, second = post(api, "/extensions", NEW), post(api, "/extensions", dict(reversed(NEW.items())))
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == first.json()
    assert second.headers["ETag"] == first.headers["ETag"]
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"


def test_two_hundred_at_once_make_one_extension(api: Api) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: post(api, "/extensions", NEW), range(200)))
    refused = [answer for answer in answers if answer.status_code != 200]
    assert Counter(map(problem, refused)) == Counter({(409, "in_progress"): len(refused)})
    assert all(answer.headers["Retry-After"] for answer in refused)
    made = {answer.json()["id"] for answer in answers if answer.status_code == 200}
    assert {post(api, "/extensions", NEW).json()["id"]} == made
    assert [extension["id"] for extension in api.call("GET", "/extensions").json()["result"]] == list(made)


def test_another_body_is_another_call(api: Api) -> None:
    post(api, "/extensions", NEW)
    for other in ({"name": "Other"}, {"password": "another-password-456"}, {"username": "other"}):
        assert problem(post(api, "/extensions", NEW | other)) == (422, "idempotency_key_reused")
    assert post(api, "/extensions", NEW | {"username": "other"}, key="other").status_code == 200


def test_a_refusal_is_not_kept(api: Api) -> None:
    taken = api.create()
    assert problem(post(api, "/extensions", NEW)) == (409, "username_taken")
    api.call("DELETE", f"/extensions/{taken['id']}")
    assert post(api, "/extensions", NEW).status_code == 200


def test_customers_and_paths_have_keys_of_their_own(api: Api, other_api: Api) -> None:
    first, other = post(api, "/extensions", NEW), post(other_api, "/extensions", NEW)
    assert {first.json()["customer_id"], other.json()["customer_id"]} == {api.customer_id, other_api.customer_id}
    assert post(api, "/accesskeys", {"name": "ci"}).json()["name"] == "ci"


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "\u00fc"])
def test_what_can_be_no_key(api: Api, key: str) -> None:
    answer = api.call("POST", "/extensions", NEW, headers={"Idempotency-Key": key.encode("latin-1")})
    assert problem(answer) == (422, "validation_failed")
    assert [error["header"] for error in answer.json()["errors"]] == ["Idempotency-Key"]


def test_customers_are_made_once(service: Service) -> None:
    url, headers = f"{service.api_url}/customers", {"Idempotency-Key": service.new_customer()[0]}
    answers = [
        requests.post(url, json={"name": "x"}, headers=headers, auth=service.operator, timeout=30) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()


def test_no_secret_is_kept(service: Service, api: Api) -> None:
    assert post(api, "/extensions", NEW | {"password": CANARY}, key="sesame-" + CANARY).status_code == 200
    first, second = post(api, "/accesskeys", {"name": "ci"}), post(api, "/accesskeys", {"name": "ci"})
    assert second.json() == first.json() | {"token": ""}
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Api(api.url, api.customer_id, first.json()["token"]).call("GET", "/extensions").status_code == 200
    everything = stored(service)
    assert CANARY not in everything
    assert first.json()["token"] not in everything
