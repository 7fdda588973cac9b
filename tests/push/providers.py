"""Both providers on loopback in a thread of their own, for edges that run as processes.

`python -m tests.push.providers FOLDER` runs them by themselves. Its first line on stdout is JSON. It has
the settings of an edge that uses them, and the bodies that create push apps for them. Each push that is accepted is
another line, with the token of its device.

Lines on stdin are JSON, too. These add a device, and take its app off:

    {"apns": {"token": "...", "voip": true, "sandbox": false}}
    {"fcm": {"token": "..."}}
    {"gone": "..."}
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.push.apns_stand_in import ApnsStandIn, Device, Team
from tests.push.authority import Authority, pem_of
from tests.push.fcm_stand_in import Account, FcmStandIn

BUNDLE, TEAM, KEY_ID = "com.example.app", "ABCDE12345", "KEY1234567"
PROJECT, NUMBER, EMAIL = "my-app-12", "929724111839", "push@my-app-12.iam.gserviceaccount.com"


class Providers:
    """APNs with its sandbox, and FCM. Their thread writes the values that tests read, a whole one at a time."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._authority = Authority(folder)
        self._apple_key = ec.generate_private_key(ec.SECP256R1())
        self._google_key = rsa.generate_private_key(65537, 2048)
        self.apns, self.sandbox = ApnsStandIn(clock), ApnsStandIn(clock, is_sandbox=True)
        self.fcm = FcmStandIn(clock)
        for apns in (self.apns, self.sandbox):
            apns.teams[TEAM] = Team(TEAM, {KEY_ID: self._apple_key.public_key()}, {BUNDLE})
        self.fcm.accounts[EMAIL] = Account(EMAIL, self._google_key.public_key(), PROJECT)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Providers:
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def settings(self) -> dict[str, str]:
        """The environment of an edge that uses them."""
        return {
            "APNS_SERVER": f"127.0.0.1:{self.apns.port}",
            "APNS_SANDBOX_SERVER": f"127.0.0.1:{self.sandbox.port}",
            "FCM_URL": self.fcm.url,
            "GOOGLE_TOKEN_URL": self.fcm.token_url,
            "PUSH_CA_FILE": str(self._authority.ca_file),
        }

    @property
    def apns_app(self) -> dict[str, Any]:
        """The body that creates a push app of APNs."""
        key = pem_of(self._apple_key)
        return {"apns": {"bundle_id": BUNDLE, "team_id": TEAM, "key_id": KEY_ID, "private_key": key}}

    @property
    def fcm_app(self) -> dict[str, Any]:
        """The body that creates a push app of FCM, with a whole JSON file as Google hands it out."""
        account = {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "0123456789abcdef0123456789abcdef01234567",
            "private_key": pem_of(self._google_key),
            "client_email": EMAIL,
            "client_id": "112233445566778899",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": "https://attacker.invalid/token",
            "universe_domain": "attacker.invalid",
        }
        return {"fcm": {"service_account": account, "project_number": NUMBER}}

    def add_iphone(self, token: str, *, is_voip: bool = False, is_sandbox: bool = False) -> None:
        """Let APNs know a device's token."""
        for apns in (self.apns, self.sandbox):
            apns.devices[token] = Device(BUNDLE, is_sandbox=is_sandbox, is_voip=is_voip)

    def add_android(self, token: str) -> None:
        """Let FCM know a device's token."""
        self.fcm.devices[token] = PROJECT

    def take_off(self, token: str) -> None:
        """Take the app off a device."""
        for apns in (self.apns, self.sandbox):
            if token in apns.devices:
                apns.devices[token].gone_at = time.time()
        self.fcm.gone.add(token)

    def pushes(self, token: str) -> int:
        """The number of pushes that a device has got."""
        iphones = [push.token for apns in (self.apns, self.sandbox) for push in apns.pushes]
        return [*iphones, *(push.token for push in self.fcm.pushes)].count(token)

    async def _start(self) -> None:
        for apns in (self.apns, self.sandbox):
            await apns.start(self._authority.server("h2"))
        await self.fcm.start(self._authority.server("http/1.1"))

    async def _stop(self) -> None:
        for each in (self.apns, self.sandbox, self.fcm):
            await each.stop()

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(20)


def main() -> None:
    """Run until stdin ends."""
    with Providers(Path(sys.argv[1])) as providers:
        _print({"settings": providers.settings, "apps": [providers.apns_app, providers.fcm_app]})
        for each in (providers.apns, providers.sandbox):
            each.on_push = lambda push: _print({"service": "apns", "token": push.token, "fields": push.fields})
        providers.fcm.on_push = lambda push: _print({"service": "fcm", "token": push.token})
        for line in sys.stdin:
            told = json.loads(line)
            if "apns" in told:
                device = told["apns"]
                providers.add_iphone(
                    device["token"], is_voip=device.get("voip", False), is_sandbox=device.get("sandbox", False)
                )
            if "fcm" in told:
                providers.add_android(told["fcm"]["token"])
            if "gone" in told:
                providers.take_off(told["gone"])


def _print(value: Any) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
