"""Access keys in their table: made, authenticated, expired and deleted."""

from __future__ import annotations

import time
from typing import Any

import pytest

from directory.api.access_keys import AccessKeys
from directory.errors import NotFoundError
from directory.schema import credentials
from directory.schema.tables import ACCESS_KEYS
from tests import tables


def test_the_token_opens_the_key(access_keys: AccessKeys, customer_id: str) -> None:
    key, token = access_keys.create(customer_id, "ci")
    assert access_keys.authenticate(token) == key
    assert (key.customer_id, key.name, key.expires) == (customer_id, "ci", None)


def test_only_the_hash_of_the_token_is_kept(client: Any, access_keys: AccessKeys, customer_id: str) -> None:
    key, token = access_keys.create(customer_id, "ci")
    assert token not in str(tables.contents(client, ACCESS_KEYS))
    assert key.token_hash == credentials.token_hash(token)


@pytest.mark.parametrize("token", ["", "x", "\u00e9", "a" * 10_000])
def test_other_tokens_open_nothing(access_keys: AccessKeys, customer_id: str, token: str) -> None:
    access_keys.create(customer_id, "ci")
    with pytest.raises(NotFoundError):
        access_keys.authenticate(token)


def test_needs_a_customer(client: Any, access_keys: AccessKeys) -> None:
    with pytest.raises(NotFoundError):
        access_keys.create("nobody-nobody", "ci")
    assert tables.contents(client, ACCESS_KEYS) == []


def test_expiry_is_judged_by_the_clock(
    access_keys: AccessKeys, customer_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = int(time.time())
    key, token = access_keys.create(customer_id, "short", now + 60)
    assert access_keys.authenticate(token) == key
    monkeypatch.setattr("directory.api.access_keys.time.time", lambda: now + 60)
    with pytest.raises(NotFoundError):
        access_keys.authenticate(token)
    with pytest.raises(NotFoundError):
        access_keys.get(customer_id, key.id)
    assert access_keys.of_customer(customer_id) == []
    assert access_keys.page(customer_id, 100) == ([], None)


def test_lists_a_customers_own(access_keys: AccessKeys, customer_id: str, other_customer_id: str) -> None:
    keys = sorted([access_keys.create(customer_id, f"k{n}")[0] for n in range(5)], key=lambda key: key.id)
    access_keys.create(other_customer_id, "theirs")
    assert access_keys.of_customer(customer_id) == keys
    first, last_id = access_keys.page(customer_id, 3)
    assert (first, last_id) == (keys[:3], keys[2].id)
    assert access_keys.page(customer_id, 3, last_id) == (keys[3:], None)


def test_a_deleted_key_opens_nothing(access_keys: AccessKeys, customer_id: str) -> None:
    key, token = access_keys.create(customer_id, "ci")
    assert access_keys.delete(customer_id, key.id) == key
    with pytest.raises(NotFoundError):
        access_keys.authenticate(token)
    with pytest.raises(NotFoundError):
        access_keys.delete(customer_id, key.id)


def test_another_customers_key_is_out_of_reach(
    access_keys: AccessKeys, customer_id: str, other_customer_id: str
) -> None:
    key, token = access_keys.create(customer_id, "ci")
    assert access_keys.get(customer_id, key.id) == key
    with pytest.raises(NotFoundError):
        access_keys.get(other_customer_id, key.id)
    with pytest.raises(NotFoundError):
        access_keys.delete(other_customer_id, key.id)
    assert access_keys.authenticate(token) == key
