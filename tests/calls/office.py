"""A customer with extensions made over REST, and real phones on them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import requests

from tests.agents.phone import Phone
from tests.agents.settings import Feature, Kind, Transport
from tests.service import Service
from tests.waiting import wait_until

PASSWORD = "a-long-enough-password"  # SIPp takes none with spaces


class Office:
    """One customer. Leaving it ends all its phones. They use the service's edge, or the one at these ports."""

    def __init__(self, service: Service, sip_port: int | None = None, ws_port: int | None = None) -> None:
        self.service = service
        self.sip_port = sip_port or service.sip_port
        self.ws_port = ws_port or service.ws_port
        self.customer_id, self.token = service.new_customer()
        self.domain = f"{self.customer_id}.registrar.{service.base}"
        self._phones = ExitStack()
        self._made = 0

    def __enter__(self) -> Office:
        return self

    def __exit__(self, *_: object) -> None:
        self._phones.close()

    def rest(self, method: str, path: str = "", **body: Any) -> dict[str, Any]:
        """Call the extensions resource, and return what it answers."""
        answer = requests.request(
            method,
            f"{self.service.api_url}/extensions{path}",
            json=body or None,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def extension(self, username: str = "", **more: Any) -> dict[str, Any]:
        """Create an extension, with a username of its own unless one is given."""
        self._made += 1
        username = username or f"phone{self._made}"
        return self.rest("POST", name=username, username=username, password=PASSWORD, **more)

    def phone(
        self,
        kind: Kind,
        extension: dict[str, Any],
        transport: Transport = "udp",
        password: str | None = PASSWORD,
        tone: int = 440,
        features: Sequence[Feature] = (),
    ) -> Phone:
        """A phone with the settings of an extension. It lives as long as the office."""
        service = self.service
        return self._phones.enter_context(
            Phone(
                kind,
                extension["username"],
                password,
                self.domain,
                service.sip_host,
                self.ws_port if transport == "ws" else self.sip_port,
                transport,
                name=f"{kind} {extension['username']}",
                tone=tone,
                features=features,
            )
        )

    def registered(
        self,
        kind: Kind,
        transport: Transport = "udp",
        tone: int = 440,
        features: Sequence[Feature] = (),
        **more: Any,
    ) -> Phone:
        """A phone that is registered on an extension of its own."""
        phone = self.phone(kind, self.extension(**more), transport, tone=tone, features=features)
        phone.register()
        return phone

    def outside_caller(self, kind: Kind, transport: Transport = "udp", tone: int = 440) -> Phone:
        """A caller without an extension."""
        service = self.service
        return self._phones.enter_context(
            Phone(
                kind,
                "stranger",
                None,
                "outside.example",
                service.sip_host,
                self.sip_port,
                transport,
                name=f"{kind} outside",
                tone=tone,
            )
        )

    def devices(self, extension: dict[str, Any]) -> list[dict[str, Any]]:
        """The devices that REST shows for an extension."""
        registration = self.rest("GET", f"/{extension['id']}")["registration"]
        assert registration["status"] == ("registered" if registration["devices"] else "unregistered")
        found: list[dict[str, Any]] = registration["devices"]
        return found

    def first_attempt(self, extension: dict[str, Any]) -> dict[str, Any]:
        """The first attempt to register that REST tells of an extension, which may be some seconds late."""
        path = f"/{extension['id']}/attempts"
        attempt: dict[str, Any] = wait_until(lambda: self.rest("GET", path)["result"], "an attempt is written")[-1]
        return attempt
