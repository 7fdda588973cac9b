"""Device tokens, private keys and tokens of providers show up in no log, error, outcome or representation."""

from __future__ import annotations

import asyncio
import base64
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from sip_edge.journal import Journal
from sip_edge.process.json_lines import log_to_stdout
from sip_edge.push.apns import Address, Apns
from sip_edge.push.app import App
from sip_edge.push.fcm import Fcm
from sip_edge.push.parameters import Purpose, PushTarget, push_parameters
from tests.push import apns_stand_in, fcm_stand_in
from tests.push.apns_stand_in import ApnsStandIn, Device, Team
from tests.push.authority import Authority, der_of, pem_of
from tests.push.conftest import Clock
from tests.push.fcm_stand_in import Account, FcmStandIn

VOIP, REMOTE = "ca" * 32, "fe" * 32
ANDROID = "canary-token:APA91b-of-an-android-device-in-the-coal-mine"
IPHONE = PushTarget("apns", "com.example.app", "", False, VOIP, REMOTE, "IM_MSG")


@pytest.fixture
def as_the_edge_logs(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Everything that is logged goes to stdout as it does at an edge whose level is DEBUG."""
    root, edge = logging.getLogger(), logging.getLogger("sip_edge")
    handlers, level, own = root.handlers[:], root.level, edge.level
    log_to_stdout("DEBUG")
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    edge.setLevel(own)


@pytest.mark.usefixtures("as_the_edge_logs")
def test_nothing_tells(
    authority: Authority, clock: Clock, apple_app: App, google_app: App, capfd: pytest.CaptureFixture[str]
) -> None:
    seen: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_debug(True)  # it tells of each connection and each slow step
        apns, fcm = ApnsStandIn(clock), FcmStandIn(clock)
        key: Any = apple_app.key
        apns.teams["ABCDE12345"] = Team("ABCDE12345", {apple_app.key_id: key.public_key()}, {"com.example.app"})
        apns.devices |= {VOIP: Device("com.example.app", is_voip=True), REMOTE: Device("com.example.app")}
        google_key: Any = google_app.key
        fcm.accounts[google_app.issuer] = Account(google_app.issuer, google_key.public_key(), google_app.app)
        fcm.devices[ANDROID] = google_app.app
        await apns.start(authority.server("h2"))
        await fcm.start(authority.server("http/1.1"))
        address = Address("localhost", apns.port)
        apple = Apns(loop, address, address, authority.client(), clock)
        google = Fcm(fcm.url, fcm.token_url, authority.client(), clock)
        android = PushTarget("fcm", google_app.app, "", False, "", ANDROID)
        unkind: list[Any] = ["drop", "goaway", "refuse", apns_stand_in.Answer(400, f"Bad{VOIP}")]
        for each in (None, *unkind):
            apns.unkind.extend([each] * 3 if each else [])
            seen.append(repr(await apple.send(apple_app, IPHONE, Purpose.CALL, 30)))
            seen.append(repr(await apple.send(apple_app, IPHONE, Purpose.MESSAGE, 30)))
            apns.unkind.clear()
        answers: list[Any] = ["drop", fcm_stand_in.Answer(400, ANDROID), fcm_stand_in.Answer(503, "UNAVAILABLE")]
        for each in (None, *answers):
            fcm.unkind.extend([each] * 3 if each else [])
            seen.append(repr(await google.send(google_app, android, Purpose.CALL, 30)))
            fcm.unkind.clear()
        for grant in ("drop", fcm_stand_in.Answer(400, "invalid_grant")):
            fcm.end_tokens()
            fcm.unkind_grants.extend([grant] * 3)
            seen.append(repr(await google.send(google_app, android, Purpose.CALL, 30)))
            fcm.unkind_grants.clear()
        await apple.close()
        await google.close()
        await apns.stop()
        await fcm.stop()
        seen.append(_told_of_a_crash(apple_app))
        secrets = [VOIP, REMOTE, ANDROID, *fcm.grants, *(token for token, _ in apns.tokens.values())]
        for app in (apple_app, google_app):
            seen.append(f"{app!r} {IPHONE!r} {IPHONE} {android!r}")
            secrets += [*pem_of(app.key).splitlines()[1:-1], base64.b64encode(der_of(app.key)).decode()]
        captured = "".join(capfd.readouterr())
        text = captured + "".join(seen)
        assert not [secret for secret in secrets if secret in text]
        assert "eyJ" not in text  # the beginning of every JSON web token
        assert "internal_error" in captured

    asyncio.run(main())


def _told_of_a_crash(app: App) -> str:
    """The traceback of an error that has a target and an app in its variables; the edge logs it, too."""
    try:
        target, _ = IPHONE, app
        target.no_such_attribute  # type: ignore[attr-defined]  # noqa: B018  (the error is what this is about)
    except AttributeError as error:
        Journal().trouble("internal_error", error)
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    return ""


def test_parameters_show_no_token() -> None:
    found = push_parameters(
        f";pn-provider=apns;pn-param=com.example.app.voip&remote;pn-prid={VOIP}:voip&{REMOTE}:remote"
    )
    assert found
    assert not [token for token in (VOIP, REMOTE) if token in f"{found!r} {found} {found.target!r}"]
