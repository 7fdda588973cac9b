"""The mapping between the items of records and the objects, in DynamoDB's wire form. Each item has its TTL."""

from __future__ import annotations

import json

from directory.schema.items import Item, ReadItem, encode, number, text
from directory.schema.records import (
    ATTEMPT_KEPT_S,
    CALL_KEPT_S,
    TRACED_KEPT_S,
    UNASSIGNED,
    WAKE_UP_KEPT_S,
    Attempt,
    CallStep,
    TracedMessage,
    WakeUpRecord,
)


def attempt_item(attempt: Attempt) -> Item:
    """The `attempts` item of an attempt. It is forgotten by the table's TTL, seven days after the last one alike."""
    return {
        "customer_id": text(attempt.customer_id),
        "at": text(attempt.at),
        "aor": text(attempt.aor),
        "reason": text(attempt.reason),
        "source": text(attempt.source),
        "transport": text(attempt.transport),
        "user_agent": text(attempt.user_agent),
        "call_id": text(attempt.call_id),
        "first": number(attempt.first),
        "last": number(attempt.last),
        "count": number(attempt.count),
        "forget_at": number(attempt.last + ATTEMPT_KEPT_S),
        **({"extension_id": text(attempt.extension_id)} if attempt.extension_id else {}),
    }


def attempt(item: ReadItem) -> Attempt:
    """The attempt of an `attempts` item."""
    return Attempt(
        aor=item["aor"]["S"],
        at=item["at"]["S"],
        reason=item["reason"]["S"],
        source=item["source"]["S"],
        transport=item["transport"]["S"],
        user_agent=item["user_agent"]["S"],
        call_id=item["call_id"]["S"],
        first=int(item["first"]["N"]),
        last=int(item["last"]["N"]),
        count=int(item["count"]["N"]),
        extension_id=item["extension_id"]["S"] if "extension_id" in item else "",
        is_unassigned=item["customer_id"]["S"] == UNASSIGNED,
    )


def call_step_item(step: CallStep, now: float) -> Item:
    """The `calls` item of a step. It is forgotten by the table's TTL, a day later."""
    return {
        "customer_id": text(step.customer_id),
        "at": text(step.at),
        "step": text(step.step),
        "call_id": text(step.call_id),
        "direction": text(step.direction),
        "caller": text(step.caller),
        "callee": text(step.callee),
        "status": number(step.status),
        "seconds": number(step.seconds),
        "media": text(encode(step.media)),
        "forget_at": number(int(now) + CALL_KEPT_S),
    }


def call_step(item: ReadItem) -> CallStep:
    """The step of a `calls` item."""
    return CallStep(
        customer_id=item["customer_id"]["S"],
        at=item["at"]["S"],
        step=item["step"]["S"],
        call_id=item["call_id"]["S"],
        direction=item["direction"]["S"],
        caller=item["caller"]["S"],
        callee=item["callee"]["S"],
        status=int(item["status"]["N"]),
        seconds=int(item["seconds"]["N"]),
        media=json.loads(item["media"]["S"]),
    )


def traced_item(message: TracedMessage, now: float) -> Item:
    """The `traces` item of a message. It is forgotten by the table's TTL, a day after it was written."""
    return {
        "aor": text(message.aor),
        "at": text(message.at),
        "direction": text(message.direction),
        "source": text(message.source),
        "transport": text(message.transport),
        "text": text(message.text),
        "forget_at": number(int(now) + TRACED_KEPT_S),
    }


def traced(item: ReadItem) -> TracedMessage:
    """The message of a `traces` item."""
    return TracedMessage(
        aor=item["aor"]["S"],
        at=item["at"]["S"],
        direction=item["direction"]["S"],
        source=item["source"]["S"],
        transport=item["transport"]["S"],
        text=item["text"]["S"],
    )


def wake_up_item(wake_up: WakeUpRecord, now: float) -> Item:
    """The `wake_ups` item of wake-ups. It is forgotten by the table's TTL, 30 days after it was written."""
    return {
        "aor": text(wake_up.aor),
        "at": text(wake_up.at),
        "cause": text(wake_up.cause),
        "service": text(wake_up.service),
        "app": text(wake_up.app),
        "push": text(wake_up.push),
        "reason": text(wake_up.reason),
        "end": text(wake_up.end),
        "call_id": text(wake_up.call_id),
        "count": number(wake_up.count),
        "forget_at": number(int(now) + WAKE_UP_KEPT_S),
        **({} if wake_up.woke_after_ms is None else {"woke_after_ms": number(wake_up.woke_after_ms)}),
    }


def wake_up(item: ReadItem) -> WakeUpRecord:
    """The wake-ups of a `wake_ups` item."""
    return WakeUpRecord(
        aor=item["aor"]["S"],
        at=item["at"]["S"],
        cause=item["cause"]["S"],
        service=item["service"]["S"],
        app=item["app"]["S"],
        push=item["push"]["S"],
        reason=item["reason"]["S"],
        end=item["end"]["S"],
        woke_after_ms=int(item["woke_after_ms"]["N"]) if "woke_after_ms" in item else None,
        call_id=item["call_id"]["S"],
        count=int(item["count"]["N"]),
    )
