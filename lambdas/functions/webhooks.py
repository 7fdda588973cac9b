"""`/webhooks`: where a customer wants to be told of events."""

from __future__ import annotations

import os
import uuid
from typing import Final

from aws_lambda_powertools.event_handler import Response

from directory.schema.model import Webhook
from directory.schema.request import current_request
from directory.schema.timestamps import timestamp
from lambdas import environment
from lambdas.http import request_body, resolver
from lambdas.log_level import with_switched_log_level
from lambdas.model.event import VERSION, Test
from lambdas.model.identifiers import uuid as checked
from lambdas.model.webhook import (
    NewWebhook,
    NewWebhookAnswer,
    WebhookAnswer,
    WebhookChanges,
    WebhookListAnswer,
    WebhookTest,
    WebhookTestAnswer,
    webhook_answer,
)
from lambdas.webhook.delivery import Deliverer, UndeliveredError
from lambdas.webhook.secret import Secrets

_app: Final = resolver.resolver()
_webhooks: Final = environment.webhooks()
_idempotency: Final = environment.idempotency()
_secrets: Final = Secrets()
_deliverer: Final = Deliverer()
_private: Final = os.environ["PRIVATE_WEBHOOKS"] == "true"

handler = with_switched_log_level(resolver.handler_of(_app))


@_app.post("/webhooks", cache_control="no-store")
def create() -> Response[NewWebhookAnswer]:
    """A new webhook with its secret, which is shown this once. 409 when the customer has ten."""
    new = request_body.read(_app.current_event, NewWebhook)
    new.check_url(_private)
    secret = ""

    def make() -> WebhookAnswer:
        nonlocal secret
        webhook = _webhooks.create(resolver.caller(_app), new.url, tuple(new.types))
        secret = _secrets.of(webhook)
        return webhook_answer(webhook)

    answer, headers = _idempotency(_app, new, make)
    return resolver.answer({**answer, "secret": secret}, headers)


@_app.get("/webhooks")
def list_all() -> WebhookListAnswer:
    """All webhooks, ordered by id."""
    return {"result": [webhook_answer(webhook) for webhook in _webhooks.of_customer(resolver.caller(_app))]}


@_app.get("/webhooks/<webhook_id>")
def get(webhook_id: str) -> WebhookAnswer:
    """One webhook."""
    return webhook_answer(_webhooks.get(resolver.caller(_app), checked(webhook_id)))


@_app.put("/webhooks/<webhook_id>")
def update(webhook_id: str) -> WebhookAnswer:
    """Disable a webhook, or enable one that was disabled."""
    changes = request_body.read(_app.current_event, WebhookChanges)
    return webhook_answer(_webhooks.set_disabled(resolver.caller(_app), checked(webhook_id), changes.disabled))


@_app.delete("/webhooks/<webhook_id>")
def delete(webhook_id: str) -> WebhookAnswer:
    """Delete a webhook, and answer with what it was. Deliveries to it that still wait are dropped."""
    return webhook_answer(_webhooks.delete(resolver.caller(_app), checked(webhook_id)))


@_app.post("/webhooks/<webhook_id>/test")
def test(webhook_id: str) -> Response[WebhookTestAnswer]:
    """Deliver an event that means nothing, once and at once, and tell what came of it."""
    body = request_body.read(_app.current_event, WebhookTest)
    webhook = _webhooks.get(resolver.caller(_app), checked(webhook_id))
    return resolver.answer(*_idempotency(_app, body, lambda: _try(webhook)))


def _try(webhook: Webhook) -> WebhookTestAnswer:
    event: Test = {
        "id": str(uuid.uuid4()),
        "version": VERSION,
        "type": "webhook.test",
        "time": timestamp(),
        "customer_id": webhook.customer_id,
        "correlation_id": current_request(),
        "data": {"webhook_id": webhook.id},
    }
    try:
        _deliverer.deliver(webhook, event)
    except UndeliveredError as error:
        return {"delivered": False, "detail": str(error)}
    return {"delivered": True, "detail": ""}
