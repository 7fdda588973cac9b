"""`/attempts` and `/extensions/{id}/attempts`: why phones can't register.

`/attempts/unassigned` is the operator's: the gateway lets in signed requests only.
"""

from __future__ import annotations

import re
from typing import Final

from directory.schema.records import UNASSIGNED
from lambdas import environment
from lambdas.http import pages, resolver
from lambdas.log_level import with_switched_log_level
from lambdas.model.attempt import (
    AttemptAnswer,
    UnassignedAttemptAnswer,
    attempt_answer,
    unassigned_attempt_answer,
)
from lambdas.model.identifiers import uuid

_app: Final = resolver.resolver()
_attempts: Final = environment.attempts()
_extensions: Final = environment.extensions()
_AT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z#[0-9a-f]{12}")

handler = with_switched_log_level(resolver.handler_of(_app))


@_app.get("/attempts")
def list_page() -> pages.Page[AttemptAnswer]:
    """Attempts at the customer's registrar in the last seven days, newest first, also with unknown usernames."""
    wanted = pages.wanted(_app.current_event.query_string_parameters, _AT)
    found, last_at = _attempts.page(resolver.caller(_app), wanted.size, wanted.after_id)
    return pages.page([attempt_answer(attempt) for attempt in found], last_at)


@_app.get("/extensions/<extension_id>/attempts")
def list_page_of_extension(extension_id: str) -> pages.Page[AttemptAnswer]:
    """Attempts to register as one extension in the last seven days, newest first."""
    extension = _extensions.get_alone(resolver.caller(_app), uuid(extension_id))
    wanted = pages.wanted(_app.current_event.query_string_parameters, _AT)
    found, last_at = _attempts.of_address(extension.aor, wanted.size, wanted.after_id, extension.began)
    own = [attempt for attempt in found if not attempt.is_unassigned and attempt.extension_id in ("", extension.id)]
    return pages.page([attempt_answer(attempt) for attempt in own], last_at)


@_app.get("/attempts/unassigned")
def list_page_of_unassigned() -> pages.Page[UnassignedAttemptAnswer]:
    """Attempts of the last seven days that were at no customer's domain, newest first."""
    wanted = pages.wanted(_app.current_event.query_string_parameters, _AT)
    found, last_at = _attempts.page(UNASSIGNED, wanted.size, wanted.after_id)
    return pages.page([unassigned_attempt_answer(attempt) for attempt in found], last_at)
