"""`/push-apps`: made, listed, tested and deleted, and their private keys are shown by nothing."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from directory.client import kms
from directory.schema import tables as described
from tests import tables
from tests.lambdas.conftest import VARIABLES
from tests.lambdas.gateway import Gateway
from tests.push.authority import der_of, pem_of

P256 = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)
APNS = {
    "bundle_id": "com.example.app",
    "team_id": "ABCDE12345",
    "key_id": "KEY1234567",
    "private_key": pem_of(P256),
}
ACCOUNT = {
    "type": "service_account",
    "project_id": "my-app-12",
    "private_key_id": "0123456789abcdef",
    "private_key": pem_of(RSA),
    "client_email": "push@my-app-12.iam.gserviceaccount.com",
    "token_uri": "https://attacker.invalid/token",
    "auth_uri": "file:///etc/passwd",
}
FCM = {"service_account": ACCOUNT, "project_number": "929724111839"}


@pytest.fixture(autouse=True)
def kms_key(client: Any) -> None:
    key = kms().create_key()["KeyMetadata"]["KeyId"]
    kms().create_alias(AliasName=VARIABLES["PUSH_KEY"], TargetKeyId=key)


def created(customer: Gateway, body: Any) -> Any:
    answer = customer.call("POST", "/push-apps", body)
    assert answer.status == 200, answer.body
    return answer.body


def test_from_beginning_to_end(customer: Gateway, other_customer: Gateway) -> None:
    apple, google = created(customer, {"apns": APNS}), created(customer, {"fcm": FCM})
    assert apple == {
        "id": apple["id"],
        "customer_id": customer.customer_id,
        "service": "apns",
        "app": "com.example.app",
        "project_number": "",
        "issuer": "ABCDE12345",
        "key_id": "KEY1234567",
        "test": {"status": "", "reason": "", "time": ""},
        "tm_create": apple["tm_create"],
    }
    assert (google["app"], google["project_number"], google["issuer"]) == (
        "my-app-12",
        "929724111839",
        ACCOUNT["client_email"],
    )
    listed = customer.call("GET", "/push-apps").body["result"]
    assert sorted(listed, key=lambda app: str(app["service"])) == [apple, google]
    path = f"/push-apps/{apple['id']}"
    assert customer.call("GET", path).body == apple
    for method, body in (("GET", None), ("DELETE", None)):
        assert other_customer.call(method, path, body).code == "not_found"
    assert other_customer.call("POST", f"{path}/test", {}).code == "not_found"
    assert other_customer.call("GET", "/push-apps").body == {"result": []}
    assert customer.call("DELETE", path).body == apple
    assert customer.call("DELETE", path).code == "not_found"
    assert customer.call("POST", f"{path}/test", {}).code == "not_found"
    assert customer.call("GET", "/push-apps").body == {"result": [google]}


def test_an_edge_is_asked_for_a_test(customer: Gateway, client: Any) -> None:
    app = created(customer, {"apns": APNS})
    asked = customer.call("POST", f"/push-apps/{app['id']}/test", {}).body
    assert asked["test"]["status"] == "waiting"
    (switches,) = tables.contents(client, described.SWITCHES)
    assert switches["push_tests"] == {"SS": [f"{customer.customer_id}/{app['id']}"]}


def test_a_test_that_no_edge_does(customer: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    app = created(customer, {"apns": APNS})
    customer.call("POST", f"/push-apps/{app['id']}/test", {})
    monkeypatch.setattr("lambdas.model.push_app._UNANSWERED_S", -10)
    assert customer.call("GET", f"/push-apps/{app['id']}").body["test"]["status"] == "unanswered"


def test_too_many_tests_wait(customer: Gateway, client: Any) -> None:
    client.update_item(
        TableName=tables.ENVIRONMENT["SWITCHES_TABLE"],
        Key={"name": {"S": "edges"}},
        UpdateExpression="SET push_tests = :many",
        ExpressionAttributeValues={":many": {"SS": [f"abc123-def456/{number}" for number in range(100)]}},
    )
    app = created(customer, {"apns": APNS})
    assert customer.call("POST", f"/push-apps/{app['id']}/test", {}).code == "busy"


def test_one_app_of_a_name_and_ten_in_all(customer: Gateway, other_customer: Gateway) -> None:
    created(customer, {"apns": APNS})
    assert customer.call("POST", "/push-apps", {"apns": APNS}).code == "push_app_exists"
    created(other_customer, {"apns": APNS})
    for number in range(9):
        created(customer, {"apns": APNS | {"bundle_id": f"com.example.app{number}"}})
    assert customer.call("POST", "/push-apps", {"fcm": FCM}).code == "too_many_push_apps"


def test_a_repeated_call_makes_one(customer: Gateway) -> None:
    headers = {"content-type": "application/json", "idempotency-key": "a"}
    first, second = (customer.call("POST", "/push-apps", {"apns": APNS}, headers=headers) for _ in range(2))
    assert first.body == second.body
    assert len(customer.call("GET", "/push-apps").body["result"]) == 1


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"#"}),
        ({"apns": APNS, "fcm": FCM}, {"#"}),
        ({"webpush": {}}, {"#/webpush"}),
        ({"apns": APNS | {"bundle_id": "com/../x"}}, {"#/apns/bundle_id"}),
        ({"apns": APNS | {"team_id": "short"}}, {"#/apns/team_id"}),
        ({"apns": APNS | {"url": "https://attacker.invalid"}}, {"#/apns/url"}),
        ({"apns": APNS | {"private_key": "no key"}}, {"#/apns/private_key"}),
        ({"apns": APNS | {"private_key": pem_of(RSA)}}, {"#/apns/private_key"}),
        ({"apns": APNS | {"private_key": pem_of(P256).replace("M", "=", 1)}}, {"#/apns/private_key"}),
        ({"fcm": FCM | {"url": "https://attacker.invalid"}}, {"#/fcm/url"}),
        ({"fcm": {"service_account": ACCOUNT | {"type": "external_account"}}}, {"#/fcm/service_account/type"}),
        ({"fcm": {"service_account": ACCOUNT | {"type": "authorized_user"}}}, {"#/fcm/service_account/type"}),
        ({"fcm": {"service_account": ACCOUNT | {"project_id": "a/b"}}}, {"#/fcm/service_account/project_id"}),
        ({"fcm": {"service_account": ACCOUNT | {"private_key": pem_of(P256)}}}, {"#/fcm/service_account/private_key"}),
        ({"fcm": {"service_account": {}}}, {f"#/fcm/service_account/{name}" for name in list(ACCOUNT)[:5]}),
    ],
)
def test_bodies_that_are_refused(customer: Gateway, body: Any, pointers: set[str]) -> None:
    assert customer.call("POST", "/push-apps", body).invalid == pointers


def test_a_customer_s_end_is_that_of_its_push_apps(operator: Gateway, customer: Gateway, client: Any) -> None:
    created(customer, {"apns": APNS})
    created(customer, {"fcm": FCM})
    assert operator.call("DELETE", f"/customers/{customer.customer_id}").status == 200
    assert tables.contents(client, described.PUSH_APPS) == []
    assert customer.call("POST", "/push-apps", {"apns": APNS}).code == "not_found"


def test_private_keys_show_up_nowhere(
    customer: Gateway, client: Any, capfd: pytest.CaptureFixture[str], logged: io.StringIO
) -> None:
    app = created(customer, {"apns": APNS})
    headers = {"content-type": "application/json", "idempotency-key": "a"}
    answers = [
        customer.call("POST", "/push-apps", {"fcm": FCM}, headers=headers),
        customer.call("POST", "/push-apps", {"fcm": FCM}, headers=headers),
        customer.call("POST", "/push-apps", {"apns": APNS}),
        customer.call("POST", "/push-apps", {"apns": APNS | {"private_key": pem_of(P256) + "x"}}),
        customer.call("POST", "/push-apps", {"apns": APNS | {"private_key": [pem_of(P256)]}}),
        customer.call("POST", "/push-apps", {"apns": APNS | {"key": pem_of(P256)}}),
        customer.call("POST", "/push-apps", {"fcm": {"service_account": ACCOUNT | {"private_key": pem_of(P256)}}}),
        customer.call("POST", "/push-apps", json.dumps({"apns": APNS})[:-1]),
        customer.call("GET", "/push-apps"),
        customer.call("GET", f"/push-apps/{app['id']}"),
        customer.call("POST", f"/push-apps/{app['id']}/test", {}),
        customer.call("DELETE", f"/push-apps/{app['id']}"),
    ]
    out, err = capfd.readouterr()
    stored = [tables.contents(client, table) for table in described.ALL]
    seen = json.dumps([answer.body for answer in answers]) + out + err + logged.getvalue() + json.dumps(stored)
    for key in (P256, RSA):
        lines = pem_of(key).splitlines()[1:-1]
        assert not [line for line in lines if line in seen]
        assert der_of(key).hex() not in seen


def test_a_key_that_cannot_be_encrypted_shows_up_nowhere(
    customer: Gateway, capfd: pytest.CaptureFixture[str], logged: io.StringIO
) -> None:
    kms().delete_alias(AliasName=VARIABLES["PUSH_KEY"])
    answer = customer.call("POST", "/push-apps", {"apns": APNS})
    assert answer.code == "internal_error"
    out, err = capfd.readouterr()
    seen = json.dumps(answer.body) + out + err + logged.getvalue()
    assert not [line for line in pem_of(P256).splitlines()[1:-1] if line in seen]
