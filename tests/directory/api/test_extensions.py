"""Extensions in their tables, and the addresses that they are written with."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from directory.api.customers import Customers
from directory.api.extension_writes import Changes, NewExtension
from directory.api.extensions import Extensions
from directory.errors import (
    ChangedMeanwhileError,
    ContentionError,
    NoDirectHashError,
    NotFoundError,
    UsernameTakenError,
)
from directory.schema import credentials, items
from directory.schema.model import Address, Binding
from directory.schema.tables import ADDRESSES, DIRECT_HASHES, EXTENSIONS
from tests import tables
from tests.directory.rivals import before_every_transaction, before_next_transaction

NEW = NewExtension(name="Desk", detail="2nd floor", username="office1", password="secure-password-123")
BINDING = Binding("sip:a@192.0.2.1", "call", 1, "flow", "edge", "192.0.2.1:5060", "udp", 1, 2**40)


def stored_address(client: Any, aor: str) -> Address:
    return items.address(client.get_item(TableName="test-addresses", Key={"aor": {"S": aor}})["Item"])


def bind_device(client: Any, address: Address) -> None:
    bound = address.with_bindings((BINDING,), "nonce", 1)
    client.put_item(TableName="test-addresses", Item=items.address_item(bound))


def hashes(client: Any) -> dict[str, str]:
    return {item["hash"]["S"]: item["aor"]["S"] for item in tables.contents(client, DIRECT_HASHES)}


class TestCreate:
    """New extensions."""

    def test_returns_what_get_returns(self, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, NEW)
        assert extensions.get(customer_id, created.extension.id) == created
        assert created.extension.name == "Desk"
        assert created.extension.detail == "2nd floor"
        assert created.extension.direct_hash == ""
        assert created.extension.tm_create == created.extension.tm_update
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", created.extension.tm_create)
        assert created.address.max_devices == 1
        assert created.address.bindings == ()

    def test_keeps_ha1_instead_of_the_password(self, client: Any, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, NEW)
        assert created.address.ha1 == credentials.ha1("office1", "example.net", "secure-password-123")
        assert all(
            "secure-password-123" not in str(tables.contents(client, table)) for table in (EXTENSIONS, ADDRESSES)
        )

    def test_password_is_not_shown_by_repr(self) -> None:
        assert "secure-password-123" not in repr(NEW)
        assert "secure-password-123" not in repr(Changes(password="secure-password-123"))

    def test_username_is_unique_per_customer(
        self, client: Any, extensions: Extensions, customer_id: str, other_customer_id: str
    ) -> None:
        extensions.create(customer_id, NEW)
        extensions.create(other_customer_id, NEW)
        with pytest.raises(UsernameTakenError):
            extensions.create(customer_id, replace(NEW, direct=True))
        assert len(tables.contents(client, EXTENSIONS)) == 2
        assert hashes(client) == {}

    def test_usernames_differ_by_case(self, extensions: Extensions, customer_id: str) -> None:
        extensions.create(customer_id, NEW)
        extensions.create(customer_id, replace(NEW, username="Office1"))

    def test_needs_a_customer(self, client: Any, extensions: Extensions) -> None:
        with pytest.raises(NotFoundError):
            extensions.create("nobody-nobody", NEW)
        assert tables.contents(client, ADDRESSES) == []

    def test_customer_may_vanish_meanwhile(
        self, client: Any, extensions: Extensions, customers: Customers, customer_id: str
    ) -> None:
        before_next_transaction(client, lambda: customers.delete(customer_id))
        with pytest.raises(NotFoundError):
            extensions.create(customer_id, NEW)

    def test_direct(self, client: Any, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, replace(NEW, direct=True)).extension
        assert re.fullmatch("[0-9a-f]{12}", created.direct_hash)
        assert hashes(client) == {created.direct_hash: f"office1@{customer_id}"}

    def test_draws_another_hash_when_one_is_taken(
        self, client: Any, extensions: Extensions, customer_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        draws = iter(["aaaaaaaaaaaa", "aaaaaaaaaaaa", "bbbbbbbbbbbb"])
        monkeypatch.setattr(credentials, "new_direct_hash", lambda: next(draws))
        extensions.create(customer_id, replace(NEW, direct=True))
        second = extensions.create(customer_id, replace(NEW, username="office2", direct=True))
        assert second.extension.direct_hash == "bbbbbbbbbbbb"
        assert hashes(client) == {"aaaaaaaaaaaa": f"office1@{customer_id}", "bbbbbbbbbbbb": f"office2@{customer_id}"}

    def test_gives_up_when_every_hash_is_taken(
        self, extensions: Extensions, customer_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(credentials, "new_direct_hash", lambda: "aaaaaaaaaaaa")
        extensions.create(customer_id, replace(NEW, direct=True))
        with pytest.raises(ContentionError):
            extensions.create(customer_id, replace(NEW, username="office2", direct=True))

    def test_a_new_address_is_newer_than_a_deleted_one(self, extensions: Extensions, customer_id: str) -> None:
        first = extensions.create(customer_id, NEW)
        extensions.delete(customer_id, first.extension.id)
        assert extensions.create(customer_id, NEW).address.version > first.address.version


class TestRead:
    """Extensions and their pages."""

    def test_unknown(self, extensions: Extensions, customer_id: str) -> None:
        with pytest.raises(NotFoundError):
            extensions.get(customer_id, "00000000-0000-4000-8000-000000000000")

    def test_of_a_username(self, extensions: Extensions, customer_id: str, other_customer_id: str) -> None:
        created = extensions.create(customer_id, NEW)
        assert extensions.of_username(customer_id, NEW.username) == created
        for customer, username in ((customer_id, NEW.username.upper()), (other_customer_id, NEW.username)):
            with pytest.raises(NotFoundError):
                extensions.of_username(customer, username)

    def test_another_customers(self, extensions: Extensions, customer_id: str, other_customer_id: str) -> None:
        created = extensions.create(customer_id, NEW).extension
        with pytest.raises(NotFoundError):
            extensions.get(other_customer_id, created.id)
        with pytest.raises(NotFoundError):
            extensions.update(other_customer_id, created.id, Changes(name="Mine"))
        with pytest.raises(NotFoundError):
            extensions.delete(other_customer_id, created.id)
        assert extensions.page(other_customer_id, 100).extensions == []
        assert extensions.get(customer_id, created.id).extension == created

    def test_pages(self, extensions: Extensions, customer_id: str, other_customer_id: str) -> None:
        made = {extensions.create(customer_id, replace(NEW, username=f"u{n}")).extension.id for n in range(5)}
        extensions.create(other_customer_id, NEW)
        first = extensions.page(customer_id, 2)
        second = extensions.page(customer_id, 2, first.last_id)
        third = extensions.page(customer_id, 2, second.last_id)
        found = [e.extension.id for page in (first, second, third) for e in page.extensions]
        assert found == sorted(made)
        assert first.last_id == found[1]
        assert third.last_id is None

    def test_a_page_may_begin_behind_a_deleted_extension(self, extensions: Extensions, customer_id: str) -> None:
        ids = sorted(extensions.create(customer_id, replace(NEW, username=f"u{n}")).extension.id for n in range(3))
        extensions.delete(customer_id, ids[0])
        assert [e.extension.id for e in extensions.page(customer_id, 100, ids[0]).extensions] == ids[1:]

    def test_a_page_of_a_hundred(self, extensions: Extensions, customer_id: str) -> None:
        for n in range(101):
            extensions.create(customer_id, replace(NEW, username=f"u{n}"))
        page = extensions.page(customer_id, 100)
        assert len(page.extensions) == 100
        assert len(extensions.page(customer_id, 100, page.last_id).extensions) == 1


class TestUpdate:
    """Changes of extensions."""

    def test_what_is_none_stays(self, client: Any, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, replace(NEW, direct=True, max_devices=3))
        updated = extensions.update(customer_id, created.extension.id, Changes(name="New"))
        expected = replace(created.extension, name="New", revision=1, tm_update="")
        assert replace(updated.extension, tm_update="") == expected
        assert updated.address == created.address

    def test_a_password_that_overlaps(self, client: Any, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, NEW)
        extension_id, first, now = created.extension.id, created.address.ha1, time.time()
        changes = Changes(password="another-password-456", password_overlap=600)
        second = extensions.update(customer_id, extension_id, changes).address
        assert second.ha1s(now) == (credentials.ha1("office1", "example.net", "another-password-456"), first)
        assert second.ha1s(now + 601) == (second.ha1, None)
        third = extensions.update(customer_id, extension_id, replace(changes, password="yet-another-789")).address
        assert third.ha1s(now)[1] == second.ha1
        last = extensions.update(customer_id, extension_id, Changes(password="secure-password-123")).address
        assert last.ha1s(now) == (first, None)
        assert [a.password_number for a in (created.address, second, third, last)] == [0, 1, 2, 3]

    def test_disable_and_enable(self, client: Any, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, NEW)
        bind_device(client, created.address)
        disabled = extensions.update(customer_id, created.extension.id, Changes(enabled=False)).address
        assert (disabled.disabled, disabled.bindings, disabled.ha1s(0)) == (True, (), (None, None))
        assert disabled.version == created.address.version + 2
        enabled = extensions.update(customer_id, created.extension.id, Changes(enabled=True)).address
        assert (enabled.disabled, enabled.ha1s(0)) == (False, (created.address.ha1, None))

    def test_only_what_was_seen(self, client: Any, extensions: Extensions, customer_id: str) -> None:
        extension_id = extensions.create(customer_id, NEW).extension.id
        assert extensions.update(customer_id, extension_id, Changes(name="b"), {0}).extension.revision == 1
        with pytest.raises(ChangedMeanwhileError):
            extensions.update(customer_id, extension_id, Changes(name="c"), {0, 2})
        assert extensions.update(customer_id, extension_id, Changes(name="d"), {0, 1}).extension.revision == 2
        with pytest.raises(ChangedMeanwhileError):
            extensions.delete(customer_id, extension_id, {1})

    @pytest.mark.parametrize("earlier", [0, 1])
    @pytest.mark.parametrize("deletes", [True, False])
    def test_a_rival_changes_it_between_look_and_write(
        self, client: Any, extensions: Extensions, customer_id: str, earlier: int, deletes: bool
    ) -> None:
        extension_id = extensions.create(customer_id, NEW).extension.id
        for _ in range(earlier):
            extensions.update(customer_id, extension_id, Changes())
        before_next_transaction(client, lambda: extensions.update(customer_id, extension_id, Changes(name="rival")))
        with pytest.raises(ChangedMeanwhileError):
            if deletes:
                extensions.delete(customer_id, extension_id, {earlier})
            else:
                extensions.update(customer_id, extension_id, Changes(name="mine"), {earlier})
        assert extensions.get(customer_id, extension_id).extension.name == "rival"

    def test_password(self, client: Any, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, NEW)
        bind_device(client, created.address)
        updated = extensions.update(customer_id, created.extension.id, Changes(password="another-password-456"))
        assert updated.address.ha1 == credentials.ha1("office1", "example.net", "another-password-456")
        assert updated.address.version == created.address.version + 2
        assert updated.address.bindings == (BINDING,)
        assert stored_address(client, updated.address.aor) == updated.address

    def test_max_devices(self, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, NEW)
        updated = extensions.update(customer_id, created.extension.id, Changes(max_devices=10, detail=""))
        assert updated.address == replace(created.address, max_devices=10, version=created.address.version + 1)
        assert updated.extension.detail == ""

    def test_direct_on_keeps_what_is_there(self, client: Any, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, NEW).extension
        first = extensions.update(customer_id, created.id, Changes(direct=True)).extension.direct_hash
        again = extensions.update(customer_id, created.id, Changes(direct=True)).extension.direct_hash
        assert first == again
        assert hashes(client) == {first: created.aor}

    def test_direct_off(self, client: Any, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, replace(NEW, direct=True)).extension
        for _ in range(2):
            updated = extensions.update(customer_id, created.id, Changes(direct=False))
            assert updated.extension.direct_hash == ""
        assert hashes(client) == {}

    def test_direct_regenerate(self, client: Any, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, replace(NEW, direct=True)).extension
        updated = extensions.update(customer_id, created.id, Changes(direct_regenerate=True)).extension
        assert updated.direct_hash != created.direct_hash
        assert hashes(client) == {updated.direct_hash: created.aor}

    def test_direct_regenerate_needs_a_hash(self, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, NEW).extension
        with pytest.raises(NoDirectHashError):
            extensions.update(customer_id, created.id, Changes(direct_regenerate=True, name="New"))
        assert extensions.get(customer_id, created.id).extension == created

    def test_direct_and_regenerate_makes_the_first_one(self, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, NEW).extension
        changes = Changes(direct=True, direct_regenerate=True)
        assert extensions.update(customer_id, created.id, changes).extension.direct_hash != ""

    def test_a_taken_hash_is_drawn_again(
        self, extensions: Extensions, customer_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        draws = iter(["aaaaaaaaaaaa", "aaaaaaaaaaaa", "bbbbbbbbbbbb"])
        monkeypatch.setattr(credentials, "new_direct_hash", lambda: next(draws))
        extensions.create(customer_id, replace(NEW, direct=True))
        second = extensions.create(customer_id, replace(NEW, username="office2")).extension
        updated = extensions.update(customer_id, second.id, Changes(direct=True))
        assert updated.extension.direct_hash == "bbbbbbbbbbbb"


class TestRivals:
    """Changes at the same moment."""

    def test_two_updates_of_different_fields_both_hold(
        self, client: Any, extensions: Extensions, customer_id: str
    ) -> None:
        created = extensions.create(customer_id, NEW).extension
        before_next_transaction(client, lambda: extensions.update(customer_id, created.id, Changes(detail="theirs")))
        updated = extensions.update(customer_id, created.id, Changes(name="mine")).extension
        assert (updated.name, updated.detail) == ("mine", "theirs")

    def test_a_registration_during_a_password_change_stays(
        self, client: Any, extensions: Extensions, customer_id: str
    ) -> None:
        created = extensions.create(customer_id, NEW)
        before_next_transaction(client, lambda: bind_device(client, created.address))
        updated = extensions.update(customer_id, created.extension.id, Changes(password="another-password-456"))
        assert updated.address.bindings == (BINDING,)

    def test_two_regenerations_leave_one_hash(self, client: Any, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, replace(NEW, direct=True)).extension
        regenerate = Changes(direct_regenerate=True)
        before_next_transaction(client, lambda: extensions.update(customer_id, created.id, regenerate))
        updated = extensions.update(customer_id, created.id, regenerate).extension
        assert hashes(client) == {updated.direct_hash: created.aor}

    def test_two_who_enable_direct_agree_on_one_hash(
        self, client: Any, extensions: Extensions, customer_id: str
    ) -> None:
        created = extensions.create(customer_id, NEW).extension
        enable = Changes(direct=True)
        before_next_transaction(client, lambda: extensions.update(customer_id, created.id, enable))
        updated = extensions.update(customer_id, created.id, enable).extension
        assert hashes(client) == {updated.direct_hash: created.aor}

    def test_an_update_of_what_was_just_deleted(self, client: Any, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, NEW).extension
        before_next_transaction(client, lambda: extensions.delete(customer_id, created.id))
        with pytest.raises(NotFoundError):
            extensions.update(customer_id, created.id, Changes(name="mine", max_devices=2))
        assert tables.contents(client, EXTENSIONS) == tables.contents(client, ADDRESSES) == []

    def test_a_deletion_takes_the_hash_that_was_just_made(
        self, client: Any, extensions: Extensions, customer_id: str
    ) -> None:
        created = extensions.create(customer_id, NEW).extension
        before_next_transaction(client, lambda: extensions.update(customer_id, created.id, Changes(direct=True)))
        assert extensions.delete(customer_id, created.id).extension.direct_hash != ""
        assert hashes(client) == {}

    def test_two_deletions(self, client: Any, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, NEW).extension
        before_next_transaction(client, lambda: extensions.delete(customer_id, created.id))
        with pytest.raises(NotFoundError):
            extensions.delete(customer_id, created.id)

    def test_a_deletion_spares_a_new_extension_of_the_same_username(
        self, client: Any, extensions: Extensions, customer_id: str
    ) -> None:
        created = extensions.create(customer_id, NEW).extension

        def replace_it() -> None:
            extensions.delete(customer_id, created.id)
            extensions.create(customer_id, NEW)

        before_next_transaction(client, replace_it)
        with pytest.raises(NotFoundError):
            extensions.delete(customer_id, created.id)
        assert len(tables.contents(client, ADDRESSES)) == 1

    @pytest.mark.parametrize("operation", ["update", "delete"])
    def test_an_extension_that_keeps_changing(
        self, client: Any, extensions: Extensions, customer_id: str, operation: str
    ) -> None:
        created = extensions.create(customer_id, replace(NEW, direct=True)).extension
        regenerate = Changes(direct_regenerate=True)
        calls = {
            "update": lambda: extensions.update(customer_id, created.id, Changes(name="mine")),
            "delete": lambda: extensions.delete(customer_id, created.id),
        }
        with (
            before_every_transaction(client, lambda: extensions.update(customer_id, created.id, regenerate)),
            pytest.raises(ContentionError),
        ):
            calls[operation]()


class TestDelete:
    """Deletions of extensions."""

    def test_leaves_nothing(self, client: Any, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, replace(NEW, direct=True))
        assert extensions.delete(customer_id, created.extension.id) == created
        with pytest.raises(NotFoundError):
            extensions.get(customer_id, created.extension.id)
        assert all(tables.contents(client, table) == [] for table in (EXTENSIONS, ADDRESSES, DIRECT_HASHES))

    def test_frees_the_username(self, extensions: Extensions, customer_id: str) -> None:
        created = extensions.create(customer_id, NEW).extension
        extensions.delete(customer_id, created.id)
        assert extensions.create(customer_id, NEW).extension.id != created.id


class TestTransaction:
    """Transactions that DynamoDB cancels."""

    @pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
    def test_tries_again_while_it_cannot_be_written(
        self, client: Any, extensions: Extensions, customer_id: str, monkeypatch: pytest.MonkeyPatch, reason: str
    ) -> None:
        cancel(client, monkeypatch, reason, times=3)
        assert extensions.create(customer_id, NEW).extension.username == "office1"

    def test_gives_up_in_the_end(
        self, client: Any, extensions: Extensions, customer_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cancel(client, monkeypatch, "TransactionConflict", times=100)
        with pytest.raises(ContentionError):
            extensions.create(customer_id, NEW)

    def test_an_unforeseen_reason_is_raised(
        self, client: Any, extensions: Extensions, customer_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cancel(client, monkeypatch, "ValidationError", times=1)
        with pytest.raises(ClientError):
            extensions.create(customer_id, NEW)


def cancel(client: Any, monkeypatch: pytest.MonkeyPatch, reason: str, times: int) -> None:
    """Let the next transactions be cancelled for a reason."""
    monkeypatch.setattr("directory.api.transaction.time.sleep", lambda _: None)
    write, left = client.transact_write_items, [times]

    def transact_write_items(**arguments: Any) -> Any:
        if not left[0]:
            return write(**arguments)
        left[0] -= 1
        raise client.exceptions.TransactionCanceledException(
            {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{"Code": reason}]},
            "TransactWriteItems",
        )

    monkeypatch.setattr(client, "transact_write_items", transact_write_items)
