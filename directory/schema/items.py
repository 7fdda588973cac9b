"""The mapping between the stored items and the objects, in DynamoDB's wire form.

An address is read and written for every REGISTER, so its bindings are one JSON text. One attribute is encoded and
decoded. It is small enough that the item stays within one write unit (1 KB).

Items that the API writes have the id of the request that wrote them last in `request_id`. From it
`directory.schema.stream` tells the cause of a change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from directory.schema.model import (
    AccessKey,
    Address,
    Binding,
    Customer,
    Extension,
    Switches,
    Webhook,
)
from directory.schema.request import current_request
from directory.schema.waiting import NO_WAITING, waiting

Item = dict[str, dict[str, str]]
# botocore's types of a read item are wider than those of a stored one.
ReadItem = Mapping[str, Any]

encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def text(value: str) -> dict[str, str]:
    """A string attribute."""
    return {"S": value}


def number(value: int) -> dict[str, str]:
    """A number attribute."""
    return {"N": str(value)}


SWITCHES_KEY: Final = {"name": text("edges")}
"""The key of the one item of switches."""


def current_request_id() -> dict[str, str]:
    """The attribute `request_id` of what is written now."""
    return text(current_request())


def request_id(item: ReadItem) -> str:
    """The id of the request that wrote an item last, "" when none did."""
    found: str = item.get("request_id", {"S": ""})["S"]
    return found


def bindings_text(bindings: tuple[Binding, ...]) -> str:
    """The bindings as one JSON text; what is empty or the default is left out."""
    return encode([_binding_fields(b) for b in bindings])


def _binding_fields(b: Binding) -> dict[str, object]:
    fields: dict[str, object] = {
        "contact": b.contact,
        "call_id": b.call_id,
        "cseq": b.cseq,
        "flow": b.flow,
        "edge": b.edge,
        "source": b.source,
        "transport": b.transport,
        "registered": b.registered,
        "expires": b.expires,
    }
    if b.user_agent:
        fields["user_agent"] = b.user_agent
    if b.instance:
        fields["instance"] = b.instance
    if b.reg_id:
        fields["reg_id"] = b.reg_id
    if b.q != 1000:
        fields["q"] = b.q
    if b.password_number:
        fields["password_number"] = b.password_number
    if b.path:
        fields["path"] = b.path
    if b.is_pushed:
        fields["is_pushed"] = True
        if b.push_parameters:
            fields["push_parameters"] = b.push_parameters
        if b.asleep_since:
            fields["asleep_since"] = b.asleep_since
        if b.wake_by:
            fields["wake_by"] = b.wake_by
    return fields


def _binding(fields: dict[str, object]) -> Binding:
    path = fields.pop("path", None)
    binding = Binding(**fields)  # type: ignore[arg-type]  # the names are those that _binding_fields wrote
    if isinstance(path, list):
        binding.path = tuple(path)
    return binding


def address_item(address: Address) -> Item:
    """The `addresses` item of a new address; what changes may bring besides is absent."""
    return {
        "aor": text(address.aor),
        "extension_id": text(address.extension_id),
        "ha1": text(address.ha1),
        "max_devices": number(address.max_devices),
        "version": number(address.version),
        "bindings": text(bindings_text(address.bindings)),
        "nonce": text(address.nonce),
        "nc": number(address.nc),
        "request_id": current_request_id(),
    }


def address(item: ReadItem) -> Address:
    """The address of an `addresses` item."""
    bindings = item["bindings"]["S"]
    return Address(
        item["aor"]["S"],
        item["extension_id"]["S"],
        item["ha1"]["S"],
        int(item["max_devices"]["N"]),
        int(item["version"]["N"]),
        () if bindings == "[]" else tuple([_binding(fields) for fields in json.loads(bindings)]),
        item["nonce"]["S"],
        int(item["nc"]["N"]),
        int(item["password_number"]["N"]) if "password_number" in item else 0,
        item["ha1_before"]["S"] if "ha1_before" in item else "",
        int(item["ha1_before_until"]["N"]) if "ha1_before_until" in item else 0,
        "disabled" in item,
        waiting(item["waiting"]["S"]) if "waiting" in item else NO_WAITING,
    )


def extension_item(extension: Extension) -> Item:
    """The `extensions` item of a new extension. Its revision is counted from the first change on."""
    return {
        "customer_id": text(extension.customer_id),
        "id": text(extension.id),
        "name": text(extension.name),
        "detail": text(extension.detail),
        "username": text(extension.username),
        "direct_hash": text(extension.direct_hash),
        "tm_create": text(extension.tm_create),
        "tm_update": text(extension.tm_update),
        "created_ms": number(extension.created_ms),
        "request_id": current_request_id(),
    }


def extension(item: ReadItem) -> Extension:
    """The extension of an `extensions` item."""
    return Extension(
        customer_id=item["customer_id"]["S"],
        id=item["id"]["S"],
        name=item["name"]["S"],
        detail=item["detail"]["S"],
        username=item["username"]["S"],
        direct_hash=item["direct_hash"]["S"],
        tm_create=item["tm_create"]["S"],
        tm_update=item["tm_update"]["S"],
        revision=int(item["revision"]["N"]) if "revision" in item else 0,
        created_ms=int(item["created_ms"]["N"]) if "created_ms" in item else 0,
    )


def direct_hash_item(direct_hash: str, aor: str) -> Item:
    """The `direct_hashes` item that leads from a hash to an address."""
    return {"hash": text(direct_hash), "aor": text(aor), "request_id": current_request_id()}


def direct_hash(item: ReadItem) -> tuple[str, str]:
    """The hash of a `direct_hashes` item, and the address that it leads to."""
    return item["hash"]["S"], item["aor"]["S"]


def customer_item(customer: Customer) -> Item:
    """The `customers` item of a customer."""
    return {
        "customer_id": text(customer.customer_id),
        "name": text(customer.name),
        "tm_create": text(customer.tm_create),
        "request_id": current_request_id(),
    }


def customer(item: ReadItem) -> Customer:
    """The customer of a `customers` item."""
    return Customer(item["customer_id"]["S"], item["name"]["S"], item["tm_create"]["S"])


def access_key_item(key: AccessKey) -> Item:
    """The `access_keys` item of a key. An expired key is forgotten by the table's TTL."""
    item = {
        "token_hash": text(key.token_hash),
        "customer_id": text(key.customer_id),
        "id": text(key.id),
        "name": text(key.name),
        "tm_create": text(key.tm_create),
        "request_id": current_request_id(),
    }
    if key.expires is not None:
        item["forget_at"] = number(key.expires)
    return item


