"""Registrar and proxy ask for pushes: an app is found, its provider is asked, and the outcome comes back."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from directory.errors import CredentialsUnreadableError
from directory.schema.model import PushApp
from sip_edge.journal import Journal
from sip_edge.push.app import App
from sip_edge.push.apps import Apps
from sip_edge.push.notifications import PushNotifications
from sip_edge.push.outcome import (
    ACCEPTED,
    BAD_KEY,
    EDGE_FAILED,
    NO_APP,
    NO_TOKEN,
    TIMED_OUT,
    TOO_MANY,
    UNREADABLE,
    Fault,
    Outcome,
    Result,
    fault_of,
)
from sip_edge.push.parameters import Purpose, PushTarget
from tests.push.authority import der_of
from tests.push.conftest import Clock

CUSTOMER = "abc123-def456"
IPHONE = PushTarget("apns", "com.example.app", "ABCDE12345", False, "a1" * 32, "b2" * 32)
ANDROID = PushTarget("fcm", "my-app", "", False, "", "token-of-an-android-device")
KEY = der_of(ec.generate_private_key(ec.SECP256R1()))
STORED = PushApp(CUSTOMER, "app-1", "apns", "com.example.app", "", "ABCDE12345", "KEY1234567", "t", "sealed")
OF_GOOGLE = PushApp(CUSTOMER, "app-2", "fcm", "my-app", "929724111839", "push@my-app.example", "key-1", "t", "sealed")


class Table:
    """The stored apps, which may be out of reach."""

    def __init__(self) -> None:
        self.apps: dict[str, list[PushApp]] = {CUSTOMER: [STORED, OF_GOOGLE]}
        self.keys: dict[str, bytes] = {}
        self.reads = 0
        self.opened = 0
        self.is_readable = True

    async def read(self, customer_id: str) -> Sequence[PushApp]:
        self.reads += 1
        await asyncio.sleep(0)
        if not self.is_readable:
            raise CredentialsUnreadableError("ThrottlingException")
        return self.apps.get(customer_id, [])

    async def open_key(self, app: PushApp) -> bytes:
        self.opened += 1
        return self.keys.get(app.id, KEY)


class Provider:
    """A sender that gives the outcomes that a test wants."""

    def __init__(self) -> None:
        self.sent: list[tuple[App, PushTarget, Purpose, int]] = []
        self.outcome: Any = ACCEPTED

    async def send(self, app: App, target: PushTarget, purpose: Purpose, ttl_s: int) -> Outcome:
        self.sent.append((app, target, purpose, ttl_s))
        await asyncio.sleep(0)
        outcome: Outcome = self.outcome
        return outcome

    async def check(self, app: App) -> Outcome:
        outcome: Outcome = self.outcome
        return outcome

    async def close(self) -> None:
        pass


class Stage:
    """An edge's pushes, with a table and providers of the test's own."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.table = Table()
        self.apple, self.google = Provider(), Provider()
        self.journal = Journal()
        self.pushes = PushNotifications(
            asyncio.get_running_loop(),
            Apps(self.table.read, self.table.open_key, clock),
            {"apns": self.apple, "fcm": self.google},
            self.journal,
            clock,
        )

    async def push(self, target: PushTarget = IPHONE, customer_id: str = CUSTOMER) -> Outcome:
        outcome: Outcome = await self.outcome(
            lambda then: self.pushes.push(customer_id, target, Purpose.CALL, 30, then)
        )
        return outcome

    async def outcome(self, ask: Callable[[Callable[[Any], None]], None]) -> Any:
        """The value that a callback gets."""
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        ask(done.set_result)
        assert not done.done()  # never from within the call
        return await done


Scene = Callable[[Stage], Awaitable[None]]


@pytest.fixture
def play(clock: Clock) -> Callable[[Scene], None]:
    async def run(scene: Scene) -> None:
        stage = Stage(clock)
        await scene(stage)
        await stage.pushes.close()

    return lambda scene: asyncio.run(run(scene))


def test_the_app_of_a_target_is_found(play: Callable[[Scene], None]) -> None:
    async def scene(stage: Stage) -> None:
        assert await stage.push() == ACCEPTED
        assert await stage.push(ANDROID) == ACCEPTED
        assert await stage.push(ANDROID._replace(app="929724111839")) == ACCEPTED
        assert await stage.push(IPHONE._replace(team="")) == ACCEPTED
        assert [app.id for app, *_ in stage.apple.sent + stage.google.sent] == ["app-1", "app-1", "app-2", "app-2"]
        assert stage.journal.counts["push_apns_accepted"] == 2
        assert stage.journal.counts["push_fcm_accepted"] == 2

    play(scene)


