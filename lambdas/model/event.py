"""Events: what has happened, as programs of others are told. docs/events.md describes them, with their schema.

A new field may come at any time; what is there keeps its name and meaning, or `version` changes.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from directory.schema.records import CallDirection
from lambdas.model.attempt import AttemptAnswer
from lambdas.model.extension import DeviceAnswer

SOURCE: Final = "sip-extensions"
VERSION: Final[Literal["1"]] = "1"


class _Event(TypedDict):
    """The fields of all events. `id` is the same when an event is delivered again.

    `correlation_id` is under what the logs have it: the id of the API's request or the Call-ID.
    """

    id: str
    version: Literal["1"]
    time: str
    customer_id: str
    correlation_id: NotRequired[str]


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


class CallData(TypedDict):
    """A call that an extension takes part in: its Call-ID, its ends, and what it is to the customer."""

    call_id: str
    direction: CallDirection
    caller: str
    callee: str


class AnsweredData(CallData):
    """And the SIP status of its INVITE, and how many seconds after its beginning this was."""

    status: int
    seconds: int


class EndedData(AnsweredData):
    """And how it sounded, when an rtpengine relayed it: the figures of docs/sound.md."""

    media: NotRequired[dict[str, float]]


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


class CallStarted(_Event):
    """A call to or from an extension has begun."""

    type: Literal["call.started"]
    data: CallData


class CallAnswered(_Event):
    """It was answered."""

    type: Literal["call.answered"]
    data: AnsweredData


class CallEnded(_Event):
    """It is over, or was never answered: `status` tells."""

    type: Literal["call.ended"]
    data: EndedData


class Test(_Event):
    """Nothing has happened: a webhook is tried."""

    type: Literal["webhook.test"]
    data: dict[str, str]


class DisabledData(TypedDict):
    """A webhook, why it is disabled, and since when it took nothing."""

    id: str
    url: str
    disabled_reason: str
    failing_since: str


class WebhookDisabled(_Event):
    """A webhook took nothing for a day. It is told to the customer's other webhooks."""

    type: Literal["webhook.disabled"]
    data: DisabledData


Event = Annotated[
    Registered
    | Unregistered
    | Expired
    | Moved
    | Refused
    | ExtensionCreated
    | ExtensionUpdated
    | ExtensionDeleted
    | CallStarted
    | CallAnswered
    | CallEnded
    | Test
    | WebhookDisabled,
    Field(discriminator="type"),
]
