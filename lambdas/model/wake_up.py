"""A wake-up of a device, as the API gives it."""

from __future__ import annotations

from typing import NotRequired, cast

from typing_extensions import TypedDict

from directory.schema.records import WakeUpRecord
from directory.schema.timestamps import timestamp
from directory.schema.wake_up_advice import PushResult, WakeUpCause, WakeUpEnd, advice
from lambdas.model import Model


class WakeUpTest(Model):
    """The body that asks for a test of whether an extension's devices wake: an empty object."""


class WakeUpTestAnswer(TypedDict):
    """A test that edges are asked for. It pushes `devices` devices, and the outcome of each shows as a wake-up.

    The last one shows at `tm_end`.
    """

    devices: int
    tm_end: str


class WakeUpAnswer(TypedDict):
    """Wake-ups of a device that were all alike: `count` of them within a minute.

    `at` is like `2024-01-15T10:30:00.123Z`. It, `woke_after_ms` and `call_id` are those of the last one. `service` and
    `app` are "" for a device without push parameters, `push` is "" when no push was wanted. `reason` is the provider's
    own word, or one of an edge. `woke_after_ms` is absent when the device did not register. `advice` is one sentence
    for people.
    """

    at: str
    cause: WakeUpCause
    service: str
    app: str
    push: PushResult
    reason: str
    end: WakeUpEnd
    woke_after_ms: NotRequired[int]
    call_id: str
    count: int
    advice: str


def wake_up_test_answer(devices: int, until: int) -> WakeUpTestAnswer:
    """The answer that shows a test; `until` is in seconds since the epoch."""
    return {"devices": devices, "tm_end": timestamp(until)}


def wake_up_answer(wake_up: WakeUpRecord) -> WakeUpAnswer:
    """The answer that shows wake-ups, with advice."""
    push, end = cast(PushResult, wake_up.push), cast(WakeUpEnd, wake_up.end)
    found: WakeUpAnswer = {
        "at": wake_up.time,
        "cause": cast(WakeUpCause, wake_up.cause),
        "service": wake_up.service,
        "app": wake_up.app,
        "push": push,
        "reason": wake_up.reason,
        "end": end,
        "call_id": wake_up.call_id,
        "count": wake_up.count,
        "advice": advice(push, wake_up.reason, end),
    }
    if wake_up.woke_after_ms is not None:
        found["woke_after_ms"] = wake_up.woke_after_ms
    return found
