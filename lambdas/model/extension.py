"""An extension, as the API takes and gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import (
    AliasChoices,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from directory.api import extension_writes as directory
from directory.schema.model import Address, Binding, ListedExtension, registration_id
from directory.schema.timestamps import timestamp
from lambdas.model import Model, Name
from lambdas.model.identifiers import USERNAME
from lambdas.model.reachability import Reachability, reachability
from lambdas.problem import invalid

# Text for people, so of control characters only those that lay it out.
Detail = Annotated[str, StringConstraints(max_length=1024, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
Username = Annotated[str, StringConstraints(pattern=f"^{USERNAME.pattern}$")]
# Printable ASCII: an MD5 digest names no charset (RFC 7616 §3.3), so phones disagree on the bytes of anything else.
Password = Annotated[
    str,
    StringConstraints(min_length=12, max_length=128, pattern=r"^[ -~]*$"),
    Field(json_schema_extra={"format": "password", "writeOnly": True}),
]
MaxDevices = Annotated[int, Field(ge=1, le=10)]

_MOST_OVERLAP_S: Final = 30 * 24 * 3600
_HOLDS_USERNAME: Final = "The password must not contain the username."


class NewExtension(Model):
    """The body that creates an extension. `extension` is read as another name of `username`."""

    name: Name
    detail: Detail = ""
    username: Username = Field(validation_alias=AliasChoices("username", "extension"))
    password: Password = Field(repr=False)
    direct: bool = False
    max_devices: MaxDevices = 1

    @model_validator(mode="before")
    @classmethod
    def _has_one_username(cls, members: dict[str, Any]) -> dict[str, Any]:
        if not {"username", "extension"} <= members.keys():
            return members
        if members["username"] != members["extension"]:
            raise PydanticCustomError("two_usernames", "username and extension are the same field, and they differ.")
        return {name: value for name, value in members.items() if name != "extension"}

    @field_validator("password")
    @classmethod
    def _does_not_hold_username(cls, password: str, info: ValidationInfo) -> str:
        if "username" in info.data and _holds(password, info.data["username"]):
            raise PydanticCustomError("password_holds_username", _HOLDS_USERNAME)
        return password

    def to_store(self) -> directory.NewExtension:
        """The same as the directory takes it."""
        return directory.NewExtension(
            name=self.name,
            detail=self.detail,
            username=self.username,
            password=self.password,
            max_devices=self.max_devices,
            direct=self.direct,
        )


class ExtensionChanges(Model):
    """The body that changes an extension: what is absent stays."""

    model_config = ConfigDict(
        json_schema_extra={
            "dependentRequired": {"password_overlap_seconds": ["password"]},
            "not": {
                "properties": {"direct": {"const": False}, "direct_regenerate": {"const": True}},
                "required": ["direct", "direct_regenerate"],
            },
        }
    )

    name: Name | None = None
    detail: Detail | None = None
    password: Password | None = Field(default=None, repr=False)
    password_overlap_seconds: Annotated[int, Field(ge=0, le=_MOST_OVERLAP_S)] = 0
    enabled: bool | None = None
    max_devices: MaxDevices | None = None
    direct: bool | None = None
    direct_regenerate: bool = False

    @field_validator("direct_regenerate")
    @classmethod
    def _is_not_off(cls, regenerate: bool, info: ValidationInfo) -> bool:
        if regenerate and info.data.get("direct") is False:
            raise PydanticCustomError("regenerate_and_disable", "A hash cannot be both removed and regenerated.")
        return regenerate

    @field_validator("password_overlap_seconds")
    @classmethod
    def _comes_with_a_password(cls, seconds: int, info: ValidationInfo) -> int:
        if info.data.get("password") is None:
            raise PydanticCustomError("overlap_alone", "Only a new password can overlap with the one before.")
        return seconds

    def check_password_against(self, username: str) -> None:
        """Check the new password against the extension's username. Raises RefusedError with 422."""
        if self.password is not None and _holds(self.password, username):
            raise invalid({"pointer": "#/password", "detail": _HOLDS_USERNAME})

    def to_store(self) -> directory.Changes:
        """The same as the directory takes it."""
        return directory.Changes(
            name=self.name,
            detail=self.detail,
            password=self.password,
            password_overlap=self.password_overlap_seconds,
            enabled=self.enabled,
            max_devices=self.max_devices,
            direct=self.direct,
            direct_regenerate=self.direct_regenerate,
        )


