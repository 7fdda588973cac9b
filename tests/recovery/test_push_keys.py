"""Private keys of push apps under another KMS key: re-encrypted, or named when no key opens them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.kms.models import kms_backends

from directory.push_keys import KeySealer, open_key
from directory.schema.model import PushApp
from directory.schema.push_items import push_app, push_app_item
from sipctl.failure import FailedError
from sipctl.recovery.push_keys import PushKeys

REGION, ACCOUNT = "eu-central-1", "123456789012"
PRIVATE_KEY = bytes(range(138))


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield boto3.client("kms", region_name=REGION)


def key(client: Any) -> str:
    return str(client.create_key()["KeyMetadata"]["KeyId"])


def app(kms_key: str, app_id: str = "app1") -> PushApp:
    sealed = KeySealer(kms_key).seal("customer1", app_id, PRIVATE_KEY)
    return PushApp("customer1", app_id, "apns", "com.example.app", "", "ABCDE12345", "KEY1234567", "2026-01-15", sealed)


def lose(kms_key: str) -> None:
    kms_backends[ACCOUNT][REGION].keys.pop(kms_key)


def test_an_app_opens_under_the_new_key_without_the_old_one(client: Any) -> None:
    old, new = key(client), key(client)
    item = push_app_item(app(old))
    changed = PushKeys(client, old, new).reencrypted(item)
    lose(old)
    assert open_key(push_app(changed)) == PRIVATE_KEY
    assert {**changed, "sealed_key": item["sealed_key"]} == item


def test_nothing_changes_in_the_same_deployment(client: Any) -> None:
    same = key(client)
    item = push_app_item(app(same))
    assert PushKeys(client, same, same).reencrypted(item) is item


@pytest.mark.parametrize("is_lost", [True, False])
def test_apps_that_no_key_opens_are_named(client: Any, is_lost: bool) -> None:
    old, new = key(client), key(client)
    item = push_app_item(app(old))
    if is_lost:
        lose(old)
    else:
        item["id"] = {"S": "app2"}  # the private key is of another item
    keys = PushKeys(client, old, new)
    assert keys.is_there is not is_lost
    assert keys.reencrypted(item) == item
    assert keys.unreadable == [f"customer1/{'app1' if is_lost else 'app2'} (com.example.app)"]


@pytest.mark.parametrize("change", ["disable_key", "schedule_key_deletion"])
def test_a_key_that_can_be_had_again_has_to_be_enabled_first(client: Any, change: str) -> None:
    old, new = key(client), key(client)
    getattr(client, change)(KeyId=old)
    with pytest.raises(FailedError, match="aws kms enable-key") as refused:
        PushKeys(client, old, new)
    assert ("cancel-key-deletion" in str(refused.value)) is (change == "schedule_key_deletion")
