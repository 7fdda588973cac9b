"""The function of webhooks, behind a gateway in the process."""

from __future__ import annotations

import base64

import pytest

from directory.schema.model import Webhook
from lambdas.model.event import Event
from lambdas.webhook.address import is_public
from lambdas.webhook.delivery import Deliverer, UndeliveredError
from lambdas.webhook.secret import Secrets
from tests.lambdas.gateway import Gateway

NEW = {"url": "https://example.com/events", "types": ["registration.refused"]}
EVENT: Event = {
    "id": "e-0",
    "version": "1",
    "type": "webhook.test",
    "time": "2024-01-15T10:30:00Z",
    "customer_id": "abc123-def456",
    "data": {},
}


def test_the_secret_is_shown_once(customer: Gateway, other_customer: Gateway) -> None:
    answer = customer.call("POST", "/webhooks", NEW)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    webhook = dict(answer.body)
    secret = webhook.pop("secret")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert webhook == {
        **NEW,
        "id": webhook["id"],
        "customer_id": customer.customer_id,
        "tm_create": webhook["tm_create"],
        "disabled": False,
        "disabled_reason": "",
        "failing_since": "",
    }
    path = f"/webhooks/{webhook['id']}"
    assert customer.call("GET", "/webhooks").body == {"result": [webhook]}
    assert customer.call("GET", path).body == webhook
    for method in ("GET", "DELETE"):
        assert other_customer.call(method, path).code == "not_found"
    assert customer.call("POST", "/webhooks", NEW).body["secret"] != secret
    assert customer.call("DELETE", path).body == webhook
    assert customer.call("GET", path).code == "not_found"
    assert customer.call("POST", f"{path}/test", {}).code == "not_found"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://",
        "https://user:password@example.com/",
        "https://example.com/#part",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://exam_ple.com/",
        "https://[::1]/",
        "ftp://example.com/",
        "https://example.com/" + "x" * 2000,
    ],
)
def test_urls_that_nothing_is_delivered_to(customer: Gateway, url: str) -> None:
    assert customer.call("POST", "/webhooks", {"url": url}).invalid == {"#/url"}


def test_ten_and_no_more(customer: Gateway) -> None:
    answers = [customer.call("POST", "/webhooks", {"url": "https://example.com/"}) for _ in range(11)]
    assert [answer.status for answer in answers] == [200] * 10 + [409]
    assert answers[-1].code == "too_many_webhooks"


def test_unknown_types(customer: Gateway) -> None:
    assert customer.call("POST", "/webhooks", NEW | {"types": ["everything"]}).invalid == {"#/types/0"}


def test_a_webhook_is_disabled_and_enabled(customer: Gateway, other_customer: Gateway) -> None:
    webhook = customer.call("POST", "/webhooks", NEW).body
    path = f"/webhooks/{webhook['id']}"
    for _ in range(2):
        disabled = customer.call("PUT", path, {"disabled": True}).body
        assert (disabled["disabled"], disabled["disabled_reason"]) == (True, "by_owner")
    assert customer.call("GET", path).body == disabled
    del webhook["secret"]
    assert customer.call("PUT", path, {"disabled": False}).body == webhook
    assert other_customer.call("PUT", path, {"disabled": True}).code == "not_found"
    assert customer.call("PUT", path, {"disabled": 1}).invalid == {"#/disabled"}
    assert customer.call("PUT", path, {}).invalid == {"#/disabled"}
    assert customer.call("DELETE", path).status == 200
    assert customer.call("PUT", path, {"disabled": False}).code == "not_found"
    assert customer.call("GET", "/webhooks").body == {"result": []}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "10.0.0.1", "0.0.0.0"])
def test_nothing_is_delivered_to_our_own_network(customer: Gateway, host: str) -> None:
    webhook = customer.call("POST", "/webhooks", {"url": f"https://{host}:9/"}).body
    answer = customer.call("POST", f"/webhooks/{webhook['id']}/test", {}).body
    assert answer == {"delivered": False, "detail": "The URL leads to an address that is not public."}


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07::1", True),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_name_with_one_private_address_is_private(monkeypatch: pytest.MonkeyPatch, customer: Gateway) -> None:
    found = [(2, 1, 6, "", ("93.184.215.14", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr("lambdas.webhook.address.socket.getaddrinfo", lambda *_, **__: found)
    webhook = customer.call("POST", "/webhooks", {"url": "https://rebinding.example/"}).body
    assert customer.call("POST", f"/webhooks/{webhook['id']}/test", {}).body["delivered"] is False


def test_secrets_are_each_webhook_s_own(client: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", "webhook-secret")
    secrets = Secrets()
    first, second = (Webhook("c", name, "https://example.com", (), "t") for name in "ab")
    assert secrets.of(first) == Secrets().of(first) != secrets.of(second)
    assert secrets.sign(first, "e", 1, b"{}") != secrets.sign(second, "e", 1, b"{}")


def test_a_host_without_an_address(client: object, functions: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIVATE_WEBHOOKS", "true")
    monkeypatch.setenv("WEBHOOK_SECRET", "webhook-secret")
    with pytest.raises(UndeliveredError, match="no answer"):
        Deliverer().deliver(Webhook("c", "a", "https://nobody.invalid/", (), "t"), EVENT)
