"""Request bodies that break a rule, and their problems."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.lambdas.gateway import Answer, Gateway

NEW = {"name": "Desk", "username": "office1", "password": "secure-password-123"}


def post(customer: Gateway, body: str, **fields: Any) -> Answer:
    return customer.call("POST", "/extensions", body, **fields)


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "{",
        "nonsense",
        "[]",
        "null",
        "5",
        '"text"',
        json.dumps([NEW]),
        json.dumps(NEW) + "x",
        '{"name": "a", "name": "b"}',
        '{"name": {"x": 1, "x": 1}}',
        '{"max_devices": NaN}',
        '{"max_devices": Infinity}',
        '{"max_devices": -Infinity}',
        '{"max_devices": ' + "1" * 5000 + "}",
        '{"name": "\x01"}',
        "{'name': 'x'}",
        '\ufeff{"name": "x"}',
        '{"name": "\ud800"}',
        "[" * 20_000,
        '{"name":' * 3_000,
    ],
)
def test_malformed(customer: Gateway, body: str) -> None:
    answer = post(customer, body)
    assert (answer.status, answer.code) == (400, "malformed_json")


def test_no_body_at_all(customer: Gateway) -> None:
    answer = customer.call("POST", "/extensions", headers={"content-type": "application/json"})
    assert (answer.status, answer.code) == (400, "malformed_json")


def test_base64(customer: Gateway) -> None:
    encoded = base64.b64encode(json.dumps(NEW).encode()).decode()
    assert post(customer, encoded, isBase64Encoded=True).status == 200


@pytest.mark.parametrize(
    "body",
    ["%", "eA", base64.b64encode(b'{"name": "\xff"}').decode(), base64.b64encode(b"\xff\xfe{\x00}\x00").decode()],
)
def test_base64_of_no_text(customer: Gateway, body: str) -> None:
    answer = post(customer, body, isBase64Encoded=True)
    assert (answer.status, answer.code) == (400, "malformed_json")


def test_a_deep_value_of_an_unknown_field(customer: Gateway) -> None:
    assert post(customer, '{"x": ' + "[" * 500 + "]" * 500 + "}").status == 422


@pytest.mark.parametrize("encoded", [False, True])
def test_too_large(customer: Gateway, encoded: bool) -> None:
    body = json.dumps(NEW | {"detail": "x" * 32 * 1024})
    if encoded:
        body = base64.b64encode(body.encode()).decode()
    answer = post(customer, body, isBase64Encoded=encoded)
    assert (answer.status, answer.code) == (413, "payload_too_large")


def test_the_longest_spelling_of_a_valid_body_fits(customer: Gateway) -> None:
    longest = {
        "name": "\U0001f4de" * 255,
        "detail": "\U0001f4de" * 1024,
        "username": "u" * 40,
        "password": "p" * 128,
        "direct": False,
        "max_devices": 10,
    }
    escaped = json.dumps(longest).replace("u" * 40, "\\u0075" * 40).replace("p" * 128, "\\u0070" * 128)
    assert post(customer, escaped).status == 200


@pytest.mark.parametrize("content_type", ["application/json", "APPLICATION/JSON ; charset=utf-8"])
@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
def test_content_type(customer: Gateway, name: str, content_type: str) -> None:
    assert post(customer, json.dumps(NEW), headers={name: content_type}).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        None,
        {},
        {"content-type": ""},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/jsonp"},
    ],
)
def test_other_content_types(customer: Gateway, headers: Any) -> None:
    answer = post(customer, json.dumps(NEW), headers=headers)
    assert (answer.status, answer.code) == (415, "unsupported_media_type")
