"""From a change in a table to the events that it means."""

from __future__ import annotations

from typing import Any, cast

from directory.schema.model import Address, Binding, Extension, device_of
from directory.schema.records import Attempt, CallStep
from directory.schema.stream import Change
from directory.schema.timestamps import timestamp
from lambdas.model.attempt import attempt_answer
from lambdas.model.event import VERSION, Event, ExtensionData
from lambdas.model.extension import device_answer

_Happening = tuple[str, str, Any]
"""A type, the Call-ID under which the edges' logs have it ("" for none), and the data."""


def events_from_changes(change: Change) -> list[Event]:
    """The events that a change means, in order. Most changes of an address mean none: a phone has registered again."""
    subject = change.after or change.before
    if subject is None:
        return []
    return [
        cast(
            "Event",
            {
                "id": f"{change.id}-{number}",
                "version": VERSION,
                "type": kind,
                "time": timestamp(change.at),
                "customer_id": subject.customer_id,
                **_correlation(change.request_id or call_id),
                "data": data,
            },
        )
        for number, (kind, call_id, data) in enumerate(_of(change))
    ]


def _correlation(found: str) -> dict[str, str]:
    return {"correlation_id": found} if found else {}


def _of(change: Change) -> list[_Happening]:
    before, after = change.before, change.after
    if isinstance(before, Address) or isinstance(after, Address):
        assert not isinstance(before, Extension | Attempt | CallStep)
        assert not isinstance(after, Extension | Attempt | CallStep)
        return _of_address(before, after, change.at)
    if isinstance(before, Extension) or isinstance(after, Extension):
        return _of_extension(before, after)
    if isinstance(after, Attempt) and after.is_unassigned:
        return []  # no customer is there to be told
    if isinstance(after, Attempt) and before is None:
        answer = attempt_answer(after)
        return [("registration.refused", after.call_id, answer)] if answer["outcome"] == "refused" else []
    if isinstance(after, CallStep) and before is None:  # else the same end was told of twice
        return [(f"call.{after.step}", after.call_id, _call_data(after))]
    return []


def _of_extension(before: object, after: object) -> list[_Happening]:
    if isinstance(after, Extension):
        return [("extension.updated" if before else "extension.created", "", _extension_data(after))]
    assert isinstance(before, Extension)
    return [("extension.deleted", "", _extension_data(before))]


def _of_address(before: Address | None, after: Address | None, at: int) -> list[_Happening]:
    """Returns the events of each device that has come, changed or gone."""
    address = after or before
    assert address is not None
    had = list(before.bindings) if before else []
    found: list[_Happening] = []
    for binding in after.bindings if after else ():
        previous = _same_device(binding, had)
        if previous:
            had.remove(previous)
        if previous is None or previous.expires <= at:
            if previous:
                found.append(("registration.expired", previous.call_id, _registration_data(address, previous)))
            found.append(("registration.registered", binding.call_id, _registration_data(address, binding)))
        elif _way(previous) != _way(binding):
            data = {**_registration_data(address, binding), "previous": device_answer(previous, address)}
            found.append(("registration.moved", binding.call_id, data))
    for binding in had:
        kind = "registration.expired" if binding.expires <= at else "registration.unregistered"
        found.append((kind, binding.call_id, _registration_data(address, binding)))
    return found


def _same_device(binding: Binding, others: list[Binding]) -> Binding | None:
    """Returns what a binding was before: the same registration, else one of its device, else one of its flow.

    A phone may restart with another identity over the same flow, or come with the same one over another. A flow that
    begins at a proxy is that of many devices.
    """

    def is_of_same_device(other: Binding) -> bool:
        return device_of(other) == device_of(binding) and other.reg_id == binding.reg_id

    for other in others:
        if is_of_same_device(other) and other.contact == binding.contact:
            return other
    for other in others:
        if is_of_same_device(other):
            return other
    return next((other for other in others if other.flow == binding.flow and not (other.path or binding.path)), None)


def _way(binding: Binding) -> tuple[str, str, str]:
    return binding.edge, binding.flow, binding.public_contact


def _registration_data(address: Address, binding: Binding) -> dict[str, Any]:
    return {
        "extension_id": address.extension_id,
        "username": address.username,
        "device": device_answer(binding, address),
    }


def _call_data(step: CallStep) -> dict[str, Any]:
    data: dict[str, Any] = {
        "call_id": step.call_id,
        "direction": step.direction,
        "caller": step.caller,
        "callee": step.callee,
    }
    if step.step != "started":
        data |= {"status": step.status, "seconds": step.seconds}
    if step.media:
        data["media"] = dict(step.media)
    return data


def _extension_data(extension: Extension) -> ExtensionData:
    return {
        "id": extension.id,
        "name": extension.name,
        "detail": extension.detail,
        "username": extension.username,
        "tm_create": extension.tm_create,
        "tm_update": extension.tm_update,
    }
