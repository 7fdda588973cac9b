"""The registrations of many extensions, as the API gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from directory.schema.model import ListedExtension
from lambdas.model.extension import RegistrationAnswer, registration_answer
from lambdas.problem import invalid

Status = Literal["registered", "unregistered"]
_STATUSES: Final[tuple[Status, ...]] = ("registered", "unregistered")


class ExtensionRegistrationAnswer(RegistrationAnswer):
    """The devices of one extension that are registered now."""

    extension_id: str
    username: str


def extension_registration_answer(
    listed: ListedExtension, now: float, is_up: Callable[[str], bool]
) -> ExtensionRegistrationAnswer:
    """Returns the answer that shows an extension's devices at `now`. `is_up` tells whether the edge of a name is up."""
    extension = listed.extension
    return {
        "extension_id": extension.id,
        "username": extension.username,
        **registration_answer(listed.address, now, is_up),
    }


def wanted_status(parameters: Mapping[str, str]) -> Status | Literal[""]:
    """The `status` that a request's query asks for, "" for any. Raises RefusedError with 422."""
    given = parameters.get("status", "")
    if not given:
        return ""
    for status in _STATUSES:
        if given == status:
            return status
    raise invalid({"parameter": "status", "detail": f"This must be one of: {', '.join(_STATUSES)}."})