@pytest.mark.parametrize(
    "target",
    [
        IPHONE._replace(app="com.example.other"),
        IPHONE._replace(team="ZZZZZ99999"),
        IPHONE._replace(service="fcm"),
        ANDROID._replace(app=""),
        ANDROID._replace(app="1"),
    ],
)
def test_an_app_that_is_not_the_customer_s(play: Callable[[Scene], None], target: PushTarget) -> None:
    async def scene(stage: Stage) -> None:
        assert await stage.push(target) == NO_APP
        assert await stage.outcome(lambda then: stage.pushes.has_app(CUSTOMER, target, then)) is False

    play(scene)


def test_another_customer_has_no_use_of_it(play: Callable[[Scene], None]) -> None:
    async def scene(stage: Stage) -> None:
        assert await stage.push(customer_id="zzz999-zzz999") == NO_APP
        assert await stage.pushes.check("zzz999-zzz999", "app-1") == NO_APP

    play(scene)


def test_services_and_apps_can_be_asked_for(play: Callable[[Scene], None]) -> None:
    async def scene(stage: Stage) -> None:
        assert await stage.outcome(lambda then: stage.pushes.find_services(CUSTOMER, then)) == {"apns", "fcm"}
        assert await stage.outcome(lambda then: stage.pushes.find_services("zzz999-zzz999", then)) == set()
        assert await stage.outcome(lambda then: stage.pushes.has_app(CUSTOMER, IPHONE, then)) is True

    play(scene)


def test_apps_are_read_once_a_minute_and_opened_once(play: Callable[[Scene], None]) -> None:
    async def scene(stage: Stage) -> None:
        await asyncio.gather(*(stage.push() for _ in range(20)))
        assert (stage.table.reads, stage.table.opened) == (1, 2)
        stage.clock.now += 61
        assert await stage.push() == ACCEPTED
        assert (stage.table.reads, stage.table.opened) == (2, 2)
        stage.table.apps[CUSTOMER] = []
        stage.clock.now += 61
        assert await stage.push() == NO_APP

    play(scene)


def test_a_test_takes_the_credentials_of_now(play: Callable[[Scene], None]) -> None:
    async def scene(stage: Stage) -> None:
        stage.table.apps[CUSTOMER] = []
        assert await stage.push() == NO_APP
        stage.table.apps[CUSTOMER] = [STORED]
        assert await stage.pushes.check(CUSTOMER, "app-1") == ACCEPTED
        assert await stage.push() == ACCEPTED

    play(scene)


def test_a_table_that_cannot_be_read(play: Callable[[Scene], None]) -> None:
    async def scene(stage: Stage) -> None:
        stage.table.is_readable = False
        assert await stage.push() == UNREADABLE
        assert await stage.pushes.check(CUSTOMER, "app-1") == UNREADABLE
        assert await stage.outcome(lambda then: stage.pushes.find_services(CUSTOMER, then)) is None
        assert await stage.outcome(lambda then: stage.pushes.has_app(CUSTOMER, IPHONE, then)) is None
        stage.table.is_readable = True
        assert await stage.push() == ACCEPTED
        stage.table.is_readable = False
        stage.clock.now += 3400
        reads = stage.table.reads
        for _ in range(10):
            assert await stage.push() == ACCEPTED
        assert stage.table.reads == reads + 1
        stage.clock.now += 100
        assert await stage.push() == ACCEPTED
        stage.clock.now += 200
        assert await stage.push() == UNREADABLE

    play(scene)


def test_a_key_that_is_none(play: Callable[[Scene], None]) -> None:
    async def scene(stage: Stage) -> None:
        stage.table.keys["app-1"] = b""
        assert await stage.push() == NO_APP
        assert await stage.pushes.check(CUSTOMER, "app-1") == BAD_KEY
        assert await stage.push(ANDROID) == ACCEPTED
        assert await stage.outcome(lambda then: stage.pushes.find_services(CUSTOMER, then)) == {"fcm"}

    play(scene)


def test_a_provider_that_fails_is_left_alone(play: Callable[[Scene], None]) -> None:
    async def scene(stage: Stage) -> None:
        stage.apple.outcome = TIMED_OUT
        for _ in range(10):
            assert await stage.push() == TIMED_OUT
        assert len(stage.apple.sent) == 5
        stage.apple.outcome = ACCEPTED
        assert await stage.push() == TIMED_OUT
        assert await stage.pushes.check(CUSTOMER, "app-1") == ACCEPTED
        stage.clock.now += 6
        assert await stage.push() == ACCEPTED
        assert await stage.push(ANDROID) == ACCEPTED

    play(scene)


