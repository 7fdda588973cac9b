"""`/accesskeys`: a customer's own access keys."""

from __future__ import annotations

from typing import Final

from aws_lambda_powertools.event_handler import Response

from lambdas import environment
from lambdas.http import pages, resolver
from lambdas.issue_access_key import issue_access_key
from lambdas.log_level import with_switched_log_level
from lambdas.model.access_key import AccessKeyAnswer, TokenAnswer, access_key_answer
from lambdas.model.identifiers import UUID, uuid

_app: Final = resolver.resolver()
_access_keys: Final = environment.access_keys()
_idempotency: Final = environment.idempotency()

handler = with_switched_log_level(resolver.handler_of(_app))


@_app.post("/accesskeys", cache_control="no-store")
def create() -> Response[TokenAnswer]:
    """A new access key with its token, which is shown this once."""
    return issue_access_key(_app, _idempotency, _access_keys, resolver.caller(_app))


@_app.get("/accesskeys")
def list_page() -> pages.Page[AccessKeyAnswer]:
    """Access keys ordered by id, those that have expired left out."""
    wanted = pages.wanted(_app.current_event.query_string_parameters, UUID)
    found, last_id = _access_keys.page(resolver.caller(_app), wanted.size, wanted.after_id)
    return pages.page([access_key_answer(key) for key in found], last_id)


@_app.get("/accesskeys/<key_id>")
def get(key_id: str) -> AccessKeyAnswer:
    """One access key."""
    return access_key_answer(_access_keys.get(resolver.caller(_app), uuid(key_id)))


@_app.delete("/accesskeys/<key_id>")
def delete(key_id: str) -> AccessKeyAnswer:
    """Delete an access key, and answer with what it was. Its token is refused from the next call on."""
    return access_key_answer(_access_keys.delete(resolver.caller(_app), uuid(key_id)))
