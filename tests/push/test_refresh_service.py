"""Refresh pushes of two edges with the emulated DynamoDB and the stand-ins of providers. The clock is the test's."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from directory.edge.address_book import CALLS_AT_ONCE, AddressBook
from directory.edge.lean_client import LeanClient
from directory.edge.push_credentials import PushCredentials
from directory.edge.refresh_schedule import RefreshSchedule
from directory.schema import items
from directory.schema.credentials import ha1
from directory.schema.model import Address, PushApp
from sip_edge.journal import Journal
from sip_edge.push.assembly import assemble_pushes
from sip_edge.settings import Settings
from tests.push.providers import NUMBER, Providers
from tests.rest.client import Api
from tests.service import Service
from tests.sip_edge.rig import BASE, CUSTOMER, PASSWORD, Phone, Rig, World

EDGES = ("10.0.0.1:5070", "10.0.0.2:5070")
NAMES = ("ann", "ben", "cleo", "dan", "eve", "finn")
LIFETIME_S = 300

pytestmark = pytest.mark.usefixtures("as_an_edge")


class OneCustomer(PushCredentials):
    """The push apps of the customer that the API knows, for the customer of the rigs."""

    def __init__(self, service: Service, customer_id: str) -> None:
        super().__init__(service.dynamodb, service.tables)
        self._customer_id = customer_id

    def read(self, customer_id: str) -> list[PushApp]:
        return super().read(self._customer_id)


@asynccontextmanager
async def fleet(service: Service, settings: Settings, customer_id: str) -> AsyncIterator[list[Rig]]:
    """Two edges with the stores and the pushes of real ones."""
    loop = asyncio.get_running_loop()
    client = LeanClient(2 * CALLS_AT_ONCE)
    book = AddressBook(client, service.tables, loop)
    schedule = RefreshSchedule(client, service.tables, loop)
    pushes = assemble_pushes(settings, OneCustomer(service, customer_id), Journal(), loop)
    world = World()
    world.now = time.time()
    vars(world.store).update(read=book.read, resolve=book.resolve, write=book.write)
    vars(world).update(refreshes=schedule, pusher=pushes)
    edges = [Rig(world, address) for address in EDGES]
    first, second = (edge.member for edge in edges)
    assert first and second
    first.meet([second.name])
    world.deliver()
    try:
        yield edges
    finally:
        for each in (schedule, book, pushes, client):
            await each.close()


async def until(condition: Callable[[], object], edge: Rig, pace_s: float) -> None:
    """Lets the edges' time pass, `pace_s` with each turn of the loop, until a condition holds."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        edge.advance(pace_s)
        await asyncio.sleep(0.01)


async def register(edge: Rig, name: str, token: str, expires: int) -> None:
    phone = Phone(edge, name, edge.flow(port=40000 + int(edge.unique()), transport="TLS"))
    contact = f"<sip:{name}@10.0.0.5;pn-provider=fcm;pn-param={NUMBER};pn-prid={token}>"
    credentials = phone.credentials(phone.challenge())
    edge.receive(phone.flow, phone.register_text(credentials, f"Expires: {expires}", contact=contact))
    await until(lambda: phone.flow.sent, edge, 0)
    assert phone.flow.take_response().status == 200
    edge.lose(phone.flow)


def token_of(name: str) -> str:
    return f"refreshed-{name}:APA91bFt4-Xn_9yQ0aM2pO6r8s1U3v5W7x9Y1z3A5b7C9d1E3f5"


@pytest.fixture
def customer_id(service: Service, providers: Providers) -> str:
    """A customer with a push app, whose phones FCM knows. The extensions are the rigs' customer's."""
    api = Api(service.api_url, *service.new_customer())
    assert api.call("POST", "/push-apps", json=providers.fcm_app).ok
    for name in NAMES:
        providers.add_android(token_of(name))
        address = Address(f"{name}@{CUSTOMER}", f"id-{name}", ha1(name, BASE, PASSWORD), 1, 1)
        service.dynamodb.put_item(
            TableName=service.tables["ADDRESSES_TABLE"],
            Item=items.address_item(address),
        )
    return api.customer_id


def test_an_edge_that_dies_leaves_its_refresh_pushes_to_another_one(
    service: Service, providers: Providers, customer_id: str
) -> None:
    settings = Settings.model_validate(
        {
            "base_domain": BASE,
            "advertised_host": "x",
            "sip_secret": "x" * 32,
            **{name.lower(): value for name, value in providers.settings.items()},
        }
    )

    def pushed() -> list[str]:
        return [push.token for push in providers.fcm.pushes if push.token.startswith("refreshed-")]

    async def main() -> None:
        async with fleet(service, settings, customer_id) as edges:
            dying, living = edges
            for name in NAMES:
                await register(dying, name, token_of(name), LIFETIME_S)
            await until(lambda: living.now > began + 40, living, 1)
            dying.die()
            await until(lambda: len(set(pushed())) == len(NAMES), living, 1)
            assert living.now < began + LIFETIME_S - 60
            await register(living, NAMES[0], token_of(NAMES[0]), 3600)
            await until(lambda: living.now > began + LIFETIME_S + 5, living, 1)
            recorded = living.world.wake_ups.written
            await until(lambda: len(recorded) == len(NAMES), living, 1)
            assert Counter(record.end for record in recorded) == {"registered": 1, "unanswered": len(NAMES) - 1}

    began = time.time()
    asyncio.run(main())
    assert sorted(pushed()) == sorted(token_of(name) for name in NAMES)
