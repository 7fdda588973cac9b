"""Events: what has happened, as programs of others are told. docs/events.md describes them, with their schema.

A new field may come at any time; what is there keeps its name and meaning, or `version` changes.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field
from typing_extensions import TypedDict

from lambdas.model.attempt import AttemptAnswer
from lambdas.model.extension import DeviceAnswer

SOURCE: Final = "sip-extensions"
VERSION: Final[Literal["1"]] = "1"


class _Event(TypedDict):
    """What all events have. `id` is the same when an event is delivered again."""

    id: str
    version: Literal["1"]
    time: str
    customer_id: str


class RegistrationData(TypedDict):
    """A device at an extension."""

    extension_id: str
    username: str
    device: DeviceAnswer


class MoveData(RegistrationData):
    """A device that is reached over another way now, and where it was before."""

    previous: DeviceAnswer


class ExtensionData(TypedDict):
    """An extension, as it was last."""

    id: str
    name: str
    detail: str
    username: str
    tm_create: str
    tm_update: str


class Registered(_Event):
    """A device has registered that was not there before."""

    type: Literal["registration.registered"]
    data: RegistrationData


class Unregistered(_Event):
    """A device has unregistered, has lost its connection or its place, or its extension is gone."""

    type: Literal["registration.unregistered"]
    data: RegistrationData


class Expired(_Event):
    """A device has not registered again in time."""

    type: Literal["registration.expired"]
    data: RegistrationData


class Moved(_Event):
    """A device has registered from another address, over another connection or with another Contact."""

    type: Literal["registration.moved"]
    data: MoveData


class Refused(_Event):
    """An attempt to register was refused, for the first time within some minutes."""

    type: Literal["registration.refused"]
    data: AttemptAnswer


class ExtensionCreated(_Event):
    """An extension was created."""

    type: Literal["extension.created"]
    data: ExtensionData


class ExtensionUpdated(_Event):
    """An extension was changed: what is shown here, or its password, its devices, or whether it is enabled."""

    type: Literal["extension.updated"]
    data: ExtensionData


class ExtensionDeleted(_Event):
    """An extension was deleted."""

    type: Literal["extension.deleted"]
    data: ExtensionData


class Test(_Event):
    """Nothing has happened: a webhook is tried."""

    type: Literal["webhook.test"]
    data: dict[str, str]


Event = Annotated[
    Registered
    | Unregistered
    | Expired
    | Moved
    | Refused
    | ExtensionCreated
    | ExtensionUpdated
    | ExtensionDeleted
    | Test,
    Field(discriminator="type"),
]
