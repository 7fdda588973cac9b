"""Somebody else's write at the worst moment: after the caller has read, and just before it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_EVENT = "before-call.dynamodb.TransactWriteItems"


def before_next_transaction(client: Any, rival: Callable[[], object]) -> None:
    """Let a rival act once."""
    before_next(client, _EVENT, rival)


def before_next(client: Any, event: str, rival: Callable[[], object]) -> None:
    """Let a rival act once before a botocore event such as `before-call.dynamodb.Query`."""

    def act(**_: Any) -> None:
        client.meta.events.unregister(event, act)
        rival()

    client.meta.events.register(event, act)


@contextmanager
def before_every_transaction(client: Any, rival: Callable[[], object]) -> Iterator[None]:
    """Let a rival act each time, while the context lasts."""

    def act(**_: Any) -> None:
        client.meta.events.unregister(_EVENT, act)  # the rival's own transaction goes undisturbed
        rival()
        client.meta.events.register(_EVENT, act)

    client.meta.events.register(_EVENT, act)
    yield
    client.meta.events.unregister(_EVENT, act)
