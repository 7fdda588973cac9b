"""`/registrations` and `/extensions/{id}/registrations`: which devices are registered, and taking one off."""

from __future__ import annotations

import time
from typing import Final

from lambdas import environment
from lambdas.http import pages, resolver
from lambdas.log_level import with_switched_log_level
from lambdas.model.extension import (
    RegisteredDeviceAnswer,
    RegistrationAnswer,
    registered_device_answer,
    registration_answer,
)
from lambdas.model.identifiers import UUID, registration_id, uuid
from lambdas.model.registration import ExtensionRegistrationAnswer, extension_registration_answer, wanted_status

_app: Final = resolver.resolver()
_extensions: Final = environment.extensions()
_registrations: Final = environment.registrations()
_edges_up: Final = environment.edges_up()

handler = with_switched_log_level(resolver.handler_of(_app))


@_app.get("/registrations")
def list_page() -> pages.Page[ExtensionRegistrationAnswer]:
    """The registrations of a page of extensions, ordered by the extension's id; of those, the ones of one status."""
    parameters = _app.current_event.query_string_parameters
    wanted, status = pages.wanted(parameters, UUID), wanted_status(parameters)
    found, now = _extensions.page(resolver.caller(_app), wanted.size, wanted.after_id), time.time()
    is_up = _edges_up.judge()
    answers = [extension_registration_answer(listed, now, is_up) for listed in found.extensions]
    return pages.page([answer for answer in answers if status in ("", answer["status"])], found.last_id)


@_app.get("/extensions/<extension_id>/registrations")
def get(extension_id: str) -> RegistrationAnswer:
    """The devices of one extension."""
    address = _extensions.get(resolver.caller(_app), uuid(extension_id)).address
    return registration_answer(address, time.time(), _edges_up.judge())


@_app.delete("/extensions/<extension_id>/registrations/<device_id>")
def delete(extension_id: str, device_id: str) -> RegisteredDeviceAnswer:
    """Take a device off, and answer with what it was. It gets no calls until it registers again."""
    wanted = registration_id(device_id)
    address, binding = _registrations.remove(resolver.caller(_app), uuid(extension_id), wanted, time.time())
    return registered_device_answer(binding, address, _edges_up.judge())
