"""Push apps in the table: who can read their private keys, and which edge tests them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from directory.api.push_apps import NewPushApp, PushApps
from directory.client import kms
from directory.edge.push_credentials import PushCredentials
from directory.errors import (
    CredentialsUnreadableError,
    NotFoundError,
    PushAppExistsError,
    TooManyPushAppsError,
)
from directory.push_keys import KeySealer, open_key
from directory.schema import push_items
from directory.schema import tables as described
from directory.schema.model import PushApp, PushTest
from directory.switches import SwitchBoard
from tests import tables

KEY = bytes(range(138))
NEW = NewPushApp("apns", "com.example.app", "", "ABCDE12345", "KEY1234567", KEY)


@pytest.fixture
def sealer(client: Any) -> KeySealer:
    return KeySealer(kms().create_key()["KeyMetadata"]["KeyId"])


@pytest.fixture
def push_apps(client: Any) -> PushApps:
    return PushApps(client, tables.ENVIRONMENT)


@pytest.fixture
def credentials(client: Any) -> PushCredentials:
    return PushCredentials(client, tables.ENVIRONMENT)


@pytest.fixture
def app(push_apps: PushApps, customer_id: str, sealer: KeySealer) -> PushApp:
    return push_apps.create(customer_id, NEW, sealer)


def test_an_edge_reads_and_opens_it(app: PushApp, credentials: PushCredentials) -> None:
    (found,) = credentials.read(app.customer_id)
    assert found == app
    assert open_key(found) == KEY
    assert credentials.read("zzz999-zzz999") == []


def test_the_key_is_stored_encrypted(app: PushApp, client: Any) -> None:
    (item,) = tables.contents(client, described.PUSH_APPS)
    assert KEY.hex() not in str(item).encode().hex()
    assert app.sealed_key not in repr(app)
    assert repr(KEY) not in repr(NEW)


@pytest.mark.parametrize("change", [{"id": "other"}, {"customer_id": "zzz999-zzz999"}])
def test_it_opens_for_its_own_item_alone(app: PushApp, change: dict[str, str]) -> None:
    assert open_key(replace(app, **change)) == b""  # type: ignore[arg-type]  # the names are fields of strings


def test_a_restored_item_opens(app: PushApp, client: Any, credentials: PushCredentials) -> None:
    backup = tables.contents(client, described.PUSH_APPS)
    table = tables.ENVIRONMENT[described.PUSH_APPS.variable]
    client.delete_table(TableName=table)
    client.create_table(**tables.definition(described.PUSH_APPS))
    for item in backup:
        client.put_item(TableName=table, Item=item)
    (found,) = credentials.read(app.customer_id)
    assert open_key(found) == KEY


def test_without_kms_a_key_is_unreadable(app: PushApp) -> None:
    with Stubber(kms()) as stub:
        stub.add_client_error("decrypt", "AccessDeniedException")
        with pytest.raises(CredentialsUnreadableError, match="AccessDeniedException"):
            open_key(app)


def test_without_the_table_apps_are_unreadable(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = PushCredentials(client, tables.ENVIRONMENT | {described.PUSH_APPS.variable: "gone"})
    with pytest.raises(CredentialsUnreadableError, match="ResourceNotFoundException"):
        credentials.read("abc123-def456")

    def unreachable(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.invalid")

    monkeypatch.setattr(client, "query", unreachable)
    with pytest.raises(CredentialsUnreadableError, match="EndpointConnectionError"):
        credentials.read("abc123-def456")


def test_refusals(push_apps: PushApps, app: PushApp, sealer: KeySealer) -> None:
    with pytest.raises(PushAppExistsError):
        push_apps.create(app.customer_id, NEW, sealer)
    with pytest.raises(NotFoundError):
        push_apps.create("zzz999-zzz999", NEW, sealer)
    for number in range(9):
        push_apps.create(app.customer_id, replace(NEW, app=f"com.example.app{number}"), sealer)
    with pytest.raises(TooManyPushAppsError):
        push_apps.create(app.customer_id, replace(NEW, app="com.example.more"), sealer)
    with pytest.raises(NotFoundError):
        push_apps.ask_for_test(app.customer_id, "other", 1)


def test_one_edge_does_a_test(client: Any, push_apps: PushApps, app: PushApp, credentials: PushCredentials) -> None:
    board = SwitchBoard(client, tables.ENVIRONMENT)
    assert board.read().push_tests == frozenset()
    assert push_apps.ask_for_test(app.customer_id, app.id, 7).test == PushTest("waiting", "", 7)
    (asked,) = board.read().push_tests
    assert asked == f"{app.customer_id}/{app.id}"
    assert [board.take_test("push_tests", asked) for _ in range(3)] == [True, False, False]
    assert board.read().push_tests == frozenset()
    credentials.note_test(app.customer_id, app.id, PushTest("refused", "InvalidProviderToken", 9))
    assert push_apps.get(app.customer_id, app.id).test == PushTest("refused", "InvalidProviderToken", 9)


def test_the_test_of_an_app_that_is_gone_leaves_nothing(
    client: Any, push_apps: PushApps, app: PushApp, credentials: PushCredentials
) -> None:
    push_apps.delete(app.customer_id, app.id)
    credentials.note_test(app.customer_id, app.id, PushTest("accepted", "", 9))
    assert tables.contents(client, described.PUSH_APPS) == []


def test_other_switches_stay(client: Any, push_apps: PushApps, app: PushApp) -> None:
    board = SwitchBoard(client, tables.ENVIRONMENT)
    board.set_log_level("DEBUG", 2**40)
    push_apps.ask_for_test(app.customer_id, app.id, 7)
    board.set_log_level("INFO", 2**40)
    assert len(board.read().push_tests) == 1


def test_an_item_of_an_app(app: PushApp) -> None:
    assert push_items.push_app(push_items.push_app_item(app)) == app
