"""`/extensions/{id}/wake-ups` and `/extensions/{id}/wake-up-test`: why a phone did not ring."""

from __future__ import annotations

import re
import time
from http import HTTPStatus
from typing import Final

from aws_lambda_powertools.event_handler import Response

from lambdas import environment
from lambdas.http import pages, request_body, resolver
from lambdas.log_level import with_switched_log_level
from lambdas.model.identifiers import uuid
from lambdas.model.wake_up import (
    WakeUpAnswer,
    WakeUpTest,
    WakeUpTestAnswer,
    wake_up_answer,
    wake_up_test_answer,
)
from lambdas.problem import Problem, RefusedError

_app: Final = resolver.resolver()
_extensions: Final = environment.extensions()
_wake_ups: Final = environment.wake_ups()
_tests: Final = environment.wake_up_tests()
_idempotency: Final = environment.idempotency()
_AT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[0-9a-f]{12}")
_NO_DEVICE: Final = Problem(
    HTTPStatus.CONFLICT,
    "no_device_to_wake",
    "No registered device of the extension can be woken by a push: let its app register with push parameters.",
)

handler = with_switched_log_level(resolver.handler_of(_app))


@_app.get("/extensions/<extension_id>/wake-ups")
def list_page(extension_id: str) -> pages.Page[WakeUpAnswer]:
    """Wake-ups of an extension's devices in the last 30 days, newest first."""
    extension = _extensions.get_alone(resolver.caller(_app), uuid(extension_id))
    wanted = pages.wanted(_app.current_event.query_string_parameters, _AT)
    found, last_at = _wake_ups.page(extension, wanted.size, wanted.after_id)
    return pages.page([wake_up_answer(wake_up) for wake_up in found], last_at)


@_app.post("/extensions/<extension_id>/wake-up-test")
def test(extension_id: str) -> Response[WakeUpTestAnswer]:
    """Ask the edges to push an extension's devices, also those that are awake.

    409 when no registered device can be pushed, and 429 while the test before is under way.
    """
    body = request_body.read(_app.current_event, WakeUpTest)
    now = int(time.time())

    def ask() -> WakeUpTestAnswer:
        found = _extensions.get(resolver.caller(_app), uuid(extension_id))
        devices = sum(binding.is_pushed for binding in found.address.live_bindings(now))
        if not devices:
            raise RefusedError(_NO_DEVICE)
        return wake_up_test_answer(devices, _tests.ask(found.extension, now))

    return resolver.answer(*_idempotency(_app, body, ask))
