"""`/attempts` and `/extensions/{id}/attempts`: why phones can't register."""

from __future__ import annotations

import re
from typing import Final

from lambdas import api, environment, pages
from lambdas.identifiers import uuid
from lambdas.log_level import followed
from lambdas.model.attempt import AttemptAnswer, attempt_answer

_app: Final = api.resolver()
_attempts: Final = environment.attempts()
_extensions: Final = environment.extensions()
_AT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ#[0-9a-f]{12}")

handler = followed(api.handler_of(_app))


@_app.get("/attempts")
def list_page() -> pages.Page[AttemptAnswer]:
    """Attempts at the customer's registrar in the last seven days, newest first, also with unknown usernames."""
    wanted = pages.wanted(_app.current_event.query_string_parameters, _AT)
    found, last_at = _attempts.page(api.caller(_app), wanted.size, wanted.after_id)
    return pages.page([attempt_answer(attempt) for attempt in found], last_at)


@_app.get("/extensions/<extension_id>/attempts")
def list_page_of_extension(extension_id: str) -> pages.Page[AttemptAnswer]:
    """Attempts to register as one extension in the last seven days, newest first."""
    aor = _extensions.get_alone(api.caller(_app), uuid(extension_id)).aor
    wanted = pages.wanted(_app.current_event.query_string_parameters, _AT)
    found, last_at = _attempts.of_address(aor, wanted.size, wanted.after_id)
    return pages.page([attempt_answer(attempt) for attempt in found], last_at)
