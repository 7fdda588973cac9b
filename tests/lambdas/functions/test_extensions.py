"""The function of extensions, behind a gateway in the process."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from directory.schema import credentials, items
from directory.schema.model import Address, Binding, registration_id
from directory.schema.tables import DIRECT_HASHES
from directory.schema.timestamps import timestamp
from tests import tables
from tests.lambdas.gateway import Gateway

NEW = {
    "name": "office-phone-1",
    "detail": "Main office IP phone",
    "username": "office1",
    "password": "secure-password-123",
}
UNKNOWN = "/extensions/00000000-0000-4000-8000-000000000000"


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in NEW.items() if key != name}


def address(client: Any, customer: Gateway) -> Address:
    key = {"aor": {"S": f"office1@{customer.customer_id}"}}
    return items.address(client.get_item(TableName="test-addresses", Key=key)["Item"])


class TestCreate:
    """POST /extensions."""

    def test_answers_with_the_extension(self, customer: Gateway) -> None:
        answer = customer.call("POST", "/extensions", NEW)
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/json"
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.body["id"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer.body["tm_create"])
        assert answer.body == {
            "id": answer.body["id"],
            "customer_id": customer.customer_id,
            "name": "office-phone-1",
            "detail": "Main office IP phone",
            "username": "office1",
            "extension": "office1",
            "domain_name": f"{customer.customer_id}.registrar.voipbin.net",
            "enabled": True,
            "tm_password_overlap": "",
            "max_devices": 1,
            "direct_hash": "",
            "registration": {"status": "unregistered", "devices": []},
            "tm_create": answer.body["tm_create"],
            "tm_update": answer.body["tm_create"],
        }

    def test_stores_the_credential_for_the_realm(self, client: Any, customer: Gateway) -> None:
        customer.call("POST", "/extensions", NEW)
        ha1 = credentials.ha1("office1", "voipbin.net", "secure-password-123")
        assert address(client, customer).ha1 == ha1

    def test_detail_is_optional(self, customer: Gateway) -> None:
        assert customer.call("POST", "/extensions", without("detail")).body["detail"] == ""

    def test_options(self, customer: Gateway) -> None:
        body = customer.call("POST", "/extensions", NEW | {"direct": True, "max_devices": 10}).body
        assert re.fullmatch("[0-9a-f]{12}", body["direct_hash"])
        assert body["max_devices"] == 10

    def test_extension_is_read_as_username(self, customer: Gateway) -> None:
        answer = customer.call("POST", "/extensions", without("username") | {"extension": "office1"})
        assert (answer.status, answer.body["username"]) == (200, "office1")

    def test_both_names_alike(self, customer: Gateway) -> None:
        assert customer.call("POST", "/extensions", NEW | {"extension": "office1"}).status == 200

    def test_both_names_different(self, customer: Gateway) -> None:
        assert customer.call("POST", "/extensions", NEW | {"extension": "office2"}).invalid == {"#"}

    def test_an_invalid_name_is_pointed_to_as_it_was_given(self, customer: Gateway) -> None:
        answer = customer.call("POST", "/extensions", without("username") | {"extension": "a b"})
        assert answer.invalid == {"#/extension"}

    def test_taken_username(self, customer: Gateway, other_customer: Gateway) -> None:
        customer.call("POST", "/extensions", NEW)
        answer = customer.call("POST", "/extensions", NEW)
        assert (answer.status, answer.code) == (409, "username_taken")
        assert other_customer.call("POST", "/extensions", NEW).status == 200

    def test_customer_that_was_deleted(self, operator: Gateway, customer: Gateway) -> None:
        operator.call("DELETE", f"/customers/{customer.customer_id}")
        assert customer.call("POST", "/extensions", NEW).code == "not_found"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", "x"),
            ("name", "x" * 255),
            ("name", "\U0001f4de Büro 東京"),
            ("name", " "),
            ("detail", ""),
            ("detail", "x" * 1024),
            ("detail", "two\r\nlines\tof text"),
            ("username", "1"),
            ("username", "A.b_c-9"),
            ("username", "x" * 40),
            ("password", "y" * 12),
            ("password", "y" * 128),
            ("password", " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
            ("max_devices", 1),
            ("max_devices", 10),
            ("max_devices", 1.0),
            ("direct", False),
        ],
    )
    def test_valid(self, customer: Gateway, field: str, value: object) -> None:
        assert customer.call("POST", "/extensions", NEW | {"password": "Q7!Q7!Q7!Q7!", field: value}).status == 200

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", "x" * 256),
            ("name", "two\nlines"),
            ("name", "nul\x00"),
            ("name", "c1\x85"),
            ("name", "\ud800"),
            ("name", None),
            ("name", 5),
            ("name", ["x"]),
            ("detail", "x" * 1025),
            ("detail", "bell\x07"),
            ("detail", None),
            ("username", ""),
            ("username", "x" * 41),
            ("username", "-x"),
            ("username", ".x"),
            ("username", "a b"),
            ("username", "a@b"),
            ("username", "a\n"),
            ("username", "ü"),
            ("username", "\u0661"),
            ("username", "\udfff"),
            ("username", 100),
            ("username", None),
            ("password", "y" * 11),
            ("password", "y" * 129),
            ("password", "tab\tin-the-middle"),
            ("password", "line-at-the-end\n"),
            ("password", "pässwörter-müssen"),
            ("password", "delete-is-no-\x7f"),
            ("password", "my-office1-password"),
            ("password", "my-OFFICE1-password"),
            ("password", 123456789012),
            ("password", None),
            ("max_devices", 0),
            ("max_devices", 11),
            ("max_devices", -1),
            ("max_devices", "1"),
            ("max_devices", 1.5),
            ("max_devices", True),
            ("max_devices", 10**30),
            ("max_devices", 10**4000),
            ("max_devices", 1e300),
            ("max_devices", None),
            ("direct", "true"),
            ("direct", 1),
            ("direct", None),
            ("ha1", "x"),
            ("customer_id", "abc123-def456"),
            ("direct_regenerate", True),
        ],
    )
    def test_invalid(self, customer: Gateway, field: str, value: object) -> None:
        assert customer.call("POST", "/extensions", NEW | {field: value}).invalid == {f"#/{field}"}

    @pytest.mark.parametrize("field", ["name", "username", "password"])
    def test_missing(self, customer: Gateway, field: str) -> None:
        assert customer.call("POST", "/extensions", without(field)).invalid == {f"#/{field}"}

    def test_every_invalid_field_is_pointed_to(self, customer: Gateway) -> None:
        answer = customer.call("POST", "/extensions", {"name": "", "username": "?", "a/b~c d": 1, "direct": 1})
        assert answer.invalid == {"#/name", "#/username", "#/password", "#/direct", "#/a~1b~0c%20d"}

    def test_an_unknown_field_is_told_the_known_ones(self, customer: Gateway) -> None:
        [error] = customer.call("POST", "/extensions", NEW | {"user_name": "x"}).body["errors"]
        assert error["pointer"] == "#/user_name"
        assert "name, detail, username, password, direct, max_devices" in error["detail"]

    def test_a_field_name_may_be_no_text(self, customer: Gateway) -> None:
        assert customer.call("POST", "/extensions", NEW | {"\ud800": 1}).status == 422


class TestRead:
    """GET of extensions."""

    def test_get(self, customer: Gateway) -> None:
        created = customer.call("POST", "/extensions", NEW).body
        answer = customer.call("GET", f"/extensions/{created['id']}")
        assert (answer.status, answer.body) == (200, created)

    def test_devices_that_are_registered_now(self, client: Any, customer: Gateway) -> None:
        created = customer.call("POST", "/extensions", NEW).body
        now = int(time.time())
        bindings = (
            Binding("sip:a@10.0.0.1", "1", 1, "f1", "e", "192.0.2.1:5060", "udp", now - 9, now + 600, "Phone/1", "<u>"),
            Binding("sip:b@10.0.0.2", "2", 1, "f2", "e", "[2001:db8::1]:5061", "tls", now - 8, now + 500),
            Binding("sip:c@10.0.0.3", "3", 1, "f3", "e", "192.0.2.3:5060", "tcp", now - 600, now - 1),
        )
        bound = address(client, customer).with_bindings(bindings, "", 0)
        client.put_item(TableName="test-addresses", Item=items.address_item(bound))
        registration = customer.call("GET", f"/extensions/{created['id']}").body["registration"]
        assert registration == {
            "status": "registered",
            "devices": [
                {
                    "id": registration_id(bindings[0]),
                    "contact": "sip:a@10.0.0.1",
                    "source": "192.0.2.1:5060",
                    "transport": "udp",
                    "user_agent": "Phone/1",
                    "password": "current",
                    "instance": "<u>",
                    "registered": timestamp(now - 9),
                    "expires": timestamp(now + 600),
                    "reachability": "reachable",
                },
                {
                    "id": registration_id(bindings[1]),
                    "contact": "sip:b@10.0.0.2",
                    "source": "[2001:db8::1]:5061",
                    "transport": "tls",
                    "user_agent": "",
                    "password": "current",
                    "registered": timestamp(now - 8),
                    "expires": timestamp(now + 500),
                    "reachability": "reachable",
                },
            ],
        }

    def test_list(self, customer: Gateway, other_customer: Gateway) -> None:
        made = [customer.call("POST", "/extensions", NEW | {"username": f"u{n}"}).body for n in range(5)]
        found, path = [], "/extensions?page_size=2"
        while True:
            page = customer.call("GET", path)
            assert page.status == 200
            assert page.body.keys() == {"result", "next_page_token"}
            found += page.body["result"]
            if not page.body["next_page_token"]:
                break
            path = f"/extensions?page_size=2&page_token={page.body['next_page_token']}"
        assert found == sorted(made, key=lambda extension: extension["id"])
        assert customer.call("GET", "/extensions").body == {"result": found, "next_page_token": ""}
        assert other_customer.call("GET", "/extensions").body == {"result": [], "next_page_token": ""}

    def test_list_of_a_username(self, customer: Gateway, other_customer: Gateway) -> None:
        made = customer.call("POST", "/extensions", NEW).body
        customer.call("POST", "/extensions", NEW | {"username": "office11"})
        path = f"/extensions?username={NEW['username']}"
        assert customer.call("GET", path).body == {"result": [made], "next_page_token": ""}
        assert other_customer.call("GET", path).body == {"result": [], "next_page_token": ""}

    @pytest.mark.parametrize(
        "username", ["office2", "Office1", "office", "x" * 3000, "*", " ", "\u0661", "\ud800", "a@b"]
    )
    def test_list_of_a_username_that_nobody_has(self, customer: Gateway, username: str) -> None:
        customer.call("POST", "/extensions", NEW)
        assert customer.call("GET", f"/extensions?username={username}").body["result"] == []

    def test_empty_parameters_count_as_absent(self, customer: Gateway) -> None:
        customer.call("POST", "/extensions", NEW)
        listed = customer.call("GET", "/extensions?page_size=&page_token=&username=&other=x")
        assert len(listed.body["result"]) == 1

    @pytest.mark.parametrize("size", ["0", "101", "-1", "1.5", "ten", "1e1", " 1", "\u0661", "9" * 5000])
    def test_page_size_out_of_range(self, customer: Gateway, size: str) -> None:
        assert customer.call("GET", f"/extensions?page_size={size}").invalid == {"page_size"}

    @pytest.mark.parametrize("token", ["x", "!!!!", "AAAA", "é", "\ud800", "a" * 5000, "eyJpZCI6MX0", "====", "MDA"])
    def test_page_token_of_ones_own_making(self, customer: Gateway, token: str) -> None:
        assert customer.call("GET", f"/extensions?page_token={token}").invalid == {"page_token"}

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    @pytest.mark.parametrize(
        "name", [UNKNOWN[12:], "1", "null", "x" * 3000, "%20", "' OR 1=1", "..", "\u0661", "\ud800"]
    )
    def test_unknown(self, customer: Gateway, method: str, name: str) -> None:
        answer = customer.call(method, f"/extensions/{name}", {})
        assert (answer.status, answer.code) == (404, "not_found")

    def test_another_customers_looks_like_one_that_never_was(self, customer: Gateway, other_customer: Gateway) -> None:
        created = customer.call("POST", "/extensions", NEW).body
        path = f"/extensions/{created['id']}"
        for method, body in [
            ("GET", None),
            ("PUT", {"name": "mine"}),
            ("PUT", {"password": "office1-password"}),
            ("DELETE", None),
        ]:
            assert other_customer.call(method, path, body) == other_customer.call(method, UNKNOWN, body)
            assert other_customer.call(method, path, body).status == 404
        assert customer.call("GET", path).body == created


class TestUpdate:
    """PUT of an extension."""

    @pytest.fixture
    def path(self, customer: Gateway) -> str:
        return f"/extensions/{customer.call('POST', '/extensions', NEW).body['id']}"

    def test_changes_what_is_given(self, customer: Gateway, path: str) -> None:
        before = customer.call("GET", path).body
        answer = customer.call("PUT", path, {"name": "New", "max_devices": 3})
        assert answer.status == 200
        assert answer.body == before | {"name": "New", "max_devices": 3, "tm_update": answer.body["tm_update"]}
        assert customer.call("PUT", path, {"detail": ""}).body["detail"] == ""
        assert customer.call("GET", path).body["name"] == "New"

    def test_an_empty_object_changes_nothing(self, customer: Gateway, path: str) -> None:
        before = customer.call("GET", path).body
        answer = customer.call("PUT", path, {})
        assert (answer.status, answer.body | {"tm_update": ""}) == (200, before | {"tm_update": ""})

    def test_password(self, client: Any, customer: Gateway, path: str) -> None:
        assert customer.call("PUT", path, {"password": "another-password-456"}).status == 200
        ha1 = credentials.ha1("office1", "voipbin.net", "another-password-456")
        assert address(client, customer).ha1 == ha1

    def test_password_must_not_hold_the_username(self, client: Any, customer: Gateway, path: str) -> None:
        before = address(client, customer)
        assert customer.call("PUT", path, {"password": "my-Office1-password"}).invalid == {"#/password"}
        assert address(client, customer) == before

    def test_direct_through_its_life(self, client: Any, customer: Gateway, path: str) -> None:
        first = customer.call("PUT", path, {"direct": True}).body["direct_hash"]
        assert re.fullmatch("[0-9a-f]{12}", first)
        assert customer.call("PUT", path, {"direct": True}).body["direct_hash"] == first
        assert customer.call("PUT", path, {"name": "New"}).body["direct_hash"] == first
        second = customer.call("PUT", path, {"direct_regenerate": True}).body["direct_hash"]
        assert second not in {"", first}
        assert [item["hash"]["S"] for item in tables.contents(client, DIRECT_HASHES)] == [second]
        assert customer.call("PUT", path, {"direct_regenerate": False}).body["direct_hash"] == second
        assert customer.call("PUT", path, {"direct": False}).body["direct_hash"] == ""
        assert tables.contents(client, DIRECT_HASHES) == []
        assert customer.call("GET", path).body["direct_hash"] == ""

    def test_regenerating_nothing(self, customer: Gateway, path: str) -> None:
        answer = customer.call("PUT", path, {"direct_regenerate": True})
        assert (answer.status, answer.code) == (409, "direct_disabled")

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"direct": False, "direct_regenerate": True}, "#/direct_regenerate"),
            ({"username": "office2"}, "#/username"),
            ({"extension": "office2"}, "#/extension"),
            ({"id": "x"}, "#/id"),
            ({"name": ""}, "#/name"),
            ({"name": None}, "#/name"),
            ({"detail": None}, "#/detail"),
            ({"password": "short"}, "#/password"),
            ({"password": None}, "#/password"),
            ({"max_devices": 11}, "#/max_devices"),
            ({"max_devices": None}, "#/max_devices"),
            ({"direct": None}, "#/direct"),
            ({"direct": "yes"}, "#/direct"),
            ({"direct_regenerate": None}, "#/direct_regenerate"),
        ],
    )
    def test_invalid(self, customer: Gateway, path: str, body: dict[str, Any], pointer: str) -> None:
        before = customer.call("GET", path).body
        assert customer.call("PUT", path, body).invalid == {pointer}
        assert customer.call("GET", path).body == before


def test_delete(customer: Gateway) -> None:
    created = customer.call("POST", "/extensions", NEW).body
    path = f"/extensions/{created['id']}"
    answer = customer.call("DELETE", path)
    assert (answer.status, answer.body) == (200, created)
    assert customer.call("GET", path).status == 404
    assert customer.call("DELETE", path).status == 404
    assert customer.call("POST", "/extensions", NEW).status == 200


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/extensions/a/b"), ("PATCH", "/extensions"), ("PUT", "/extensions")]
)
def test_no_such_route(customer: Gateway, method: str, path: str) -> None:
    answer = customer.call(method, path, json.dumps(NEW))
    assert (answer.status, answer.code) == (404, "not_found")
