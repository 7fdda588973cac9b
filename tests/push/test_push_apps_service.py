"""Push apps in the running service: made over REST, encrypted, read and tested by an edge."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from directory.edge.push_credentials import PushCredentials
from directory.push_keys import open_key
from directory.schema.wake_up_advice import REASONS
from sip_edge.journal import Journal
from sip_edge.push.assembly import assemble_pushes
from sip_edge.push.outcome import ACCEPTED, Outcome, Result
from sip_edge.push.parameters import Purpose, push_parameters
from sip_edge.settings import Settings
from tests.push.providers import Providers
from tests.push.sleeping_device import add_sleeping_device
from tests.rest.client import NEW, Api
from tests.service import Service
from tests.waiting import wait_until

VOIP, REMOTE = "a1" * 32, "b2" * 32
ANDROID = "dXcQ3mZ9Tq2:APA91bFt4-Xn_9yQ0aM2pO6r8s1U3v5W7x9Y1z3A5b7C9d1E3f5"


@pytest.fixture
def api(service: Service) -> Api:
    """The API, for a customer of the test's own."""
    return Api(service.api_url, *service.new_customer())


def outcome(api: Api, app_id: str) -> Any:
    """Status and reason of a test, once an edge has done it."""
    asked = api.call("POST", f"/push-apps/{app_id}/test", json={})
    assert asked.json()["test"]["status"] == "waiting", asked.text

    def told() -> Any:
        test = api.call("GET", f"/push-apps/{app_id}").json()["test"]
        return None if test["status"] == "waiting" else (test["status"], test["reason"])

    return wait_until(told, "the credentials are tested")


def test_an_edge_tests_credentials(api: Api, providers: Providers) -> None:
    for body in (providers.apns_app, providers.fcm_app):
        app = api.call("POST", "/push-apps", json=body).json()
        for _ in range(2):
            assert outcome(api, app["id"]) == ("accepted", "")
    wrong = providers.apns_app
    wrong["apns"] |= {"key_id": "OTHERKEY99", "bundle_id": "com.example.other"}
    app = api.call("POST", "/push-apps", json=wrong).json()
    assert outcome(api, app["id"]) == ("refused", "InvalidProviderToken")


def test_an_edge_tests_whether_devices_wake(api: Api, service: Service, providers: Providers) -> None:
    api.call("POST", "/push-apps", json=providers.apns_app)
    extension = api.call("POST", "/extensions", json=NEW).json()
    add_sleeping_device(service, f"{extension['username']}@{api.customer_id}", REMOTE)
    asked = api.call("POST", f"/extensions/{extension['id']}/wake-up-test", json={})
    assert asked.json()["devices"] == 1, asked.text
    path = f"/extensions/{extension['id']}/wake-ups"
    (found,) = wait_until(lambda: api.call("GET", path).json()["result"], "the wake-up is listed")
    assert (found["cause"], found["push"], found["reason"]) == ("test", "refused", "BadDeviceToken")
    assert found["advice"] == REASONS["BadDeviceToken"]
    assert REMOTE not in str(found)


def test_another_item_has_no_use_of_a_key(api: Api, service: Service, providers: Providers, as_an_edge: None) -> None:
    for body in (providers.apns_app, providers.fcm_app):
        api.call("POST", "/push-apps", json=body)
    first, second = PushCredentials(service.dynamodb, service.tables).read(api.customer_id)
    assert {len(open_key(app)) > 100 for app in (first, second)} == {True}
    assert open_key(first) != open_key(second)
    stolen = type(first)(**{**{name: getattr(first, name) for name in first.__slots__}, "id": second.id})
    assert open_key(stolen) == b""


def test_a_push_from_end_to_end(
    api: Api, service: Service, providers: Providers, as_an_edge: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        **providers.settings,
        "BASE_DOMAIN": "x",
        "ADVERTISED_HOST": "x",
        "SIP_SECRET": "x" * 32,
    }.items():
        monkeypatch.setenv(name, value)
    for body in (providers.apns_app, providers.fcm_app):
        api.call("POST", "/push-apps", json=body)
    providers.add_iphone(VOIP, is_voip=True)
    providers.add_iphone(REMOTE)
    providers.add_android(ANDROID)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        settings = Settings()  # type: ignore[call-arg]  # the values come from the environment
        pushes = assemble_pushes(settings, PushCredentials(service.dynamodb, service.tables), Journal(), loop)

        async def push(tail: str, purpose: Purpose) -> Outcome:
            found = push_parameters(tail)
            assert found
            assert found.target
            done: asyncio.Future[Outcome] = loop.create_future()
            pushes.push(api.customer_id, found.target, purpose, 30, done.set_result)
            return await done

        iphone = (
            f";pn-provider=apns;pn-param=ABCDE12345.com.example.app.voip&remote;pn-prid={VOIP}:voip&{REMOTE}:remote"
        )
        assert await push(iphone, Purpose.CALL) == ACCEPTED
        assert await push(iphone, Purpose.REFRESH) == ACCEPTED
        android = f";pn-provider=fcm;pn-param=929724111839;pn-prid={ANDROID}"
        assert await push(android, Purpose.CALL) == ACCEPTED
        providers.take_off(ANDROID)
        assert (await push(android, Purpose.CALL)).result is Result.UNREGISTERED
        await pushes.close()

    asyncio.run(main())
    # Other tests push through the same providers.
    assert [push.token for push in providers.apns.pushes if push.token in (VOIP, REMOTE)] == [VOIP, REMOTE]
    assert [push.token for push in providers.fcm.pushes if push.token == ANDROID] == [ANDROID]
