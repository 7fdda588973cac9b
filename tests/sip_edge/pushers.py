"""A pusher that notes its pushes. Its answers come later, with those of the store."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sip_edge.push.outcome import ACCEPTED, Outcome
from sip_edge.push.parameters import Purpose, PushTarget


class FakePusher:
    """The push apps of all customers by service, and the pushes that were asked for.

    `outage` makes apps unreadable. `outcome` is that of each push, and has not come yet while it `is_silent`. `later`
    delivers the answers.
    """

    def __init__(self, later: Callable[[Callable[[], None]], None]) -> None:
        self.apps: dict[str, set[str]] = {}
        self.pushed: list[tuple[PushTarget, Purpose]] = []
        self.outcome: Outcome = ACCEPTED
        self.outage = False
        self.is_silent = False
        self.later = later

    def find_services(self, customer_id: str, then: Callable[[frozenset[str] | None], None]) -> None:
        services = frozenset(service for service, apps in self.apps.items() if apps)
        self.later(partial(then, None if self.outage else services))

    def has_app(self, customer_id: str, target: PushTarget, then: Callable[[bool | None], None]) -> None:
        self.later(partial(then, None if self.outage else target.app in self.apps.get(target.service, ())))

    def push(
        self, customer_id: str, target: PushTarget, purpose: Purpose, ttl_s: int, then: Callable[[Outcome], None]
    ) -> None:
        self.pushed.append((target, purpose))
        if not self.is_silent:
            self.later(partial(then, self.outcome))
