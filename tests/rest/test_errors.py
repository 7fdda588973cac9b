"""Errors that the gateway refuses itself, and those that it lets through to be refused."""

from __future__ import annotations

import json

import pytest
import requests

from tests.rest.client import NEW, Api, problem
from tests.service import Service


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/nothing"), ("GET", "/extensions/a/b"), ("PATCH", "/extensions")]
)
def test_no_such_route(api: Api, method: str, path: str) -> None:
    assert problem(api.call(method, path)) == (404, "not_found")


@pytest.mark.parametrize("name", ["x", "%20", "..%2f..", "%F0%9F%93%9E", "x" * 3000])
def test_ids_of_no_extension(api: Api, name: str) -> None:
    assert problem(api.call("GET", f"/extensions/{name}")) == (404, "not_found")


@pytest.mark.parametrize(
    "body",
    ["{", "", "[]", "null", '{"name": NaN}', '{"name": "a", "name": "b"}', '{"x":' * 1000, b'{"name": "\xff\xfe"'],
)
def test_malformed(api: Api, body: str | bytes) -> None:
    answer = api.call("POST", "/extensions", data=body, headers={"Content-Type": "application/json"})
    assert problem(answer) == (400, "malformed_json")


def test_bytes_that_are_no_text(api: Api) -> None:
    body = json.dumps(NEW).encode().replace(b"secure", b"\xff\xfe")
    answer = api.call("POST", "/extensions", data=body, headers={"Content-Type": "application/json"})
    assert problem(answer)[0] in {400, 422}


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_other_content_types(api: Api, content_type: str) -> None:
    answer = api.call("POST", "/extensions", data=json.dumps(NEW), headers={"Content-Type": content_type})
    assert problem(answer) == (415, "unsupported_media_type")


def test_too_large(api: Api) -> None:
    assert problem(api.call("POST", "/extensions", NEW | {"detail": "x" * 100_000})) == (413, "payload_too_large")


def test_the_refusal_of_an_unsigned_request(service: Service) -> None:
    answer = requests.get(f"{service.api_url}/customers", timeout=30)
    assert problem(answer)[0] in {403, 404}
