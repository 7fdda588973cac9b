"""Sending many events with few calls, of which AWS may refuse parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from lambdas.model.event import Event

Message = tuple[Event, str]
"""An event, and the text in which it is sent."""

# The limit of PutEvents and of SendMessageBatch.
_MOST: Final = 10
# Both take 1 MiB a call, and took 256 KiB before; the rest is for what a call holds besides the texts.
_MOST_BYTES: Final = 240 * 1024
_PAUSES_S: Final = (0.1, 0.5)


def send_all(messages: Sequence[Message], send: Callable[[list[Message]], list[Message]]) -> list[Event]:
    """Send messages in batches, again those that are refused, and return the events that were refused each time.

    `send` makes one call, and returns the messages that it did not take.
    """
    refused = _send(messages, send)
    for pause_s in _PAUSES_S:
        if not refused:
            break
        time.sleep(pause_s)
        refused = _send(refused, send)
    return [event for event, _ in refused]


def _send(messages: Sequence[Message], send: Callable[[list[Message]], list[Message]]) -> list[Message]:
    return [refused for batch in _batches(messages) for refused in send(batch)]


def _batches(messages: Sequence[Message]) -> Iterator[list[Message]]:
    batch: list[Message] = []
    size = 0
    for message in messages:
        length = len(message[1].encode())
        if batch and (len(batch) == _MOST or size + length > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += length
    if batch:
        yield batch