def test_the_sandbox_may_refuse_what_production_takes(play: Callable[[Scene], None]) -> None:
    async def scene(stage: Stage) -> None:
        refused = Outcome(Result.REFUSED, "BadEnvironmentKeyIdInToken", pause_s=60)
        stage.apple.outcome = refused
        assert await stage.push(IPHONE._replace(is_sandbox=True)) == refused
        stage.apple.outcome = ACCEPTED
        assert await stage.push(IPHONE._replace(is_sandbox=True)) == refused
        assert await stage.push() == ACCEPTED

    play(scene)


def test_a_mistake_of_ours_is_an_outcome(play: Callable[[Scene], None]) -> None:
    async def scene(stage: Stage) -> None:
        stage.apple.outcome = property()  # no outcome at all
        assert await stage.push() == EDGE_FAILED
        assert stage.journal.counts["internal_error"] == 1

    play(scene)


def test_too_many_at_once(play: Callable[[Scene], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sip_edge.push.notifications._MOST_UNDER_WAY", 3)

    async def scene(stage: Stage) -> None:
        outcomes = await asyncio.gather(*(stage.push() for _ in range(5)))
        assert [outcome.result for outcome in outcomes].count(Result.ACCEPTED) == 3
        assert outcomes.count(EDGE_FAILED) == 2

    play(scene)


def test_nothing_shows_a_key_or_a_token() -> None:
    app = App(
        "app-1", "apns", "com.example.app", "", "ABCDE12345", "KEY1234567", ec.generate_private_key(ec.SECP256R1())
    )
    shown = f"{app!r} {app} {STORED!r} {IPHONE!r} {IPHONE} {ANDROID!r}"
    for secret in ("sealed", "a1" * 32, "b2" * 32, ANDROID.remote_token, base64.b64encode(KEY).decode(), "PrivateKey"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("outcome", "fault"),
    [
        (TIMED_OUT, Fault.PROVIDER),
        (Outcome(Result.UNAVAILABLE, "HTTP503"), Fault.PROVIDER),
        (Outcome(Result.UNAVAILABLE, "ConnectionLost"), Fault.PROVIDER),
        (UNREADABLE, Fault.EDGE),
        (EDGE_FAILED, Fault.EDGE),
        (Outcome(Result.REFUSED, "PayloadTooLarge"), Fault.EDGE),
        (Outcome(Result.REFUSED, "InvalidProviderToken", pause_s=60), Fault.KEY),
        (Outcome(Result.REFUSED, "invalid_grant", pause_s=60), Fault.KEY),
        (NO_APP, Fault.APP),
        (NO_TOKEN, Fault.APP),
        (BAD_KEY, Fault.APP),
        (Outcome(Result.REFUSED, "TopicDisallowed"), Fault.APP),
        (TOO_MANY, Fault.QUOTA),
        (Outcome(Result.UNAVAILABLE, "QUOTA_EXCEEDED", pause_s=60), Fault.QUOTA),
        (Outcome(Result.UNAVAILABLE, "HTTP429", pause_s=60), Fault.QUOTA),
        (Outcome(Result.UNREGISTERED, "Unregistered"), Fault.DEVICE),
        (Outcome(Result.REFUSED, "BadDeviceToken"), Fault.DEVICE),
        (Outcome(Result.REFUSED, "SENDER_ID_MISMATCH"), Fault.DEVICE),
    ],
)
def test_a_push_that_is_not_accepted_has_a_fault(outcome: Outcome, fault: Fault) -> None:
    assert fault_of(outcome) is fault


def test_customers_whose_key_is_refused_are_counted(play: Callable[[Scene], None]) -> None:
    async def scene(stage: Stage) -> None:
        refused = Outcome(Result.REFUSED, "InvalidProviderToken", pause_s=60)
        for customer_id in ("good", "bad", "mixed"):
            stage.table.apps[customer_id] = stage.table.apps[CUSTOMER]
        await stage.push(IPHONE, "good")
        stage.apple.outcome = refused
        for _ in range(3):  # two of them meet the open circuit
            await stage.push(IPHONE, "bad")
        await stage.push(IPHONE, "mixed")
        await stage.push(ANDROID, "mixed")
        await stage.push(IPHONE, "none")
        assert stage.journal.counts["push_apns_key"] == 4
        assert stage.journal.counts["push_apns_app"] == 1
        assert (stage.pushes.take_pushed_customers(), stage.pushes.take_refused_customers()) == (4, 1)
        assert (stage.pushes.take_pushed_customers(), stage.pushes.take_refused_customers()) == (0, 0)

    play(scene)
