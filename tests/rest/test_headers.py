"""Headers that every answer carries, of a function or of the gateway."""

from __future__ import annotations

import pytest
import requests

from tests.rest.client import UNKNOWN_ID, Api
from tests.service import Service


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/extensions", 200),
        ("GET", f"/extensions/{UNKNOWN_ID}", 404),
        ("GET", "/no/such/route", 404),
        ("POST", "/extensions", 415),
    ],
)
def test_request_id_and_leave_to_read_it(api: Api, method: str, path: str, status: int) -> None:
    answers = [api.call(method, path, headers={"Origin": "https://pages.example"}) for _ in range(2)]
    for answer in answers:
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Expose-Headers"] == "*"
    first, second = (answer.headers["X-Request-Id"] for answer in answers)
    assert first and second and first != second


def test_the_request_id_of_a_refused_token(service: Service) -> None:
    answer = requests.get(f"{service.api_url}/extensions", timeout=30)
    assert answer.status_code == 401
    assert answer.headers["X-Request-Id"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/extensions", f"/extensions/{UNKNOWN_ID}", "/accesskeys", "/customers"])
def test_a_browser_asks_beforehand(service: Service, path: str) -> None:
    answer = requests.options(service.api_url + path, timeout=30)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert {"GET", "POST", "PUT", "DELETE"} <= set(answer.headers["Access-Control-Allow-Methods"].split(","))
    allowed = set(answer.headers["Access-Control-Allow-Headers"].split(","))
    assert {"Authorization", "Content-Type", "Idempotency-Key", "If-Match"} <= allowed


def test_what_is_left_of_the_allowance(api: Api) -> None:
    answers = [api.call("GET", "/extensions") for _ in range(2)]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"customer";q=3000;w=60'}
    left = [int(answer.headers["RateLimit"].partition("r=")[2].partition(";")[0]) for answer in answers]
    assert left[1] == left[0] - 1 or left[1] == 2999  # or a new minute has begun
