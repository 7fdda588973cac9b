"""The sender of APNs against a stand-in that keeps Apple's rules."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sip_edge.push import retries
from sip_edge.push.apns import Address, Apns
from sip_edge.push.app import App
from sip_edge.push.outcome import ACCEPTED, NO_TOKEN, TIMED_OUT, Outcome, Result
from sip_edge.push.parameters import Purpose, PushTarget
from tests.push.apns_stand_in import Answer, ApnsStandIn, Device, Team
from tests.push.authority import Authority
from tests.push.conftest import NOW, Clock

VOIP, REMOTE, SANDBOX = "a1" * 32, "b2" * 32, "c3" * 32
PHONE = PushTarget("apns", "com.example.app", "ABCDE12345", False, VOIP, REMOTE)
REFUSED = Outcome(Result.UNAVAILABLE, "ConnectionRefused")
NOT_TRUSTED = Outcome(Result.UNAVAILABLE, "CertificateNotTrusted")


class Apple:
    """Both environments of the stand-in, and a sender that speaks to them."""

    def __init__(self, clock: Clock, app: App) -> None:
        self.clock = clock
        self.app = app
        self.production, self.sandbox = ApnsStandIn(clock), ApnsStandIn(clock, is_sandbox=True)
        for each in (self.production, self.sandbox):
            assert isinstance(app.key, ec.EllipticCurvePrivateKey)
            each.teams["ABCDE12345"] = Team("ABCDE12345", {app.key_id: app.key.public_key()}, {"com.example.app"})
            each.devices |= {
                VOIP: Device("com.example.app", is_voip=True),
                REMOTE: Device("com.example.app"),
                SANDBOX: Device("com.example.app", is_sandbox=True),
            }
        self.sender: Any = None

    async def send(self, target: PushTarget = PHONE, purpose: Purpose = Purpose.CALL, ttl_s: int = 30) -> Outcome:
        outcome: Outcome = await self.sender.send(self.app, target, purpose, ttl_s)
        return outcome


Scene = Callable[[Apple], Awaitable[None]]


@pytest.fixture
def play(authority: Authority, clock: Clock, apple_app: App) -> Callable[[Scene], None]:
    """Runs a scene in which stand-ins and sender live."""

    async def run(scene: Scene) -> None:
        apple = Apple(clock, apple_app)
        for each in (apple.production, apple.sandbox):
            await each.start(authority.server("h2"))
        apple.sender = Apns(
            asyncio.get_running_loop(),
            Address("localhost", apple.production.port),
            Address("localhost", apple.sandbox.port),
            authority.client(),
            clock,
        )
        try:
            await scene(apple)
        finally:
            await apple.sender.close()
            await apple.production.stop()
            await apple.sandbox.stop()

    return lambda scene: asyncio.run(run(scene))


def test_a_call_wakes_by_the_voip_token(play: Callable[[Scene], None]) -> None:
    async def scene(apple: Apple) -> None:
        assert await apple.send() == ACCEPTED
        (push,) = apple.production.pushes
        assert push.token == VOIP
        assert push.fields["apns-topic"] == "com.example.app.voip"
        assert push.fields["apns-push-type"] == "voip"
        assert push.fields["apns-priority"] == "10"
        assert push.fields["apns-expiration"] == str(int(NOW) + 30)
        assert json.loads(push.body) == {"aps": {"content-available": 1}}

    play(scene)


@pytest.mark.parametrize("purpose", [Purpose.REFRESH, Purpose.MESSAGE, Purpose.TEST])
def test_all_else_wakes_by_the_other_token(play: Callable[[Scene], None], purpose: Purpose) -> None:
    async def scene(apple: Apple) -> None:
        assert await apple.send(purpose=purpose) == ACCEPTED
        (push,) = apple.production.pushes
        assert push.token == REMOTE
        assert push.fields["apns-topic"] == "com.example.app"
        assert (push.fields["apns-push-type"], push.fields["apns-priority"]) == ("background", "5")
        assert await apple.send(PHONE._replace(remote_token=""), purpose) == NO_TOKEN
        assert apple.production.requests == 1

    play(scene)


def test_a_call_without_a_voip_token(play: Callable[[Scene], None]) -> None:
    async def scene(apple: Apple) -> None:
        assert await apple.send(PHONE._replace(voip_token="")) == ACCEPTED
        assert apple.production.pushes[0].fields["apns-push-type"] == "background"

    play(scene)


def test_a_message_is_announced_by_the_app_s_own_text(play: Callable[[Scene], None]) -> None:
    async def scene(apple: Apple) -> None:
        assert await apple.send(PHONE._replace(message_key="IM_MSG"), Purpose.MESSAGE) == ACCEPTED
        (push,) = apple.production.pushes
        assert (push.fields["apns-push-type"], push.fields["apns-priority"]) == ("alert", "10")
        assert json.loads(push.body)["aps"]["alert"] == {"loc-key": "IM_MSG"}

    play(scene)


def test_the_sandbox_has_tokens_of_its_own(play: Callable[[Scene], None]) -> None:
    async def scene(apple: Apple) -> None:
        target = PHONE._replace(voip_token="", remote_token=SANDBOX)
        assert await apple.send(target) == Outcome(Result.REFUSED, "BadDeviceToken")
        assert await apple.send(target._replace(is_sandbox=True)) == ACCEPTED
        assert len(apple.sandbox.pushes) == 1

    play(scene)


def test_an_app_that_is_gone(play: Callable[[Scene], None]) -> None:
    async def scene(apple: Apple) -> None:
        apple.production.devices[VOIP].gone_at = NOW - 100
        assert await apple.send() == Outcome(Result.UNREGISTERED, "Unregistered", NOW - 100)
        assert apple.production.requests == 1

    play(scene)


def test_one_token_of_the_provider_for_forty_minutes_on_all_edges(
    play: Callable[[Scene], None], authority: Authority
) -> None:
    async def scene(apple: Apple) -> None:
        shown = set()
        for _ in range(6 * 60 // 10):
            apple.clock.now += 600
            other = Apns(
                asyncio.get_running_loop(),
                Address("localhost", apple.production.port),
                Address("localhost", apple.sandbox.port),
                authority.client(),
                apple.clock,
            )
            assert await apple.send() == await other.send(apple.app, PHONE, Purpose.CALL, 30) == ACCEPTED
            await other.close()
            shown.add(apple.production.tokens["ABCDE12345", apple.app.key_id][0])
        assert len(shown) in (9, 10)

    play(scene)


def test_a_token_that_comes_too_early_gives_way_to_the_former_one(play: Callable[[Scene], None]) -> None:
    async def scene(apple: Apple) -> None:
        assert await apple.send() == ACCEPTED
        for _ in range(15):
            apple.clock.now += 80  # the next token begins after a minute
            assert await apple.send() == ACCEPTED
        assert len({push.fields["authorization"] for push in apple.production.pushes}) == 2

    play(scene)


def test_too_many_tokens(play: Callable[[Scene], None]) -> None:
    async def scene(apple: Apple) -> None:
        apple.production.unkind.extend([Answer(429, "TooManyProviderTokenUpdates")] * 2)
        assert await apple.send() == Outcome(Result.UNAVAILABLE, "TooManyProviderTokenUpdates", pause_s=60)
        assert apple.production.requests == 2

    play(scene)


def test_a_clock_that_is_behind_gets_a_new_token_once(play: Callable[[Scene], None]) -> None:
    async def scene(apple: Apple) -> None:
        at = NOW - NOW % 2400 + 2400  # a token begins here
        apple.clock.now = at + 2400
        apple.production.clock = lambda: apple.clock.now + 1500  # Apple's
        assert await asyncio.gather(*(apple.send() for _ in range(20))) == [ACCEPTED] * 20
        requests = apple.production.requests
        assert await apple.send() == ACCEPTED
        assert apple.production.requests == requests + 1
        apple.production.clock = lambda: apple.clock.now + 4000
        outcome = await apple.send()
        assert (outcome.result, outcome.reason) == (Result.REFUSED, "ExpiredProviderToken")
        assert outcome.pause_s > 0

    play(scene)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(400, "BadTopic"), Outcome(Result.REFUSED, "BadTopic")),
        (Answer(413, "PayloadTooLarge"), Outcome(Result.REFUSED, "PayloadTooLarge")),
        (Answer(403, "InvalidProviderToken"), Outcome(Result.REFUSED, "InvalidProviderToken", pause_s=60)),
        (Answer(410, "ExpiredToken"), Outcome(Result.UNREGISTERED, "ExpiredToken")),
        (Answer(429, "TooManyRequests"), Outcome(Result.REFUSED, "TooManyRequests")),
        (
            Answer(503, "ServiceUnavailable", {"retry-after": "120"}),
            Outcome(Result.UNAVAILABLE, "ServiceUnavailable", pause_s=120),
        ),
        (Answer(400, "no word\r\nof theirs"), Outcome(Result.REFUSED, "HTTP400")),
    ],
)
def test_answers_that_are_final(play: Callable[[Scene], None], answer: Answer, outcome: Outcome) -> None:
    async def scene(apple: Apple) -> None:
        apple.production.unkind.append(answer)
        assert await apple.send() == outcome
        assert apple.production.requests == 1

    play(scene)


@pytest.mark.parametrize(
    "unkind",
    [
        Answer(500, "InternalServerError"),
        Answer(503, "ServiceUnavailable", {"retry-after": "0"}),
        Answer(503, "Shutdown"),
        "goaway",
        "drop",
        "refuse",
    ],
)
def test_it_is_tried_again(play: Callable[[Scene], None], unkind: Any) -> None:
    async def scene(apple: Apple) -> None:
        apple.production.unkind.append(unkind)
        assert await apple.send() == ACCEPTED
        apple.production.unkind.extend([unkind] * 3)
        assert (await apple.send()).result is Result.UNAVAILABLE
        assert apple.production.requests == 5
        assert await apple.send() == ACCEPTED

    play(scene)


def test_a_connection_that_is_dead_is_left(play: Callable[[Scene], None], monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(apple: Apple) -> None:
        assert await apple.send() == ACCEPTED
        monkeypatch.setattr(retries, "_TRY_S", 0.2)
        apple.production.unkind.extend(["silence"] * 3)
        assert await apple.send() == TIMED_OUT
        monkeypatch.setattr(retries, "_TRY_S", 60.0)
        assert await apple.send() == ACCEPTED
        assert apple.production.connections == 4

    play(scene)


def test_a_server_that_is_not_there(play: Callable[[Scene], None]) -> None:
    async def scene(apple: Apple) -> None:
        await apple.production.stop()
        assert await apple.send() == REFUSED
        await apple.production.start(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))  # to be stopped again

    play(scene)


def test_a_server_of_another_authority(play: Callable[[Scene], None], tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Authority(tmp_path_factory.mktemp("other"))

    async def scene(apple: Apple) -> None:
        stranger = ApnsStandIn(apple.clock)
        await stranger.start(other.server("h2"))
        apple.sender._production = Address("localhost", stranger.port)
        assert await apple.send() == NOT_TRUSTED
        assert stranger.requests == 0
        await stranger.stop()

    play(scene)


def test_a_thousand_pushes_at_once_share_a_connection(play: Callable[[Scene], None]) -> None:
    async def scene(apple: Apple) -> None:
        outcomes = await asyncio.gather(*(apple.send() for _ in range(1000)))
        assert set(outcomes) == {ACCEPTED}
        assert len(apple.production.pushes) == 1000
        assert apple.production.connections == 1

    play(scene)


def test_a_team_has_a_connection_of_its_own(play: Callable[[Scene], None], monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(apple: Apple) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        other = App("app-9", "apns", "org.example.other", "", "ZZZZZ99999", "OTHERKEY99", key)
        token = "d4" * 32
        apple.production.teams["ZZZZZ99999"] = Team("ZZZZZ99999", {"OTHERKEY99": key.public_key()}, {other.app})
        apple.production.devices[token] = Device(other.app)
        target = PushTarget("apns", other.app, "", False, "", token)
        assert await apple.send() == ACCEPTED
        assert await apple.sender.send(other, target, Purpose.CALL, 30) == ACCEPTED
        assert apple.production.connections == 2
        monkeypatch.setattr("sip_edge.push.http2_pool._MOST", 1)
        apple.production.teams["THIRD12345"] = Team(
            "THIRD12345", {"OTHERKEY99": key.public_key()}, {"org.example.third"}
        )
        third = App("app-8", "apns", "org.example.third", "", "THIRD12345", "OTHERKEY99", key)
        assert (await apple.sender.check(third)) == ACCEPTED
        assert await asyncio.gather(*(apple.send() for _ in range(10))) == [ACCEPTED] * 10
        assert await apple.sender.send(other, target, Purpose.CALL, 30) == ACCEPTED
        assert apple.production.connections == 5  # the third closed the first, the first the other

    play(scene)


def test_credentials_are_tried_without_a_device(play: Callable[[Scene], None]) -> None:
    async def scene(apple: Apple) -> None:
        assert await apple.sender.check(apple.app) == ACCEPTED
        assert apple.production.pushes == []
        key = ec.generate_private_key(ec.SECP256R1())
        wrong = App("app-1", "apns", "com.example.app", "", "ABCDE12345", "KEY1234567", key)
        assert (await apple.sender.check(wrong)).reason == "InvalidProviderToken"
        other = App("app-1", "apns", "com.example.other", "", "ABCDE12345", "KEY1234567", apple.app.key)
        assert (await apple.sender.check(other)).reason == "TopicDisallowed"

    play(scene)
