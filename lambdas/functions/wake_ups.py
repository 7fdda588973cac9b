"""`/extensions/{id}/wake-ups`: why a phone did not ring."""

from __future__ import annotations

import re
from typing import Final

from lambdas import environment
from lambdas.http import pages, resolver
from lambdas.log_level import with_switched_log_level
from lambdas.model.identifiers import uuid
from lambdas.model.wake_up import WakeUpAnswer, wake_up_answer

_app: Final = resolver.resolver()
_extensions: Final = environment.extensions()
_wake_ups: Final = environment.wake_ups()
_AT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[0-9a-f]{12}")

handler = with_switched_log_level(resolver.handler_of(_app))


@_app.get("/extensions/<extension_id>/wake-ups")
def list_page(extension_id: str) -> pages.Page[WakeUpAnswer]:
    """Wake-ups of an extension's devices in the last 30 days, newest first."""
    extension = _extensions.get_alone(resolver.caller(_app), uuid(extension_id))
    wanted = pages.wanted(_app.current_event.query_string_parameters, _AT)
    found, last_at = _wake_ups.page(extension, wanted.size, wanted.after_id)
    return pages.page([wake_up_answer(wake_up) for wake_up in found], last_at)
