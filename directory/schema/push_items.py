"""Maps push apps to the items of their table, in DynamoDB's wire form."""

from __future__ import annotations

from directory.schema.items import Item, ReadItem, current_request_id, text
from directory.schema.model import PushApp, PushTest


def push_app_item(app: PushApp) -> Item:
    """The `push_apps` item of a new app."""
    return {
        **push_app_key(app.customer_id, app.id),
        "service": text(app.service),
        "app": text(app.app),
        "number": text(app.number),
        "issuer": text(app.issuer),
        "key_id": text(app.key_id),
        "sealed_key": text(app.sealed_key),
        "tm_create": text(app.tm_create),
        "request_id": current_request_id(),
    }


def push_app(item: ReadItem) -> PushApp:
    """The app of a `push_apps` item."""
    return PushApp(
        customer_id=item["customer_id"]["S"],
        id=item["id"]["S"],
        service=item["service"]["S"],
        app=item["app"]["S"],
        number=item["number"]["S"],
        issuer=item["issuer"]["S"],
        key_id=item["key_id"]["S"],
        tm_create=item["tm_create"]["S"],
        sealed_key=item["sealed_key"]["S"],
        test=PushTest(
            status=item.get("test_status", {"S": ""})["S"],
            reason=item.get("test_reason", {"S": ""})["S"],
            changed=int(item.get("test_changed", {"N": "0"})["N"]),
        ),
    )


def push_app_key(customer_id: str, app_id: str) -> Item:
    """The key of a `push_apps` item."""
    return {"customer_id": text(customer_id), "id": text(app_id)}
