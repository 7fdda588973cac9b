"""`/extensions`: a customer's own extensions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from aws_lambda_powertools.event_handler import Response

from directory.errors import NotFoundError
from directory.schema.model import ListedExtension
from lambdas import environment
from lambdas.http import pages, request_body, resolver
from lambdas.http.entity_tag import entity_tag, seen
from lambdas.log_level import with_switched_log_level
from lambdas.model.extension import ExtensionAnswer, ExtensionChanges, NewExtension, extension_answer
from lambdas.model.identifiers import UUID, username, uuid

_app: Final = resolver.resolver()
_extensions: Final = environment.extensions()
_idempotency: Final = environment.idempotency()
_base_domain: Final = environment.base_domain()
_edges_up: Final = environment.edges_up()

handler = with_switched_log_level(resolver.handler_of(_app))


@_app.post("/extensions")
def create() -> Response[ExtensionAnswer]:
    """A new extension. 409 when the customer has one of that username."""
    new, customer_id = request_body.read(_app.current_event, NewExtension), resolver.caller(_app)
    answer, headers = _idempotency(_app, new, lambda: _shown(_extensions.create(customer_id, new.to_store())))
    return resolver.answer(answer, {"ETag": entity_tag(0), **headers})


@_app.get("/extensions")
def list_page() -> pages.Page[ExtensionAnswer]:
    """Extensions ordered by id, or the one of a username."""
    parameters = _app.current_event.query_string_parameters
    wanted, customer_id = pages.wanted(parameters, UUID), resolver.caller(_app)
    if given := parameters.get("username"):
        return pages.page(_of_username(customer_id, given), None)
    found = _extensions.page(customer_id, wanted.size, wanted.after_id)
    is_up = _edges_up.judge()
    return pages.page([_shown(listed, is_up) for listed in found.extensions], found.last_id)


@_app.get("/extensions/<extension_id>")
def get(extension_id: str) -> Response[ExtensionAnswer]:
    """One extension."""
    return _answer(_extensions.get(resolver.caller(_app), uuid(extension_id)))


@_app.put("/extensions/<extension_id>")
def update(extension_id: str) -> Response[ExtensionAnswer]:
    """Change what the body gives; what is absent stays. `tm_update` moves even when the body is an empty object."""
    customer_id, extension_id = resolver.caller(_app), uuid(extension_id)
    changes = request_body.read(_app.current_event, ExtensionChanges)
    if changes.password is not None:
        changes.check_password_against(_extensions.get(customer_id, extension_id).extension.username)
    revisions = seen(_app.current_event.headers)
    return _answer(_extensions.update(customer_id, extension_id, changes.to_store(), revisions))


@_app.delete("/extensions/<extension_id>")
def delete(extension_id: str) -> Response[ExtensionAnswer]:
    """Delete an extension, and answer with what it was. Its devices and its direct hash are gone with it."""
    revisions = seen(_app.current_event.headers)
    return _answer(_extensions.delete(resolver.caller(_app), uuid(extension_id), revisions))


def _of_username(customer_id: str, given: str) -> list[ExtensionAnswer]:
    try:
        return [_shown(_extensions.of_username(customer_id, username(given)))]
    except NotFoundError:
        return []


def _answer(listed: ListedExtension) -> Response[ExtensionAnswer]:
    return resolver.answer(_shown(listed), {"ETag": entity_tag(listed.extension.revision)})


def _shown(listed: ListedExtension, is_up: Callable[[str], bool] | None = None) -> ExtensionAnswer:
    return extension_answer(listed, _base_domain, time.time(), is_up or _edges_up.judge())
