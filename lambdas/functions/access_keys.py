"""`/accesskeys`: a customer's own access keys."""

from __future__ import annotations

from typing import Final

from aws_lambda_powertools.event_handler import Response

from lambdas import api, environment, pages
from lambdas.identifiers import UUID, uuid
from lambdas.issue import issue
from lambdas.log_level import followed
from lambdas.model.access_key import AccessKeyAnswer, TokenAnswer, access_key_answer

_app: Final = api.resolver()
_access_keys: Final = environment.access_keys()
_once: Final = environment.once()

handler = followed(api.handler_of(_app))


@_app.post("/accesskeys", cache_control="no-store")
def create() -> Response[TokenAnswer]:
    """A new access key with its token, which is shown this once."""
    return issue(_app, _once, _access_keys, api.caller(_app))


@_app.get("/accesskeys")
def list_page() -> pages.Page[AccessKeyAnswer]:
    """Access keys ordered by id, those that have expired left out."""
    wanted = pages.wanted(_app.current_event.query_string_parameters, UUID)
    found, last_id = _access_keys.page(api.caller(_app), wanted.size, wanted.after_id)
    return pages.page([access_key_answer(key) for key in found], last_id)


@_app.get("/accesskeys/<key_id>")
def get(key_id: str) -> AccessKeyAnswer:
    """One access key."""
    return access_key_answer(_access_keys.get(api.caller(_app), uuid(key_id)))


@_app.delete("/accesskeys/<key_id>")
def delete(key_id: str) -> AccessKeyAnswer:
    """Delete an access key, and answer with what it was. Its token is refused from the next call on."""
    return access_key_answer(_access_keys.delete(api.caller(_app), uuid(key_id)))
