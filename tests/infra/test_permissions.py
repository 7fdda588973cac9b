"""Each function, and the edge, may call what its directory classes call on DynamoDB, and nothing else."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent
from botocore.client import BaseClient

from directory.api.access_keys import AccessKeys
from directory.api.attempt_reader import AttemptReader
from directory.api.customers import Customers
from directory.api.delivery_leases import DeliveryLeases
from directory.api.edges_up import EdgesUp
from directory.api.extension_writes import Changes, NewExtension
from directory.api.extensions import Extensions
from directory.api.push_apps import NewPushApp, PushApps
from directory.api.registrations import Registrations
from directory.api.trace_reader import TraceReader
from directory.api.usage import Usage
from directory.api.wake_up_reader import WakeUpReader
from directory.api.wake_up_tests import WakeUpTests
from directory.api.webhooks import Webhooks
from directory.client import kms
from directory.edge.address_book import AddressBook
from directory.edge.attempt_writer import AttemptWriter
from directory.edge.call_writer import CallWriter
from directory.edge.push_credentials import PushCredentials
from directory.edge.refresh_schedule import RefreshSchedule
from directory.edge.roster import Roster
from directory.edge.trace_writer import TraceWriter
from directory.edge.wake_up_writer import WakeUpWriter
from directory.push_keys import KeySealer
from directory.schema import items
from directory.schema.model import Address, Binding, PushTest, registration_id
from directory.schema.records import Attempt, CallStep, TracedMessage, WakeUpRecord
from directory.schema.refresh_pushes import RefreshPush
from directory.switches import SwitchBoard
from infra import permissions
from infra.permissions import Permission
from lambdas.http.idempotency import Idempotency
from lambdas.model import Model
from tests import tables
from tests.lambdas.gateway import CONTEXT, Gateway

Used = dict[tuple[str, str], set[str]]


class Calls:
    """The actions that calls need, by the name of the table and, behind it, of the index."""

    def __init__(self) -> None:
        self.used: Used = defaultdict(set)

    def note(self, operation: str, request: dict[str, Any]) -> None:
        if operation == "TransactWriteItems":
            for write in request["TransactItems"]:
                ((kind, target),) = write.items()
                action = "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item"
                self.used[target["TableName"], ""].add(action)
        elif operation == "BatchExecuteStatement":
            for statement in request["Statements"]:
                verb, _, rest = statement["Statement"].partition(" ")
                self.used[rest.split('"')[1], ""].add(f"PartiQL{verb.capitalize()}")
        elif operation == "Encrypt":
            self.used["a KMS key", ""].add(operation)
        elif operation in ("BatchGetItem", "BatchWriteItem"):
            for table in request["RequestItems"]:
                self.used[table, ""].add(operation)
        else:
            self.used[request["TableName"], request.get("IndexName", "")].add(operation)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "eu-central-1")
    with tables.empty() as client:
        yield client


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Calls]:
    """Call it to have everything noted that is called from then on."""

    def watch() -> Calls:
        calls = Calls()
        client_class: Any = BaseClient
        really = client_class._make_api_call

        def noting(self: Any, operation: str, request: dict[str, Any]) -> Any:
            calls.note(operation, request)
            return really(self, operation, request)

        monkeypatch.setattr(BaseClient, "_make_api_call", noting)
        return calls

    return watch


def test_the_authorizer(client: Any, watched: Callable[[], Calls]) -> None:
    keys = AccessKeys(client, tables.ENVIRONMENT)
    _, token = keys.create(_customer(client), "key")
    calls = watched()
    keys.authenticate(token)
    Usage(client, tables.ENVIRONMENT).count("abc123-def456", 0)
    assert _allowed(permissions.AUTHORIZER) == calls.used


def test_the_extensions_function(client: Any, watched: Callable[[], Calls]) -> None:
    customer_id = _customer(client)
    extensions = Extensions(client, tables.ENVIRONMENT, "voip.test")
    calls = watched()
    created = extensions.create(customer_id, NewExtension("a", "", "a", "secure-password-123", direct=True)).extension
    extensions.page(customer_id, 10)
    extensions.of_username(customer_id, "a")
    extensions.update(customer_id, created.id, Changes(password="secure-password-456", direct_regenerate=True))
    extensions.get(customer_id, created.id)
    extensions.delete(customer_id, created.id)
    _judge_an_edge(client)
    _call_once(client)
    _follow_the_log_level(client)
    assert _allowed(permissions.EXTENSIONS) == calls.used


def test_the_attempts_function(client: Any, watched: Callable[[], Calls]) -> None:
    customer_id = _customer(client)
    extensions = Extensions(client, tables.ENVIRONMENT, "voip.test")
    created = extensions.create(customer_id, NewExtension("a", "", "a", "secure-password-123")).extension
    calls = watched()
    attempts = AttemptReader(client, tables.ENVIRONMENT)
    attempts.page(customer_id, 10)
    attempts.of_address(extensions.get_alone(customer_id, created.id).aor, 10)
    _follow_the_log_level(client)
    assert _allowed(permissions.ATTEMPTS) == calls.used


def test_the_wake_ups_function(client: Any, watched: Callable[[], Calls]) -> None:
    customer_id = _customer(client)
    extensions = Extensions(client, tables.ENVIRONMENT, "voip.test")
    created = extensions.create(customer_id, NewExtension("a", "", "a", "secure-password-123")).extension
    calls = watched()
    extension = extensions.get(customer_id, created.id).extension
    WakeUpReader(client, tables.ENVIRONMENT).page(extension, 10)
    WakeUpTests(client, tables.ENVIRONMENT).ask(extension, 1)
    _call_once(client)
    _follow_the_log_level(client)
    assert _allowed(permissions.WAKE_UPS) == calls.used


def test_the_traces_function(client: Any, watched: Callable[[], Calls]) -> None:
    customer_id = _customer(client)
    extensions = Extensions(client, tables.ENVIRONMENT, "voip.test")
    created = extensions.create(customer_id, NewExtension("a", "", "a", "secure-password-123")).extension
    calls = watched()
    extension = extensions.get_alone(customer_id, created.id)
    SwitchBoard(client, tables.ENVIRONMENT).set_trace(extension, 1, 0)
    TraceReader(client, tables.ENVIRONMENT).page(extension.aor, 10)
    assert _allowed(permissions.TRACES) == calls.used


def test_the_registrations_function(client: Any, watched: Callable[[], Calls]) -> None:
    customer_id = _customer(client)
    extensions = Extensions(client, tables.ENVIRONMENT, "voip.test")
    created = extensions.create(customer_id, NewExtension("a", "", "a", "secure-password-123"))
    binding = Binding("sip:a@192.0.2.1", "call", 1, "flow", "edge", "192.0.2.1:5060", "UDP", 1, 2**40)
    address = created.address.with_bindings((binding,), "", 0)
    client.put_item(TableName=tables.ENVIRONMENT["ADDRESSES_TABLE"], Item=items.address_item(address))
    calls = watched()
    extensions.page(customer_id, 10)
    registrations = Registrations(client, tables.ENVIRONMENT, extensions)
    registrations.remove(customer_id, created.extension.id, registration_id(binding), 0)
    _judge_an_edge(client)
    _follow_the_log_level(client)
    assert _allowed(permissions.REGISTRATIONS) == calls.used


def test_the_edges_function(client: Any, watched: Callable[[], Calls]) -> None:
    calls = watched()
    board = SwitchBoard(client, tables.ENVIRONMENT)
    board.set_log_level("DEBUG", 1)
    board.read()
    assert _allowed(permissions.EDGES) == calls.used


def test_the_webhook_functions(client: Any, watched: Callable[[], Calls]) -> None:
    customer_id = _customer(client)
    webhooks = Webhooks(client, tables.ENVIRONMENT)
    calls = watched()
    webhook = webhooks.create(customer_id, "https://example.com", ())
    webhooks.set_disabled(customer_id, webhook.id, disabled=True)
    webhooks.delete(customer_id, webhook.id)
    _call_once(client)
    _follow_the_log_level(client)
    assert _allowed(permissions.WEBHOOKS) == calls.used


def test_the_push_apps_function(client: Any, watched: Callable[[], Calls]) -> None:
    customer_id, sealer = _customer(client), _sealer()
    push_apps = PushApps(client, tables.ENVIRONMENT)
    calls = watched()
    app = push_apps.create(customer_id, _NEW_PUSH_APP, sealer)
    push_apps.get(customer_id, app.id)
    push_apps.ask_for_test(customer_id, app.id, 1)
    push_apps.delete(customer_id, app.id)
    _call_once(client)
    _follow_the_log_level(client)
    assert _allowed(permissions.PUSH_APPS) | {("a KMS key", ""): {"Encrypt"}} == calls.used


def test_the_deliveries_function(client: Any, watched: Callable[[], Calls]) -> None:
    customer_id = _customer(client)
    webhooks = Webhooks(client, tables.ENVIRONMENT)
    webhook = webhooks.create(customer_id, "https://example.com", ())
    calls = watched()
    leases = DeliveryLeases(client, tables.ENVIRONMENT)
    leases.end_delivered(leases.take(customer_id, webhook.id))
    leases.end_failed(leases.take(customer_id, webhook.id))
    leases.disable(webhook, 1)
    webhooks.of_customer(customer_id)
    _follow_the_log_level(client)
    assert _allowed(permissions.DELIVERIES) == calls.used


def test_the_access_keys_function(client: Any, watched: Callable[[], Calls]) -> None:
    customer_id = _customer(client)
    keys = AccessKeys(client, tables.ENVIRONMENT)
    calls = watched()
    _use_keys(keys, customer_id)
    _call_once(client)
    _follow_the_log_level(client)
    assert _allowed(permissions.ACCESS_KEYS) == calls.used


def test_the_customers_function(client: Any, watched: Callable[[], Calls]) -> None:
    customers, sealer = Customers(client, tables.ENVIRONMENT), _sealer()
    customer_id = customers.create("One").customer_id
    PushApps(client, tables.ENVIRONMENT).create(customer_id, _NEW_PUSH_APP, sealer)
    calls = watched()
    customers.create("Two")
    customers.get(customer_id)
    customers.page(10)
    _use_keys(AccessKeys(client, tables.ENVIRONMENT), customer_id)
    customers.delete(customer_id)
    _call_once(client)
    _follow_the_log_level(client)
    assert _allowed(permissions.CUSTOMERS) == calls.used


def test_the_edge(client: Any, watched: Callable[[], Calls]) -> None:
    """PartiQL is understood by the emulator alone, so here what the edge calls may fail once it is noted."""
    calls = watched()

    async def main() -> None:
        lean: Any = Lean(client)
        loop = asyncio.get_running_loop()
        book = AddressBook(lean, tables.ENVIRONMENT, loop)
        log = AttemptWriter(lean, tables.ENVIRONMENT, loop)
        trace_log = TraceWriter(lean, tables.ENVIRONMENT, loop)
        wake_up_log = WakeUpWriter(lean, tables.ENVIRONMENT, loop)
        calls_log = CallWriter(lean, tables.ENVIRONMENT, loop)
        outcomes: list[object] = []
        then = outcomes.append
        book.read("a@abc123-def456", then)
        book.resolve("0123456789ab", then)
        book.write(Address("a@abc123-def456", "id", "ha1", 1, 1), 1, then)
        log.has_customer("abc123-def456", then)
        log.write(Attempt("a@abc123-def456", "at", "", "", "", "", "", 1, 1, 1), then)
        trace_log.write(TracedMessage("a@abc123-def456", "at", "sent", "", "", ""), then)
        wake_up_log.write(WakeUpRecord("a@abc123-def456", "at", "", "", "", "", "", "", None, "", 1), then)
        calls_log.write(CallStep("abc123-def456", "at", "started", "", "inbound", "", "", 0, 0, {}), then)
        schedule = RefreshSchedule(lean, tables.ENVIRONMENT, loop)
        schedule.read(1, 1, "", then)
        schedule.read_progress(then)
        await asyncio.sleep(0)  # reads begin
        schedule.plan(RefreshPush("a@abc123-def456", "0123456789abcdef", 300, 1), then)
        schedule.note_progress(1, 1, then)
        for each in (book, log, trace_log, wake_up_log, calls_log, schedule):
            await each.close()
        assert len(outcomes) == 12

    asyncio.run(main())
    SwitchBoard(client, tables.ENVIRONMENT).read()
    credentials = PushCredentials(client, tables.ENVIRONMENT)
    credentials.read("abc123-def456")
    SwitchBoard(client, tables.ENVIRONMENT).take_test("push_tests", "abc123-def456/id")
    credentials.note_test("abc123-def456", "id", PushTest())
    roster = Roster(client, tables.ENVIRONMENT, "voip.example")
    roster.enter("10.0.0.1:5070/1", 0)
    roster.leave("10.0.0.1:5070/1")
    assert _allowed((*permissions.SIP_EDGE, permissions.CALL_EVENTS)) == calls.used


class Lean:
    """boto3's client, to be called as an edge calls."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def batch_get_item(self, **request: Any) -> Any:
        return self._client.batch_get_item(**request)

    async def batch_execute_statement(self, **request: Any) -> Any:
        return self._client.batch_execute_statement(**request)

    async def batch_write_item(self, **request: Any) -> Any:
        return self._client.batch_write_item(**request)

    async def query(self, **request: Any) -> Any:
        return self._client.query(**request)


