"""Leases of deliveries, with a clock to set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from directory.api.customers import Customers
from directory.api.delivery_leases import FAILED_FOR_A_DAY, MOST_IN_FLIGHT, DeliveryLeases
from directory.api.webhooks import Webhooks
from directory.errors import NotFoundError, WebhookBusyError, WebhookDisabledError
from directory.schema import items
from directory.schema.model import Webhook
from tests import tables

HOUR_S = 3600
DAY_S = 24 * HOUR_S


class Clock:
    """A clock to set."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("directory.api.delivery_leases.time", clock)
    return clock


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "eu-central-1")
    with tables.empty() as client:
        yield client


@pytest.fixture
def webhooks(client: Any) -> Webhooks:
    return Webhooks(client, tables.ENVIRONMENT)


@pytest.fixture
def webhook(client: Any, webhooks: Webhooks) -> Webhook:
    customer_id = Customers(client, tables.ENVIRONMENT).create("One").customer_id
    return webhooks.create(customer_id, "https://example.com/", ())


class Tries:
    """Deliveries to one webhook."""

    def __init__(self, leases: DeliveryLeases, webhook: Webhook, clock: Clock) -> None:
        self.leases = leases
        self._webhook = webhook
        self._clock = clock

    def take(self) -> Any:
        return self.leases.take(self._webhook.customer_id, self._webhook.id)

    def fail(self, hours: float = 0) -> int | None:
        """A delivery that fails so many hours later."""
        self._clock.now += hours * HOUR_S
        return self.leases.end_failed(self.take())


@pytest.fixture
def tries(client: Any, webhook: Webhook, clock: Clock) -> Tries:
    return Tries(DeliveryLeases(client, tables.ENVIRONMENT), webhook, clock)


def test_a_webhook_has_so_many_in_flight_and_no_more(tries: Tries, clock: Clock) -> None:
    leases = [tries.take() for _ in range(MOST_IN_FLIGHT)]
    assert len({lease.place for lease in leases}) == MOST_IN_FLIGHT
    with pytest.raises(WebhookBusyError):
        tries.take()
    tries.leases.end_delivered(leases[1])
    tries.leases.end_failed(leases[2])
    assert {tries.take().place, tries.take().place} == {leases[1].place, leases[2].place}
    with pytest.raises(WebhookBusyError):
        tries.take()


def test_a_lease_ends_by_itself_and_then_frees_no_place_of_another(tries: Tries, clock: Clock) -> None:
    old = [tries.take() for _ in range(MOST_IN_FLIGHT)]
    clock.now += 31
    for _ in range(MOST_IN_FLIGHT):
        tries.take()
    tries.leases.end_delivered(old[0])
    assert tries.leases.end_failed(old[1]) is None
    with pytest.raises(WebhookBusyError):
        tries.take()


def test_what_is_gone_is_not_made_again(client: Any, webhooks: Webhooks, webhook: Webhook, tries: Tries) -> None:
    lease, other = tries.take(), tries.take()
    webhooks.delete(webhook.customer_id, webhook.id)
    tries.leases.end_delivered(lease)
    assert tries.leases.end_failed(other) is None
    tries.leases.disable(webhook, 1)
    with pytest.raises(NotFoundError):
        tries.take()
    assert client.scan(TableName=tables.ENVIRONMENT["WEBHOOKS_TABLE"])["Items"] == []


def test_a_day_without_a_success(webhooks: Webhooks, webhook: Webhook, tries: Tries, clock: Clock) -> None:
    began = int(clock.now)
    assert [tries.fail(hours) for hours in (0, 6, 6, 11.9)] == [None] * 4
    assert webhooks.get(webhook.customer_id, webhook.id).failing_since == began
    assert tries.fail(0.1) == began
    tries.leases.disable(webhook, began)
    disabled = webhooks.get(webhook.customer_id, webhook.id)
    assert (disabled.disabled_reason, disabled.failing_since) == (FAILED_FOR_A_DAY, began)
    with pytest.raises(WebhookDisabledError):
        tries.take()
    webhooks.set_disabled(webhook.customer_id, webhook.id, True)
    assert webhooks.get(webhook.customer_id, webhook.id).disabled_reason == FAILED_FOR_A_DAY
    assert webhooks.set_disabled(webhook.customer_id, webhook.id, False) == webhook
    assert tries.fail() is None


def test_one_success_begins_the_day_again(tries: Tries, clock: Clock) -> None:
    for hours in (0, 10, 10):
        tries.fail(hours)
    tries.leases.end_delivered(tries.take())
    assert tries.fail(10) is None


def test_a_success_before_it_is_disabled(webhooks: Webhooks, webhook: Webhook, tries: Tries, clock: Clock) -> None:
    began = int(clock.now)
    assert [tries.fail(hours) for hours in (0, 12, 12)] == [None, None, began]
    tries.leases.end_delivered(tries.take())
    tries.leases.disable(webhook, began)
    assert webhooks.get(webhook.customer_id, webhook.id) == webhook


def test_two_short_outages_a_week_apart_are_no_day(webhooks: Webhooks, webhook: Webhook, tries: Tries) -> None:
    assert tries.fail() is None
    assert tries.fail(7 * 24) is None
    assert [tries.fail(hours) for hours in (6, 6, 6)] == [None] * 3
    assert tries.fail(6) is not None


def test_items_of_webhooks_from_before(webhook: Webhook) -> None:
    assert items.webhook(items.webhook_item(webhook)) == webhook
