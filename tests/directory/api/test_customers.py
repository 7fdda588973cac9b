"""Customers in their tables, with all that is deleted with them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from directory.api.access_keys import AccessKeys
from directory.api.customers import Customers
from directory.api.extension_writes import NewExtension
from directory.api.extensions import Extensions
from directory.errors import ContentionError, CustomerNotEmptyError, NotFoundError
from directory.schema import credentials
from tests.directory.rivals import before_next

NEW_EXTENSION = NewExtension(name="Desk", detail="", username="office1", password="secure-password-123")


def test_create(customers: Customers) -> None:
    created = customers.create("Example")
    assert re.fullmatch("[a-z0-9]{6}-[a-z0-9]{6}", created.customer_id)
    assert customers.get(created.customer_id) == created


def test_a_taken_id_is_drawn_again(customers: Customers, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter(["aaaaaa-aaaaaa", "aaaaaa-aaaaaa", "bbbbbb-bbbbbb"])
    monkeypatch.setattr(credentials, "new_customer_id", lambda: next(draws))
    assert customers.create("first").customer_id == "aaaaaa-aaaaaa"
    assert customers.create("second").customer_id == "bbbbbb-bbbbbb"
    assert customers.get("aaaaaa-aaaaaa").name == "first"


def test_gives_up_when_every_id_is_taken(customers: Customers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "new_customer_id", lambda: "aaaaaa-aaaaaa")
    customers.create("first")
    with pytest.raises(ContentionError):
        customers.create("second")


def test_unknown(customers: Customers) -> None:
    with pytest.raises(NotFoundError):
        customers.get("nobody-nobody")
    with pytest.raises(NotFoundError):
        customers.delete("nobody-nobody")


def test_pages_hold_each_customer_once(customers: Customers) -> None:
    made = {customers.create(f"c{n}").customer_id for n in range(5)}
    found, last_id = customers.page(2)
    while last_id is not None:
        more, last_id = customers.page(2, last_id)
        found += more
    assert len(found) == 5
    assert {customer.customer_id for customer in found} == made


def test_delete_takes_the_access_keys_along(customers: Customers, access_keys: AccessKeys) -> None:
    created, other = customers.create("Example"), customers.create("Other")
    tokens = [access_keys.create(created.customer_id, f"k{n}")[1] for n in range(3)]
    _, other_token = access_keys.create(other.customer_id, "theirs")
    assert customers.delete(created.customer_id) == created
    with pytest.raises(NotFoundError):
        customers.get(created.customer_id)
    for token in tokens:
        with pytest.raises(NotFoundError):
            access_keys.authenticate(token)
    access_keys.authenticate(other_token)


def test_delete_refuses_while_there_are_extensions(
    customers: Customers, access_keys: AccessKeys, extensions: Extensions
) -> None:
    created = customers.create("Example")
    _, token = access_keys.create(created.customer_id, "key")
    extension = extensions.create(created.customer_id, NEW_EXTENSION).extension
    with pytest.raises(CustomerNotEmptyError):
        customers.delete(created.customer_id)
    access_keys.authenticate(token)
    extensions.delete(created.customer_id, extension.id)
    customers.delete(created.customer_id)


def test_nothing_is_made_for_a_customer_that_is_being_deleted(
    client: Any, customers: Customers, access_keys: AccessKeys, extensions: Extensions
) -> None:
    created = customers.create("Example")
    refused: list[str] = []

    def rival() -> None:
        for make in (
            lambda: extensions.create(created.customer_id, NEW_EXTENSION),
            lambda: access_keys.create(created.customer_id, "key"),
        ):
            with pytest.raises(NotFoundError):
                make()
            refused.append("refused")

    before_next(client, "before-call.dynamodb.Query", rival)
    customers.delete(created.customer_id)
    assert len(refused) == 2