class DeviceAnswer(TypedDict):
    """A registered device. Its `id` lasts as long as it keeps its identity and its Contact.

    `source` is the `host:port` that it registered from, `instance` its +sip.instance if any. `password` tells whether
    it last used the password that the extension has now, or one before.
    """

    id: str
    contact: str
    source: str
    transport: str
    user_agent: str
    instance: NotRequired[str]
    password: Literal["current", "previous"]
    registered: str
    expires: str


class RegisteredDeviceAnswer(DeviceAnswer):
    """A registered device and its reachability.

    It is `reachable` as far as the edges know, and `asleep` until a push wakes it. It is `unreachable` until it
    registers again, since its connection has ended with its edge.
    """

    reachability: Reachability


class RegistrationAnswer(TypedDict):
    """The devices that are registered now."""

    status: Literal["registered", "unregistered"]
    devices: list[RegisteredDeviceAnswer]


class ExtensionAnswer(TypedDict):
    """An extension. Times are `2024-01-15T10:30:00Z`; `direct_hash` is "" when direct access is off.

    Until `tm_password_overlap`, the password before holds, too; "" when it doesn't.
    """

    id: str
    customer_id: str
    name: str
    detail: str
    username: str
    extension: str
    domain_name: str
    enabled: bool
    tm_password_overlap: str
    max_devices: int
    direct_hash: str
    registration: RegistrationAnswer
    tm_create: str
    tm_update: str


def extension_answer(
    listed: ListedExtension, base_domain: str, now: float, is_up: Callable[[str], bool]
) -> ExtensionAnswer:
    """Returns the answer that shows an extension in the domains below `base_domain`, with its devices at `now`."""
    extension, address = listed.extension, listed.address
    return {
        "id": extension.id,
        "customer_id": extension.customer_id,
        "name": extension.name,
        "detail": extension.detail,
        "username": extension.username,
        "extension": extension.username,
        "domain_name": f"{extension.customer_id}.registrar.{base_domain}",
        "enabled": not address.disabled,
        "tm_password_overlap": timestamp(address.ha1_before_until) if address.ha1_before_until > now else "",
        "max_devices": address.max_devices,
        "direct_hash": extension.direct_hash,
        "registration": registration_answer(address, now, is_up),
        "tm_create": extension.tm_create,
        "tm_update": extension.tm_update,
    }


def registration_answer(address: Address, now: float, is_up: Callable[[str], bool]) -> RegistrationAnswer:
    """Returns the answer that shows the devices at `now`. `is_up` tells whether the edge of a name is up."""
    devices = [registered_device_answer(binding, address, is_up) for binding in address.live_bindings(now)]
    return {"status": "registered" if devices else "unregistered", "devices": devices}


def registered_device_answer(
    binding: Binding, address: Address, is_up: Callable[[str], bool]
) -> RegisteredDeviceAnswer:
    """Returns the answer that shows a device with its reachability."""
    return {**device_answer(binding, address), "reachability": reachability(binding, is_up)}


def device_answer(binding: Binding, address: Address) -> DeviceAnswer:
    """The answer that shows a device."""
    device: DeviceAnswer = {
        "id": registration_id(binding),
        "contact": binding.public_contact,
        "source": binding.source,
        "transport": binding.transport,
        "user_agent": binding.user_agent,
        "password": "current" if binding.password_number == address.password_number else "previous",
        "registered": timestamp(binding.registered),
        "expires": timestamp(binding.expires),
    }
    if binding.instance:
        device["instance"] = binding.instance
    return device


def _holds(password: str, username: str) -> bool:
    return username.lower() in password.lower()
