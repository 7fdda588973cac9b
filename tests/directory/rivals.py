"""Another writer at the worst moment: after the caller has read, and just before it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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


def before_every_transaction(client: Any, rival: Callable[[], object]) -> AbstractContextManager[None]:
    """Let a rival act each time, while the context lasts."""
    return before_every(client, _EVENT, rival)


@contextmanager
def before_every(client: Any, event: str, rival: Callable[[], object]) -> Iterator[None]:
    """Let a rival act before each botocore event of a kind, while the context lasts."""

    def act(**_: Any) -> None:
        client.meta.events.unregister(event, act)  # the rival's own call goes undisturbed
        rival()
        client.meta.events.register(event, act)

    client.meta.events.register(event, act)
    yield
    client.meta.events.unregister(event, act)