def access_key(item: ReadItem) -> AccessKey:
    """The key of an `access_keys` item."""
    return AccessKey(
        token_hash=item["token_hash"]["S"],
        customer_id=item["customer_id"]["S"],
        id=item["id"]["S"],
        name=item["name"]["S"],
        tm_create=item["tm_create"]["S"],
        expires=int(item["forget_at"]["N"]) if "forget_at" in item else None,
    )


def switches(item: ReadItem) -> Switches:
    """The switches of a `switches` item, which may lack what was never switched."""
    return Switches(
        log_level=item.get("log_level", {"S": "INFO"})["S"],
        log_level_until=int(item.get("log_level_until", {"N": "0"})["N"]),
        traces=json.loads(traces_text_of(item) or "{}"),
        direct_traces=json.loads(item.get("direct_traces", {"S": "{}"})["S"]),
        push_tests=frozenset(item.get("push_tests", {"SS": ()})["SS"]),
        wake_up_tests=frozenset(item.get("wake_up_tests", {"SS": ()})["SS"]),
    )


def traces_text(traces: Mapping[str, int]) -> str:
    """Returns the traced addresses with their ends as one JSON text.

    A write can depend on all of it.
    """
    return encode(traces)


def traces_text_of(item: ReadItem) -> str:
    """That text of a `switches` item, "" when none was ever traced."""
    found: str = item.get("traces", {"S": ""})["S"]
    return found


def direct_traces_text(direct_traces: Mapping[str, str]) -> str:
    """Returns these addresses by their direct hashes, as one JSON text."""
    return encode(direct_traces)


def webhook_item(webhook: Webhook) -> Item:
    """The `webhooks` item of a webhook."""
    return {
        "customer_id": text(webhook.customer_id),
        "id": text(webhook.id),
        "url": text(webhook.url),
        "types": text(" ".join(webhook.types)),
        "tm_create": text(webhook.tm_create),
        "request_id": current_request_id(),
    }


def webhook(item: ReadItem) -> Webhook:
    """The webhook of a `webhooks` item."""
    return Webhook(
        customer_id=item["customer_id"]["S"],
        id=item["id"]["S"],
        url=item["url"]["S"],
        types=tuple(item["types"]["S"].split()),
        tm_create=item["tm_create"]["S"],
        disabled_reason=item["disabled_reason"]["S"] if "disabled_reason" in item else "",
        failing_since=int(item["failing_since"]["N"]) if "failing_since" in item else 0,
    )


def webhook_key(customer_id: str, webhook_id: str) -> Item:
    """The key of a `webhooks` item."""
    return {"customer_id": text(customer_id), "id": text(webhook_id)}
