"""The sender of FCM against a stand-in that keeps Google's rules."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sip_edge.push.app import App
from sip_edge.push.fcm import Fcm
from sip_edge.push.outcome import ACCEPTED, Outcome, Result
from sip_edge.push.parameters import Purpose, PushTarget
from tests.push.authority import Authority
from tests.push.conftest import Clock
from tests.push.fcm_stand_in import Account, Answer, FcmStandIn

TOKEN = "dXcQ3mZ9Tq2:APA91bFt4-Xn_9yQ0aM2pO6r8s1U3v5W7x9Y1z3A5b7C9d1E3f5"
PHONE = PushTarget("fcm", "my-app", "", False, "", TOKEN)


class Google:
    """The stand-in, and a sender that speaks to it."""

    def __init__(self, clock: Clock, app: App) -> None:
        self.clock = clock
        self.app = app
        self.fcm = FcmStandIn(clock)
        assert isinstance(app.key, rsa.RSAPrivateKey)
        self.fcm.accounts[app.issuer] = Account(app.issuer, app.key.public_key(), app.app)
        self.fcm.devices[TOKEN] = app.app
        self.sender: Any = None

    async def send(self, target: PushTarget = PHONE, purpose: Purpose = Purpose.CALL, ttl_s: int = 30) -> Outcome:
        outcome: Outcome = await self.sender.send(self.app, target, purpose, ttl_s)
        return outcome


Scene = Callable[[Google], Awaitable[None]]


@pytest.fixture
def play(authority: Authority, clock: Clock, google_app: App) -> Callable[[Scene], None]:
    """Runs a scene in which stand-in and sender live."""

    async def run(scene: Scene) -> None:
        google = Google(clock, google_app)
        await google.fcm.start(authority.server("http/1.1"))
        google.sender = Fcm(google.fcm.url, google.fcm.token_url, authority.client(), clock)
        try:
            await scene(google)
        finally:
            await google.sender.close()
            await google.fcm.stop()

    return lambda scene: asyncio.run(run(scene))


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_push_wakes_and_tells_nothing(play: Callable[[Scene], None], purpose: Purpose) -> None:
    async def scene(google: Google) -> None:
        assert await google.send(purpose=purpose) == ACCEPTED
        (push,) = google.fcm.pushes
        assert push.message == {
            "token": TOKEN,
            "android": {"priority": "high", "ttl": "30s"},
            "data": {"wake": "sip"},
        }

    play(scene)


def test_one_access_token_for_an_hour(play: Callable[[Scene], None]) -> None:
    async def scene(google: Google) -> None:
        assert set(await asyncio.gather(*(google.send() for _ in range(50)))) == {ACCEPTED}
        google.clock.now += 3200
        assert await google.send() == ACCEPTED
        assert len(google.fcm.grants) == 1
        google.clock.now += 200
        assert await google.send() == ACCEPTED
        assert len(google.fcm.grants) == 2

    play(scene)


def test_an_access_token_that_is_taken_back_is_replaced_once(play: Callable[[Scene], None]) -> None:
    async def scene(google: Google) -> None:
        assert await google.send() == ACCEPTED
        google.fcm.end_tokens()
        assert await google.send() == ACCEPTED
        assert len(google.fcm.grants) == 2
        google.fcm.unkind.extend([Answer(401, "UNAUTHENTICATED")] * 2)
        assert await google.send() == Outcome(Result.REFUSED, "UNAUTHENTICATED", pause_s=60)
        assert google.fcm.requests == 5

    play(scene)


def test_an_app_that_is_gone(play: Callable[[Scene], None]) -> None:
    async def scene(google: Google) -> None:
        google.fcm.gone.add(TOKEN)
        assert await google.send() == Outcome(Result.UNREGISTERED, "UNREGISTERED")

    play(scene)


def test_tokens_of_other_projects_and_of_none(play: Callable[[Scene], None]) -> None:
    async def scene(google: Google) -> None:
        google.fcm.devices["other-token-of-a-device"] = "other"
        other = PHONE._replace(remote_token="other-token-of-a-device")
        assert await google.send(other) == Outcome(Result.REFUSED, "SENDER_ID_MISMATCH")
        made_up = PHONE._replace(remote_token="made-up-token-of-nobody")
        assert await google.send(made_up) == Outcome(Result.REFUSED, "INVALID_ARGUMENT")

    play(scene)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(429, "QUOTA_EXCEEDED"), Outcome(Result.REFUSED, "QUOTA_EXCEEDED")),
        (
            Answer(429, "QUOTA_EXCEEDED", {"Retry-After": "600"}),
            Outcome(Result.UNAVAILABLE, "QUOTA_EXCEEDED", pause_s=600),
        ),
        (
            Answer(503, "UNAVAILABLE", {"Retry-After": "99999"}),
            Outcome(Result.UNAVAILABLE, "UNAVAILABLE", pause_s=3600),
        ),
        (Answer(401, "THIRD_PARTY_AUTH_ERROR"), Outcome(Result.REFUSED, "THIRD_PARTY_AUTH_ERROR", pause_s=60)),
        (Answer(404, "NOT_FOUND"), Outcome(Result.REFUSED, "NOT_FOUND", pause_s=60)),
        (Answer(400, "not a\r\nword"), Outcome(Result.REFUSED, "HTTP400")),
    ],
)
def test_answers_that_are_final(play: Callable[[Scene], None], answer: Answer, outcome: Outcome) -> None:
    async def scene(google: Google) -> None:
        google.fcm.unkind.append(answer)
        assert await google.send() == outcome
        assert google.fcm.requests == 1

    play(scene)


@pytest.mark.parametrize("unkind", [Answer(500, "INTERNAL"), Answer(503, "UNAVAILABLE", {"Retry-After": "0"}), "drop"])
def test_it_is_tried_again(play: Callable[[Scene], None], unkind: Any) -> None:
    async def scene(google: Google) -> None:
        google.fcm.unkind.append(unkind)
        assert await google.send() == ACCEPTED
        google.fcm.unkind_grants.append(unkind)
        google.fcm.end_tokens()
        assert await google.send() == ACCEPTED
        google.fcm.unkind.extend([unkind] * 3)
        assert (await google.send()).result is Result.UNAVAILABLE

    play(scene)


def test_a_server_that_is_not_there(play: Callable[[Scene], None]) -> None:
    async def scene(google: Google) -> None:
        await google.fcm.stop()
        assert await google.send() == Outcome(Result.UNAVAILABLE, "ConnectionRefused")

    play(scene)


def test_a_name_that_leads_nowhere(play: Callable[[Scene], None], authority: Authority) -> None:
    async def scene(google: Google) -> None:
        google.sender = Fcm("https://fcm.invalid", "https://token.invalid", authority.client(), google.fcm.clock)
        assert await google.send() == Outcome(Result.UNAVAILABLE, "NameNotResolved")

    play(scene)


def test_a_server_of_another_authority(play: Callable[[Scene], None], tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Authority(tmp_path_factory.mktemp("other")).client()

    async def scene(google: Google) -> None:
        google.sender = Fcm(google.fcm.url, google.fcm.token_url, other, google.fcm.clock)
        assert await google.send() == Outcome(Result.UNAVAILABLE, "CertificateNotTrusted")

    play(scene)


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client", "unauthorized_client"])
def test_no_access_token(play: Callable[[Scene], None], error: str) -> None:
    async def scene(google: Google) -> None:
        google.fcm.unkind_grants.append(Answer(400, error))
        assert await google.send() == Outcome(Result.REFUSED, error, pause_s=60)
        assert google.fcm.requests == 0

    play(scene)


def test_a_key_that_is_not_the_account_s(play: Callable[[Scene], None]) -> None:
    async def scene(google: Google) -> None:
        key = rsa.generate_private_key(65537, 2048)
        google.fcm.accounts[google.app.issuer].key = key.public_key()
        assert await google.send() == Outcome(Result.REFUSED, "invalid_grant", pause_s=60)

    play(scene)


def test_credentials_are_tried_without_a_device(play: Callable[[Scene], None]) -> None:
    async def scene(google: Google) -> None:
        assert await google.sender.check(google.app) == ACCEPTED
        assert google.fcm.pushes == []
        google.fcm.accounts[google.app.issuer].project = "another"
        outcome = await google.sender.check(google.app)
        assert (outcome.result, outcome.reason) == (Result.REFUSED, "PERMISSION_DENIED")

    play(scene)