def _customer(client: Any) -> str:
    return Customers(client, tables.ENVIRONMENT).create("One").customer_id


_NEW_PUSH_APP = NewPushApp("apns", "com.example.app", "", "ABCDE12345", "KEY1234567", b"a private key")


def _sealer() -> KeySealer:
    return KeySealer(kms().create_key()["KeyMetadata"]["KeyId"])


def _use_keys(keys: AccessKeys, customer_id: str) -> None:
    key, _ = keys.create(customer_id, "key")
    keys.page(customer_id, 10)
    keys.get(customer_id, key.id)
    keys.delete(customer_id, key.id)


def _judge_an_edge(client: Any) -> None:
    EdgesUp(client, tables.ENVIRONMENT, "voip.test").judge()("10.0.0.1:5070/0")


def _follow_the_log_level(client: Any) -> None:
    SwitchBoard(client, tables.ENVIRONMENT).read()


def _call_once(client: Any) -> None:
    """A call with an Idempotency-Key that succeeds, again, and one that fails."""
    app, once = APIGatewayRestResolver(), Idempotency(client, tables.ENVIRONMENT)
    app.lambda_context = CONTEXT
    for key, act in (("a", dict), ("a", dict), ("b", lambda: 1 // 0)):
        event = Gateway({}, "abc123-def456").event("POST", "/x", {})
        app.current_event = APIGatewayProxyEvent(event | {"headers": {"Idempotency-Key": key}})
        with suppress(ZeroDivisionError):
            once(app, Model(), act)


def _allowed(permitted: tuple[Permission, ...]) -> Used:
    allowed: Used = {}
    for permission in permitted:
        name = permission.table.deployed_name(tables.ENVIRONMENT)
        if permission.actions:
            allowed[name, ""] = set(permission.actions)
        if permission.index_actions:
            allowed[name, permission.table.index_name] = set(permission.index_actions)
    return allowed
